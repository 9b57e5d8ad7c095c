"""Images/s of a feature pass: kanjian against Keras' own `predict` on TensorFlow, at 224×224.

    python bench/feature_pass.py [pictures [rounds]]

Both sides run the same frozen network over the same photos, by turns, in one process. Keras gets
them decoded, fitted and in memory for free, in batches of 32; kanjian decodes them from their
files and, with `stored`, does all that a pass takes: reading and compiling the converted
network, the parity check, hashing the pictures, writing the features and hashing them.
EfficientNet-Lite0 has its ImageNet weights where they are at hand, VGG16 random ones.
Results: bench/results/feature_pass.json.
"""

import sys
import tarfile
import tempfile
import time
from pathlib import Path

import numpy as np

from kanjian.datasets.open_dataset import open_dataset
from kanjian.features.cache import FeatureCache
from kanjian.features.engine import FeatureEngine
from kanjian.features.features import features_of
from kanjian.features.one_pass import Inputs
from kanjian.models.backbones import build_backbone
from kanjian.pipeline.input_shape import InputShape
from kanjian.weights.store import place_of
from record import DATA, spread, write_result

SHAPE = InputShape((224, 224), 3)
NETWORKS = {"efficientnet-lite0": 1.0, "vgg16": 0.15}  # share of the pictures each gets


def rate(n: int, work) -> float:
    """How many of n things per second."""
    started = time.perf_counter()
    work()
    return n / (time.perf_counter() - started)


def measure(name: str, dataset, folder: Path, rounds: int) -> dict:
    weights = place_of(name)
    network = build_backbone(name, size_hw=(224, 224), weights=weights, seed=0)
    inputs, n = Inputs(dataset, SHAPE), len(dataset)
    pictures = np.concatenate(list(inputs.batches()))
    cache = FeatureCache(folder / name, limit_gb=100)
    engines = {p: FeatureEngine(network, precision=p, cache=cache.cache) for p in ("f32", "auto")}

    def stored() -> None:
        cache.clear()
        features_of(dataset, network, SHAPE, cache=cache)

    def drained(outputs) -> None:
        for _ in outputs:
            pass

    sides = {
        "keras predict": lambda: network.predict(pictures, batch_size=32, verbose=0),
        "kanjian f32": lambda: drained(engines["f32"].run(inputs.batches())),
        "kanjian": lambda: drained(engines["auto"].run(inputs.batches())),
        "kanjian stored": stored,
    }
    for work in sides.values():  # what is traced, converted and compiled once
        work()
    rates: dict[str, list[float]] = {side: [] for side in sides}
    for _ in range(rounds):
        for side, work in sides.items():
            rates[side].append(rate(n, work))
            print(name, side, round(rates[side][-1], 1), flush=True)
    spreads = {side: spread(values) for side, values in rates.items()}
    keras = spreads["keras predict"]["median"]
    return {
        "pictures": n,
        "weights": "none" if weights is None else weights.name,
        "images_per_second": spreads,
        "ratio": {f"{side} / keras predict": each["median"] / keras
                  for side, each in spreads.items() if side != "keras predict"},
        "precision": engines["auto"].precision,
        "relative_error": {engine.precision: engine.relative_error for engine in engines.values()},
        "notes": [*engines["f32"].notes, *engines["auto"].notes],
    }  # fmt: skip


def main() -> None:
    most, rounds = (int(word) for word in [*sys.argv[1:], *("800", "5")[len(sys.argv) - 1 :]])
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with tarfile.open(DATA / "photos/cats-dogs.tar") as archive:
            archive.extractall(folder / "photos", filter="data")
        train = open_dataset(folder / "photos").train
        networks = {}
        for backbone, share in NETWORKS.items():
            count = max(8, min(len(train), round(most * share)))
            part = train.subset(np.linspace(0, len(train) - 1, count).astype(int))
            networks[backbone] = measure(backbone, part, folder, rounds)
    what = "images/s of a feature pass from files, kanjian against Keras predict from memory"
    print(write_result("feature_pass", {"what": what, "rounds": rounds, "networks": networks}))


if __name__ == "__main__":
    main()
