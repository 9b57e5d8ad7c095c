"""One trial of a search: trained on every fold, watched after each epoch, ended where it lags."""

import math
import shutil
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from kanjian.datasets.dataset import Dataset, Splits
from kanjian.errors import RecipeError, WeightsError
from kanjian.evaluation.metrics import evaluate_probabilities
from kanjian.experiments.search_journal import TrialRecord
from kanjian.experiments.trial import Trial, run_trial
from kanjian.recipes.recipe import Recipe
from kanjian.training.events import EpochDone, Event
from kanjian.training.phases import phases_of
from kanjian.training.run_folder import CHECKPOINT

# A fold is watched at so many places, whatever its epochs: schedules are compared at equal shares
RUNGS = 10
Part = tuple[Splits, Dataset]


class TrialEnded(Exception):  # noqa: N818 - no error: the trial is over
    """A trial is ended before its last epoch.

    Args:
        state: "pruned" or "stopped".
    """

    def __init__(self, state: str) -> None:
        super().__init__(state)
        self.state = state


@dataclass
class Watch:
    """Follows one trial through its folds, as a callback of its trainings.

    Args:
        parts: What each fold trains with, and what it is evaluated on.
        epochs: Planned for each fold.
        falls_short: Told after each epoch the step, the accuracy over all folds so far and of
            how many pictures that is; whether to end the trial there.
        time_is_up: Whether the whole search is to end.
    """

    parts: Sequence[Part]
    epochs: int
    falls_short: Callable[[int, float, int], bool]
    time_is_up: Callable[[], bool]
    steps: dict[int, float] = field(default_factory=dict)
    earlier: int = 0
    trained: int = 0
    fold: int = 0
    right: int = 0
    seen: int = 0

    def __call__(self, event: Event) -> None:
        """Hear of an epoch; the last of all ends nothing, for it is done."""
        if not isinstance(event, EpochDone):
            return
        step, done = self._reached(event.row)
        over = self.fold + 1 == len(self.parts) and done >= self.epochs
        seen = self.seen + len(self.parts[self.fold][1])
        short = self.falls_short(step, self.steps[step], seen)
        if over:
            return
        if self.time_is_up():
            raise TrialEnded("stopped")
        if short:
            raise TrialEnded("pruned")

    def _reached(self, row: dict[str, float]) -> tuple[int, int]:
        """Note the accuracy over all folds so far; its step, and the epochs of this fold."""
        done, judged = int(row["epoch"]), len(self.parts[self.fold][1])
        step = self.fold * RUNGS + min(RUNGS, math.ceil(RUNGS * done / self.epochs))
        self.steps[step] = (self.right + row["val_accuracy"] * judged) / (self.seen + judged)
        self.trained = self.earlier + done
        return step, done

    def next_fold(self, trial: Trial) -> None:
        """A fold is done, now or before an interruption: what it reached stays in the accuracy."""
        for row in trial.history:
            self._reached(row)
        self.earlier = self.trained
        self.right += int(trial.right.sum())
        self.seen += len(trial.labels)
        self.fold += 1


def loses_fold(step: int, accuracy: float, seen: int, best: TrialRecord) -> bool:
    """Whether a trial is below the best at the end of a fold, by more than a standard error.

    Both were judged on the same pictures there. What goes on to the next fold costs as much
    again, and seldom becomes the best.

    Example:
        >>> best = TrialRecord(1, accuracy=0.9, steps={10: 0.9, 20: 0.9})
        >>> [loses_fold(step, share, 100, best) for step, share in ((10, 0.86), (10, 0.88), (9, 0))]
        [True, False, False]
    """
    there = best.steps.get(step)
    if step % RUNGS or there is None:
        return False
    return accuracy < there - math.sqrt(there * (1 - there) / seen)


def try_recipe(
    recipe: Recipe,
    parts: Sequence[Part],
    folder: Path,
    first: TrialRecord,
    *,
    falls_short: Callable[[int, float, int], bool],
    time_is_up: Callable[[], bool],
    allow_code: bool = False,
) -> TrialRecord:
    """Train a recipe on every fold and say what became of it.

    Args:
        recipe: What to train.
        parts: What each fold trains with, and what it is evaluated on.
        folder: Where the trial is kept; folds that are done there are not trained again.
        first: The record to fill.
        falls_short: See `Watch`.
        time_is_up: See `Watch`.
        allow_code: Whether the recipe may name Python code to run.

    Raises:
        TrainingInterrupted: If stopped with Ctrl-C; the state is saved.
        KanjianError: If pictures or disk fail; what the recipe is at fault for fails the trial.
    """
    started = time.monotonic()
    epochs = sum(phase.training.epochs for phase in phases_of(recipe))
    watch = Watch(parts, epochs, falls_short, time_is_up)
    trials: list[Trial] = []
    state, reason = "complete", ""
    try:
        for number, (splits, judged) in enumerate(parts, 1):
            place = folder / str(number)
            trial = run_trial(
                recipe, splits, judged, place, callback=watch, allow_code=allow_code
            )  # fmt: skip
            if trial.diverged:
                state, reason = "failed", trial.diverged
                break
            trials.append(trial)
            watch.next_fold(trial)
    except TrialEnded as ended:
        state = ended.state
    except (RecipeError, WeightsError, MemoryError) as error:
        state, reason = "failed", str(error) or "not enough memory"
    if state != "complete":
        for checkpoint in folder.glob(f"*/{CHECKPOINT}"):
            shutil.rmtree(checkpoint, ignore_errors=True)
    return replace(
        _reached(first, trials, state, watch.steps, parts[0][1].classes),
        epochs=watch.trained,
        seconds=max(time.monotonic() - started, sum(trial.fit_seconds for trial in trials)),
        reason=reason,
        steps=watch.steps,
    )


def _reached(
    first: TrialRecord,
    trials: Sequence[Trial],
    state: str,
    steps: dict[int, float],
    classes: tuple[str, ...],
) -> TrialRecord:
    if state != "complete":
        return replace(first, state=state, accuracy=steps[max(steps)] if steps else None)
    metrics = evaluate_probabilities(
        np.concatenate([trial.probabilities for trial in trials]),
        np.concatenate([trial.labels for trial in trials]),
        classes,
    )
    return replace(first, state=state, accuracy=metrics.accuracy, loss=metrics.loss)
