"""What a run writes down as it goes: environment, log, history, TensorBoard."""

import json
import os
import platform
import time
from pathlib import Path
from typing import Any

from kanjian import backend, extras
from kanjian.checks import plural
from kanjian.datasets.fingerprint import fingerprint
from kanjian.names import printable
from kanjian.storage import files
from kanjian.storage.csv_rows import csv_text
from kanjian.storage.failures import writing
from kanjian.training.events import Estimate, PhaseStart, Plan, TrainingCallback
from kanjian.training.prepare import TrainingSetup
from kanjian.training.run_folder import ENVIRONMENT

LOG, HISTORY, TENSORBOARD = "log.txt", "history.csv", "tensorboard"


def write_environment(folder: Path, prepared: TrainingSetup) -> None:
    """Write down everything beside the recipe that can change the result of a run."""
    parts = {
        "train": prepared.splits.train,
        "validation": prepared.splits.validation,
        "test": prepared.splits.test,
    }
    data = {name: fingerprint(part) for name, part in parts.items() if part is not None}
    write_surroundings(
        folder, precision=prepared.precision, seed=prepared.recipe.training.seed, data=data
    )


def write_surroundings(folder: Path, *, precision: str, seed: int, data: Any) -> None:
    """The same for whatever is trained.

    Args:
        folder: The run folder.
        precision: The dtype policy trained with.
        seed: The run's seed.
        data: Fingerprints of the pictures.
    """
    facts = {
        "versions": backend.versions(),
        "platform": platform.platform(),
        "processor_features": sorted(backend.cpu_features()),
        "threads": os.cpu_count(),
        "backend": backend.backend_name(),
        "precision": precision,
        "seed": seed,
        "data": data,
    }
    files.write_text(folder / ENVIRONMENT, json.dumps(facts, indent=2, ensure_ascii=False) + "\n")


class Recorder:
    """Passes everything on to the user's listener and writes it into the run folder.

    Args:
        folder: The run folder.
        callback: The user's own.
        rows: The history, as the training loop fills it.
    """

    def __init__(
        self, folder: Path, callback: TrainingCallback, rows: list[dict[str, float]]
    ) -> None:
        files.check_folder_name(folder)
        self.folder, self.callback, self.rows = folder, callback, rows
        self._boards: dict[str, Any] = {}

    def log(self, line: str) -> None:
        """Add a line with the time to log.txt, which people read in a terminal."""
        stamp = time.strftime("%Y-%m-%d %H:%M:%S")
        files.append_text(self.folder / LOG, f"{stamp}  {printable(line)}\n")

    def on_plan(self, plan: Plan) -> None:
        """Log what is about to happen."""
        self.log(
            f"{plan.recipe.name}: {plan.train} train, {plan.validation} validation, "
            f"{plan.test} test, {len(plan.classes)} classes, input {plan.shape_hwc}, "
            f"{plan.parameters} parameters, {plan.backend}, {plan.precision}"
        )
        for note in plan.notes:
            self.log(note)
        self.callback.on_plan(plan)

    def on_phase(self, phase: PhaseStart) -> None:
        """Log which phase begins."""
        self.log(
            f"phase {phase.number} of {phase.phases}, {phase.name}: "
            f"{plural(phase.epochs, 'epoch')}, "
            f"{phase.parameters} parameters learn"
        )
        self.callback.on_phase(phase)

    def on_features(self, done: int, total: int) -> None:
        """Pass on."""
        self.callback.on_features(done, total)

    def on_estimate(self, estimate: Estimate) -> None:
        """Log what is expected."""
        self.log(f"expected: {estimate.minutes:.1f} min, {estimate.images_per_second:.0f} images/s")
        self.callback.on_estimate(estimate)

    def on_step(self, epoch: int, step: int, logs: dict[str, float]) -> None:
        """Pass on; steps are too many to log."""
        self.callback.on_step(epoch, step, logs)

    def on_epoch_end(self, epoch: int, row: dict[str, float]) -> None:
        """Log the epoch, write the history anew, and show it to TensorBoard."""
        write_history(self.folder, self.rows)
        self.log("  ".join(f"{key} {value:.5g}" for key, value in row.items()))
        self._show(row)
        self.callback.on_epoch_end(epoch, row)

    def _show(self, row: dict[str, float]) -> None:
        """As Keras' own callback does: one name in two folders is two lines in one chart."""
        with writing(self.folder / TENSORBOARD):
            for key, value in row.items():
                if key != "epoch":
                    part = "validation" if key.startswith("val_") else "train"
                    name = f"epoch_{key.removeprefix('val_')}"
                    self._board(part).add_scalar(name, value, int(row["epoch"]))
            for board in self._boards.values():
                board.flush()

    def _board(self, part: str) -> Any:
        if part not in self._boards:
            writer = extras.load("tensorboard.summary").Writer
            self._boards[part] = writer(str(self.folder / TENSORBOARD / part))
        return self._boards[part]

    def on_message(self, sentence: str) -> None:
        """Log it and pass it on."""
        self.log(sentence)
        self.callback.on_message(sentence)

    def close(self) -> None:
        """Close TensorBoard's files."""
        with writing(self.folder / TENSORBOARD):
            for board in self._boards.values():
                board.close()


def write_history(folder: Path, rows: list[dict[str, float]]) -> None:
    """Write one line per epoch as CSV.

    Example:
        >>> import tempfile
        >>> folder = Path(tempfile.mkdtemp())
        >>> write_history(folder, [{"epoch": 1, "loss": 0.5}])
        >>> (folder / HISTORY).read_text().split()
        ['epoch,loss', '1,0.5']
    """
    columns = list(dict.fromkeys(key for row in rows for key in row))
    lines = [[row.get(name) for name in columns] for row in rows]
    files.write_text(folder / HISTORY, csv_text([columns, *lines]))
