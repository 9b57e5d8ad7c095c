"""What a training shows in a notebook: a bar, and a line for every epoch."""

import time
from typing import Any

from kanjian.checks import plural
from kanjian.names import printable
from kanjian.notebook import pieces
from kanjian.notebook.cell import Cell, notebook_shell
from kanjian.reporting.wording import count, duration, percent
from kanjian.training.events import (
    EpochDone,
    Estimate,
    Event,
    FeaturesPassed,
    Message,
    PhaseStart,
    Plan,
    StepDone,
    TrainingCallback,
    silent,
)

_EVERY_S = 0.25  # drawn at most so often: a front end that lags behind would slow the training
_ROWS = 15
_HEAD = ("epoch", "loss", "accuracy", "val. loss", "val. accuracy", "images/s")


def usual_callback() -> TrainingCallback:
    """Who hears of a training where nobody was named: a bar in a notebook, else nobody.

    Example:
        >>> usual_callback().__name__
        'silent'
    """
    shell = notebook_shell()
    return silent if shell is None else NotebookProgress(Cell(shell))


class NotebookProgress:
    """Draws a training into a cell of a notebook.

    Args:
        cell: Where to.
    """

    def __init__(self, cell: Cell) -> None:
        self._cell = cell
        self._title, self._about, self._now, self._notes = "", "", "", list[str]()
        self._rows: list[tuple[str, ...]] = []
        self._epochs = self._steps = 0
        self._share = 0.0
        self._drawn = self._begun = time.monotonic()

    def __call__(self, event: Event) -> None:
        """Draw it anew with what the event says."""
        match event:
            case Plan():
                self._plan(event)
            case PhaseStart():
                # a bar of its own
                self._notes.append(f"{event.name}: {plural(event.epochs, 'epoch')}")
                self._epochs, self._steps = event.epochs, event.steps_per_epoch
                self._share, self._begun = 0.0, time.monotonic()
            case FeaturesPassed(done, total):
                self._now = f"features of {count(done)} of {count(total)} pictures"
                self._share = done / max(total, 1)
            case Estimate(minutes):
                self._now = f"about {duration(60 * minutes)} of training"
                self._begun = time.monotonic()
            case StepDone():
                self._step(event)
            case EpochDone(epoch, row):
                self._share = (epoch + 1) / max(self._epochs, 1)
                self._rows.append(_cells(f"{epoch + 1}/{self._epochs}", row))
            case Message(sentence):
                self._now = sentence
        passing = isinstance(event, FeaturesPassed) and event.done < event.total
        self._draw(soon=passing or isinstance(event, StepDone))

    def _plan(self, plan: Plan) -> None:
        """The name, and what was found."""
        self._title = plan.recipe.name
        held = [f"{count(plan.validation)} for validation"] if plan.validation else []
        held += [f"{count(plan.test)} for the test"] if plan.test else []
        self._about = ", ".join(
            [plural(len(plan.classes), "class", "classes"), f"{count(plan.train)} pictures", *held,
             f"{count(plan.parameters)} parameters", plan.backend, plan.precision]
        )  # fmt: skip
        self._epochs, self._steps = plan.recipe.training.epochs, plan.steps_per_epoch
        self._rows, self._share = [], 0.0  # of a study, each training has its own plan

    def _step(self, done: StepDone) -> None:
        """The bar moves."""
        figures = [f"{key} {value:.3f}" for key, value in done.logs.items() if key in _SHOWN]
        if self._steps:  # a sweep of learning rates has no epochs
            self._share = (done.epoch * self._steps + done.step) / (self._epochs * self._steps)
            spent = time.monotonic() - self._begun
            left = duration(spent / self._share * (1 - self._share)) if self._share else "…"
            figures = [f"epoch {done.epoch + 1} of {self._epochs}", *figures, f"{left} left"]
        self._now = ", ".join(figures)

    def _draw(self, *, soon: bool = False) -> None:
        now = time.monotonic()
        if soon and now - self._drawn < _EVERY_S:
            return
        self._drawn = now
        shown = self._rows[-_ROWS:]
        self._cell.draw(
            pieces.frame(
                self._title, pieces.note(self._about), *map(pieces.note, self._notes[-3:]),
                pieces.table(_HEAD, shown) if shown else "",
                pieces.progress(self._share), pieces.note(self._now),
            ),
            "\n".join(map(printable, [f"{self._title}: {self._about}",
                                      *map("  ".join, shown), self._now])),
        )  # fmt: skip


_SHOWN = ("loss", "accuracy", "psnr")


def _cells(epoch: str, row: dict[str, Any]) -> tuple[str, ...]:
    def figure(key: str) -> str:
        value = row.get(key)
        if value is None:
            return "–"
        return percent(value) if key.endswith("accuracy") else f"{value:.4f}"

    keys = ("loss", "accuracy", "val_loss", "val_accuracy")
    return (epoch, *map(figure, keys), count(row.get("images_per_second", 0)))
