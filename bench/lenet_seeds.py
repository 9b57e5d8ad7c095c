"""mnist-lenet here against the same network in plain Keras: what each reaches, over seeds.

    python bench/lenet_seeds.py [--seeds 3] [--epochs 5]

Our side is the shipped recipe through the library's front door, with the precision it chooses.
The other side is the source's code in today's Keras: float32, Adam, batch 128, the last fifth for
validation. Both learn from the same 48 000 digits and are evaluated on the same 10 000; runs
alternate. Results: bench/results/lenet_seeds.json, where "within_noise" says whether 0 lies in the
95 % interval of the difference of the means (Welch's t, which knows how few the seeds are).
"""

import argparse
import statistics
import sys
import tempfile
from pathlib import Path

from scipy.stats import ttest_ind

from mnist_fast import save_mnist
from record import DATA, ROOT, said_by, spread, write_result

SIDES = ROOT / "bench" / "sides"


def ours(seed: int, epochs: int) -> dict:
    """The shipped recipe."""
    report = said_by(
        [sys.executable, SIDES / "kanjian_train.py", "mnist-lenet", "-",
         f"training.seed={seed}", f"training.epochs={epochs}"],
        KANJIAN_DATA=str(DATA / "mnist"),
    )["report"]  # fmt: skip
    return {
        "seed": seed,
        "test_accuracy": report["test"]["accuracy"],
        "validation_accuracy": report["validation"]["accuracy"],
        "parameters": report["parameters"],
        "precision": report["precision"],
    }


def theirs(seed: int, epochs: int, data: Path) -> dict:
    """The same network in plain Keras."""
    said = said_by(
        [sys.executable, SIDES / "keras_plain.py", "mnist_lenet", data, epochs, "0.2", seed]
    )
    kept = ("test_accuracy", "validation_accuracy", "parameters")
    return {"seed": seed, **{key: said[key] for key in kept}, "precision": "float32"}


def compared(sides: dict[str, list[dict]]) -> dict:
    """Mean and spread of both sides, and whether they agree."""
    values = {side: [run["test_accuracy"] for run in runs] for side, runs in sides.items()}
    result: dict = {
        side: {
            "test_accuracy": spread(values[side])
            | {"mean": statistics.mean(values[side]), "deviation": statistics.stdev(values[side])},
            "runs": runs,
        }
        for side, runs in sides.items()
    }
    low, high = ttest_ind(*values.values(), equal_var=False).confidence_interval(0.95)
    return result | {
        "difference": statistics.mean(values["kanjian"]) - statistics.mean(values["plain keras"]),
        "difference_95": [float(low), float(high)],
        "within_noise": bool(low <= 0 <= high),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--epochs", type=int, default=5)
    given = parser.parse_args()
    sides: dict[str, list[dict]] = {"kanjian": [], "plain keras": []}
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder) / "mnist.npz"
        save_mnist(data)
        for seed in range(given.seeds):
            sides["kanjian"].append(ours(seed, given.epochs))
            sides["plain keras"].append(theirs(seed, given.epochs, data))
            print({side: runs[-1]["test_accuracy"] for side, runs in sides.items()}, flush=True)
    about = {
        "what": "LeNet on MNIST, test accuracy",
        "epochs": given.epochs,
        "learned_from": 48_000,
        "judged_on": 10_000,
    }
    result = about | compared(sides)
    print(write_result("lenet_seeds", result), result["within_noise"])


main()
