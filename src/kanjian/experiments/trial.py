"""One training within a study: trained, asked about the pictures held out, and remembered."""

import contextlib
import json
import logging
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from kanjian import former
from kanjian.datasets.dataset import Dataset, Splits
from kanjian.datasets.fingerprint import fingerprint
from kanjian.errors import TrainingError
from kanjian.evaluation.metrics import EvaluationResult, evaluate_probabilities
from kanjian.guard.npz import read_npz
from kanjian.guard.text import read_json
from kanjian.recipes.codec import write_recipe
from kanjian.recipes.recipe import Recipe
from kanjian.storage import files
from kanjian.training.checkpoint import FILE, Progress, load_checkpoint
from kanjian.training.events import Plan, TrainingCallback
from kanjian.training.interrupt import asked_to_stop
from kanjian.training.phase_runner import PhaseRunner
from kanjian.training.prepare import TrainingSetup, prepare
from kanjian.training.run_folder import CHECKPOINT, RECIPE
from kanjian.training.run_log import write_history
from kanjian.training.trainer import plan_of
from kanjian.training.unsaved_predictions import answers_of

TRIAL, ANSWERS = "trial.json", "answers.npz"


@former.with_attributes
@dataclass(frozen=True, eq=False)
class Trial:
    """A finished training of a study.

    Args:
        history: One row per epoch.
        fit_seconds: Time spent fitting.
        parameters: Numbers the network learned.
        judged: Fingerprint of the pictures it was evaluated on.
        probabilities: (n, classes) float32, its predictions on them; no rows if it diverged.
        labels: (n,) the truth.
        diverged: Why there are no predictions, or None.
    """

    history: list[dict[str, float]]
    fit_seconds: float
    parameters: int
    judged: str
    probabilities: np.ndarray
    labels: np.ndarray
    diverged: str | None = None

    def metrics(self, classes: tuple[str, ...]) -> EvaluationResult | None:
        """What the predictions are worth; None if there are none."""
        return (
            None
            if self.diverged
            else evaluate_probabilities(self.probabilities, self.labels, classes)
        )

    @property
    def right(self) -> np.ndarray:
        """(n,) bool, which answers were right."""
        return np.asarray(self.probabilities.argmax(axis=1) == self.labels)


def run_trial(
    recipe: Recipe,
    splits: Splits,
    judged: Dataset,
    folder: Path,
    *,
    callback: TrainingCallback,
    allow_code: bool = False,
) -> Trial:
    """Train and evaluate, or give back what was done before.

    A trial that was interrupted goes on from its checkpoint, exactly as `resume` would; one
    that is finished is read from its folder.

    Args:
        recipe: What to train.
        splits: With what; the validation part chooses weights, where the recipe wants that.
        judged: The pictures to predict in the end.
        folder: Where the trial is kept.
        callback: Hears of every step.
        allow_code: Whether the recipe may name Python code to run.

    Raises:
        TrainingInterrupted: If stopped with Ctrl-C; the state is saved.
        TrainingError: If the pictures changed since the trial was begun.
    """
    if (folder / TRIAL).is_file():
        return read_trial(folder)
    prepared = prepare(recipe, splits, allow_code=allow_code, callback=callback)
    files.write_text(folder / RECIPE, write_recipe(recipe))
    callback(_plan(prepared, splits, judged))
    diverged = None
    with asked_to_stop() as interrupted, fresh_networks():
        progress, arrays = _where_it_stands(folder, splits.train)
        runner = PhaseRunner(prepared, progress, folder / CHECKPOINT, callback, interrupted)
        try:
            runner.run(arrays)
        except TrainingError as error:  # the loss is no number any more
            diverged = str(error)
    trial = Trial(
        history=runner.progress.history,
        fit_seconds=runner.progress.fit_seconds,
        parameters=runner.learned,
        judged=fingerprint(judged),
        probabilities=answers_of(prepared, judged if diverged is None else None),
        labels=judged.labels if diverged is None else judged.labels[:0],
        diverged=diverged,
    )
    _write_trial(folder, trial)
    shutil.rmtree(folder / CHECKPOINT, ignore_errors=True)
    return trial


@contextlib.contextmanager
def fresh_networks() -> Iterator[None]:
    """Keep TensorFlow from warning that one network after the other is compiled: it is meant."""
    logger = logging.getLogger("tensorflow")

    def meant(record: logging.LogRecord) -> bool:
        return "triggered tf.function retracing" not in record.getMessage()

    logger.addFilter(meant)
    try:
        yield
    finally:
        logger.removeFilter(meant)


def _plan(prepared: TrainingSetup, splits: Splits, judged: Dataset) -> Plan:
    """Without what is the same for all trainings of a study."""
    recipe = prepared.recipe.model_copy(update={"about": ""})
    plan = replace(plan_of(prepared), recipe=recipe, notes=(), test=len(judged))
    return replace(plan, validation=0) if splits.validation is judged else plan


def _where_it_stands(folder: Path, train: Dataset) -> tuple[Progress, dict[str, np.ndarray]]:
    now = fingerprint(train)
    if not (folder / CHECKPOINT / FILE).is_file():
        return Progress(data=now), {}
    progress, arrays = load_checkpoint(folder / CHECKPOINT)
    if progress.data != now:
        raise TrainingError(
            f"the pictures changed since {folder} was begun. Put them back, or start a new study."
        )
    return progress, arrays


def _write_trial(folder: Path, trial: Trial) -> None:
    """Keep a finished trial; its JSON comes last and says that all is there."""
    write_history(folder, trial.history)
    with files.replacing(folder / ANSWERS) as temporary, temporary.open("wb") as stream:
        np.savez(stream, probabilities=trial.probabilities, labels=trial.labels)
    facts = {
        "history": trial.history,
        "fit_seconds": trial.fit_seconds,
        "parameters": trial.parameters,
        "judged": trial.judged,
        "diverged": trial.diverged,
    }
    files.write_text(folder / TRIAL, json.dumps(facts, indent=2) + "\n")


def read_trial(folder: Path) -> Trial:
    """Read a finished trial back.

    Raises:
        TrainingError: If its files are damaged.
    """
    try:
        facts = read_json(folder / TRIAL, error=TrainingError)
        archive = read_npz(folder / ANSWERS, error=TrainingError)
        return Trial(**facts, probabilities=archive["probabilities"], labels=archive["labels"])
    except (OSError, KeyError, TypeError, TrainingError) as error:
        raise TrainingError(
            f"{folder} cannot be read ({error}). Delete this folder; it is then trained again."
        ) from error
