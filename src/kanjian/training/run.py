"""A finished training run, and what its report holds."""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from kanjian import former
from kanjian.errors import TrainingError
from kanjian.guard.text import read_json
from kanjian.i18n import _, ngettext
from kanjian.inference.recognizer import Recognizer
from kanjian.notebook import pieces
from kanjian.reporting.wording import count, duration, percent
from kanjian.spoken import heading
from kanjian.training.run_folder import REPORT

CURVES = "curves.png"


class _Told(BaseModel):
    """Part of a report: what a later kanjian adds to it is kept, and told as it is."""

    model_config = ConfigDict(extra="allow", frozen=True)


class ClassFigures(_Told):
    """How one class was recognized."""

    name: str
    precision: float | None = None
    recall: float | None = None
    f1: float | None = None
    support: int = 0


class PartReport(_Told):
    """How good the answers on one part of the pictures were.

    `interval` holds the accuracy with 95 % confidence.
    """

    accuracy: float
    interval: tuple[float, float]
    loss: float | None = None
    n: int
    correct: int = 0
    balanced_accuracy: float | None = None
    top_k: dict[str, float] = Field(default_factory=dict)
    calibration_error: float | None = None
    classes: tuple[str, ...] = ()
    confusion: tuple[tuple[int, ...], ...] = ()
    per_class: tuple[ClassFigures, ...] = ()


class MistakeReport(_Told):
    """One wrong answer."""

    name: str
    true: str
    predicted: str
    probability: float


class AbstainReport(_Told):
    """When the recognizer says "unknown", and what that was proven to keep."""

    threshold: float
    target: float
    reachable: bool
    coverage: float
    proven: float | None = None
    n: int = 0


class RunReport(_Told):
    """What `report.json` of a run holds.

    Example:
        >>> part = {"accuracy": 0.98, "interval": [0.96, 0.99], "loss": 0.07, "n": 400}
        >>> report = RunReport(title="digits", epochs=3, validation=part)
        >>> report.validation.accuracy, report.test, report.accuracy
        (0.98, None, 0.98)
    """

    title: str
    epochs: int = 0
    stopped_early: bool = False
    fit_seconds: float | None = None
    images_per_second: float | None = None
    peak_memory_mb: float | None = None
    batch_size: int = 0
    precision: str = ""
    backend: str = ""
    parameters: int = 0
    trainable_parameters: int = 0
    classes: tuple[str, ...] = ()
    validation: PartReport | None = None
    test: PartReport | None = None
    abstain: AbstainReport | None = None
    mistakes: tuple[MistakeReport, ...] = ()
    history: tuple[dict[str, Any], ...] = ()
    phases: tuple[dict[str, Any], ...] = ()
    linear_probe: dict[str, Any] | None = None
    warnings: tuple[str, ...] = ()
    suggestions: tuple[str, ...] = Field((), alias="try")
    skipped: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def judged(self) -> PartReport | None:
        """The test part, or validation where there is none."""
        return self.test or self.validation

    @property
    def accuracy(self) -> float | None:
        """The accuracy on the part that judges; None where no pictures were held back."""
        return None if self.judged is None else self.judged.accuracy

    def to_dict(self) -> dict[str, Any]:
        """As `report.json` spells it."""
        return self.model_dump(mode="json", exclude_unset=True, by_alias=True)

    def __getitem__(self, key: str) -> Any:
        former.tell(f"run.report[{key!r}]", f"run.report.{key}")
        return self.to_dict()[key]


@dataclass(frozen=True)
class Run(os.PathLike[str]):
    """A finished training run; goes wherever the path of a run folder does.

    Args:
        folder: The run folder.
        report: What it reached.
    """

    folder: Path
    report: RunReport

    @classmethod
    def load(cls, folder: str | os.PathLike[str]) -> Self:
        """A finished run from its folder.

        Raises:
            TrainingError: If there is none, or its report is damaged.

        Example:
            >>> Run.load("runs/of-nobody")
            Traceback (most recent call last):
            kanjian.errors.TrainingError: no finished run in runs/of-nobody...
        """
        path = Path(folder) / REPORT
        try:
            return cls(Path(folder), RunReport.model_validate(read_json(path, error=TrainingError)))
        except OSError as error:
            raise TrainingError(
                f"no finished run in {folder}: it has no {REPORT}. Name a folder below runs/."
            ) from error
        except ValidationError as error:
            first = error.errors(include_url=False)[0]
            where = ".".join(map(str, first["loc"])) or "it"
            raise TrainingError(
                f"{path} is no report of a run: {where}: {first['msg']}."
            ) from error

    def __fspath__(self) -> str:
        return str(self.folder)

    @property
    def recognizer_folder(self) -> Path:
        """What to hand to anyone who should use the recognizer."""
        return self.folder / "recognizer"

    def recognizer(self) -> Recognizer:
        """The recognizer it made, ready to be asked.

        Raises:
            RecognizerError: If it is damaged or gone.
        """
        return Recognizer.load(self.folder)

    def _repr_html_(self) -> str:
        """The head of its report, in a notebook."""
        return _head(self)


def _head(run: Run) -> str:
    report, curves = run.report, run.folder / CURVES
    parts = {"validation": report.validation, "test": report.test}
    rows = [
        (heading(name), percent(part.accuracy, n=part.n), _interval(part), part.n)
        for name, part in parts.items()
        if part is not None
    ]
    seconds, speed = report.fit_seconds, report.images_per_second
    cost = [ngettext("{n} epoch", "{n} epochs", report.epochs),
            *([duration(seconds)] if seconds else []),
            *([_("{n} images/s", n=count(speed))] if speed else [])]  # fmt: skip
    columns = (_("part"), _("accuracy"), _("95 % interval"), _("pictures"))
    return pieces.frame(
        report.title,
        pieces.table(columns, rows) if rows else "",
        pieces.note(", ".join(cost)),
        pieces.png(curves.read_bytes(), width_px=640, title=_("loss and accuracy"))
        if curves.is_file()
        else "",
        pieces.note(f"{run.folder / 'report.html'}"),
    )


def _interval(part: PartReport) -> str:
    low, high = (percent(end, n=part.n) for end in part.interval)
    return f"{low} – {high}"
