"""Fewer levels, and levels turned over; RandAugment chooses them, no key of the recipe does."""

from typing import ClassVar

import numpy as np

from kanjian.augmentation.color import Levels, whole
from kanjian.augmentation.operation import AugmentationParams


class Solarize(Levels):
    """Levels from one on inverted."""

    order = 230
    neutral: ClassVar = {"solarize_from": 256}

    def levels(self, levels: np.ndarray, params: AugmentationParams) -> np.ndarray:
        """The light ones become dark."""
        table = whole(levels)
        return np.where(table >= params.solarize_from[:, None, None], 255 - table, table)


class Posterize(Levels):
    """Only the first bits of each level kept."""

    order = 240
    neutral: ClassVar = {"posterize_bits": 8}

    def levels(self, levels: np.ndarray, params: AugmentationParams) -> np.ndarray:
        """The other bits become 0."""
        lost = np.uint8(8) - params.posterize_bits.astype(np.uint8)
        kept = (np.uint8(255) >> lost) << lost
        cut: np.ndarray = whole(levels) & kept[:, None, None]
        return cut
