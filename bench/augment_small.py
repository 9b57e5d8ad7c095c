"""32×32 pictures in memory, turned, shifted and mirrored: images/s on one core.

    python bench/augment_small.py [--rounds 5] [--epochs 3]

Beside it a bare `cv2.warpAffine` per picture, in turn; then what it costs `cifar10-deep` in
training speed, with and without in turn. Results: bench/results/augment_small.json.
"""

import argparse
import json
import os
import statistics
import sys
import tempfile
import time
from pathlib import Path

import cv2
import numpy as np

from kanjian.augmentation.sample_params import draw
from kanjian.datasets.arrays import from_arrays
from kanjian.pipeline.augmented import augmented_batch
from kanjian.pipeline.input_shape import InputShape
from kanjian.recipes.augmentation import Augmentation
from record import ROOT, rates_of, spread, write_result
from train_speed import cifar10

BOUNDS = Augmentation(flip_horizontal=True, rotate_deg=15, shift_frac=0.1)
PICTURES, BATCH = 20_000, 128


def ours(images: np.ndarray) -> float:
    """Images/s of whole batches, drawing included."""
    data = from_arrays(images, np.arange(len(images)) % 10).train
    shape = InputShape((32, 32), 3)
    started = time.perf_counter()
    draws = draw(BOUNDS, len(images), seed=0, epoch=0)
    for start in range(0, len(images), BATCH):
        indices = np.arange(start, min(start + BATCH, len(images)))
        augmented_batch(data, indices, shape, BOUNDS, draws.of(indices))
    return len(images) / (time.perf_counter() - started)


def bare(images: np.ndarray) -> float:
    """Images/s of nothing but the warp."""
    matrix = cv2.getRotationMatrix2D((15.5, 15.5), 7, 1)
    started = time.perf_counter()
    for image in images:
        cv2.warpAffine(image, matrix, (32, 32))
    return len(images) / (time.perf_counter() - started)


def trained(path: str, epochs: int, *settings: str) -> list[float]:
    """Images/s of every epoch of training but the first."""
    command = [sys.executable, ROOT / "bench/sides/kanjian_train.py", "cifar10-deep", path,
               f"training.epochs={epochs}", "data.validation=0", *settings]  # fmt: skip
    return rates_of(command)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--epochs", type=int, default=4)
    given = parser.parse_args()
    images = np.random.default_rng(0).integers(0, 256, (PICTURES, 32, 32, 3)).astype(np.uint8)
    cores = os.sched_getaffinity(0)
    cv2.setNumThreads(1)
    os.sched_setaffinity(0, {min(cores)})
    rates: dict[str, list[float]] = {"kanjian": [], "bare warpAffine": []}
    for _ in range(given.rounds + 1):
        rates["kanjian"].append(ours(images))
        rates["bare warpAffine"].append(bare(images))
    os.sched_setaffinity(0, cores)
    rates = {side: values[1:] for side, values in rates.items()}
    print({side: round(statistics.median(values)) for side, values in rates.items()}, flush=True)
    changes = [f"augmentation.{key}={value}" for key, value in
               (("flip_horizontal", "true"), ("rotate_deg", 15), ("shift_frac", 0.1))]  # fmt: skip
    training: dict[str, list[float]] = {"without": [], "with": []}
    with tempfile.TemporaryDirectory() as folder:
        path = str(Path(folder) / "cifar10.npz")
        np.savez(path, **cifar10(12_800))
        for _ in range(given.rounds):
            training["without"] += trained(path, given.epochs)
            training["with"] += trained(path, given.epochs, *changes)
            print({side: round(values[-1]) for side, values in training.items()}, flush=True)
    # of all epochs: this machine halves its speed for seconds at a time
    cost = 1 - statistics.median(training["with"]) / statistics.median(training["without"])
    result = {
        "what": "32×32×3 in memory, rotate 15°, shift 0.1, mirror; images/s",
        "one_core": {side: spread(values) for side, values in rates.items()},
        "training": {side: spread(values) for side, values in training.items()},
        "cost_of_training_speed": cost,
    }
    print(json.dumps({"cost": cost}), write_result("augment_small", result))


if __name__ == "__main__":
    main()
