"""A recipe that suits a set of pictures, with the reasons in its `about`."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from kanjian.datasets.dataset import Dataset
from kanjian.datasets.open import open_dataset
from kanjian.errors import ImageError
from kanjian.recipes.recipe import (
    Augmentation,
    Data,
    Input,
    Model,
    Optimizer,
    Recipe,
    Schedule,
    Training,
)

_SAMPLE = 64
SMALL_PX, LARGE_PX = 64, 96


@dataclass(frozen=True)
class Look:
    """What a glance at a set shows.

    Args:
        pictures: To learn from.
        classes: How many there are.
        sides: (height, width) all sampled pictures share, or None where they differ.
        longest_px: Median of the longer side.
        color: Whether any sampled picture has color.
        has_validation: Whether the set brings a validation part.
        has_test: Whether it brings a test part.
    """

    pictures: int
    classes: int
    sides: tuple[int, int] | None
    longest_px: int
    color: bool
    has_validation: bool = False
    has_test: bool = False

    @property
    def small(self) -> bool:
        """Pictures of one size, small enough to be taken as they are."""
        return self.sides is not None and max(self.sides) <= SMALL_PX


def recipe_for_pictures(
    source: str | Path, *, asked: Recipe | None = None, data_folder: Path | None = None
) -> Recipe:
    """Open a set, look at some of its pictures and choose a recipe for them.

    Args:
        source: Pictures in any form `open_dataset` understands.
        asked: What the user has decided already; only `data.limit` counts here.
        data_folder: Where built-in data sets are looked for first.

    Raises:
        DatasetError: If the pictures cannot be opened.

    Example:
        >>> recipe = recipe_for_pictures("digits")
        >>> recipe.model.name, recipe.input.size
        ('two-conv', (8, 8))
    """
    splits = open_dataset(source, data_folder=data_folder)
    look = look_at(
        splits.train,
        has_validation=splits.validation is not None,
        has_test=splits.test is not None,
    )
    limit = asked.data.limit if asked else None
    if limit is not None and limit < look.pictures:
        look = Look(**{**look.__dict__, "pictures": limit})
    return suited(look, source=str(source), name=name_of(source))


def look_at(dataset: Dataset, *, has_validation: bool = False, has_test: bool = False) -> Look:
    """Glance at a spread of pictures; one that cannot be read is left to the damage check.

    Example:
        >>> from kanjian.datasets.arrays import from_arrays
        >>> pictures = np.zeros((6, 8, 8), np.uint8)
        >>> look_at(from_arrays(pictures, np.arange(6) % 2).train).sides
        (8, 8)
    """
    picked = np.linspace(0, len(dataset) - 1, min(_SAMPLE, len(dataset))).astype(int)
    shapes = []
    for index in picked:
        try:
            shapes.append(dataset.images.read(int(index)).shape)
        except ImageError:
            continue
    sides = {shape[:2] for shape in shapes}
    return Look(
        pictures=len(dataset),
        classes=len(dataset.classes),
        sides=next(iter(sides)) if len(sides) == 1 else None,
        longest_px=int(np.median([max(shape[:2]) for shape in shapes])) if shapes else LARGE_PX,
        color=any(len(shape) == 3 for shape in shapes),
        has_validation=has_validation,
        has_test=has_test,
    )


def name_of(source: str | Path) -> str:
    """What to call a run on these pictures: the last part of the path, fit for a folder name.

    Example:
        >>> name_of("我的 猫/照片.tar.gz"), name_of("."), name_of("mnist")
        ('照片', 'pictures', 'mnist')
    """
    stem = re.sub(r"\\.(tar|zip|tgz|csv|tsv|npz|t?[gx]z|bz2)\\b.*$", "", Path(source).name, flags=re.I)
    return re.sub(r'[\\s/\\\\:*?"<>|]+', "-", stem).strip(".-") or "pictures"


def suited(look: Look, *, source: str, name: str) -> Recipe:
    """A recipe for pictures like these."""
    raise NotImplementedError
