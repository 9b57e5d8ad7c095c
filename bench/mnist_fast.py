"""Seconds of fitting to a good MNIST network: mnist-fast against the 20-epoch source recipe.

    python bench/mnist_fast.py [--seeds 5] [--keras-runs 2]

Our side is the shipped recipe through the library's front door. The other side is LeNet as
a tutorial trains it: plain Keras on TensorFlow, float32, Adam, batch 128, 20 epochs, a
fifth for validation. Both count everything from the first batch to the last, tracing
included. Runs alternate. Results: bench/results/mnist_fast.json.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

from kanjian.datasets.open_dataset import open_dataset
from record import DATA, ROOT, spread, write_result

SIDES = ROOT / "bench" / "sides"
PEERS = ROOT / ".venv-peers" / "bin" / "python"


def side(*command: str) -> dict:
    environment = os.environ | {
        "PYTHONPATH": str(ROOT / "src"),
        "KANJIAN_DATA": str(DATA / "mnist"),
    }
    done = subprocess.run(command, capture_output=True, text=True, env=environment, check=True)
    return json.loads(done.stdout.splitlines()[-1])


def save_mnist(path: Path) -> None:
    splits = open_dataset("mnist", data_folder=DATA / "mnist")
    assert splits.test is not None
    arrays = {}
    for name, part in (("train", splits.train), ("test", splits.test)):
        arrays[f"x_{name}"] = part.images.array[part.images.rows][..., None]
        arrays[f"y_{name}"] = part.labels
    np.savez(path, **arrays)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--keras-runs", type=int, default=2)
    given = parser.parse_args()
    ours, theirs = [], []
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "mnist.npz"
        save_mnist(path)
        for seed in range(given.seeds):
            report = side(
                sys.executable, str(SIDES / "kanjian_train.py"), "mnist-fast", "-",
                f"training.seed={seed}",
            )["report"]  # fmt: skip
            ours.append((report["test"]["accuracy"], report["fit_seconds"]))
            print("kanjian", ours[-1], flush=True)
            if len(theirs) < given.keras_runs:
                plain = side(
                    str(PEERS), str(SIDES / "keras_plain.py"), "mnist_lenet", str(path), "20", "0.2"
                )
                theirs.append((plain["test_accuracy"], plain["fit_seconds"]))
                print("keras", theirs[-1], flush=True)
    result = {
        side: {
            "test_accuracy": spread([accuracy for accuracy, _ in runs])
            | {"mean": statistics.mean(accuracy for accuracy, _ in runs)},
            "fit_seconds": spread([seconds for _, seconds in runs]),
        }
        for side, runs in (("kanjian", ours), ("keras", theirs))
    }
    medians = [result[side]["fit_seconds"]["median"] for side in ("kanjian", "keras")]
    result["ratio"] = medians[0] / medians[1]
    print(json.dumps(result["ratio"]), write_result("mnist_fast", result))


if __name__ == "__main__":
    main()
