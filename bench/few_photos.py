"""Few pictures, nothing asked for: `kanjian train FOLDER` on a fresh home, against single probes.

    python bench/few_photos.py [--rounds 3] [--sets pets people cifar orl] [--qualities good fast]

Each round draws a folder of class folders to train on, and other pictures to judge by:
    pets    300 photos of cats and dogs, judged on the 240 of the set's own validation part
    people  65 photos of five athletes (13 each), judged on the other 31
    cifar   300 pictures of CIFAR-10, judged on 600 of its test pictures
    orl     240 gray faces of 30 people, judged on the other 60 (one fold of five)
Sides, one after the other in every round: the command as it comes and with `--quality fast`, from
the start of the process to its end, with a $KANJIAN_HOME of its own that is empty; and what an
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
from pathlib import Path

import numpy as np
from sklearn.linear_model import LogisticRegression

from draws import SETS, of_each_class, put
from kanjian.datasets.open_dataset import open_dataset
from kanjian.evaluation.intervals import wilson_interval
from kanjian.features.cache import FeatureCache
from kanjian.features.extract import frozen_network
from kanjian.features.features import features_of
from kanjian.models.backbone_registry import USUAL_BACKBONES
from kanjian.pipeline.input_shape import InputShape
from record import DATA, RESULTS, ROOT, spread, write_result

# Pictures of each class: to train on, to judge by; None for all others
PARTS = {"pets": (150, None), "people": (13, None), "cifar": (30, 60), "orl": (8, None)}


def draw(name: str, folder: Path, seed: int) -> None:
    """The folders learn/ and judge/; no picture lies in both."""
    rng, splits = np.random.default_rng(2000 + seed), open_dataset(str(DATA / SETS[name]))
    learn, judge = PARTS[name]
    others = splits.test or splits.validation
    for numbers in of_each_class(splits.train, rng):
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


def commanded(folder: Path, quality: str) -> dict:
    """Seconds to the report, and how many of the pictures to judge by are right."""
    with tempfile.TemporaryDirectory() as made:
        home, runs = Path(made) / "home", Path(made) / "runs"
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
        "seconds": seconds,
        "right": round(judged["accuracy"] * judged["n"]),
        "n": judged["n"],
        "told": report["validation"]["accuracy"],
        "told_interval": report["validation"]["interval"],
        "chosen": chosen.partition("=")[2].strip(' "'),
    }


def probed(folder: Path, backbone: str) -> dict:
    network = frozen_network(backbone, pool="avg")
    shape = InputShape(tuple(network.inputs[0].shape[1:3]), 3, "crop")
    with tempfile.TemporaryDirectory() as cached, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # "more iterations": the defaults are the point
        cache = FeatureCache(Path(cached), limit_gb=10)
        rows, labels = [], []
        for part in ("learn", "judge"):
            data = open_dataset(str(folder / part)).train
            features = features_of(data, network, shape, precision="f32", cache=cache)
            rows.append(np.array(features.array))
            labels.append(np.asarray(data.labels))
        probe = LogisticRegression().fit(rows[0], labels[0])
        return {"right": int((probe.predict(rows[1]) == labels[1]).sum()), "n": len(labels[1])}


def summed(found: list[dict]) -> dict:
    """All rounds of one side: its accuracy in each, and over all with an interval."""
    right, n = sum(each["right"] for each in found), sum(each["n"] for each in found)
    told = {"accuracy": spread([each["right"] / each["n"] for each in found]),
            "pooled": right / n, "interval_95": list(wilson_interval(right, n))}  # fmt: skip
    if "seconds" in found[0]:
        told["seconds"] = spread([each["seconds"] for each in found])
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


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--sets", nargs="+", choices=SETS, default=list(SETS))
    parser.add_argument("--qualities", nargs="+", default=["good", "fast"])
    given = parser.parse_args()
    found: dict[str, dict[str, list[dict]]] = {name: {} for name in given.sets}
    for seed in range(given.rounds):
        for name in given.sets:
            with tempfile.TemporaryDirectory() as drawn:
                folder = Path(drawn) / name
                draw(name, folder, seed)
                sides = {f"kanjian, {quality}": commanded(folder, quality)
                         for quality in given.qualities}  # fmt: skip
                sides |= {f"probe, {each}": probed(folder, each) for each in USUAL_BACKBONES}
            for side, value in sides.items():
                found[name].setdefault(side, []).append(value)
            print(name, seed, {side: round(each["right"] / each["n"], 4)
                               for side, each in sides.items()},
                  {side: round(each["seconds"]) for side, each in sides.items()
                   if "seconds" in each}, flush=True)  # fmt: skip
    sets = measured_before()
    for name, sides in found.items():
        told = {side: summed(each) for side, each in sides.items()}
        best = max((each["pooled"], side) for side, each in told.items() if "probe" in side)
        sets[name] = {"sides": told, "best_probe": best[1]}
        if "kanjian, good" in told:
            sets[name]["default_less_best_probe"] = told["kanjian, good"]["pooled"] - best[0]
    result = {
        "what": "accuracy of the command without options on few pictures, against single probes",
        "pictures a class to train on, to judge by": PARTS,
        "sets": sets,
        "load": "other work ran beside; seconds are an upper bound",
    }
    print(write_result("few_photos", result))


main()
