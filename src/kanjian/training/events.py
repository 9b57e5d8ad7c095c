"""What a training run tells whoever watches it; the library itself never prints."""

from dataclasses import dataclass
from typing import Protocol

from kanjian.recipes.recipe import Recipe


@dataclass(frozen=True)
class Plan:
    """What is about to happen.

    Args:
        recipe: With every open choice made.
        train, validation, test: Pictures in each part.
        classes: Class names.
        shape_hwc: What the network takes.
        parameters: Numbers the network learns.
        backend: As "tensorflow".
        precision: As "mixed_bfloat16".
        steps_per_epoch: Batches in one epoch.
        notes: What was found and chosen, as sentences.
    """

    recipe: Recipe
    train: int
    validation: int
    test: int
    classes: tuple[str, ...]
    shape_hwc: tuple[int, int, int]
    parameters: int
    backend: str
    precision: str
    steps_per_epoch: int
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Estimate:
    """What a short probe expects of the whole run.

    Args:
        minutes: Of fitting, for all epochs.
        images_per_second: While training.
        peak_memory_mb: Of the whole process; None where the system does not tell.
    """

    minutes: float
    images_per_second: float
    peak_memory_mb: float | None


@dataclass(frozen=True)
class PhaseStart:
    """One phase of several is about to begin.

    Args:
        name: As "head" or "fine-tune from block5".
        number, phases: This one, from 1, and how many there are.
        earlier: Epochs of the phases before it.
        epochs: Its own epochs.
        steps_per_epoch: Its batches in one epoch.
        batch_size: Pictures in one batch.
        parameters: Numbers that learn in it.
    """

    name: str
    number: int
    phases: int
    earlier: int
    epochs: int
    steps_per_epoch: int
    batch_size: int
    parameters: int


class TrainingCallback(Protocol):
    """Hears of a run as it goes."""

    def on_plan(self, plan: Plan) -> None:
        """Data, network and engine are known; nothing has been trained."""

    def on_phase(self, phase: PhaseStart) -> None:
        """A phase begins; a run without a backbone has none."""

    def on_features(self, done: int, total: int) -> None:
        """Features of so many pictures are computed in a pass over so many."""

    def on_estimate(self, estimate: Estimate) -> None:
        """The probe has measured a few steps."""

    def on_step(self, epoch: int, step: int, logs: dict[str, float]) -> None:
        """Some steps of an epoch (from 0) are done; `logs` has the running loss and accuracy."""

    def on_epoch_end(self, epoch: int, row: dict[str, float]) -> None:
        """An epoch is done and saved; `row` is its line of the history."""

    def on_message(self, sentence: str) -> None:
        """Something the user should know."""


class SilentCallback:
    """A listener that does nothing.

    Example:
        >>> SilentCallback().on_message("nobody hears this")
    """

    def on_plan(self, plan: Plan) -> None:
        """Nothing."""

    def on_phase(self, phase: PhaseStart) -> None:
        """Nothing."""

    def on_features(self, done: int, total: int) -> None:
        """Nothing."""

    def on_estimate(self, estimate: Estimate) -> None:
        """Nothing."""

    def on_step(self, epoch: int, step: int, logs: dict[str, float]) -> None:
        """Nothing."""

    def on_epoch_end(self, epoch: int, row: dict[str, float]) -> None:
        """Nothing."""

    def on_message(self, sentence: str) -> None:
        """Nothing."""
