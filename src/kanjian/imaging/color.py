"""Gray, one channel, the negative: what a chain of operations starts with."""

from typing import Literal

import numpy as np

from kanjian.checks import check_choice
from kanjian.errors import ImageError
from kanjian.images.pictures import takes_picture
from kanjian.imaging.binary import check_picture

TYPES = ("uint8", "uint16", "float32", "float64")
_CHANNELS = ("red", "green", "blue")


@takes_picture
def gray(image: np.ndarray) -> np.ndarray:
    """The brightness of each pixel: 0.299 red + 0.587 green + 0.114 blue.

    Args:
        image: Gray, which is copied, or RGB; uint8, uint16 or floats.

    Returns:
        New (height, width), same dtype.

    Example:
        >>> gray(np.array([[[255, 0, 0], [9, 9, 9]]], np.uint8))
        array([[76,  9]], dtype=uint8)

    Reference:
        ITU-R BT.601, the luma weights of JPEG and of most image libraries.
    """
    import cv2

    check_picture(image, types=TYPES)
    if image.ndim == 2:
        return image.copy()
    if image.dtype == np.float64:  # not among OpenCV's
        return np.asarray(image @ np.array([0.299, 0.587, 0.114]))
    out: np.ndarray = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)
    return out


@takes_picture
def channel(image: np.ndarray, *, name: Literal["red", "green", "blue"] = "red") -> np.ndarray:
    """One channel of a color picture, as a gray one.

    Args:
        image: RGB; uint8, uint16 or floats. Gray has its only channel for all.
        name: Which.

    Returns:
        New (height, width), same dtype.

    Example:
        >>> channel(np.array([[[1, 2, 3]]], np.uint8), name="blue")
        array([[3]], dtype=uint8)
    """
    check_picture(image, types=TYPES)
    check_choice("channel", name, _CHANNELS, error=ImageError)
    return image.copy() if image.ndim == 2 else image[:, :, _CHANNELS.index(name)].copy()


@takes_picture
def negative(image: np.ndarray) -> np.ndarray:
    """Dark where it was bright.

    Args:
        image: Gray or RGB; bool, uint8 or uint16.

    Returns:
        New array, same shape and dtype; of a negative, the picture again.

    Example:
        >>> negative(np.array([[0, 100]], np.uint8))
        array([[255, 155]], dtype=uint8)
    """
    check_picture(image, types=("bool", "uint8", "uint16"))
    return ~image
