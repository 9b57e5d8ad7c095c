"""Levels spread over the full range, by the darkest and lightest or by how frequent they are.

No key of the recipe switches them on: RandAugment chooses them.
"""

from typing import ClassVar

import numpy as np

from kanjian.augmentation.operation import AugmentationParams, Pixels


class Autocontrast(Pixels):
    """Each channel spread over the full range."""

    order = 200
    neutral: ClassVar = {"autocontrast": False}

    def change(self, out: np.ndarray, params: AugmentationParams, k: int) -> None:
        """Where it is chosen."""
        if params.autocontrast[k]:
            out[...] = spread(out)


class Equalize(Pixels):
    """Each channel's levels made equally frequent."""

    order = 210
    neutral: ClassVar = {"equalize": False}

    def change(self, out: np.ndarray, params: AugmentationParams, k: int) -> None:
        """Where it is chosen."""
        if params.equalize[k]:
            out[...] = equalized(out)


def spread(image: np.ndarray) -> np.ndarray:
    """Each channel's darkest level to 0, its lightest to 255 (autocontrast).

    Example:
        >>> spread(np.array([[[100], [150]]], np.uint8)).ravel()
        array([  0, 255], dtype=uint8)
    """
    low = image.min((0, 1)).astype(np.int16)
    span = image.max((0, 1)) - low
    scaled = (image.astype(np.int16) - low) * (255 / np.maximum(span, 1))
    result: np.ndarray = np.where(span > 0, np.rint(scaled), image).astype(np.uint8)
    return result


def equalized(image: np.ndarray) -> np.ndarray:
    """Each channel with its levels made equally frequent.

    Args:
        image: (height, width, channels) uint8.

    Example:
        >>> equalized(np.full((2, 2, 1), 7, np.uint8)).ravel()
        array([7, 7, 7, 7], dtype=uint8)
    """
    import cv2

    channels = [
        channel if channel.min() == channel.max() else cv2.equalizeHist(channel)
        for channel in map(np.ascontiguousarray, np.moveaxis(image, 2, 0))
    ]
    result: np.ndarray = np.stack(channels, 2)
    return result
