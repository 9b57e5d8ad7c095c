"""Comparing variants of a recipe: same pictures, same order, same seed; only some keys differ."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Unpack

import numpy as np

from kanjian import former
from kanjian.datasets.dataset import Splits
from kanjian.datasets.fingerprint import fingerprint
from kanjian.errors import TrainingError
from kanjian.evaluation.statistics import Comparison as Difference
from kanjian.evaluation.statistics import differ_beyond_chance, differ_on_same_pictures
from kanjian.experiments.pages import write_comparison
from kanjian.experiments.results import Comparison, Result
from kanjian.experiments.study import (
    Study,
    begin_study,
    check_same_pictures,
    decoded_once,
    read_study,
    with_pictures_now,
)
from kanjian.experiments.trial import Trial, run_trial
from kanjian.experiments.variants import Variant, make_variants
from kanjian.i18n import _
from kanjian.paths import AnyPath, as_path
from kanjian.recipes.recipe import Recipe
from kanjian.training.events import Message, TrainingCallback
from kanjian.training.former_listener import hears_listeners
from kanjian.training.notebook import usual_callback
from kanjian.training.optimizers import build_optimizer
from kanjian.training.places import with_own_weights
from kanjian.training.prepare import prepare
from kanjian.training.recipe_options import RecipeOptions, recipe_from
from kanjian.training.resumable import resumable
from kanjian.training.trainer import open_pictures

KIND, VARIANTS = "compare", "variants"
_DOUBT = 0.05


@former.renamed(recipe="source")
@hears_listeners
def compare(
    source: Recipe | AnyPath,
    *,
    over: Mapping[str, Sequence[Any]],
    out: AnyPath = Path("runs"),
    data_folder: AnyPath | None = None,
    callback: TrainingCallback | None = None,
    allow_code: bool = False,
    **options: Unpack[RecipeOptions],
) -> Comparison:
    """Train every variant of a recipe and say which differ beyond chance.

    All variants train from the same seed on the same pictures in the same order, and are
    evaluated on the validation pictures. The test part is left alone: choosing by it would
    make its figure too good. Train the winner to see that figure.

    Another optimizer than the recipe's starts with its own usual learning rate (1.0 for
    Adadelta, 0.01 for SGD and Adagrad, 0.001 for the others) and without the recipe's
    momentum and the like, which mean nothing to it. Put "optimizer.learning_rate" into
    `over` to try the same rates for all.

    Args:
        source: What the variants have in common: a recipe, or anything else `train` takes.
        over: Keys such as "optimizer.name", each with the values to try; several keys
            give every combination.
        out: The folder of the study is made in here.
        data_folder: Where built-in data sets are looked for first.
        callback: Hears of every step.
        allow_code: Whether the recipe may name Python code to run.
        **options: What to change in the recipe first, as for `train`: epochs=3.

    Raises:
        KanjianError: If a variant cannot be trained; nothing has been trained then.
        TrainingInterrupted: If stopped with Ctrl-C; `resume_comparison` goes on.

    Example:
        >>> import tempfile
        >>> from kanjian.recipes.shipped import shipped
        >>> recipe, out = shipped("mnist-demo").quick(), Path(tempfile.mkdtemp())
        >>> found = compare(recipe, over={"optimizer.name": ["sgd", "adam"]}, out=out)
        >>> len(found.results), found.best in found.results
        (2, True)
    """
    out, data_folder = Path(out), as_path(data_folder)
    recipe = with_own_weights(
        recipe_from(source, options, data_folder=data_folder, step_by_step=True)
    )
    variants = make_variants(recipe, over)
    pictures = _open([variant.recipe for variant in variants], data_folder)
    _check(variants, pictures, allow_code=allow_code)
    asked = {"over": {key: list(values) for key, values in over.items()}}
    study = Study(KIND, recipe, asked, fingerprint(pictures[0].train))
    folder = begin_study(out, study, data_folder)
    return _run(
        study, variants, pictures, folder, callback or usual_callback(), allow_code=allow_code
    )


@hears_listeners
def resume_comparison(
    folder: AnyPath,
    *,
    data_folder: AnyPath | None = None,
    callback: TrainingCallback | None = None,
    allow_code: bool = False,
) -> Comparison:
    """Go on with a comparison that was interrupted or killed; finished variants are kept.

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
    variants = make_variants(study.recipe, study.asked["over"])
    now = [with_pictures_now(variant.recipe, folder, data_folder) for variant in variants]
    pictures = _open([recipe for recipe, _ in now], now[0][1])
    check_same_pictures(study, pictures[0].train, folder)
    return _run(
        study, variants, pictures, folder, callback or usual_callback(), allow_code=allow_code
    )


def _open(recipes: Sequence[Recipe], data_folder: Path | None) -> list[Splits]:
    """The pictures of every recipe, as `train` would part them; opened once where they agree."""
    opened: dict[str, Splits] = {}
    pictures = []
    for recipe in recipes:
        key = repr((recipe.data, recipe.training.seed, recipe.input, recipe.augmentation))
        if key not in opened:
            splits, _ = open_pictures(recipe, data_folder)
            opened[key] = decoded_once(
                recipe, Splits(splits.train, splits.validation, None, splits.notes)
            )
        pictures.append(opened[key])
    return pictures


def _check(variants: list[Variant], pictures: list[Splits], *, allow_code: bool) -> None:
    """Build every variant once, so that a mistake in the last is told before the first trains."""
    for variant in variants:
        build_optimizer(variant.recipe.optimizer)  # the commonest mistake, and the cheapest to find
    for variant, splits in zip(variants, pictures, strict=True):
        if splits.validation is None:
            raise TrainingError(
                "a comparison evaluates on validation pictures, but [data] validation is 0. "
                "Set it to 0.1, say."
            )
        prepare(variant.recipe, splits, allow_code=allow_code)


def _run(
    study: Study,
    variants: list[Variant],
    pictures: list[Splits],
    folder: Path,
    callback: TrainingCallback,
    *,
    allow_code: bool,
) -> Comparison:
    places = [
        folder / VARIANTS / f"{number:02d}-{variant.folder_name}"
        for number, variant in enumerate(variants, 1)
    ]
    trials = []
    with resumable(folder):
        for number, (variant, splits) in enumerate(zip(variants, pictures, strict=True), 1):
            rate = variant.recipe.optimizer.learning_rate
            callback(
                Message(
                    f"Variant {number} of {len(variants)}: {variant.name}, learning rate {rate:g}"
                )
            )
            assert splits.validation is not None
            trial = run_trial(
                variant.recipe, splits, splits.validation, places[number - 1],
                callback=callback, allow_code=allow_code,
            )  # fmt: skip
            trials.append(trial)
    comparison = Comparison(
        folder,
        study.recipe,
        ranked(variants, places, trials, pictures[0].classes),
        (*pictures[0].notes, *_notes(study.recipe, variants)),
    )
    write_comparison(comparison)
    return comparison


def ranked(
    variants: Sequence[Variant],
    places: Sequence[Path],
    trials: Sequence[Trial],
    classes: tuple[str, ...],
) -> tuple[Result, ...]:
    """Results best first, each with how it differs from the best."""
    judged = [
        (variant, place, trial, trial.metrics(classes))
        for variant, place, trial in zip(variants, places, trials, strict=True)
    ]
    judged.sort(
        key=lambda each: (np.inf, 0) if each[3] is None else (-each[3].accuracy, each[3].loss)
    )
    best = judged[0][2]
    differences = corrected(
        [_difference(trial, best) for _, _, trial, metrics in judged[1:] if metrics is not None]
    )
    padding = [None] * (len(judged) - 1 - len(differences))
    return tuple(
        Result(*each, against_best=difference)
        for each, difference in zip(judged, [None, *differences, *padding], strict=True)
    )


def _difference(trial: Trial, best: Trial) -> Difference:
    if trial.judged == best.judged:
        return differ_on_same_pictures(trial.right, best.right)
    counts = [(int(each.right.sum()), len(each.right)) for each in (trial, best)]
    return differ_beyond_chance(counts[0], counts[1])


def corrected(differences: Sequence[Difference]) -> list[Difference]:
    """The same differences, with what many comparisons with the best make of chance (Holm).

    The best of twelve equal variants beats some other by luck alone; so the smallest
    p-value is multiplied by the number of comparisons, the next by one less, and so on.

    Example:
        >>> twice = [differ_beyond_chance((90, 100), (99, 100))] * 2
        >>> [round(each.p_value / twice[0].p_value, 3) for each in corrected(twice)]
        [2.0, 2.0]

    Reference:
        Holm, A simple sequentially rejective multiple test procedure, 1979.
    """
    order = np.argsort([each.p_value for each in differences], kind="stable")
    found, largest = list(differences), 0.0
    for place, number in enumerate(order):
        p_value = differences[number].p_value * (len(differences) - place)
        largest = min(1.0, max(largest, p_value))  # never below the one before it
        found[number] = replace(
            differences[number], p_value=largest, beyond_chance=largest < _DOUBT
        )
    return found


def _notes(recipe: Recipe, variants: Sequence[Variant]) -> list[str]:
    notes = [_("evaluated on the validation pictures; the test part is left alone")]
    others = {variant.recipe.optimizer.name for variant in variants} - {recipe.optimizer.name}
    if others and "optimizer.learning_rate" not in variants[0].changed:
        notes.append(
            _(
                "{optimizer} has the recipe's learning rate and parameters; each other optimizer "
                "starts with its own usual ones. For the same rates everywhere: "
                "--over optimizer.learning_rate=0.01,0.001",
                optimizer=recipe.optimizer.name,
            )
        )
    seeds = {variant.recipe.training.seed for variant in variants}
    if len(seeds) == 1:
        notes.append(
            _(
                "one seed each: 'beyond chance' is about these pictures, not about luck with the "
                "initial weights. For that: --over training.seed=0,1,2"
            )
        )
    return notes
