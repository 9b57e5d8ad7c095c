"""What training commands and functions change in a recipe, under one name each."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal, TypedDict

from kanjian.datasets.dataset import Splits
from kanjian.json_types import JsonObject
from kanjian.paths import AnyPath
from kanjian.recipes.recipe import Recipe
from kanjian.training.resolve_recipe import recipe_for

# Which key of the recipe an option changes; the others choose or make the recipe itself
KEY_OF = {
    "name": "name",
    "epochs": "training.epochs",
    "batch_size": "training.batch_size",
    "learning_rate": "optimizer.learning_rate",
    "seed": "training.seed",
    "limit": "data.limit",
    "abstain": "answer.abstain",
    "views": "answer.views",
    "skip_damaged": "data.skip_damaged",
    "precision": "training.precision",
    "quality": "choice.quality",
    "minutes": "choice.minutes",
    "layer": "backbone.layer",
    "pixels": "backbone.pixel_range",
}


class RecipeOptions(TypedDict, total=False):
    """What can be said beside the source of a training; None and False change nothing.

    Each is explained at `kanjian.train`; the options of the command line have the same names.
    """

    on: AnyPath | Splits | None
    name: str | None
    epochs: int | None
    batch_size: int | None
    learning_rate: float | None
    seed: int | None
    limit: int | None
    abstain: float | None
    views: int | None
    skip_damaged: bool
    precision: Literal["auto", "float32", "mixed_bfloat16", "mixed_float16"] | None
    augment: Literal["none", "light", "standard", "strong"] | None
    backbone: str | None
    weights: AnyPath | None
    quality: Literal["fast", "good", "best"] | None
    layer: str | None
    pixels: str | None
    overrides: Mapping[str, Any] | None


class TimedOptions(RecipeOptions, total=False):
    """Also how long choosing a network and fine-tuning may take; elsewhere minutes mean others."""

    minutes: float | None


def recipe_from(
    source: Recipe | AnyPath | Splits,
    options: RecipeOptions,
    *,
    data_folder: Path | None = None,
    step_by_step: bool = False,
) -> Recipe:
    """The recipe of a source with what the options change; `overrides` come last and win.

    Args:
        source: As for `recipe_for`.
        options: What to change.
        data_folder: Where built-in data sets are looked for first.
        step_by_step: As for `recipe_for`.

    Raises:
        KanjianError: As for `recipe_for`.
        TypeError: If there is no such option.

    Example:
        >>> recipe = recipe_from("mnist-lenet", {"epochs": 3, "overrides": {"training.seed": 7}})
        >>> recipe.training.epochs, recipe.training.seed
        (3, 7)
    """
    for key in options.keys() - TimedOptions.__annotations__.keys():
        raise TypeError(f"unexpected keyword argument {key!r}; train() lists what there is")
    given: JsonObject = {key: value for key, value in options.items() if _is_said(value)}
    weights = given.get("weights")
    return recipe_for(
        source,
        overrides=changes_of(given) | dict(given.get("overrides", {})),
        on=given.get("on"),
        augment=given.get("augment"),
        backbone=given.get("backbone"),
        weights=None if weights is None else str(Path(weights)),
        data_folder=data_folder,
        step_by_step=step_by_step,
    )


def changes_of(options: Mapping[str, object]) -> JsonObject:
    """The keys of a recipe that options change, with their values.

    Example:
        >>> changes_of({"epochs": 3, "seed": None, "skip_damaged": False, "on": "photos"})
        {'training.epochs': 3}
    """
    return {
        KEY_OF[key]: value for key, value in options.items() if key in KEY_OF and _is_said(value)
    }


def _is_said(value: object) -> bool:
    return value is not None and value is not False
