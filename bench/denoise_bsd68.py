"""How well and how fast a trained network cleans BSD68, against BM3D in the same run.

    python bench/denoise_bsd68.py [--run RUN] [--epochs 24] [--minutes 30] [--wide] [--out FOLDER]
                                  [--pictures 68] [--repeats 5]

Trains on train400-gray.tar (or takes a run, finished or not, or the network of an epoch), cleans
the 68 pictures of bsd68-gray.tar with Gaussian noise of σ = 25, made in floats and not clipped,
once with the network and once with BM3D (package bm3d), and gives the mean PSNR of both; answers
are clipped to 0 … 255 on both sides. Then both clean a picture of 512×512, in turns, and the
seconds are compared. Needs pip install bm3d. With --wide, for hours of training, a network of
twice the work alone, with the wall and processor minutes up to its last epoch; the rest of the
results stays. Results: bench/results/denoise_bsd68.json.
"""

import argparse
import json
import os
import tempfile
import time
from pathlib import Path

import numpy as np

from kanjian.datasets.archive import unpacked
from kanjian.denoise.folder import Denoiser
from kanjian.denoise.run import RECIPE, recipe_in
from kanjian.denoise.train import train
from kanjian.denoise.unfinished import epoch_at
from kanjian.images import read_image
from kanjian.inference.find_images import pictures_in
from kanjian.recipes.codec import override, recipe_of
from kanjian.recipes.denoising import DenoiseRecipe, suited
from kanjian.training.events import EpochDone, Event
from record import DATA, RESULTS, spread, write_result

SIGMA, SEED, CLOCK = 25.0, 0, "clock.txt"
# What is written anew with every result
ABOUT = ("benchmark", "date", "machine", "versions", "load_average")
# For hours instead of half of one: twice the work of a step
WIDE = {
    "network.options": {"width": 64, "blocks": 2, "deep_blocks": 4},
    "pictures.per_picture": 16,
    "learning.average_decay": 0.998,
}


class Clock:
    """Writes down the wall and processor minutes at the end of every epoch.

    Beside other programs a training has less than the whole processor: two cores that nobody
    else uses are two processor minutes in a minute.
    """

    def __init__(self, out: Path) -> None:
        self.out, self.began = out, (time.perf_counter(), time.process_time())

    def __call__(self, event: Event) -> None:
        if isinstance(event, EpochDone):
            now = time.perf_counter(), time.process_time()
            wall, processor = ((b - a) / 60 for a, b in zip(self.began, now, strict=True))
            with (self.out / CLOCK).open("a") as stream:
                stream.write(f"{event.epoch + 1} {wall:.2f} {processor:.2f}\n")


def trained(arguments: argparse.Namespace) -> Path:
    """Train as `kanjian denoise train train400-gray.tar --sigma 25` does."""
    recipe = recipe_of(suited("fast"), kind=DenoiseRecipe)
    changes = {"pictures.source": str(DATA / "denoise" / "train400-gray.tar")}
    if arguments.wide:
        changes |= WIDE
    if arguments.minutes:
        changes["learning.minutes"] = arguments.minutes
    if arguments.epochs:
        changes["learning.epochs"] = arguments.epochs
    out = arguments.out or Path(tempfile.mkdtemp())
    out.mkdir(parents=True, exist_ok=True)
    return train(override(recipe, changes), out=out, callback=Clock(out)).folder


def minutes_of(run: Path) -> dict[str, float]:
    """What training took up to its last epoch, where `trained` wrote it down."""
    for place in run.resolve().parents:
        if (place / CLOCK).is_file():
            lines = [line.split() for line in (place / CLOCK).read_text().splitlines()]
            of_epoch = {int(number): (float(wall), float(cpu)) for number, wall, cpu in lines}
            named = epoch_at(run)
            wanted = max(of_epoch) if named is None else named.number
            wall, cpu = of_epoch[wanted]
            return {"epoch": wanted, "wall_minutes": wall, "processor_minutes": cpu}
    return {}


def noisy(clean: np.ndarray, number: int) -> np.ndarray:
    rng = np.random.default_rng([SEED, number])
    return clean + SIGMA * rng.standard_normal(clean.shape)


def psnr(clean: np.ndarray, other: np.ndarray) -> float:
    mean = np.mean((clean.astype(np.float64) - other.clip(0, 255)) ** 2)
    return float(10 * np.log10(255**2 / mean))


def bm3d_cleaned(picture: np.ndarray) -> np.ndarray:
    import bm3d

    return bm3d.bm3d(picture, sigma_psd=SIGMA)


def network_cleaned(denoiser: Denoiser, picture: np.ndarray) -> np.ndarray:
    return denoiser.run(picture[None, :, :, None].astype(np.float32))[0, :, :, 0]


def quality(sides: dict, count: int) -> dict:
    """Mean PSNR of every side over the test pictures, and of the noisy ones."""
    paths = pictures_in([unpacked(DATA / "denoise" / "bsd68-gray.tar")])[:count]
    reached: dict[str, list[float]] = {name: [] for name in ("noisy", *sides)}
    for number, path in enumerate(paths):
        clean = read_image(path, color="gray").astype(np.float64)
        into = noisy(clean, number)
        reached["noisy"].append(psnr(clean, into))
        for name, clean_up in sides.items():
            reached[name].append(psnr(clean, clean_up(into)))
        print(path.name, *(f"{name} {values[-1]:.2f}" for name, values in reached.items()))
    return {name: {"mean_db": float(np.mean(each)), "each": each} for name, each in reached.items()}


def seconds(sides: dict, repeats: int) -> dict:
    """Seconds of every side for one picture of 512×512, measured in turns."""
    clean = read_image(DATA / "images" / "skimage-camera.png", color="gray")
    assert clean.shape == (512, 512), clean.shape
    into, taken = noisy(clean.astype(np.float64), 0), {name: [] for name in sides}
    for clean_up in sides.values():
        clean_up(into)  # what the first call compiles is not measured
    for _ in range(repeats):
        for name, clean_up in sides.items():
            started = time.perf_counter()
            clean_up(into)
            taken[name].append(time.perf_counter() - started)
    return {name: spread(values) for name, values in taken.items()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--run", type=Path)
    parser.add_argument("--epochs", type=int)
    parser.add_argument("--minutes", type=float)
    parser.add_argument("--wide", action="store_true")
    parser.add_argument("--out", type=Path)
    parser.add_argument("--pictures", type=int, default=68)
    parser.add_argument("--repeats", type=int, default=5)
    arguments = parser.parse_args()
    run = arguments.run or trained(arguments)
    kept = RESULTS / "denoise_bsd68.json"
    before = json.loads(kept.read_text()) if kept.exists() else {}
    measured = compared(run, arguments)
    if arguments.wide:
        old = {name: value for name, value in before.items() if name not in ABOUT}
        write_result("denoise_bsd68", old | {"wide": measured})
    else:
        wide = {"wide": before["wide"]} if "wide" in before else {}
        write_result("denoise_bsd68", measured | wide)


def compared(run: Path, arguments: argparse.Namespace) -> dict:
    """What a run reaches: against BM3D, or the wide network alone."""
    exact, rounded = (Denoiser.load(run, precision=each) for each in ("f32", "bf16"))
    sides = {
        "kanjian": lambda picture: network_cleaned(exact, picture),
        "kanjian bf16": lambda picture: network_cleaned(rounded, picture),
    }
    if exact.engine == "keras":  # an epoch of a run that is not finished: float32 alone
        del sides["kanjian bf16"]
    if not arguments.wide:
        sides["bm3d"] = bm3d_cleaned
    reached, taken = quality(sides, arguments.pictures), seconds(sides, arguments.repeats)
    print({name: round(each["mean_db"], 3) for name, each in reached.items()})
    print({name: round(each["median"], 3) for name, each in taken.items()})
    place = next(parent for parent in (run, *run.resolve().parents) if (parent / RECIPE).is_file())
    found = {
        "trained_on": "train400-gray.tar",
        "recipe": recipe_in(place).model_dump(exclude={"pictures": {"source"}}),
        "training": exact.card.facts | minutes_of(run),
        "sigma": SIGMA,
        "pictures": arguments.pictures,
        "psnr": reached,
        "seconds_512x512": taken,
    }
    if arguments.wide:
        return found | {"load_average": os.getloadavg()[0]}
    times = {n: taken["bm3d"]["median"] / taken[n]["median"] for n in sides if n != "bm3d"}
    gain = reached["kanjian"]["mean_db"] - reached["bm3d"]["mean_db"]
    return found | {"better_than_bm3d_by_db": gain, "bm3d_over": times}


if __name__ == "__main__":
    main()
