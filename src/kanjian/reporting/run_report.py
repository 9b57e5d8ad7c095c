"""What `report.json` of a run holds, for those who read it."""

from typing import Any, TypeAlias

from pydantic import BaseModel, ConfigDict, Field

from kanjian import former
from kanjian.json_types import JsonObject

# Figures by name; what was not finite is None
Row: TypeAlias = dict[str, int | float | None]


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

    `interval` holds the accuracy with 95 % confidence; `confusion` is None above 200 classes.
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
    confusion: tuple[tuple[int, ...], ...] | None = ()
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


class OpenSetReport(_Told):
    """From which distance on a picture is unlike the training pictures, and what that does."""

    threshold: float
    target: float
    kept: float
    n: int
    made: int
    auroc: float
    named: float


class PassReport(_Told):
    """What it cost to have the features of some pictures."""

    pictures: int
    varied: bool = False
    seconds: float = 0.0
    pass_seconds: float = 0.0
    from_cache: bool = False
    precision: str = ""
    relative_error: float | None = None


class PhaseReport(_Told):
    """What one phase of a transfer learned, won and cost.

    `before` and `after` hold "val_loss" and "val_accuracy"; None where nothing was held back.
    """

    name: str
    before: Row | None = None
    after: Row | None = None
    epochs: int = 0
    parameters: int = 0
    seconds: float = 0.0
    passes: tuple[PassReport, ...] = ()
    kept: bool = True


class ProbeReport(_Told):
    """What a linear probe of the features reached, before anything was trained."""

    accuracy: float | None
    seconds: float


class RunReport(_Told):
    """What `report.json` of a run holds.

    Where `validation_folds` is set, `validation` is a cross-validation of so many folds over
    the training pictures, and the recognizer was trained on all of them.

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
    open_set: OpenSetReport | None = None
    mistakes: tuple[MistakeReport, ...] = ()
    history: tuple[Row, ...] = ()
    phases: tuple[PhaseReport, ...] = ()
    linear_probe: ProbeReport | None = None
    validation_folds: int | None = None
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

    def to_dict(self) -> JsonObject:
        """As `report.json` spells it."""
        return self.model_dump(mode="json", exclude_unset=True, by_alias=True)

    def __getitem__(self, key: str) -> Any:
        former.tell(f"run.report[{key!r}]", f"run.report.{key}")
        return self.to_dict()[key]
