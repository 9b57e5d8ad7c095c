"""`kanjian search` on two small sets: does it beat the shipped default within ten minutes?

    python bench/search.py [--minutes 10] [--sets people cifar] [--seed 0]

    people  65 photos of five athletes to learn from, evaluated on the other 31
    cifar   300 pictures of CIFAR-10 to learn from, evaluated on 1000 of its test pictures
The test pictures are seen once, by the default and by the recipe that was best on validation, after
the search; "better" says whether the two differ beyond chance (McNemar, picture by picture). The
minutes hold for all of it. Nothing is in the cache when a search begins.
Sets that are not named keep the figures they have.
Results: bench/results/search.json.
"""

import argparse
import json
import os
import tempfile
from collections import Counter
from pathlib import Path

import numpy as np

from draws import SETS, of_each_class, put
from kanjian.datasets.open_dataset import open_dataset
from kanjian.experiments.search import search_recipe
from record import DATA, RESULTS, write_result

# Pictures of each class: to learn from, to test on; None for all others
PARTS = {"people": (13, None), "cifar": (30, 100)}


def draw(name: str, folder: Path, seed: int) -> None:
    """A folder with train/ and test/."""
    rng, splits = np.random.default_rng(seed), open_dataset(str(DATA / SETS[name]))
    train, test = PARTS[name]
    for numbers in of_each_class(splits.train, rng):
        put(splits.train, numbers[:train], folder / "train")
        if splits.test is None:
            put(splits.train, numbers[train:], folder / "test")
    if splits.test is not None:
        for numbers in of_each_class(splits.test, rng):
            put(splits.test, numbers[:test], folder / "test")


def searched(name: str, *, minutes: float, seed: int) -> dict:
    with tempfile.TemporaryDirectory() as place:
        os.environ["KANJIAN_HOME"] = f"{place}/home"
        draw(name, Path(place) / name, seed)
        found = search_recipe(str(Path(place) / name), minutes=minutes, seed=seed, out=place)
    told = found.to_dict()
    first, best = told["trials"][0], told["best"]
    return {
        "minutes": minutes,
        "seconds": round(found.seconds, 1),
        "trials": dict(Counter(each["state"] for each in told["trials"])),
        "validation_accuracy": {"default": first["accuracy"], "best": best["accuracy"]},
        "test": told["test"],
        "better": told["better"],
        "changed": best["changed"],
        "importance": told["importance"],
        "verdict": found.verdict,
    }


def measured_before() -> dict:
    """Sets not named this time keep their figures."""
    path = RESULTS / "search.json"
    return json.loads(path.read_text())["sets"] if path.exists() else {}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--sets", nargs="+", choices=PARTS, default=list(PARTS))
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    sets = measured_before()
    for name in options.sets:
        sets[name] = searched(name, minutes=options.minutes, seed=options.seed)
        print(name, json.dumps(sets[name], indent=1), flush=True)
        write_result("search", {"seed": options.seed, "sets": sets})


if __name__ == "__main__":
    main()
