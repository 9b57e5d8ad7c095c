"""How well and how fast a trained network cleans BSD68, against BM3D in the same run.

    python bench/denoise_bsd68.py [--run RUN] [--epochs 24] [--pictures 68] [--repeats 5]

Trains on train400-gray.tar (or takes a finished run), cleans the 68 pictures of
bsd68-gray.tar with Gaussian noise of σ = 25, made in floats and not clipped, once with the
network and once with BM3D (package bm3d), and gives the mean PSNR of both; answers are
clipped to 0 … 255 on both sides. Then both clean a picture of 512×512, in turns, and the
seconds are compared. Needs pip install bm3d. Results: bench/results/denoise_bsd68.json.
"""

import argparse
import tempfile
import time
from pathlib import Path

import numpy as np

from kanjian.datasets.archive import unpacked
from kanjian.denoise.folder import Denoiser
from kanjian.denoise.run import recipe_in
from kanjian.denoise.train import train
from kanjian.images import read_image
from kanjian.inference.find_images import pictures_in
from kanjian.recipes.codec import override, recipe_of
from kanjian.recipes.denoising import DenoiseRecipe, suited
from record import DATA, spread, write_result

SIGMA, SEED = 25.0, 0


def trained(epochs: int | None) -> Path:
    """Train as `kanjian denoise train train400-gray.tar --sigma 25` does."""
    recipe = recipe_of(suited("fast"), kind=DenoiseRecipe)
    changes = {"pictures.source": str(DATA / "denoise" / "train400-gray.tar")}
    if epochs:
        changes["learning.epochs"] = epochs
    return train(override(recipe, changes), out=Path(tempfile.mkdtemp())).folder


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
    parser.add_argument("--pictures", type=int, default=68)
    parser.add_argument("--repeats", type=int, default=5)
    arguments = parser.parse_args()
    run = arguments.run or trained(arguments.epochs)
    exact, rounded = (Denoiser.load(run, precision=each) for each in ("f32", "bf16"))
    sides = {
        "kanjian": lambda picture: network_cleaned(exact, picture),
        "kanjian bf16": lambda picture: network_cleaned(rounded, picture),
        "bm3d": bm3d_cleaned,
    }
    reached, taken = quality(sides, arguments.pictures), seconds(sides, arguments.repeats)
    gain = reached["kanjian"]["mean_db"] - reached["bm3d"]["mean_db"]
    times = {
        name: taken["bm3d"]["median"] / taken[name]["median"] for name in sides if name != "bm3d"
    }
    print({name: round(each["mean_db"], 3) for name, each in reached.items()})
    print({name: round(each["median"], 3) for name, each in taken.items()}, times)
    write_result(
        "denoise_bsd68",
        {
            "trained_on": "train400-gray.tar",
            "recipe": recipe_in(run).model_dump(exclude={"pictures": {"source"}}),
            "training": exact.card.facts,
            "sigma": SIGMA,
            "pictures": arguments.pictures,
            "psnr": reached,
            "better_than_bm3d_by_db": gain,
            "seconds_512x512": taken,
            "bm3d_over": times,
        },
    )


if __name__ == "__main__":
    main()
