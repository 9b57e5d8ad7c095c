"""What a report is made of: filled by training or evaluation, read by everything that draws."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields

from kanjian.evaluation.abstain import AbstainRule
from kanjian.evaluation.metrics import EvaluationResult
from kanjian.evaluation.mistakes import Mistake
from kanjian.evaluation.open_set import OpenSetRule
from kanjian.json_types import JsonObject
from kanjian.reporting.run_report import PhaseReport, ProbeReport


@dataclass(frozen=True, slots=True)
class Doubts:
    """Whether a training was in vain.

    Args:
        said: What says so, as sentences; none where it was not.
        cures: Commands to try; RUN in them stands for the run folder.
    """

    said: tuple[str, ...] = ()
    cures: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingFigures:
    """What a training cost and what came out of it.

    Args:
        fit_seconds: Time spent fitting.
        images_per_second: While fitting.
        peak_memory_mb: Of the whole process; None where the system does not tell.
        epochs: Epochs trained.
        stopped_early: Whether early stopping ended it.
        batch_size: Pictures in one batch.
        precision: As "mixed_bfloat16".
        backend: As "tensorflow".
        parameters: Numbers in the network.
        trainable_parameters: Those of them that were trained.
        classes: Their names.
        phases: What each phase of a transfer reached; None for a network trained from nothing.
        linear_probe: What the simplest head reached before.
        validation_folds: Of the cross-validation that stands in for a validation part.
    """

    fit_seconds: float | None = None
    images_per_second: float | None = None
    peak_memory_mb: float | None = None
    epochs: int = 0
    stopped_early: bool = False
    batch_size: int = 0
    precision: str = ""
    backend: str = ""
    parameters: int = 0
    trainable_parameters: int = 0
    classes: Sequence[str] = ()
    phases: Sequence[PhaseReport] | None = None
    linear_probe: ProbeReport | None = None
    validation_folds: int | None = None

    def to_dict(self) -> JsonObject:
        """As `report.json` spells it; a network trained from nothing has no phases there."""
        record = {each.name: getattr(self, each.name) for each in fields(self)}
        phases, probe = record.pop("phases"), record.pop("linear_probe")
        if self.validation_folds is None:
            del record["validation_folds"]
        if phases is None:
            return record
        return record | {
            "phases": [phase.model_dump() for phase in phases],
            "linear_probe": probe and probe.model_dump(),
        }


@dataclass(frozen=True, slots=True)
class EvaluatedOn:
    """What was evaluated, where no training is reported.

    Args:
        recognizer: Its name.
        data: The pictures, as they were named.
        part: Which of them.
        engine: What computed.
        views: Of each picture, over which predictions are averaged.
    """

    recognizer: str
    data: str
    part: str
    engine: str
    views: int = 1


@dataclass(frozen=True, slots=True, eq=False)
class ReportFacts:
    """Everything a report tells.

    Args:
        title: What was trained, as in the recipe's name.
        recipe: The recipe as TOML text; may be empty.
        history: One row for each epoch: epoch, loss, accuracy, val_loss, val_accuracy,
            learning_rate, seconds, images_per_second; what is missing is not drawn.
        training: What the training cost and what came out of it, if one is reported.
        evaluated: What was evaluated, if no training is reported.
        validation: The metrics on the validation part, if there is one.
        test: The metrics on the test part, if there is one.
        abstain: The rule for "unknown", if one was asked for.
        open_set: The rule for pictures unlike the training pictures, where it could be calibrated.
        mistakes: The worst mistakes, worst first, on the test part or else on validation.
        skipped: Damaged pictures that were left out, each with its reason.
        notes: Sentences the reader should know.
        doubts: What says that nothing was learned.
    """

    title: str
    recipe: str = ""
    history: Sequence[Mapping[str, float]] = ()
    training: TrainingFigures | None = None
    evaluated: EvaluatedOn | None = None
    validation: EvaluationResult | None = None
    test: EvaluationResult | None = None
    abstain: AbstainRule | None = None
    open_set: OpenSetRule | None = None
    mistakes: Sequence[Mistake] = ()
    skipped: Sequence[str] = ()
    notes: Sequence[str] = ()
    doubts: Doubts = Doubts()

    @property
    def judged(self) -> EvaluationResult | None:
        """The metrics that count: on the test part, else on validation."""
        return self.test or self.validation

    @property
    def part(self) -> str:
        """Which part `judged` is about: "test" or "validation"."""
        return "validation" if self.test is None else "test"
