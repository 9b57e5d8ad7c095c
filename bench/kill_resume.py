"""Kill a training run at random moments, resume it each time: are the weights the same?

    python bench/kill_resume.py [--kills 20] [--epochs 60] [--seed 0]

One run is left alone. A second one, of the same recipe, is killed with SIGKILL at random
moments of its life (data, probe, epochs, checkpoint, report) and resumed after each. Its
final weights must equal the first one's bit for bit, and a kill may cost no epoch that was
finished. Results: bench/results/kill_resume.json.
"""

import argparse
import csv
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from kanjian.errors import TrainingError
from kanjian.training.checkpoint import load_checkpoint
from record import ROOT, write_result


def kanjian(*arguments: str) -> subprocess.Popen:
    environment = os.environ | {"PYTHONPATH": str(ROOT / "src")}
    command = [sys.executable, "-m", "kanjian", *arguments, "--quiet"]
    return subprocess.Popen(
        command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    )


def finished_epochs(run: Path) -> int:
    """Epochs a resumed run goes on from."""
    try:
        return load_checkpoint(run / "checkpoint")[0].epoch
    except TrainingError:
        return 0


def announced_epochs(run: Path) -> int:
    """Epochs the run has told its user are done."""
    history = run / "history.csv"
    return len(list(csv.DictReader(history.open()))) if history.exists() else 0


def weights(run: Path) -> list[np.ndarray]:
    from kanjian.backend import load_keras

    model = load_keras().saving.load_model(run / "recognizer" / "model.keras", compile=False)
    return model.get_weights()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--epochs", type=int, default=60)
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    rnd = random.Random(given.seed)
    with tempfile.TemporaryDirectory() as folder:
        result = torture(Path(folder), given.kills, given.epochs, rnd)
    print(json.dumps(result), write_result("kill_resume", result | {"seed": given.seed}))


def torture(folder: Path, kills: int, epochs: int, rnd: random.Random) -> dict:
    arguments = ["train", "mnist-demo", "--epochs", str(epochs)]
    started = time.perf_counter()
    whole = kanjian(*arguments, "--out", str(folder / "whole"))
    if whole.wait() != 0:
        raise SystemExit(whole.stderr.read())
    unbroken_seconds = time.perf_counter() - started
    run, log = folder / "killed" / "mnist-demo", []
    process = kanjian(*arguments, "--out", str(folder / "killed"))
    while len(log) < kills:
        # from the first import to well into the epochs; a third of them early
        delay = rnd.uniform(0.5, 5) if rnd.random() < 0.33 else rnd.uniform(5, 15)
        time.sleep(delay)
        announced = announced_epochs(run)
        if process.poll() is not None:
            break
        process.send_signal(signal.SIGKILL)
        process.wait()
        kept = finished_epochs(run)
        log.append({"after_s": round(delay, 2), "epochs_kept": kept, "announced": announced})
        begun = (run / "recipe.toml").exists()
        process = (
            kanjian("resume", str(run))
            if begun
            else kanjian(*arguments, "--out", str(folder / "killed"))
        )
        print(log[-1], flush=True)
    if process.wait() != 0:
        raise SystemExit(process.stderr.read())
    pairs = zip(weights(folder / "whole" / "mnist-demo"), weights(run), strict=True)
    return {
        "kills": len(log),
        "bit_identical": all(np.array_equal(a, b) for a, b in pairs),
        "epochs_lost": sum(max(0, each["announced"] - each["epochs_kept"]) for each in log),
        "epochs": epochs,
        "unbroken_seconds": round(unbroken_seconds, 1),
        "log": log,
    }


main()
