"""A glance at a set of pictures: how many, how large, in color or gray."""

from dataclasses import dataclass

import numpy as np

from kanjian.datasets.dataset import Dataset
from kanjian.errors import ImageError

_SAMPLE = 64
# Pictures up to this side are taken as they are; of many sizes, from nothing, brought to the other
SMALL_PX, LARGE_PX = 64, 96


@dataclass(frozen=True)
class DatasetSummary:
    """What a glance at a set shows.

    Args:
        pictures: To train on.
        classes: How many there are.
        sides: (height, width) all sampled pictures share, or None where they differ.
        longest_px: Median of the longer side.
        color: Whether any sampled picture has color.
        has_validation: Whether the set brings a validation part.
        has_test: Whether it brings a test part.
        proportion: Median of the longer side over the shorter.
    """

    pictures: int
    classes: int
    sides: tuple[int, int] | None
    longest_px: int
    color: bool
    has_validation: bool = False
    has_test: bool = False
    proportion: float = 1.5

    @property
    def small(self) -> bool:
        """Pictures of one size, small enough to be taken as they are."""
        return self.sides is not None and max(self.sides) <= SMALL_PX


def summarize_dataset(
    dataset: Dataset, *, has_validation: bool = False, has_test: bool = False
) -> DatasetSummary:
    """Glance at a spread of pictures; one that cannot be read is left to the damage check.

    Example:
        >>> from kanjian.datasets.arrays import from_arrays
        >>> pictures = np.zeros((6, 8, 8), np.uint8)
        >>> summarize_dataset(from_arrays(pictures, np.arange(6) % 2).train).sides
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
    return DatasetSummary(
        pictures=len(dataset),
        classes=len(dataset.classes),
        sides=next(iter(sides)) if len(sides) == 1 else None,
        longest_px=int(np.median([max(shape[:2]) for shape in shapes])) if shapes else LARGE_PX,
        color=any(len(shape) == 3 for shape in shapes),
        has_validation=has_validation,
        has_test=has_test,
        proportion=float(np.median([max(shape[:2]) / min(shape[:2]) for shape in shapes]))
        if shapes
        else 1.0,
    )
