"""What a report is made of: filled by training or evaluation, read by everything that draws."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from kanjian.evaluation.abstain import AbstainRule
from kanjian.evaluation.metrics import EvaluationResult
from kanjian.evaluation.mistakes import Mistake


@dataclass(frozen=True, slots=True)
class Doubts:
    """Whether a training was in vain.

    Args:
        said: What says so, as sentences; none where it was not.
        cures: Commands to try; RUN in them stands for the run folder.
    """

    said: tuple[str, ...] = ()
    cures: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class ReportFacts:
    """Everything a report tells.

    Args:
        title: What was trained, as in the recipe's name.
        recipe: The recipe as TOML text; may be empty.
        history: One row for each epoch: epoch, loss, accuracy, val_loss, val_accuracy,
            learning_rate, seconds, images_per_second; what is missing is not drawn.
        numbers: What it cost and what it is: fit_seconds, images_per_second,
            peak_memory_mb, epochs, precision, backend, parameters, trainable_parameters,
            classes, and whatever else `report.json` should hold.
        validation: The metrics on the validation part, if there is one.
        test: The metrics on the test part, if there is one.
        abstain: The rule for "unknown", if one was asked for.
        mistakes: The worst mistakes, worst first, on the test part or else on validation.
        skipped: Damaged pictures that were left out, each with its reason.
        notes: Sentences the reader should know.
        doubts: What says that nothing was learned.
    """

    title: str
    recipe: str = ""
    history: Sequence[Mapping[str, Any]] = ()
    numbers: Mapping[str, Any] = field(default_factory=dict)
    validation: EvaluationResult | None = None
    test: EvaluationResult | None = None
    abstain: AbstainRule | None = None
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
