"""What a network takes: the size, channels and fit of its pictures."""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from kanjian.datasets.dataset import Dataset
from kanjian.recipes.recipe import Input

# Without [input] size, pictures of many sizes are brought to this: what a network trained
# from scratch on a laptop can still train on
_MIXED_SIZE = 96
_SAMPLE = 64


@dataclass(frozen=True)
class InputShape:
    """What a network takes: size, channels, and how pictures are brought to it.

    Example:
        >>> InputShape((28, 28), 1).shape_hwc
        (28, 28, 1)
    """

    size_hw: tuple[int, int]
    channels: Literal[1, 3]
    fit: Literal["letterbox", "crop", "stretch"] = "letterbox"

    @property
    def shape_hwc(self) -> tuple[int, int, int]:
        """Height, width and channels."""
        return (*self.size_hw, self.channels)


def input_shape(wanted: Input, dataset: Dataset) -> InputShape:
    """What the network takes: as the recipe says, else as the pictures are.

    A sample of the pictures decides: one common size is kept, mixed sizes become 96×96;
    gray if all are gray.
    """
    size, channels = wanted.size, wanted.channels
    if size is None or channels is None:
        picked = np.linspace(0, len(dataset) - 1, min(_SAMPLE, len(dataset))).astype(int)
        sample = [dataset.images.read(int(index)) for index in picked]
        sizes = {image.shape[:2] for image in sample}
        common = next(iter(sizes)) if len(sizes) == 1 else (_MIXED_SIZE, _MIXED_SIZE)
        size = size or (min(common[0], _MIXED_SIZE), min(common[1], _MIXED_SIZE))
        gray: Literal[1, 3] = 1 if all(image.ndim == 2 for image in sample) else 3
        channels = channels or gray
    return InputShape(size, channels, wanted.fit)
