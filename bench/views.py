"""Mean over views at prediction: accuracy, log loss and price of 1, 2, 4 and 8 views.

    python bench/views.py [--seeds 3] [--sets cats-dogs athletes mnist]

`kanjian train PHOTOS` with nothing else said, on photos of cats and dogs and of five athletes;
and 1 000 digits of MNIST, which must not be mirrored, with the recipe `mnist-lenet`. Evaluated on
the part that the run held back to the end ("n" says how many pictures that are; of the athletes
another quarter with every seed). Each run is trained once; then the same recognizer is asked with
1, 2, 4 and 8 views, interleaved, so that only the views differ. "Gain" is paired: views against
one view, seed by seed. Milliseconds are those of one picture alone and of one among 32, on
OpenVINO, medians of rounds taken in turns. A set that is not named keeps its former result.
Results: bench/results/views.json.
"""

import argparse
import json
import os
import statistics
import tempfile
import time
from pathlib import Path

import numpy as np

from kanjian.experiments.evaluate import evaluate
from kanjian.inference.recognizer import Recognizer
from kanjian.training.train import train
from record import DATA, RESULTS, write_result

VIEWS = (1, 2, 4, 8)
# What is trained on, and what is said beside it
SETS = {
    "cats-dogs": (DATA / "photos" / "cats-dogs.tar", {}),
    "athletes": (DATA / "faces" / "people-colour.tar", {"overrides": {"data.validation": 0.25}}),
    "mnist": ("mnist-lenet", {"on": DATA / "mnist", "limit": 1000, "epochs": 8}),
}
ROUNDS = 5


def asked(run: Path, data_folder: Path) -> list[dict]:
    """The same recognizer, judged with each number of views."""
    rows = []
    for views in VIEWS:
        found = evaluate(run, views=views, data_folder=data_folder).metrics
        rows.append({"views": views, "n": found.n, "accuracy": found.accuracy, "loss": found.loss})
    return rows


def price(run: Path) -> dict:
    """Milliseconds a picture, alone and among 32, for each number of views in turn."""
    recognizers = {views: Recognizer.load(run, views=views) for views in VIEWS}
    shape = (*next(iter(recognizers.values())).size_hw, recognizers[1].channels)
    many = np.random.default_rng(0).integers(0, 256, (32, *shape), np.uint8)
    taken: dict = {views: {"one_ms": [], "of_32_ms": []} for views in VIEWS}
    for _ in range(ROUNDS + 1):
        for views, recognizer in recognizers.items():
            for name, batch in (("one_ms", many[:1]), ("of_32_ms", many)):
                started = time.perf_counter()
                recognizer.probabilities(batch)
                passed = 1e3 * (time.perf_counter() - started) / len(batch)
                taken[views][name].append(passed)
    # the first round compiles
    return {
        str(views): {name: statistics.median(values[1:]) for name, values in each.items()}
        for views, each in taken.items()
    }


def summed(runs: list[dict]) -> dict:
    """Mean of each number of views over seeds, and the paired gain over one view."""
    said = {}
    for place, views in enumerate(VIEWS):
        rows, plain = ([run["asked"][i] for run in runs] for i in (place, 0))
        pairs = list(zip(rows, plain, strict=True))
        gains = [100 * (row["accuracy"] - one["accuracy"]) for row, one in pairs]
        said[str(views)] = {
            "accuracy": statistics.mean(row["accuracy"] for row in rows),
            "loss": statistics.mean(row["loss"] for row in rows),
            "gain_points": gains,
            "gain_points_mean": statistics.mean(gains),
            "loss_change": [row["loss"] - one["loss"] for row, one in pairs],
        }
    return said


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--sets", nargs="+", choices=list(SETS), default=list(SETS))
    given = parser.parse_args()
    runs: dict[str, list[dict]] = {name: [] for name in given.sets}
    prices: dict[str, dict] = {}
    with tempfile.TemporaryDirectory() as folder:
        for seed in range(given.seeds):
            for name in given.sets:
                source, options = SETS[name]
                made = train(source, seed=seed, out=Path(folder), quiet=True, **options)
                card = made.recognizer().card
                row = {"seed": seed, "mirror": card.mirror, "asked": asked(made.folder, DATA)}
                runs[name].append(row)
                print(name, row, flush=True)
                if seed == given.seeds - 1:
                    prices[name] = {"size_hw": card.size_hw, **price(made.folder)}
    kept = RESULTS / "views.json"
    before = json.loads(kept.read_text())["sets"] if kept.is_file() else {}
    now = {
        name: {**summed(each), "price": prices[name], "load_average": os.getloadavg()[0],
               "runs": each}
        for name, each in runs.items()
    }  # fmt: skip
    result = {
        "what": "accuracy and log loss with 1, 2, 4 and 8 views at prediction, and their price",
        "sets": before | now,
    }
    for name, each in now.items():
        for views in map(str, VIEWS):
            print(name, views, each[views], each["price"][views])
    print(write_result("views", result))


if __name__ == "__main__":
    main()
