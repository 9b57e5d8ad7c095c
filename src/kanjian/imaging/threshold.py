"""Thresholds: a gray picture in black and white."""

from typing import Literal

import numpy as np

from kanjian.checks import check_choice
from kanjian.errors import ImageError
from kanjian.images.pictures import takes_picture
from kanjian.imaging.binary import check_picture

_METHODS = ("fixed", "otsu", "adaptive", "adaptive-mean")


@takes_picture
def threshold(
    image: np.ndarray,
    *,
    method: Literal["fixed", "otsu", "adaptive", "adaptive-mean"] = "otsu",
    level: int = 127,
    block: int = 11,
    offset: float = 2,
    invert: bool = False,
) -> np.ndarray:
    """A gray picture in black and white: 255 where it is brighter than a level.

    Args:
        image: Gray (height, width) uint8.
        method: "fixed" compares with `level`; "otsu" finds the level itself (see
            `otsu_level`); "adaptive" compares each pixel with the average around it, weighted
            by a Gaussian, less `offset`, which bears uneven light; "adaptive-mean" with the
            plain average.
        level: Of "fixed", 0 to 255.
        block: Side of what counts as around, in pixels; odd, at least 3.
        offset: How much darker than its surroundings a pixel may be and still be on.
        invert: White where it is dark: for dark shapes on a bright ground.

    Returns:
        New (height, width) uint8 of 0 and 255.

    Raises:
        ImageError: If the picture is not gray or a number is not as said.

    Example:
        >>> threshold(np.array([[10, 127, 128]], np.uint8), method="fixed")
        array([[  0,   0, 255]], dtype=uint8)
    """
    import cv2

    _check_gray(image)
    check_choice("method", method, _METHODS, error=ImageError)
    kind = cv2.THRESH_BINARY_INV if invert else cv2.THRESH_BINARY
    if method in ("fixed", "otsu"):
        level = otsu_level(image) if method == "otsu" else _checked_level(level)
        plain: np.ndarray = cv2.threshold(image, level, 255, kind)[1]
        return plain
    if block < 3 or block % 2 == 0:
        raise ImageError(f"block must be odd and at least 3, got {block}.")
    mean = method == "adaptive-mean"
    average = cv2.ADAPTIVE_THRESH_MEAN_C if mean else cv2.ADAPTIVE_THRESH_GAUSSIAN_C
    # OpenCV leaves the two kinds different at equality: it is off here, with either
    local: np.ndarray = cv2.adaptiveThreshold(image, 255, average, cv2.THRESH_BINARY, block, offset)
    return 255 - local if invert else local


@takes_picture
def otsu_level(image: np.ndarray) -> int:
    """The level that parts a gray picture best in a dark and a bright class.

    Best is where the averages of the two lie farthest apart for their sizes; a picture of one
    level has none, and gets 0.

    Args:
        image: Gray (height, width) uint8.

    Returns:
        The brightest level of the dark class.

    Example:
        >>> otsu_level(np.array([[10, 12, 200, 210]], np.uint8))
        12

    Reference:
        Otsu, A threshold selection method from gray-level histograms, 1979.
    """
    import cv2

    _check_gray(image)
    return int(cv2.threshold(image, 0, 255, cv2.THRESH_BINARY | cv2.THRESH_OTSU)[0])


def _check_gray(image: np.ndarray) -> None:
    check_picture(image, gray=True, advice="Make it gray first.")


def _checked_level(level: int) -> int:
    if not 0 <= level <= 255:
        raise ImageError(f"level must be from 0 to 255, got {level}.")
    return level
