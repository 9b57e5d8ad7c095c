"""Cats and dogs on EfficientNet-Lite0, as a user types it: seconds to the report, accuracy.

    python bench/photos_lite0.py [--recipe photos-lite0] [--rounds 3] [--limit N] [--data TAR]

`kanjian train RECIPE --on cats-dogs.tar` from the start of the process to its end, every time with
a $KANJIAN_HOME that holds nothing but the file of weights. Beside it a plain linear probe of the
same weights: scikit-learn's LogisticRegression as it comes, on pooled float32 features of the
whole picture ("letterbox") and of its middle ("crop").
Results: bench/results/photos_lite0.json.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
import warnings
from pathlib import Path

import numpy as np
from sklearn.linear_model import LogisticRegression

from kanjian.datasets.open_dataset import open_dataset
from kanjian.features.cache import FeatureCache
from kanjian.features.extract import frozen_network
from kanjian.features.features import features_of
from kanjian.pipeline.input_shape import InputShape
from kanjian.weights.store import find_weights
from record import DATA, ROOT, spread, write_result

BACKBONE = "efficientnet-lite0"


def run(recipe: str, data: Path, limit: int | None) -> dict:
    weights = find_weights(BACKBONE)
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder) / "home"
        (home / "models").mkdir(parents=True)
        shutil.copy(weights, home / "models")
        command = [sys.executable, "-m", "kanjian", "train", recipe, "--on", data,
                   "--out", Path(folder) / "runs", "--quiet"]  # fmt: skip
        command += [] if limit is None else ["--set", f"data.limit={limit}"]
        environment = os.environ | {"PYTHONPATH": str(ROOT / "src"), "KANJIAN_HOME": str(home)}
        environment.pop("KANJIAN_MODELS", None)
        started = time.perf_counter()
        done = subprocess.run(
            [str(part) for part in command], capture_output=True, text=True, env=environment,
            check=False,
        )  # fmt: skip
        seconds = time.perf_counter() - started
        if done.returncode:
            raise SystemExit(done.stderr[-2000:])
        (written,) = Path(folder).glob("runs/*/report.json")
        report = json.loads(written.read_text())
    return {
        "seconds": seconds,
        "validation_accuracy": report["validation"]["accuracy"],
        "pictures": report["validation"]["n"],
        "fit_seconds": report["fit_seconds"],
        "phases": report["phases"],
        "linear_probe": report["linear_probe"],
        "peak_memory_mb": report["peak_memory_mb"],
        "load_average": os.getloadavg()[0],
    }


def plain_probe(data: Path) -> dict:
    """Accuracy of a logistic regression with the defaults of scikit-learn."""
    splits, network = open_dataset(str(data)), frozen_network(BACKBONE, pool="avg")
    assert splits.validation is not None
    found = {}
    with tempfile.TemporaryDirectory() as folder:
        cache = FeatureCache(Path(folder), limit_gb=10)
        for fit in ("letterbox", "crop"):
            shape = InputShape((224, 224), 3, fit)
            train, test = (
                np.array(features_of(part, network, shape, precision="f32", cache=cache).array)
                for part in (splits.train, splits.validation)
            )
            regression = LogisticRegression()
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # "more iterations": the defaults are the point
                regression.fit(train, splits.train.labels)
            found[fit] = float(regression.score(test, splits.validation.labels))
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--recipe", default="photos-lite0")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--limit", type=int)
    parser.add_argument("--data", type=Path, default=DATA / "photos" / "cats-dogs.tar")
    given = parser.parse_args()
    runs = []
    for _ in range(given.rounds):
        runs.append(run(given.recipe, given.data, given.limit))
        said = runs[-1]
        print(f"{said['seconds']:.1f} s, {100 * said['validation_accuracy']:.2f} %", flush=True)
    result = {
        "what": "kanjian train RECIPE --on PHOTOS, from process start to report, empty cache",
        "recipe": given.recipe,
        "data": given.data.name,
        "limit": given.limit,
        "seconds": spread([each["seconds"] for each in runs]),
        "validation_accuracy": spread([each["validation_accuracy"] for each in runs]),
        "plain linear probe": plain_probe(given.data),
        "runs": runs,
    }
    print(result["plain linear probe"], write_result("photos_lite0", result))


if __name__ == "__main__":
    main()
