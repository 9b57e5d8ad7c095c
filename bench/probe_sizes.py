"""What the size of the input is worth: linear probes on EfficientNet-Lite0, by size and fit.

    python bench/probe_sizes.py [--draws 20]

Each draw learns from a few pictures a class of a training part and is evaluated on the others.
Results: bench/results/probe_sizes.json.
"""

import argparse
import tempfile
from pathlib import Path

import numpy as np

from kanjian.datasets.open_dataset import open_dataset
from kanjian.features.cache import FeatureCache
from kanjian.features.extract import frozen_network
from kanjian.features.features import features_of
from kanjian.pipeline.input_shape import InputShape
from kanjian.training.linear_probe import linear_probe
from record import DATA, spread, write_result

BACKBONE = "efficientnet-lite0"
SETS = {"people": "faces/people-colour.tar", "pets": "photos/cats-dogs.tar",
        "orl": "faces/orl-faces.tar"}  # fmt: skip
# Pictures of each class to learn from
LEARN = {"people": 10, "pets": 40, "orl": 4}
SIZES = (192, 224, 256, 288)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--draws", type=int, default=20)
    given = parser.parse_args()
    networks = {size: frozen_network(BACKBONE, pool="avg", size_hw=(size, size)) for size in SIZES}
    accuracy: dict[str, dict[str, dict]] = {}
    for name, source in SETS.items():
        data = open_dataset(str(DATA / source)).train
        labels = np.asarray(data.labels)
        accuracy[name] = {}
        for size, network in networks.items():
            for fit in ("crop", "letterbox"):
                with tempfile.TemporaryDirectory() as cached:
                    features = np.array(
                        features_of(
                            data,
                            network,
                            InputShape((size, size), 3, fit),
                            precision="f32",
                            cache=FeatureCache(Path(cached), limit_gb=10),
                        ).array
                    )
                found = [probed(features, labels, LEARN[name], seed) for seed in range(given.draws)]
                accuracy[name][f"{size} {fit}"] = spread(found)
                print(name, size, fit, f"{np.mean(found):.4f}", flush=True)
    print(write_result("probe_sizes", {"learn": LEARN, "accuracy": accuracy}))


def probed(features: np.ndarray, labels: np.ndarray, learn: int, seed: int) -> float:
    rng, classes = np.random.default_rng(seed), int(labels.max()) + 1
    shuffled = [rng.permutation(np.flatnonzero(labels == k)) for k in range(classes)]
    train = np.concatenate([each[:learn] for each in shuffled])
    rest = np.concatenate([each[learn:] for each in shuffled])
    found = linear_probe(
        features[train], labels[train], features[rest], labels[rest], n_classes=classes
    )
    assert found is not None
    return found.accuracy


main()
