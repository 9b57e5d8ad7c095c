"""Listeners of kanjian 0.1.0, objects with a method for each event; they work until 0.3.0.

Today whoever wants to hear of a run gives one function of `events.Event`.
"""

import functools
from collections.abc import Callable
from typing import Any, Protocol, TypeVar, cast

from kanjian import former
from kanjian.errors import TrainingError
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
)

Function = TypeVar("Function", bound=Callable[..., Any])


class Listener(Protocol):
    """Hears of a run as it goes."""

    def planned(self, plan: Plan) -> None:
        """Data, network and engine are known; nothing has been trained."""

    def entered(self, phase: PhaseStart) -> None:
        """A phase begins; a run without a backbone has none."""

    def passed(self, done: int, total: int) -> None:
        """Features of so many pictures are computed in a pass over so many."""

    def estimated(self, estimate: Estimate) -> None:
        """The probe has measured a few steps."""

    def stepped(self, epoch: int, step: int, logs: dict[str, float]) -> None:
        """Some steps of an epoch (from 0) are done; `logs` has the running loss and accuracy."""

    def finished_epoch(self, epoch: int, row: dict[str, float]) -> None:
        """An epoch is done and saved; `row` is its line of the history."""

    def said(self, sentence: str) -> None:
        """Something the user should know."""


class Silence(Listener):
    """A listener that does nothing."""


def hears_listeners(function: Function) -> Function:
    """Let a function take a listener, as `listener=` or as `callback=`.

    Example:
        >>> hears_listeners(lambda *, callback=None: callback)() is None
        True
    """

    @former.renamed(listener="callback")
    @functools.wraps(function)
    def door(*args: Any, callback: Any = None, **kwargs: Any) -> Any:
        return function(*args, callback=_as_callback(callback), **kwargs)

    return cast("Function", door)


def _as_callback(given: Any) -> TrainingCallback | None:
    """A callback as it is, a listener as one."""
    if given is None or callable(given):
        return cast("TrainingCallback | None", given)
    methods = [name for name in vars(Listener) if not name.startswith("_")]
    if not all(hasattr(given, name) for name in methods):
        raise TrainingError(
            f"callback must be a function that takes an event, got {type(given).__name__}. "
            "See kanjian.training.events."
        )
    former.tell("a listener with methods", "one function of events (kanjian.training.events)")
    return functools.partial(_call, given)


def _call(listener: Listener, event: Event) -> None:
    """Call the method that hears of such an event."""
    match event:
        case Plan():
            listener.planned(event)
        case PhaseStart():
            listener.entered(event)
        case FeaturesPassed():
            listener.passed(event.done, event.total)
        case Estimate():
            listener.estimated(event)
        case StepDone():
            listener.stepped(event.epoch, event.step, event.logs)
        case EpochDone():
            listener.finished_epoch(event.epoch, event.row)
        case Message():
            listener.said(event.sentence)
