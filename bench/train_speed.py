"""How fast cifar10-deep trains: kanjian, plain Keras and plain PyTorch, in turn.

    python bench/train_speed.py [--rounds 3] [--images 12800] [--epochs 3]

Each side is a process of its own, on the same pictures; the first epoch (tracing, memory
warm-up) does not count. PyTorch and plain Keras run in the environment of
bench/requirements-peers.txt. Results: bench/results/train_speed.json.
"""

import argparse
import json
import statistics
import sys
import tempfile
from pathlib import Path

import numpy as np

from record import DATA, ROOT, rates_of, spread, write_result

SIDES = ROOT / "bench" / "sides"
PEERS = ROOT / ".venv-peers" / "bin" / "python"


def cifar10(images: int) -> dict[str, np.ndarray]:
    """The first pictures of each class from the JPEG copy, mixed."""
    from kanjian.datasets.open_dataset import open_dataset
    from kanjian.pipeline.input_shape import InputShape
    from kanjian.pipeline.resized import fitted_batch

    train = open_dataset(str(DATA / "cifar10-jpeg.tar.xz")).train
    picked = np.random.default_rng(0).permutation(len(train))[:images]
    shape = InputShape((32, 32), 3)
    return {"x_train": fitted_batch(train, picked, shape), "y_train": train.labels[picked]}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--images", type=int, default=12800)
    parser.add_argument("--epochs", type=int, default=3)
    given = parser.parse_args()
    rates: dict[str, list[float]] = {"kanjian": [], "keras": [], "torch": []}
    with tempfile.TemporaryDirectory() as folder:
        path = str(Path(folder) / "cifar10.npz")
        np.savez(path, **cifar10(given.images))
        epochs = str(given.epochs)
        commands = {
            "kanjian": [sys.executable, SIDES / "kanjian_train.py", "cifar10-deep", path,
                        f"training.epochs={epochs}", "data.validation=0"],
            "keras": [PEERS, SIDES / "keras_plain.py", "cifar10_deep", path, epochs],
            "torch": [PEERS, SIDES / "torch_plain.py", path, epochs],
        }  # fmt: skip
        for _ in range(given.rounds):
            for side, command in commands.items():
                rates[side].append(statistics.median(rates_of(command)))
                print(side, round(rates[side][-1]), flush=True)
    ours = rates["kanjian"]
    result = {
        "what": f"cifar10-deep, batch 128, {given.images} pictures, images/s in training",
        "images_per_second": {side: spread(values) for side, values in rates.items()},
        "ratio": {
            f"kanjian / {peer}": statistics.median(
                a / b for a, b in zip(ours, rates[peer], strict=True)
            )
            for peer in ("keras", "torch")
        },
    }
    print(json.dumps(result["ratio"]), write_result("train_speed", result))


if __name__ == "__main__":
    main()
