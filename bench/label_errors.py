"""Flipped labels found among cats and dogs: kanjian beside plain softmax ranking and cleanlab.

    python bench/label_errors.py [--seeds 5] [--share 0.05]

Of the training part a share of the labels is flipped, another draw for each seed. Each side gives
a list of all it doubts; counted is how many of the flips stand among the first 1.2 times as many
(6 % of the pictures for 5 %), and, for a side that ends its list, within the whole of it. Sides, in
turn on the same flips: kanjian's `check_labels` on Lite2, Lite0 and both joined; the confidence in
the label of one probe that was fitted on all pictures, as a plain script does; and a plain
cleanlab script (cross_val_predict, find_label_issues) on the features of Lite2, where cleanlab is
installed. Features are at hand for all. Results: bench/results/label_errors.json.
"""

import argparse
import tempfile
import time
import warnings
from dataclasses import replace
from pathlib import Path

import numpy as np

from kanjian.datasets.dataset import Splits
from kanjian.datasets.health import check
from kanjian.datasets.open_dataset import open_dataset
from kanjian.evaluation.label_errors import label_quality
from kanjian.experiments.label_check import check_labels
from kanjian.extras import installed
from kanjian.features.cache import FeatureCache
from kanjian.features.features import features_of
from kanjian.features.known import known_backbone
from kanjian.pipeline.input_shape import InputShape
from kanjian.training.linear_probe import linear_probe
from kanjian.training.out_of_fold import deal_folds, out_of_fold, principal
from record import DATA, spread, write_result

LITE0, LITE2 = "efficientnet-lite0", "efficientnet-lite2"
SIZES = {LITE0: 224, LITE2: 260}


def features(data, backbone: str, cache: FeatureCache) -> np.ndarray:
    network, side = known_backbone(backbone, store=cache.cache), SIZES[backbone]
    return np.array(features_of(data, network, InputShape((side, side), 3, "stretch"),
                                cache=cache).array, np.float32)  # fmt: skip


def unit(rows: np.ndarray) -> np.ndarray:
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def ours(data, backbone: str, cache: FeatureCache, report) -> list[int]:
    place = {name: number for number, name in enumerate(data.names)}
    found = check_labels(Splits(data), backbone=backbone, cache=cache, report=report)
    return [place[one.name] for one in found.suspects]


def joined(rows: np.ndarray, labels: np.ndarray) -> list[int]:
    kept = principal(rows)
    chances = out_of_fold(kept, labels, deal_folds(kept, labels), n_classes=2)
    quality = label_quality(chances, labels)
    return [int(at) for at in np.argsort(quality, kind="stable") if quality[at] < 0.5]


def plain(rows: np.ndarray, labels: np.ndarray) -> list[int]:
    probe = linear_probe(rows, labels, rows, labels, n_classes=2)
    logits = rows @ probe.kernel + probe.bias
    odds = np.exp(logits - logits.max(axis=1, keepdims=True))
    own = (odds / odds.sum(axis=1, keepdims=True))[np.arange(len(labels)), labels]
    return np.argsort(own, kind="stable").tolist()


def with_cleanlab(rows: np.ndarray, labels: np.ndarray) -> list[int]:
    from cleanlab.filter import find_label_issues
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import cross_val_predict

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        chances = cross_val_predict(
            LogisticRegression(max_iter=1000), rows, labels, cv=5, method="predict_proba"
        )
    return find_label_issues(
        labels, chances, return_indices_ranked_by="normalized_margin", n_jobs=1
    ).tolist()


def flipped(labels: np.ndarray, share: float, seed: int) -> np.ndarray:
    wrong = np.zeros(len(labels), bool)
    count = round(share * len(labels))
    wrong[np.random.default_rng(seed).choice(len(labels), count, replace=False)] = True
    return wrong


def missed(data, wrong: np.ndarray, found: list[int], top: int) -> list[str]:
    return [Path(data.names[at]).name for at in np.flatnonzero(wrong) if at not in found[:top]]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--share", type=float, default=0.05)
    given = parser.parse_args()
    data = open_dataset(str(DATA / "photos" / "cats-dogs.tar")).train
    report = check(Splits(data))
    lists: dict[str, list[dict]] = {}
    with tempfile.TemporaryDirectory() as place:
        cache = FeatureCache(Path(place), limit_gb=2)
        lite0, lite2 = (features(data, name, cache) for name in (LITE0, LITE2))
        for seed in range(given.seeds):
            wrong = flipped(data.labels, given.share, seed)
            labels = np.where(wrong, 1 - data.labels, data.labels)
            noisy, top = replace(data, labels=labels), int(1.2 * wrong.sum())
            sides = {
                "kanjian, Lite2": lambda: ours(noisy, LITE2, cache, report),  # noqa: B023
                "kanjian, Lite0": lambda: ours(noisy, LITE0, cache, report),  # noqa: B023
                "kanjian, both joined": lambda: joined(
                    np.hstack([unit(lite0), unit(lite2)]),
                    labels,  # noqa: B023
                ),
                "softmax of one probe": lambda: plain(lite2, labels),  # noqa: B023
            }
            if installed("cleanlab"):
                sides["plain cleanlab"] = lambda: with_cleanlab(lite2, labels)  # noqa: B023
            for name, side in sides.items():
                started = time.perf_counter()
                found = side()
                lists.setdefault(name, []).append({
                    "seconds": time.perf_counter() - started,
                    "listed": len(found),
                    "found_among_first": float(wrong[found[:top]].sum() / wrong.sum()),
                    "found_in_list": float(wrong[found].sum() / wrong.sum()),
                    "missed": missed(data, wrong, found, top) if name[0] == "k" else [],
                })  # fmt: skip
                print(seed, name, lists[name][-1], flush=True)
    figures = ("found_among_first", "found_in_list", "listed", "seconds")
    result = {
        name: {key: spread([run[key] for run in runs]) for key in figures}
        | {"missed": sorted({each for run in runs for each in run["missed"]})}
        for name, runs in lists.items()
    }
    what = "share of flipped labels among the first 1.2 times as many of each list"
    about = {"what": what, "pictures": len(data), "share": given.share, "first": top}
    print(write_result("label_errors", about | {"sides": result}))


if __name__ == "__main__":
    main()
