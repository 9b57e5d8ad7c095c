"""A head on the features of a frozen backbone, by kanjian's own training up to the trained head.

    python kanjian_head.py BACKBONE WEIGHTS FOLDER EPOCHS

Everything as a user gets it, but no report. Prints JSON: seconds from the first look at the
folder to the trained head, those of the pass through the backbone, accuracy on the photos it
learned from.
"""

import json
import sys
import tempfile
import time
from pathlib import Path

from kanjian.backend import load_keras
from kanjian.recipes.recipe import Recipe
from kanjian.training.checkpoint import Progress
from kanjian.training.events import silent
from kanjian.training.phase_runner import PhaseRunner
from kanjian.training.prepare import prepare
from kanjian.training.trainer import open_pictures


def main():
    name, weights, folder, epochs = sys.argv[1:]
    recipe = Recipe.model_validate(
        {
            "data": {"source": folder, "validation": 0},
            "input": {"fit": "stretch"},
            "backbone": {"name": name, "weights": weights},
            "model": {"layers": [{"type": "Dense", "units": "classes", "activation": "softmax"}]},
            "training": {"epochs": int(epochs), "batch_size": 32},
        }
    )
    load_keras()
    started = time.perf_counter()
    splits, _ = open_pictures(recipe, None)
    prepared = prepare(recipe, splits)
    with tempfile.TemporaryDirectory() as run:
        runner = PhaseRunner(prepared, Progress(), Path(run), silent)
        runner.run({})
    seconds = time.perf_counter() - started
    (phase,) = runner.progress.phases
    (features,) = phase["passes"]
    result = {
        "seconds": seconds,
        "pass_seconds": features["pass_seconds"],
        "from_cache": features["from_cache"],
        "precision": features["precision"],
        "epochs": runner.epochs,
        "accuracy": runner.progress.history[-1]["accuracy"],
    }
    print(json.dumps(result))


main()
