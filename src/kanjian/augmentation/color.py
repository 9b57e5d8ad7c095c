"""What changes levels as one table, what mixes the channels of a pixel as one matrix."""

from abc import abstractmethod
from collections.abc import Sequence

import numpy as np

from kanjian.augmentation.operation import AugmentationParams, Operation


class Levels(Operation):
    """An operation that gives each level of a channel another one, wherever it is found."""

    @abstractmethod
    def levels(self, levels: np.ndarray, params: AugmentationParams) -> np.ndarray:
        """What becomes of levels, in gray levels; they are rounded at the end, see `whole`.

        Args:
            levels: (n, 256, 3), or with 1 for n or 3 while all are alike.
            params: What is drawn.
        """


class ColorMatrix(Operation):
    """An operation that mixes the channels of every pixel alike."""

    @abstractmethod
    def colors(self, params: AugmentationParams) -> np.ndarray:
        """(n, 3, 3) from RGB to RGB."""


def tables(operations: Sequence[Levels], params: AugmentationParams) -> np.ndarray:
    """(n, 256, 3) uint8, what each level of each channel becomes under one after the other.

    Example:
        >>> from kanjian.augmentation.sample_params import draw
        >>> from kanjian.recipes.augmentation import Augmentation
        >>> tables([], draw(Augmentation(), 1, seed=0, epoch=0))[0, 9]
        array([9, 9, 9], dtype=uint8)
    """
    levels = np.arange(256.0)[None, :, None]
    for operation in operations:
        levels = operation.levels(levels, params)
    return np.broadcast_to(whole(levels), (len(params), 256, 3))


def color_matrices(operations: Sequence[ColorMatrix], params: AugmentationParams) -> np.ndarray:
    """(n, 3, 3) float32 from RGB to RGB, one after the other.

    Example:
        >>> from kanjian.augmentation.sample_params import draw
        >>> from kanjian.recipes.augmentation import Augmentation
        >>> gray = draw(Augmentation(gray_share=1), 1, seed=0, epoch=0)
        >>> color_matrices(gray.active, gray)[0, 0]
        array([0.299, 0.587, 0.114], dtype=float32)
    """
    composed = np.tile(np.eye(3), (len(params), 1, 1))
    for operation in operations:
        composed = operation.colors(params) @ composed
    return composed.astype(np.float32)


def whole(levels: np.ndarray) -> np.ndarray:
    """Gray levels rounded, as uint8.

    Example:
        >>> whole(np.array([-3.0, 2.6, 300.0]))
        array([  0,   3, 255], dtype=uint8)
    """
    return levels if levels.dtype == np.uint8 else np.clip(np.rint(levels), 0, 255).astype(np.uint8)
