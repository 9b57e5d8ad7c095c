"""photos-lite0 on sets of a few pictures a class, against a plain linear probe of the same weights.

    python bench/small_photos.py [--rounds 3] [--sets people orl cifar pets]

Each round draws other pictures to learn from, to validate and to test on:
    people  50 photos of five athletes to learn from, 15 to validate, evaluated on the other 31
    orl     120 gray faces of 30 people, 60, evaluated on the other 120
    cifar   300 pictures of CIFAR-10, 100, evaluated on 600 of its test pictures
    pets    200 photos of cats and dogs, 40, evaluated on the other 400
Sets that are not named keep the figures they have.
Sides: scikit-learn's LogisticRegression as it comes on pooled float32 features of the whole picture
("letterbox") and of its middle ("crop"), and one that learns from the validation pictures, too;
the recipe without its second phase; the recipe.
The recipe was chosen on other draws of the first three sets.
Results: bench/results/small_photos.json.
"""

import argparse
import json
import tempfile
import warnings
from pathlib import Path

import numpy as np
from sklearn.linear_model import LogisticRegression

from draws import SETS, of_each_class, put
from kanjian.datasets.open_dataset import open_dataset
from kanjian.features.cache import FeatureCache
from kanjian.features.extract import frozen_network
from kanjian.features.features import features_of
from kanjian.pipeline.input_shape import InputShape
from kanjian.training.resolve_recipe import recipe_for
from kanjian.training.train import train
from record import DATA, RESULTS, spread, write_result

BACKBONE, RECIPE = "efficientnet-lite0", "photos-lite0"
# Pictures of each class: to learn from, to validate, to test on; None for all others
PARTS = {"people": (10, 3, None), "orl": (4, 2, None), "cifar": (30, 10, 60),
         "pets": (100, 20, None)}  # fmt: skip


def draw(name: str, folder: Path, seed: int) -> None:
    """A folder with train/, val/ and test/; no picture lies in two of them."""
    rng, splits = np.random.default_rng(1000 + seed), open_dataset(str(DATA / SETS[name]))
    train, validate, test = PARTS[name]
    for numbers in of_each_class(splits.train, rng):
        put(splits.train, numbers[:train], folder / "train")
        put(splits.train, numbers[train : train + validate], folder / "val")
        if splits.test is None:
            put(splits.train, numbers[train + validate :], folder / "test")
    if splits.test is not None:
        for numbers in of_each_class(splits.test, rng):
            put(splits.test, numbers[:test], folder / "test")


def probes(folder: Path) -> dict[str, float]:
    """Test accuracy of logistic regressions with the defaults of scikit-learn."""
    splits, network = open_dataset(str(folder)), frozen_network(BACKBONE, pool="avg")
    assert splits.validation is not None
    assert splits.test is not None
    parts = splits.train, splits.validation, splits.test
    labels = [np.asarray(part.labels) for part in parts]
    found = {}
    with tempfile.TemporaryDirectory() as cached:
        cache = FeatureCache(Path(cached), limit_gb=10)
        for fit in ("letterbox", "crop"):
            shape = InputShape((224, 224), 3, fit)
            train, more, test = (
                np.array(features_of(part, network, shape, precision="f32", cache=cache).array)
                for part in parts
            )
            found[f"probe, {fit}"] = probe(train, labels[0], test, labels[2])
        both = np.concatenate([train, more]), np.concatenate(labels[:2])
        found["probe, crop, validation pictures too"] = probe(*both, test, labels[2])
    return found


def probe(
    train: np.ndarray, labels: np.ndarray, test: np.ndarray, true_labels: np.ndarray
) -> float:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # "more iterations": the defaults are the point
        return float(LogisticRegression().fit(train, labels).score(test, true_labels))


def trained(folder: Path, seed: int, *, only_head: bool) -> float:
    """Test accuracy of the recipe, with or without its second phase."""
    recipe = recipe_for(RECIPE, on=str(folder), overrides={"training.seed": seed})
    if only_head:
        recipe = recipe.model_copy(update={"fine_tune": None})
    with tempfile.TemporaryDirectory() as out:
        report = train(recipe, out=Path(out)).report.to_dict()
    return float(report["test"]["accuracy"])


def measured_before() -> dict:
    """Sets not named this time keep their figures."""
    path = RESULTS / "small_photos.json"
    return json.loads(path.read_text())["test_accuracy"] if path.exists() else {}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--sets", nargs="+", choices=SETS, default=list(SETS))
    given = parser.parse_args()
    accuracy: dict[str, dict[str, list[float]]] = {name: {} for name in given.sets}
    for seed in range(given.rounds):
        for name in given.sets:
            with tempfile.TemporaryDirectory() as drawn:
                folder = Path(drawn) / name
                draw(name, folder, seed)
                found = probes(folder)
                found["head only"] = trained(folder, seed, only_head=True)
                found[RECIPE] = trained(folder, seed, only_head=False)
            for side, value in found.items():
                accuracy[name].setdefault(side, []).append(value)
            print(name, seed, {side: round(value, 4) for side, value in found.items()}, flush=True)
    result = {
        "what": "test accuracy on small sets: the recipe against a plain probe of the same weights",
        "recipe": RECIPE,
        "pictures a class to learn from, to validate, to judge by": PARTS,
        "test_accuracy": measured_before()
        | {
            name: {side: spread(values) for side, values in sides.items()}
            for name, sides in accuracy.items()
        },
    }
    print(write_result("small_photos", result))


if __name__ == "__main__":
    main()
