"""What a run writes down as it goes: environment, log, history, TensorBoard."""

import json
import os
import platform
import time
from pathlib import Path
from typing import Any

from kanjian import extras
from kanjian.backend import backend_name
from kanjian.backend.package_versions import versions
from kanjian.backend.processor import cpu_features
from kanjian.checks import plural
from kanjian.datasets.fingerprint import fingerprint
from kanjian.names import printable
from kanjian.storage import files
from kanjian.storage.csv_rows import csv_text
from kanjian.storage.failures import writing
from kanjian.training.events import (
    EpochDone,
    Estimate,
    Event,
    Message,
    PhaseStart,
    Plan,
    TrainingCallback,
)
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
        "versions": versions(),
        "platform": platform.platform(),
        "processor_features": sorted(cpu_features()),
        "threads": os.cpu_count(),
        "backend": backend_name(),
        "precision": precision,
        "seed": seed,
        "data": data,
    }
    files.write_text(folder / ENVIRONMENT, json.dumps(facts, indent=2, ensure_ascii=False) + "\n")


class Recorder:
    """A callback that writes what happens into the run folder and passes it on to the user's own.

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

    def __call__(self, event: Event) -> None:
        """Write it down, then pass it on; steps are too many to log."""
        match event:
            case Plan():
                self._log_plan(event)
            case PhaseStart():
                self.log(
                    f"phase {event.number} of {event.phases}, {event.name}: "
                    f"{plural(event.epochs, 'epoch')}, {event.parameters} parameters learn"
                )
            case Estimate(minutes, images_per_second):
                self.log(f"expected: {minutes:.1f} min, {images_per_second:.0f} images/s")
            case EpochDone(_, row):
                write_history(self.folder, self.rows)
                self.log("  ".join(f"{key} {value:.5g}" for key, value in row.items()))
                self._show(row)
            case Message(sentence):
                self.log(sentence)
        self.callback(event)

    def _log_plan(self, plan: Plan) -> None:
        self.log(
            f"{plan.recipe.name}: {plan.train} train, {plan.validation} validation, "
            f"{plan.test} test, {len(plan.classes)} classes, input {plan.shape_hwc}, "
            f"{plan.parameters} parameters, {plan.backend}, {plan.precision}"
        )
        for note in plan.notes:
            self.log(note)

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
