"""The memory of a search: Optuna's study, kept in one file of the search's folder.

What a trial proposes depends on the seed, its number and the trials before it alone, so that a
search that was interrupted goes on as if it had not been.
"""

import math
import os
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from kanjian import extras
from kanjian.errors import TrainingError
from kanjian.experiments.search_axes import Axis, Value
from kanjian.storage.failures import writing

JOURNAL = "trials.journal"
_NAME, _SPENT = "search", "spent_s"
# Trials drawn at random before the sampler learns from them; and before any is pruned
_AT_RANDOM, _UNPRUNED = 6, 4
# In tenths of a fold: earlier the luck of the first epochs decides
_FIRST_RUNG = 2
# Fewer trials than this say nothing of what mattered
_LEAST_FOR_IMPORTANCE = 5


@dataclass(frozen=True)
class TrialRecord:
    """What became of one trial.

    Args:
        number: From 1; the first is the recipe as it is.
        values: What it was asked to be, key to value.
        state: "complete", "pruned" (clearly below the others), "stopped" (the time was up), or
            "failed" (its loss was no number any more, or the recipe did not fit).
        accuracy: On the validation pictures; of one that was not completed the last that is known.
        loss: On the same, for one that is complete.
        epochs: Epochs trained, of all folds.
        seconds: What it took.
        reason: Why it failed.
        steps: Accuracy on the way: tenths of a fold, counted on from fold to fold, to accuracy.
    """

    number: int
    values: dict[str, Value] = field(default_factory=dict)
    state: str = "complete"
    accuracy: float | None = None
    loss: float | None = None
    epochs: int = 0
    seconds: float = 0.0
    reason: str = ""
    steps: dict[int, float] = field(default_factory=dict)

    @property
    def rank(self) -> tuple[float, float, int]:
        """Orders complete trials, the best first: by accuracy, then loss, then the earlier."""
        assert self.accuracy is not None
        return (-self.accuracy, math.inf if self.loss is None else self.loss, self.number)

    def to_dict(self) -> dict[str, Any]:
        """The record as plain values."""
        steps = [[step, accuracy] for step, accuracy in sorted(self.steps.items())]
        return {**vars(self), "steps": steps}


class _Ours:
    """A lock that needs none: whoever writes the journal is alone in the folder already."""

    def acquire(self) -> bool:
        return True

    def release(self) -> None:
        pass


class Journal:
    """The trials of a search.

    Args:
        folder: Where the file lies, or is made.
        space: The axes.
        seed: Of the proposals.

    Raises:
        TrainingError: If the file is damaged.
    """

    def __init__(self, folder: Path, space: Mapping[str, Axis], seed: int) -> None:
        self._optuna: Any = extras.load("optuna")
        self._optuna.logging.set_verbosity(self._optuna.logging.ERROR)
        self._path, self._seed = folder / JOURNAL, seed
        self._axes = {key: self._distribution(axis) for key, axis in space.items()}
        with self._kept():
            _end_whole(self._path)
            journal = self._optuna.storages.journal
            backend = journal.JournalFileBackend(str(self._path), lock_obj=_Ours())
            self._study = self._optuna.create_study(
                storage=self._optuna.storages.JournalStorage(backend),
                study_name=_NAME,
                direction="maximize",
                load_if_exists=True,
                pruner=self._optuna.pruners.MedianPruner(
                    n_startup_trials=_UNPRUNED, n_warmup_steps=_FIRST_RUNG
                ),
            )
            self._running()

    def _distribution(self, axis: Axis) -> Any:
        kinds = self._optuna.distributions
        if axis.choices:
            return kinds.CategoricalDistribution(axis.choices)
        if axis.whole:
            return kinds.IntDistribution(int(axis.low), int(axis.high), log=axis.log)
        return kinds.FloatDistribution(float(axis.low), float(axis.high), log=axis.log)

    @contextmanager
    def _kept(self) -> Iterator[None]:
        """Say which file it is that fails."""
        with writing(self._path):
            try:
                yield
            except (
                AssertionError, AttributeError, IndexError, KeyError, TypeError, ValueError,
            ) as error:  # fmt: skip
                raise TrainingError(
                    f"{self._path} is damaged ({error or type(error).__name__}): it holds the "
                    "trials of the search. Copy the folder again, or start a new search."
                ) from error

    @property
    def spent_s(self) -> float:
        """Seconds the search has taken so far, in all its sittings."""
        return float(self._study.user_attrs.get(_SPENT, 0.0))

    def spend(self, seconds: float) -> None:
        """Write down how long the search has taken so far."""
        with self._kept():
            self._study.set_user_attr(_SPENT, seconds)

    def trials(self) -> list[TrialRecord]:
        """All that are over, in their order."""
        return [_record(each) for each in self._study.get_trials(deepcopy=False)
                if each.state.is_finished()]  # fmt: skip

    def _running(self) -> Any | None:
        return next(
            (each for each in self._study.get_trials(deepcopy=False)
             if not each.state.is_finished()), None,
        )  # fmt: skip

    def add(self, record: TrialRecord) -> None:
        """Write down a trial that nothing proposed: the first recipe as it is."""
        values = {key: value for key, value in record.values.items() if key in self._axes}
        with self._kept():
            self._study.add_trial(
                self._optuna.trial.create_trial(
                    state=self._state(record),
                    value=record.accuracy if record.state == "complete" else None,
                    params=values,
                    distributions={key: self._axes[key] for key in values},
                    intermediate_values=record.steps,
                    user_attrs=_told(record),
                )
            )

    def _state(self, record: TrialRecord) -> Any:
        states = self._optuna.trial.TrialState
        kinds = {"complete": states.COMPLETE, "failed": states.FAIL}
        return kinds.get(record.state, states.PRUNED)

    def ask(self) -> "Asked":
        """The next trial: the one that was interrupted, or a new proposal."""
        with self._kept():
            running = self._running()
            number = len(self._study.get_trials(deepcopy=False)) if running is None else (
                running.number
            )  # fmt: skip
            drawn = np.random.SeedSequence([self._seed, number]).generate_state(1)
            self._study.sampler = self._optuna.samplers.TPESampler(
                n_startup_trials=_AT_RANDOM, seed=int(drawn[0])
            )
            if running is None:
                trial = self._study.ask(self._axes)
                return Asked(trial, number + 1, dict(trial.params))
            trial = self._optuna.trial.Trial(self._study, running._trial_id)
            for key, axis in self._axes.items():  # those it lacks if it was being proposed
                trial._suggest(key, axis)
            return Asked(trial, number + 1, dict(trial.params), {*running.intermediate_values})

    def tell(self, asked: "Asked", record: TrialRecord) -> None:
        """Write down what became of a proposal."""
        with self._kept():
            for key, value in _told(record).items():
                asked.trial.set_user_attr(key, value)
            self._study.tell(
                asked.trial,
                values=record.accuracy if record.state == "complete" else None,
                state=self._state(record),
            )

    def importance(self) -> dict[str, float]:
        """Which share of the differences between trials each key explains, the largest first.

        Empty where there are too few trials, or no difference.

        Reference:
            Hutter, Hoos and Leyton-Brown, An efficient approach for assessing hyperparameter
            importance, ICML 2014 (fANOVA).
        """
        done = [each.accuracy for each in self.trials() if each.state == "complete"]
        if len(done) < _LEAST_FOR_IMPORTANCE or len(set(done)) < 2:
            return {}
        evaluator = self._optuna.importance.FanovaImportanceEvaluator(seed=self._seed)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of an axis that no trial varied
            try:
                found = self._optuna.importance.get_param_importances(
                    self._study, evaluator=evaluator, params=list(self._axes)
                )
            except (ValueError, RuntimeError):  # the trees found nothing to split by
                return {}
        return {key: float(share) for key, share in found.items()}


@dataclass(frozen=True)
class Asked:
    """A proposal that is being tried.

    Args:
        trial: Optuna's.
        number: From 1.
        values: Key to value.
        reported: Steps that were written down before an interruption.
    """

    trial: Any
    number: int
    values: dict[str, Value]
    reported: set[int] = field(default_factory=set)

    def falls_short(self, step: int, accuracy: float) -> bool:
        """Write down how good it is so far; whether that is clearly below the others."""
        if step not in self.reported:
            self.trial.report(accuracy, step)
            self.reported.add(step)
        return bool(self.trial.should_prune())


def _told(record: TrialRecord) -> dict[str, Any]:
    keys = ("state", "loss", "epochs", "seconds", "reason")
    return {key: getattr(record, key) for key in keys}


def _record(frozen: Any) -> TrialRecord:
    told = frozen.user_attrs
    steps = dict(frozen.intermediate_values)
    last = steps[max(steps)] if steps else None
    complete = frozen.state.name == "COMPLETE"
    return TrialRecord(
        number=frozen.number + 1,
        values=dict(frozen.params),
        accuracy=frozen.value if complete else last,
        steps=steps,
        **{key: told[key] for key in ("state", "loss", "epochs", "seconds", "reason")},
    )


def _end_whole(path: Path) -> None:
    """Take off what a kill left of a last line: the next would be written behind it."""
    if not path.is_file():
        return
    with path.open("rb+") as stream:
        text = stream.read()
        whole = text.rfind(b"\n") + 1
        if whole < len(text):
            stream.truncate(whole)
            stream.flush()
            os.fsync(stream.fileno())
