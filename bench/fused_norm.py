"""How much faster networks train where TensorFlow's own kernel normalizes their batches.

    python bench/fused_norm.py [--rounds 7] [--seconds 4]

The networks of cifar10-fast and mnist-fast on random pictures, as trained (bfloat16 where the
processor has it), with Keras' layers and with `fuse_normalization`, in turn. Results:
bench/results/fused_norm.json.
"""

import argparse
import json
import statistics
import time
from typing import Any

import numpy as np

from kanjian.backend import load_keras, use_xla
from kanjian.backend.mixed_precision import choose_precision
from kanjian.models.build import build_model
from kanjian.models.fused_norm import fuse_normalization
from kanjian.models.input_normalization import fit_preparation
from kanjian.recipes.shipped import shipped
from kanjian.training.optimizers import build_optimizer
from record import spread, write_result

SHAPES = {"cifar10-fast": (32, 32, 3), "mnist-fast": (28, 28, 1)}


def trained(name: str, pictures: np.ndarray, *, fused: bool) -> Any:
    recipe, shape_hwc = shipped(name), pictures.shape[1:]
    preparation = fit_preparation(recipe.input, [pictures], shape_hwc=shape_hwc)
    network = build_model(
        recipe.model, shape_hwc=shape_hwc, n_classes=10, preparation=preparation, seed=0,
        policy=choose_precision("auto"),
    )  # fmt: skip
    if fused:
        fuse_normalization(network)
    network.compile(
        build_optimizer(recipe.optimizer, 1e-4),
        load_keras().losses.SparseCategoricalCrossentropy(),
        jit_compile=use_xla(),
    )
    return network


def rate(network: Any, pictures: np.ndarray, labels: np.ndarray, seconds: float) -> float:
    """Pictures a second, over at least so many seconds."""
    steps, started = 0, time.perf_counter()
    while time.perf_counter() - started < seconds:
        network.train_on_batch(pictures, labels)
        steps += 1
    return steps * len(pictures) / (time.perf_counter() - started)


def measure(name: str, rounds: int, seconds: float) -> dict[str, Any]:
    rng, size = np.random.default_rng(0), shipped(name).training.batch_size
    pictures = rng.integers(0, 256, (size, *SHAPES[name])).astype(np.uint8)
    labels = rng.integers(0, 10, size)
    sides = {side: trained(name, pictures, fused=side == "fused") for side in ("keras", "fused")}
    rates: dict[str, list[float]] = {side: [] for side in sides}
    for network in sides.values():  # the first step traces
        rate(network, pictures, labels, 0)
    for _ in range(rounds):
        for side, network in sides.items():
            rates[side].append(rate(network, pictures, labels, seconds))
    ratios = [fused / keras for fused, keras in zip(rates["fused"], rates["keras"], strict=True)]
    print(name, [round(ratio, 2) for ratio in ratios], flush=True)
    return {
        "images_per_second": {side: spread(values) for side, values in rates.items()},
        "ratio": statistics.median(ratios),
        "ratios": ratios,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--seconds", type=float, default=4.0)
    given = parser.parse_args()
    result = {
        "what": "training, images/s: batch normalization by Keras and by TensorFlow's own kernel",
        "networks": {name: measure(name, given.rounds, given.seconds) for name in SHAPES},
    }
    ratios = {name: network["ratio"] for name, network in result["networks"].items()}
    print(json.dumps(ratios), write_result("fused_norm", result))


main()
