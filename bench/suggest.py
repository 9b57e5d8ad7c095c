"""Is a label on a suggested picture worth more than one on a random picture?

    python bench/suggest.py [--seeds 5]

Each seed draws a pool and a test part of a shared set, gives labels to a few pictures a class, and
then adds labels in rounds: those that `suggest` names, those with the most doubt alone, or random
ones, as many each. After each round a linear probe on EfficientNet-Lite0 is fitted anew and judged
on the test part. In the pool every third picture lies twice, shifted by two pixels, as in series
of shots. Results: bench/results/suggest.json.
"""

import argparse
import tempfile
from pathlib import Path

import numpy as np

from kanjian.datasets.dataset import ArrayImages, Dataset
from kanjian.datasets.open_dataset import open_dataset
from kanjian.features.cache import FeatureCache
from kanjian.features.features import features_of
from kanjian.features.known import known_backbone
from kanjian.images.resize import resize_image
from kanjian.pipeline.input_shape import InputShape
from kanjian.search.suggest import doubt, worth_a_label
from kanjian.training.linear_probe import linear_probe
from kanjian.training.out_of_fold import principal
from record import DATA, spread, write_result

# Set: pictures a class at the start, labels added in a round, rounds, side kept in memory
SETS = {"cifar10-jpeg.tar.xz": (5, 25, 4, 32), "photos/cats-dogs.tar": (3, 4, 4, 224)}
MOST = 1800  # pictures of a set


def pictures(source: str) -> Dataset:
    *_, side = SETS[source]
    data = open_dataset(str(DATA / source)).train
    rng = np.random.default_rng(0)
    taken = rng.permutation(len(data))[:MOST]
    images = np.stack([resize_image(data.images.read(int(at)), (side, side), mode="crop",
                                    channels=3) for at in taken])  # fmt: skip
    again = np.arange(0, len(taken), 3)
    images = np.concatenate([images, np.roll(images[again], 2, axis=2)])
    labels = np.concatenate([data.labels[taken], data.labels[taken][again]])
    return Dataset(
        ArrayImages.of(images), labels, data.classes, np.r_[np.arange(len(taken)), again]
    )


def predicted(rows, labels, known, asked, classes):
    probe = linear_probe(rows[known], labels[known], rows[asked], labels[asked], n_classes=classes)
    logits = rows[asked] @ probe.kernel + probe.bias
    odds = np.exp(logits - logits.max(axis=1, keepdims=True))
    return odds / odds.sum(axis=1, keepdims=True), probe.accuracy


def curve(how: str, data: Dataset, rows: np.ndarray, source: str, seed: int) -> list[float]:
    each, step, rounds, _ = SETS[source]
    rng = np.random.default_rng(1000 + seed)  # not those that the rule was chosen on
    shots = rng.permutation(np.unique(data.groups))
    tested = np.flatnonzero(np.isin(data.groups, shots[: len(shots) // 3]))
    pool = rng.permutation(np.setdiff1d(np.arange(len(data)), tested))
    labels, classes = data.labels, len(data.classes)
    known = np.concatenate([pool[labels[pool] == k][:each] for k in range(classes)])
    found = []
    for _ in range(rounds + 1):
        _, accuracy = predicted(rows, labels, known, tested, classes)
        found.append(accuracy)
        left = np.setdiff1d(pool, known)
        chances, _ = predicted(rows, labels, known, left, classes)
        if how == "suggest":
            chosen = worth_a_label(chances, rows[left], step)
        elif how == "doubt alone":
            chosen = np.argsort(-doubt(chances), kind="stable")[:step]
        else:
            chosen = rng.permutation(len(left))[:step]
        known = np.concatenate([known, left[chosen]])
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=5)
    given = parser.parse_args()
    results = {}
    for source, (each, step, rounds, _) in SETS.items():
        data = pictures(source)
        with tempfile.TemporaryDirectory() as place:
            cache = FeatureCache(Path(place), limit_gb=2)
            network = known_backbone("efficientnet-lite0", store=cache.cache)
            shape = InputShape((224, 224), 3, "crop")
            rows = principal(np.array(features_of(data, network, shape, cache=cache).array))
        curves: dict[str, list[list[float]]] = {}
        for seed in range(given.seeds):
            for how in ("suggest", "doubt alone", "random"):
                curves.setdefault(how, []).append(curve(how, data, rows, source, seed))
                print(source, seed, how, [round(each, 3) for each in curves[how][-1]], flush=True)
        last = {how: [each[-1] for each in runs] for how, runs in curves.items()}
        results[source] = {
            "pictures": len(data),
            "labels": [each * len(data.classes) + step * number for number in range(rounds + 1)],
            "accuracy_at_the_end": {how: spread(values) for how, values in last.items()},
            "points_over_random": spread(
                [100 * (a - b) for a, b in zip(last["suggest"], last["random"], strict=True)]
            ),
            "curves": curves,
        }
    what = "accuracy of a linear probe on Lite0 after labels were added, by how they were chosen"
    print(write_result("suggest", {"what": what, "sets": results}))


if __name__ == "__main__":
    main()
