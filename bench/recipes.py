"""Every shipped recipe, trained as it stands: does it reach its source's figure?

    python bench/recipes.py [RECIPE ...] [--seeds 1] [--data FOLDER]

Keeps what was measured before for recipes not named. Results: bench/results/recipes.json.
"""

import argparse
import json
import os
import re
import statistics
import tempfile
import time
from pathlib import Path

from kanjian.backend.package_versions import versions
from kanjian.recipes.codec import override
from kanjian.recipes.shipped import shipped, shipped_header, shipped_names, shipped_text
from kanjian.training.train import train
from record import DATA, RESULTS, write_result

# Those that need no weights of others and no pictures of the user's own
NAMED = [
    name
    for name in shipped_names()
    if shipped_header(shipped_text(name)).source
    and shipped(name).data.source
    and shipped(name).backbone is None
]
CIFAR = str(DATA / "cifar10-jpeg.tar.xz")


def stated(name: str) -> float | None:
    """The accuracy that the source of a recipe states, as its header has it."""
    found = re.search(r"([\d.]+) %", shipped_header(shipped_text(name)).source)
    return round(float(found[1]) / 100, 6) if found else None


def run(name: str, seed: int) -> dict:
    changes = {"training.seed": str(seed)}
    if name.startswith("cifar10"):
        # the copy lies in order of class, where "the last fifth" would be two classes
        changes |= {"data.source": CIFAR, "data.split": "stratified"}
    recipe = override(shipped(name), changes)
    before = time.process_time()
    with tempfile.TemporaryDirectory() as folder:
        report = train(recipe, out=Path(folder), data_folder=DATA / "mnist").report.to_dict()
    return {
        "seed": seed,
        "test_accuracy": report["test"]["accuracy"],
        "test_loss": report["test"]["loss"],
        "fit_seconds": report["fit_seconds"],
        # of all threads together: what it costs, however busy the machine was
        "processor_seconds": round(time.process_time() - before),
        "images_per_second": report["images_per_second"],
        "peak_memory_mb": report["peak_memory_mb"],
        "epochs": report["epochs"],
        # where the host lends fewer cores for a while, it shows here
        "epoch_seconds": [round(row["seconds"], 1) for row in report["history"]],
        "precision": report["precision"],
        "parameters": report["parameters"],
        "load_average": os.getloadavg()[0],
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("recipes", nargs="*", default=NAMED)
    parser.add_argument("--seeds", type=int, default=1)
    given = parser.parse_args()
    path = RESULTS / "recipes.json"
    measured = json.loads(path.read_text())["recipes"] if path.exists() else {}
    for name in given.recipes:
        runs = [run(name, seed) for seed in range(given.seeds)]
        accuracies = [each["test_accuracy"] for each in runs]
        measured[name] = {
            "source_accuracy": stated(name),
            "mean_test_accuracy": statistics.mean(accuracies),
            "deviation": statistics.stdev(accuracies) if len(runs) > 1 else None,
            "n_seeds": len(runs),
            "date": time.strftime("%Y-%m-%d"),
            "versions": versions(),
            "data": "cifar10 as JPEG" if name.startswith("cifar10") else name.partition("-")[0],
            "runs": runs,
        }
        write_result("recipes", {"recipes": measured})
        print(name, measured[name]["mean_test_accuracy"], runs[-1]["fit_seconds"], flush=True)


main()
