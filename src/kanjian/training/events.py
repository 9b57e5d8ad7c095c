"""What a training run tells whoever watches it; the library itself never prints."""

from collections.abc import Callable
from dataclasses import dataclass

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


@dataclass(frozen=True)
class FeaturesPassed:
    """Features of so many pictures are computed in a pass over so many."""

    done: int
    total: int


@dataclass(frozen=True)
class StepDone:
    """Some steps of an epoch are done.

    Args:
        epoch: From 0.
        step: How many of its steps are done.
        logs: The running loss and accuracy.
    """

    epoch: int
    step: int
    logs: dict[str, float]


@dataclass(frozen=True)
class EpochDone:
    """An epoch is done and saved.

    Args:
        epoch: From 0.
        row: Its line of the history.
    """

    epoch: int
    row: dict[str, float]


@dataclass(frozen=True)
class Message:
    """Something the user should know, as one sentence."""

    sentence: str


# A plan comes before anything is trained, phases where there is a backbone, an estimate when
# the probe has measured a few steps
Event = Plan | PhaseStart | FeaturesPassed | Estimate | StepDone | EpochDone | Message
# Hears of a run as it goes: called with each event
TrainingCallback = Callable[[Event], None]


def silent(_event: Event) -> None:
    """A callback that does nothing.

    Example:
        >>> silent(Message("nobody hears this"))
    """
