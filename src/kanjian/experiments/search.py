"""Searching for a better recipe: judged by validation, compared with the first on the test part."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Unpack

from kanjian import extras
from kanjian.datasets.dataset import Splits
from kanjian.datasets.fingerprint import fingerprint
from kanjian.datasets.prepare_splits import cut, k_folds
from kanjian.errors import TrainingError
from kanjian.experiments.search_loop import SearchLoop
from kanjian.experiments.search_result import (
    DEFAULT,
    SearchResult,
)
from kanjian.experiments.search_space import space_for, trained_in_steps
from kanjian.experiments.search_trial import Part
from kanjian.experiments.study import (
    Study,
    begin_study,
    check_same_pictures,
    decoded_once,
    read_study,
    with_pictures_now,
)
from kanjian.paths import AnyPath, as_path
from kanjian.recipes.codec import override, write_recipe
from kanjian.recipes.recipe import Recipe
from kanjian.storage import files
from kanjian.training import trainer
from kanjian.training.dataset_summary import summarize_dataset
from kanjian.training.events import TrainingCallback
from kanjian.training.former_listener import hears_listeners
from kanjian.training.places import with_own_weights
from kanjian.training.prepare import prepare
from kanjian.training.recipe_options import RecipeOptions, changes_of, recipe_from
from kanjian.training.run_folder import check_unfinished

KIND = "search"
# Below so many pictures one validation part is too small to choose by: every picture judges once
_FEW, _FOLDS = 1500, 3
_TEST, _VALIDATION = 0.2, 0.2


@hears_listeners
def search_recipe(
    source: Recipe | AnyPath,
    *,
    minutes: float | None = 10.0,
    trials: int | None = None,
    over: Mapping[str, Sequence[Any] | str] | None = None,
    folds: int | None = None,
    out: AnyPath = Path("runs"),
    data_folder: AnyPath | None = None,
    callback: TrainingCallback | None = None,
    allow_code: bool = False,
    **options: Unpack[RecipeOptions],
) -> SearchResult:
    """Search for a better recipe: learning rate, augmentation, head, size, backbone and more.

    The first trial is the recipe as it is, the default. The others are proposed from what
    the earlier ones reached (Optuna's TPE); one that lags clearly is ended early. Trials are
    judged on validation pictures alone; few pictures judge in folds. In the end the default
    and the best trial are trained once and compared on the test part, which nothing has seen
    before; where the set has none, a fifth is held out first. The search keeps the default
    unless the best is better beyond chance.

    Args:
        source: Where it begins: a recipe, or anything else `train` takes.
        minutes: How long it may take, the two trainings in the end included; None for no bound.
        trials: How many trials at most, the default included.
        over: What to vary beside or in place of the usual: keys with a list of values, or
            with a range, "1e-4..1e-2". Beside keys of a recipe there are "augment", "dropout",
            "hidden" and "fine_tune".
        folds: Parts that the training pictures are judged in; 1 for the validation part alone.
            By default 3 below 1500 pictures.
        out: The folder of the study is made in here.
        data_folder: Where built-in data sets are looked for first.
        callback: Hears of every step.
        allow_code: Whether the recipe may name Python code to run.
        **options: What to change in the recipe first, as for `train`; it stays so in all trials.

    Raises:
        KanjianError: If recipe, pictures or options do not allow it.
        TrainingInterrupted: If stopped with Ctrl-C; `resume_search` goes on.

    Example:
        >>> import tempfile
        >>> from kanjian.recipes.shipped import shipped
        >>> recipe, out = shipped("mnist-demo").quick(), Path(tempfile.mkdtemp())
        >>> found = search_recipe(recipe, trials=2, folds=1, out=out)
        >>> len(found.trials), found.trials[0].rank >= found.best.rank
        (2, True)
    """
    _check(minutes, trials, folds)
    extras.need("optuna")
    out, data_folder = Path(out), as_path(data_folder)
    recipe = with_own_weights(recipe_from(source, options, data_folder=data_folder))
    if not recipe.data.test:
        recipe = override(recipe, {"data.test": _TEST})
    splits = _open(recipe, data_folder)
    mirror = summarize_dataset(splits.train).color
    space = space_for(
        trained_in_steps(recipe),
        over,
        fixed=_fixed(options),
        mirror=mirror,
        pictures=len(splits.train),
    )
    folds = folds or (_FOLDS if len(splits.train) < _FEW else 1)
    asked = {
        "minutes": minutes, "trials": trials, "folds": folds, "mirror": mirror,
        "space": {key: axis.to_dict() for key, axis in space.items()},
    }  # fmt: skip
    study = Study(KIND, recipe, asked, fingerprint(splits.train))
    parts = _parts(recipe, splits, folds)
    prepare(recipe, parts[0][0], allow_code=allow_code)  # a mistake leaves no folder behind
    folder = begin_study(out, study, data_folder)
    files.write_text(folder / DEFAULT, write_recipe(recipe))
    return SearchLoop(
        study, folder, splits, parts, data_folder, callback, allow_code=allow_code
    ).run()


@hears_listeners
def resume_search(
    folder: AnyPath,
    *,
    data_folder: AnyPath | None = None,
    callback: TrainingCallback | None = None,
    allow_code: bool = False,
) -> SearchResult:
    """Go on with a search that was interrupted or killed, for the time it has left.

    Args:
        folder: Its folder.
        data_folder: Where built-in data sets are looked for first.
        callback: Hears of every step.
        allow_code: Whether the recipe may name Python code to run.

    Raises:
        TrainingError: If there is none here, it is finished, or its pictures changed.
    """
    extras.need("optuna")
    folder, data_folder = Path(folder), as_path(data_folder)
    read_study(folder, kind=KIND, recipe=DEFAULT)
    check_unfinished(folder)
    again = opened_again(folder, data_folder)
    return SearchLoop(
        again.study, folder, again.splits, again.parts, again.data_folder, callback,
        allow_code=allow_code,
    ).run()  # fmt: skip


@dataclass(frozen=True)
class Again:
    """A search that was begun, with its pictures wherever they lie now.

    Args:
        study: What was asked.
        splits: The pictures, without a test part.
        parts: The folds that judge.
        data_folder: Where built-in data sets are looked for first.
    """

    study: Study
    splits: Splits
    parts: list[Part]
    data_folder: Path | None


def opened_again(folder: AnyPath, data_folder: AnyPath | None, *, decode: bool = False) -> Again:
    """Open the pictures of a search that was begun; its folds come out as they were.

    Args:
        folder: Its folder.
        data_folder: Where built-in data sets are looked for first.
        decode: Whether pictures are decoded once, for trials to come.

    Raises:
        KanjianError: If they changed, or cannot be opened.
    """
    folder, data_folder = Path(folder), as_path(data_folder)
    study = read_study(folder, kind=KIND, recipe=DEFAULT)
    recipe, place = with_pictures_now(study.recipe, folder, data_folder)
    splits = _open(recipe, place)
    check_same_pictures(study, splits.train, folder)
    parts = _parts(recipe, splits, int(study.asked["folds"]), decode=decode)
    return Again(replace(study, recipe=recipe), splits, parts, place)


def _check(minutes: float | None, trials: int | None, folds: int | None) -> None:
    if minutes is None and trials is None:
        raise TrainingError("a search needs an end: give minutes, trials or both.")
    if minutes is not None and not 0 < minutes < float("inf"):
        raise TrainingError(f"minutes must be above 0, got {minutes}.")
    for name, count in (("trials", trials), ("folds", folds)):
        if count is not None and count < 1:
            raise TrainingError(f"{name} must be 1 or more, got {count}.")


def _fixed(options: RecipeOptions) -> set[str]:
    """The keys of a search that the user has set; on a network of the user's no backbone."""
    keys = {*changes_of(options), *(options.get("overrides") or {})}
    keys |= {"augment"} if options.get("augment") else set()
    keys |= {"backbone.name"} if options.get("backbone") or options.get("weights") else set()
    sections = {key.partition(".")[0] for key in keys}
    keys |= {"augment"} if "augmentation" in sections else set()
    keys |= {"dropout", "hidden", "backbone.name"} if "model" in sections else set()
    return keys | ({"fine_tune"} if "fine_tune" in sections else set())


def _open(recipe: Recipe, data_folder: Path | None) -> Splits:
    """The pictures that trials may see, not parted yet; the test part is left behind here."""
    whole = override(recipe, {"data.validation": 0.0})
    splits, _damaged = trainer.open_pictures(whole, data_folder)
    return Splits(splits.train, splits.validation, None, splits.notes)


def _parts(recipe: Recipe, splits: Splits, folds: int, *, decode: bool = False) -> list[Part]:
    """What each fold trains with, and what it is judged on.

    With `decode` pictures are decoded once where a trial will not resize them anew.
    """
    data, seed = recipe.data, recipe.training.seed
    decode = decode and recipe.backbone is None
    if folds == 1:
        train, validation = splits.train, splits.validation
        if validation is None:
            size = data.validation or _VALIDATION
            train, validation = cut(train, size, split=data.split, seed=seed)
        held = Splits(train, validation)
        held = decoded_once(recipe, held) if decode else held
        assert held.validation is not None
        return [(held, held.validation)]
    whole = decoded_once(recipe, Splits(splits.train)).train if decode else splits.train
    return [
        (Splits(rest, validation=fold), fold)
        for rest, fold in k_folds(whole, folds, split=data.split, seed=seed)
    ]
