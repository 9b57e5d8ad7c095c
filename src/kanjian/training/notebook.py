"""What a training shows in a notebook: a bar, and a line for every epoch."""

import time
from typing import Any

from kanjian.i18n import _, gettext_noop, ngettext
from kanjian.names import printable
from kanjian.notebook import pieces
from kanjian.notebook.cell import Cell, notebook_shell
from kanjian.reporting.wording import count, duration, percent
from kanjian.spoken import heading, spoken
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
# Keys of an epoch's line, each with its column; what no epoch has is left out
_COLUMNS = {
    "loss": gettext_noop("loss"),
    "accuracy": gettext_noop("accuracy"),
    "psnr": gettext_noop("PSNR in dB"),
    "val_loss": gettext_noop("val. loss"),
    "val_accuracy": gettext_noop("val. accuracy"),
    "val_psnr": gettext_noop("val. PSNR in dB"),
}


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
        self._rows: list[dict[str, Any]] = []
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
                self._title = self._title or event.name
                epochs = ngettext("{n} epoch", "{n} epochs", event.epochs)
                self._notes.append(f"{spoken(event.name)}: {epochs}")
                self._epochs, self._steps = event.epochs, event.steps_per_epoch
                self._share, self._begun = 0.0, time.monotonic()
            case FeaturesPassed(done, total):
                self._now = _("features of {done} of {total} pictures",
                              done=count(done), total=count(total))  # fmt: skip
                self._share = done / max(total, 1)
            case Estimate(minutes):
                self._now = _("about {time} of training", time=duration(60 * minutes))
                self._begun = time.monotonic()
            case StepDone():
                self._step(event)
            case EpochDone(epoch, row):
                self._share = (epoch + 1) / max(self._epochs, 1)
                self._rows.append({**row, "epoch": f"{epoch + 1}/{self._epochs}"})
            case Message(sentence):
                self._now = spoken(sentence)
        passing = isinstance(event, FeaturesPassed) and event.done < event.total
        self._draw(soon=passing or isinstance(event, StepDone))

    def _plan(self, plan: Plan) -> None:
        """The name, and what was found."""
        self._title = plan.recipe.name
        held = {
            _("{n} for validation", n=count(plan.validation)): plan.validation,
            _("{n} for the test", n=count(plan.test)): plan.test,
        }
        self._about = ", ".join((
            ngettext("{n} class", "{n} classes", len(plan.classes)),
            ngettext("{n} picture", "{n} pictures", plan.train, n=count(plan.train)),
            *(words for words, pictures in held.items() if pictures),
            _("{n} parameters", n=count(plan.parameters)), plan.backend, plan.precision,
        ))  # fmt: skip
        self._epochs, self._steps = plan.recipe.training.epochs, plan.steps_per_epoch
        self._rows, self._share = [], 0.0  # of a study, each training has its own plan

    def _step(self, done: StepDone) -> None:
        """The bar moves."""
        figures = [f"{heading(key)} {value:.3f}" for key, value in done.logs.items()
                   if key in _SHOWN]  # fmt: skip
        if self._steps:  # a sweep of learning rates has no epochs
            self._share = (done.epoch * self._steps + done.step) / (self._epochs * self._steps)
            spent = time.monotonic() - self._begun
            left = duration(spent / self._share * (1 - self._share)) if self._share else "…"
            epoch = _("epoch {n} of {epochs}", n=done.epoch + 1, epochs=self._epochs)
            figures = [epoch, *figures, _("{time} left", time=left)]
        self._now = ", ".join(figures)

    def _draw(self, *, soon: bool = False) -> None:
        now = time.monotonic()
        if soon and now - self._drawn < _EVERY_S:
            return
        self._drawn = now
        head, shown = _table(self._rows)
        self._cell.draw(
            pieces.frame(
                self._title, pieces.note(self._about), *map(pieces.note, self._notes[-3:]),
                pieces.table(head, shown) if shown else "",
                pieces.progress(self._share), pieces.note(self._now),
            ),
            "\n".join(map(printable, [f"{self._title}: {self._about}",
                                      *map("  ".join, shown), self._now])),
        )  # fmt: skip


_SHOWN = ("loss", "accuracy", "psnr")


def _table(rows: list[dict[str, Any]]) -> tuple[list[str], list[list[str]]]:
    """Names of columns, and the last epochs."""
    keys = [key for key in _COLUMNS if any(row.get(key) is not None for row in rows)]
    head = [_("epoch"), *(_(_COLUMNS[key]) for key in keys), _("images/s")]
    return head, [
        [row["epoch"], *(_figure(key, row.get(key)) for key in keys),
         count(row.get("images_per_second", 0))]
        for row in rows[-_ROWS:]
    ]  # fmt: skip


def _figure(key: str, value: float | None) -> str:
    if value is None:
        return "–"
    if key.endswith("psnr"):
        return f"{value:.2f}"
    return percent(value) if key.endswith("accuracy") else f"{value:.4f}"
