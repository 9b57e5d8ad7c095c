"""What comes after geometry: the pixels of one picture, step by step."""

from collections.abc import Callable
from functools import partial
from itertools import groupby

import numpy as np

from kanjian.augmentation.color import ColorMatrix, Levels, color_matrices, tables
from kanjian.augmentation.operation import AugmentationParams, Operation, Pixels

# Changes picture k of n in place
Step = Callable[[np.ndarray, int], None]


def steps(params: AugmentationParams) -> list[Step]:
    """What to do with every picture, in the order of the operations.

    Neighbors that change levels become one table, neighbors that mix channels one matrix.

    Example:
        >>> from kanjian.augmentation.sample_params import draw
        >>> from kanjian.recipes.augmentation import Augmentation
        >>> bounds = Augmentation(brightness_frac=0.1, gamma=2, saturation_frac=0.1, blur_px=1)
        >>> len(steps(draw(bounds, 1, seed=0, epoch=0)))
        3
    """
    made: list[Step] = []
    for kind, group in groupby(params.active, _kind):
        neighbors = list(group)
        if kind is Levels:
            made.append(_by_tables(tables([e for e in neighbors if isinstance(e, Levels)], params)))
        elif kind is ColorMatrix:
            matrices = color_matrices([e for e in neighbors if isinstance(e, ColorMatrix)], params)
            made.append(_by_matrices(matrices))
        else:
            made += [partial(_change, e, params) for e in neighbors if isinstance(e, Pixels)]
    return made


def _kind(operation: Operation) -> type[Operation]:
    return next((kind for kind in (Levels, ColorMatrix) if isinstance(operation, kind)), Operation)


def _change(operation: Pixels, params: AugmentationParams, out: np.ndarray, k: int) -> None:
    operation.change(out, params, k)


def _by_tables(tables: np.ndarray) -> Step:
    import cv2

    def look_up(out: np.ndarray, k: int) -> None:
        channels = out.shape[2]
        table = tables[k, :, :channels]
        out[...] = cv2.LUT(out, table.reshape(1, 256, channels)).reshape(out.shape)

    return look_up


def _by_matrices(matrices: np.ndarray) -> Step:
    import cv2

    def transform(out: np.ndarray, k: int) -> None:
        if out.shape[2] == 3:
            cv2.transform(out, matrices[k], out)

    return transform
