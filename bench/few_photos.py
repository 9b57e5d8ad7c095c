"""Few pictures, nothing asked for: `kanjian train FOLDER` on a fresh home, against single probes.

    python bench/few_photos.py [--rounds N] [--sets pets people cifar orl] [--qualities good fast]

Each round draws a folder of class folders to train on, and other pictures to judge by:
    pets    300 photos of cats and dogs, judged on the 240 of the set's own validation part
    people  65 photos of five athletes (13 each), judged on the other 31
    cifar   300 pictures of CIFAR-10, judged on 600 of its test pictures
    orl     240 gray faces of 30 people, judged on the other 60; five rounds are five folds
One round of 31 athletes says little: there are ten of them, of the others three and five. The
difference between the command and the best probe is taken within each round, and its interval is
one over the rounds (Student's t).
Sides, one after the other in every round: the command as it comes and with `--quality fast`, from
the start of the process to its end, in the first round with a $KANJIAN_HOME that is empty; what an
expert has in ten lines: scikit-learn's LogisticRegression on float32 features of each network
whose weights come with the installation, at its own size, of the middle of the picture, fitted on
the same folder. The command chooses without seeing what it is judged on.
Results: bench/results/few_photos.json.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
import warnings
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from scipy.stats import t
from sklearn.linear_model import LogisticRegression

from draws import SETS, of_each_class, put
from kanjian.datasets.open_dataset import open_dataset
from kanjian.evaluation.intervals import wilson_interval
from kanjian.features.cache import FeatureCache
from kanjian.features.engine import FeatureEngine
from kanjian.features.extract import frozen_network
from kanjian.features.features import features_of
from kanjian.models.backbone_registry import USUAL_BACKBONES
from kanjian.pipeline.input_shape import InputShape
from record import DATA, RESULTS, ROOT, spread, write_result

# Pictures of each class: to train on, to judge by; None for all others
PARTS = {"pets": (150, None), "people": (13, None), "cifar": (30, 60), "orl": (8, None)}
ROUNDS = {"pets": 3, "people": 10, "cifar": 3, "orl": 5}
_FOLDS = 5
# Rounds that begin on an empty home; later ones find the networks converted, which saves their time
TIMED = 1


def draw(name: str, folder: Path, seed: int) -> None:
    """The folders learn/ and judge/; no picture lies in both."""
    splits, (learn, judge) = open_dataset(str(DATA / SETS[name])), PARTS[name]
    shuffle, fold = divmod(seed, _FOLDS) if name == "orl" else (seed, 0)
    rng, others = np.random.default_rng(2000 + shuffle), splits.test or splits.validation
    for of_class in of_each_class(splits.train, rng):
        numbers = np.roll(of_class, fold * len(of_class) // _FOLDS)
        put(splits.train, numbers[:learn], folder / "learn")
        if others is None:
            put(splits.train, numbers[learn:], folder / "judge")
    if others is not None:
        for numbers in of_each_class(others, rng):
            put(others, numbers[:judge], folder / "judge")


def kanjian(*arguments: object, home: Path) -> str:
    environment = os.environ | {"PYTHONPATH": str(ROOT / "src"), "KANJIAN_HOME": str(home)}
    environment.pop("KANJIAN_MODELS", None)
    done = subprocess.run(
        [sys.executable, "-m", "kanjian", *map(str, arguments)], capture_output=True, text=True,
        env=environment, check=False,
    )  # fmt: skip
    if done.returncode:
        raise SystemExit(done.stderr[-2000:])
    return done.stdout


def commanded(folder: Path, quality: str, home: Path) -> dict:
    """Seconds to the report where the home is empty, and how many pictures are right."""
    empty = not home.exists()
    with tempfile.TemporaryDirectory() as made:
        runs = Path(made) / "runs"
        started = time.perf_counter()
        said = kanjian("train", folder / "learn", "--quality", quality, "--out", runs, "--json",
                       "--quiet", home=home)  # fmt: skip
        seconds = time.perf_counter() - started
        report = json.loads(said)
        judged = json.loads(
            kanjian("evaluate", report["run"], folder / "judge", "--json", home=home)
        )
        recipe = (Path(report["run"]) / "recipe.toml").read_text()
    chosen = next(line for line in recipe.split("[backbone]")[1].splitlines() if "name" in line)
    return {
        **({"seconds": seconds} if empty else {}),
        "right": round(judged["accuracy"] * judged["n"]),
        "n": judged["n"],
        "told": report["validation"]["accuracy"],
        "told_interval": report["validation"]["interval"],
        "chosen": chosen.partition("=")[2].strip(' "'),
    }


@cache
def expert(backbone: str) -> tuple[Any, FeatureEngine]:
    network = frozen_network(backbone, pool="avg")
    return network, FeatureEngine(network, precision="f32")


def probed(folder: Path, backbone: str) -> dict:
    network, engine = expert(backbone)
    shape = InputShape(tuple(network.inputs[0].shape[1:3]), 3, "crop")
    with tempfile.TemporaryDirectory() as cached, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # "more iterations": the defaults are the point
        kept = FeatureCache(Path(cached), limit_gb=10)
        rows, labels = [], []
        for part in ("learn", "judge"):
            data = open_dataset(str(folder / part)).train
            features = features_of(data, network, shape, precision="f32", cache=kept,
                                   engine=lambda: engine)  # fmt: skip
            rows.append(np.array(features.array))
            labels.append(np.asarray(data.labels))
        probe = LogisticRegression().fit(rows[0], labels[0])
        return {"right": int((probe.predict(rows[1]) == labels[1]).sum()), "n": len(labels[1])}


def summed(found: list[dict]) -> dict:
    """All rounds of one side: its accuracy in each, and over all with an interval."""
    right, n = sum(each["right"] for each in found), sum(each["n"] for each in found)
    told = {"accuracy": spread([each["right"] / each["n"] for each in found]),
            "pooled": right / n, "interval_95": list(wilson_interval(right, n))}  # fmt: skip
    if "chosen" in found[0]:
        told["seconds"] = spread([each["seconds"] for each in found if "seconds" in each])
        told["chosen"] = [each["chosen"] for each in found]
        told["told"] = spread([each["told"] for each in found])
        inside = [
            each["told_interval"][0] <= each["right"] / each["n"] <= each["told_interval"][1]
            for each in found
        ]
        told["judged_within_told_interval"] = inside
    return told


def measured_before() -> dict:
    """Sets not named this time keep their figures."""
    path = RESULTS / "few_photos.json"
    return json.loads(path.read_text())["sets"] if path.exists() else {}


def lead(first: list[dict], second: list[dict]) -> dict:
    """How much more of the same pictures one side is right on, with an interval over the rounds."""
    less = np.array([(one["right"] - other["right"]) / one["n"]
                     for one, other in zip(first, second, strict=True)])  # fmt: skip
    half = t.ppf(0.975, len(less) - 1) * less.std(ddof=1) / np.sqrt(len(less))
    return {"mean": less.mean(), "interval_95": [less.mean() - half, less.mean() + half],
            "rounds": less.tolist()}  # fmt: skip


def told_of(sides: dict[str, list[dict]]) -> dict:
    """What all rounds of a set say; the best probe is the one that was best on what judges."""
    told = {side: summed(each) for side, each in sides.items()}
    best = max((each["pooled"], side) for side, each in told.items() if "probe" in side)[1]
    found = {"sides": told, "best_probe": best}
    if "kanjian, good" in sides:
        found["default_less_best_probe"] = told["kanjian, good"]["pooled"] - told[best]["pooled"]
    if len(sides[best]) > 1:
        ours = [side for side in sides if "kanjian" in side]
        found["less_best_probe"] = {side: lead(sides[side], sides[best]) for side in ours}
    return found


def one_round(name: str, seed: int, qualities: list[str], homes: Path) -> dict[str, dict]:
    with tempfile.TemporaryDirectory() as drawn:
        folder = Path(drawn) / name
        draw(name, folder, seed)

        def home_for(quality: str) -> Path:
            return (homes if seed >= TIMED else Path(drawn)) / f"home-{quality}"

        sides = {f"kanjian, {quality}": commanded(folder, quality, home_for(quality))
                 for quality in qualities}  # fmt: skip
        return sides | {f"probe, {each}": probed(folder, each) for each in USUAL_BACKBONES}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, help="of each set; by default as many as say much")
    parser.add_argument("--sets", nargs="+", choices=SETS, default=list(SETS))
    parser.add_argument("--qualities", nargs="+", default=["good", "fast"])
    given = parser.parse_args()
    rounds = {name: given.rounds or ROUNDS[name] for name in given.sets}
    found: dict[str, dict[str, list[dict]]] = {name: {} for name in given.sets}
    homes = tempfile.TemporaryDirectory()
    for seed in range(max(rounds.values())):
        for name in (each for each in given.sets if seed < rounds[each]):
            sides = one_round(name, seed, given.qualities, Path(homes.name))
            for side, value in sides.items():
                found[name].setdefault(side, []).append(value)
            print(name, seed, {side: round(each["right"] / each["n"], 4)
                               for side, each in sides.items()},
                  {side: round(each["seconds"]) for side, each in sides.items()
                   if "seconds" in each}, flush=True)  # fmt: skip
            write_result("few_photos", {
                "what": "accuracy of the command without options on few pictures, against single "
                        "probes",
                "pictures a class to train on, to judge by": PARTS,
                "sets": measured_before() | {name: told_of(found[name])},
                "load": "other work ran beside; seconds are an upper bound",
            })  # fmt: skip
    homes.cleanup()


main()
