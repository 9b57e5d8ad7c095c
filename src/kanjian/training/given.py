"""Pictures, a network and weights that somebody has in Python: taken, and kept in the run."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy.typing as npt

from kanjian.datasets.arrays import from_arrays, write_npz
from kanjian.datasets.dataset import ArrayImages, Dataset, Splits
from kanjian.errors import DatasetError, RecipeError
from kanjian.models.own import check_own, keep_own
from kanjian.recipes.recipe import Model, Recipe
from kanjian.training.prepare import TrainingSetup

# What they are called in the run folder, and in the recipe in it
NETWORK, PICTURES = "network.keras", "pictures.npz"

Given = Splits | tuple[Any, Any]
Weight = npt.ArrayLike | Callable[[Dataset], npt.ArrayLike]


def taken(pictures: Given, weight: Weight | None) -> Splits:
    """Pictures that lie in memory, with their weights where those are an array.

    Args:
        pictures: (pictures, labels) as `from_arrays` takes them, or what it gave.
        weight: As for `train`.

    Raises:
        DatasetError: If they are not that.

    Example:
        >>> import numpy as np
        >>> splits = taken((np.zeros((2, 8, 8), np.uint8), ["cat", "dog"]), [1, 2])
        >>> splits.train.weights
        array([1., 2.], dtype=float32)
    """
    if isinstance(pictures, tuple) and len(pictures) != 2:
        raise DatasetError(
            f"pictures must be given as (pictures, labels), got {len(pictures)} things. For more "
            "parts: kanjian.Splits.from_arrays(…, validation=…, test=…)."
        )
    splits = pictures if isinstance(pictures, Splits) else from_arrays(*pictures)
    for part in (splits.train, splits.validation, splits.test):
        if part is not None and not isinstance(part.images, ArrayImages):
            raise DatasetError(
                f"{part.name} are files: name the folder or table they were opened from, so that "
                "the run knows where they lie."
            )
    if weight is None or callable(weight):
        return splits
    return replace(splits, train=splits.train.weighted(weight, by="sample_weight"))


def weighed(splits: Splits, weight: Weight | None, *, given: bool) -> Splits:
    """The parts with the weights that a function gives the training part.

    Args:
        splits: As they will be trained with.
        weight: As for `train`.
        given: Whether the pictures were; those of an array have their weights already.

    Raises:
        DatasetError: If it is no function, or they have weights of their table.
    """
    if weight is None or (given and not callable(weight)):
        return splits
    if not callable(weight):
        raise DatasetError(
            "sample_weight must be a function here, as sample_weight=lambda part: "
            "[2.0 if name.endswith('.png') else 1.0 for name in part.names]: which pictures are "
            "trained with, and in which order, only the run knows."
        )
    if splits.train.weights is not None:
        raise DatasetError("pictures have weights already. Give [data] weights or sample_weight.")
    train = splits.train.weighted(weight(splits.train), by="sample_weight")
    return replace(splits, train=train)


def with_network(recipe: Recipe, network: Any) -> Recipe:
    """The recipe with a network of somebody's own in place of its own.

    Raises:
        RecipeError: If the recipe goes on from a backbone, or the network cannot be trained.
    """
    if recipe.backbone is not None:
        raise RecipeError(
            f"recipe {recipe.name!r} goes on from {recipe.backbone.name!r}; with a model of your "
            "own leave [backbone] out."
        )
    check_own(network)
    return recipe.model_copy(
        update={"model": Model(file=NETWORK), "about": f"your own network {network.name!r}"}
    )


def keep(folder: Path, prepared: TrainingSetup, splits: Splits, *, given: bool) -> Recipe:
    """Write what was given into the run folder, where the recipe in it will look for it.

    So a run on arrays or with somebody's own network is one like any other: it is resumed,
    evaluated and repeated from its folder.

    Args:
        folder: The run folder.
        prepared: What is about to be trained.
        splits: Its pictures, as they will be trained with.
        given: Whether they were.

    Returns:
        The recipe to write down.
    """
    recipe = prepared.recipe
    if prepared.own is not None:
        keep_own(prepared.own, folder / NETWORK)
        recipe = recipe.model_copy(update={"model": Model(file=NETWORK)})
    if given:
        write_npz(folder / PICTURES, splits)
        data = recipe.data.model_copy(update={"source": str(folder / PICTURES)})
        recipe = recipe.model_copy(update={"data": data})
    return recipe
