"""Cross-validation: how well a recipe does on pictures it has not seen, over and over again."""

from pathlib import Path
from typing import Unpack

import numpy as np

from kanjian import former
from kanjian.datasets.dataset import Dataset, Splits
from kanjian.datasets.fingerprint import fingerprint
from kanjian.datasets.prepare_splits import cut, k_folds
from kanjian.errors import TrainingError
from kanjian.evaluation.metrics import evaluate_probabilities
from kanjian.evaluation.statistics import MeanInterval, mean_interval
from kanjian.experiments.pages import write_crossval
from kanjian.experiments.results import CrossValidation
from kanjian.experiments.study import (
    Study,
    begin_study,
    check_same_pictures,
    decoded_once,
    read_study,
    with_pictures_now,
)
from kanjian.experiments.trial import Trial, run_trial
from kanjian.i18n import _, ngettext
from kanjian.paths import AnyPath, as_path
from kanjian.recipes.recipe import Recipe, Training
from kanjian.training.events import Message, TrainingCallback
from kanjian.training.former_listener import hears_listeners
from kanjian.training.notebook import usual_callback
from kanjian.training.places import with_own_weights
from kanjian.training.recipe_options import RecipeOptions, recipe_from
from kanjian.training.resumable import resumable
from kanjian.training.trainer import open_pictures

KIND, FOLDS = "crossval", "folds"


@former.renamed(recipe="source")
@hears_listeners
def cross_validate(
    source: Recipe | AnyPath,
    *,
    folds: int = 5,
    out: AnyPath = Path("runs"),
    data_folder: AnyPath | None = None,
    callback: TrainingCallback | None = None,
    allow_code: bool = False,
    **options: Unpack[RecipeOptions],
) -> CrossValidation:
    """Train `folds` times, each time holding out another part of the pictures for evaluation.

    Each fold gets a fresh network with the same first weights, and its own input
    preparation, fitted on its training part alone. Where the recipe keeps the best weights
    or stops early, the pictures that decide this are cut from the fold's training part, as
    `[data] validation` says: those held out only evaluate. A set's own validation and test
    parts are not looked at.

    Args:
        source: What to train: a recipe, or anything else `train` takes. `[data] split` says how
            folds are made: "stratified" keeps class shares, "grouped" keeps groups together.
        folds: How many, 2 or more.
        out: The folder of the study is made in here.
        data_folder: Where built-in data sets are looked for first.
        callback: Hears of every step.
        allow_code: Whether the recipe may name Python code to run.
        **options: What to change in the recipe first, as for `train`: epochs=3.

    Raises:
        KanjianError: If recipe or pictures do not allow it.
        TrainingError: If the loss of a fold is no number any more.
        TrainingInterrupted: If stopped with Ctrl-C; `resume_cross_validation` goes on.

    Example:
        >>> import tempfile
        >>> from kanjian.recipes.shipped import shipped
        >>> recipe = shipped("mnist-demo").quick()
        >>> study = cross_validate(recipe, folds=2, out=Path(tempfile.mkdtemp()))
        >>> len(study.accuracies), study.pooled.n
        (2, 32)
    """
    out, data_folder = Path(out), as_path(data_folder)
    recipe = with_own_weights(recipe_from(source, options, data_folder=data_folder))
    splits, notes = _open(recipe, data_folder)
    parts = _parts(recipe, splits, folds)
    study = Study(KIND, recipe, {"folds": folds}, fingerprint(splits.train))
    folder = begin_study(out, study, data_folder)
    return _run(study, parts, folder, notes, callback or usual_callback(), allow_code=allow_code)


@hears_listeners
def resume_cross_validation(
    folder: AnyPath,
    *,
    data_folder: AnyPath | None = None,
    callback: TrainingCallback | None = None,
    allow_code: bool = False,
) -> CrossValidation:
    """Go on with a cross-validation that was interrupted or killed; finished folds are kept.

    Args:
        folder: Its folder.
        data_folder: Where built-in data sets are looked for first.
        callback: Hears of every step.
        allow_code: Whether the recipe may name Python code to run.

    Raises:
        TrainingError: If there is none here, or its pictures changed.
    """
    folder, data_folder = Path(folder), as_path(data_folder)
    study = read_study(folder, kind=KIND)
    splits, notes = _open(*with_pictures_now(study.recipe, folder, data_folder))
    check_same_pictures(study, splits.train, folder)
    parts = _parts(study.recipe, splits, int(study.asked["folds"]))
    return _run(study, parts, folder, notes, callback or usual_callback(), allow_code=allow_code)


def _open(recipe: Recipe, data_folder: Path | None) -> tuple[Splits, tuple[str, ...]]:
    """The pictures to part; what decides the best weights is cut later, from each fold."""
    data = recipe.data.model_copy(update={"validation": 0.0, "test": 0.0})
    splits, damaged = open_pictures(recipe.model_copy(update={"data": data}), data_folder)
    notes = splits.notes
    if damaged:
        notes = (
            *notes,
            ngettext(
                "{n} damaged picture was left out",
                "{n} damaged pictures were left out",
                len(damaged),
            ),
        )
    if splits.validation is not None or splits.test is not None:
        notes = (*notes, _("the set's own validation and test parts are not looked at"))
    return decoded_once(recipe, Splits(splits.train)), notes


def chooses_by_validation(training: Training) -> bool:
    """Whether validation pictures decide which weights are kept.

    Example:
        >>> chooses_by_validation(Training(keep="last"))
        False
        >>> chooses_by_validation(Training(early_stopping=3))
        True
    """
    return training.keep.startswith("best") or training.early_stopping is not None


def _parts(recipe: Recipe, splits: Splits, folds: int) -> list[tuple[Splits, Dataset]]:
    """What each fold trains with, and what it is evaluated on."""
    data, seed = recipe.data, recipe.training.seed
    parts = []
    for rest, fold in k_folds(splits.train, folds, split=data.split, seed=seed):
        if not chooses_by_validation(recipe.training):
            # nothing is chosen by it: it only gives the curve of the epochs
            parts.append((Splits(rest, validation=fold), fold))
        elif data.validation:
            train, validation = cut(rest, data.validation, split=data.split, seed=seed)
            parts.append((Splits(train, validation=validation), fold))
        else:
            raise TrainingError(
                f"[training] keep = '{recipe.training.keep}' and early_stopping need "
                "validation pictures, but [data] validation is 0. Set it to 0.1, or keep = 'last'."
            )
    return parts


def _run(
    study: Study,
    parts: list[tuple[Splits, Dataset]],
    folder: Path,
    notes: tuple[str, ...],
    callback: TrainingCallback,
    *,
    allow_code: bool,
) -> CrossValidation:
    with resumable(folder):
        trials = [
            _fold(study.recipe, number, part, len(parts), folder, callback, allow_code=allow_code)
            for number, part in enumerate(parts, 1)
        ]
    result = _result(study, trials, parts[0][1].classes, folder, notes)
    write_crossval(result)
    return result


def _fold(
    recipe: Recipe,
    number: int,
    part: tuple[Splits, Dataset],
    count: int,
    folder: Path,
    callback: TrainingCallback,
    *,
    allow_code: bool,
) -> Trial:
    splits, held_out = part
    callback(
        Message(f"Fold {number} of {count}: {len(splits.train)} training, {len(held_out)} held out")
    )
    trial = run_trial(
        recipe, splits, held_out, folder / FOLDS / str(number),
        callback=callback, allow_code=allow_code,
    )  # fmt: skip
    if trial.diverged:
        raise TrainingError(f"fold {number}: {trial.diverged}")
    return trial


def _result(
    study: Study,
    trials: list[Trial],
    classes: tuple[str, ...],
    folder: Path,
    notes: tuple[str, ...],
) -> CrossValidation:
    evaluated = tuple(
        evaluate_probabilities(trial.probabilities, trial.labels, classes) for trial in trials
    )
    return CrossValidation(
        folder=folder,
        recipe=study.recipe,
        folds=evaluated,
        trials=tuple(trials),
        pooled=evaluate_probabilities(
            np.concatenate([trial.probabilities for trial in trials]),
            np.concatenate([trial.labels for trial in trials]),
            classes,
        ),
        accuracy=_interval([metrics.accuracy for metrics in evaluated]),
        notes=notes,
    )


def _interval(accuracies: list[float]) -> MeanInterval:
    found = mean_interval(accuracies, folds=True)
    assert found.low is not None  # two folds at least
    assert found.high is not None
    return found._replace(low=max(found.low, 0.0), high=min(found.high, 1.0))
