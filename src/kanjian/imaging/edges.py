"""Filters that bring out detail and find edges.

Beyond the border a picture goes on mirrored, its last pixel twice, unless said otherwise.
"""

import math
from typing import Literal

import numpy as np

from kanjian.checks import check_choice
from kanjian.errors import ImageError
from kanjian.images.pictures import takes_picture
from kanjian.imaging.binary import check_picture
from kanjian.imaging.borders import Border, with_border
from kanjian.imaging.gaussian import ADVICE, blur
from kanjian.imaging.levels import as_levels, check_at_least, in_type_of
from kanjian.imaging.operations import Drawn


@takes_picture
def sharpen(
    image: np.ndarray, *, amount: float = 1, sigma: float = 1, border: Border = "reflect"
) -> np.ndarray:
    """The picture plus what a Gaussian filter takes from it.

    Args:
        image: As in `blur`.
        amount: How much is added; 0 changes nothing, below 0 it softens.
        sigma: Of the filter: how coarse the details are that come out.
        border: How the picture goes on beyond its border. See `with_border`.

    Returns:
        New array, same shape and dtype; whole numbers are cut at black and white.

    Example:
        >>> sharpen(np.array([[10, 10, 50, 50]], np.uint8))[0]
        array([ 7,  0, 62, 53], dtype=uint8)
    """
    soft = blur(image, sigma=sigma, border=border)
    if not math.isfinite(amount):
        raise ImageError(f"amount must be a number, got {amount}.")
    detail = image.astype(np.float64) - soft
    return in_type_of(image + amount * detail, image)


@takes_picture
def high_pass(image: np.ndarray, *, sigma: float = 3, border: Border = "reflect") -> Drawn:
    """What a Gaussian filter takes away: the original minus the blurred picture.

    Args:
        image: Gray or RGB; uint8.
        sigma: Of the filter, in pixels.
        border: How the picture goes on beyond its border. See `with_border`.

    Returns:
        picture: middle gray where nothing was taken. data["values"] holds the difference
        itself, float32: with the blurred picture it adds up to the original.

    Example:
        >>> high_pass(np.full((3, 3), 9, np.uint8)).picture.max()
        np.uint8(128)
    """
    check_picture(image, advice=ADVICE)
    # filtered as floats: the rounding of the low-pass would be seen in what is left
    low = blur(image.astype(np.float32), sigma=sigma, border=border)
    values = image - low
    return Drawn(_around_gray(values), {}, {"values": values})


@takes_picture
def sobel(
    image: np.ndarray,
    *,
    direction: Literal["both", "x", "y"] = "both",
    size: int = 3,
    border: Border = "reflect",
) -> Drawn:
    """How steeply brightness changes: edges.

    Args:
        image: Gray or RGB, each channel for itself; uint8.
        direction: "x" across, "y" down, "both" the steepness whatever its direction.
        size: Of the kernel: 3, 5 or 7; larger ones mind noise less.
        border: How the picture goes on beyond its border. See `with_border`.

    Returns:
        picture: for "both" white is as steep as a step from black to white; for the others
        bright rises and dark falls, middle gray is flat. data["values"] holds the change
        itself, float32, in gray levels of such a step.

    Example:
        >>> step = np.array([[0, 0, 255, 255]], np.uint8)
        >>> sobel(step).picture
        array([[  0, 255, 255,   0]], dtype=uint8)
    """
    check_picture(image, advice=ADVICE)
    check_choice("direction", direction, ("both", "x", "y"), error=ImageError)
    if size not in (3, 5, 7):
        raise ImageError(f"size must be 3, 5 or 7, got {size}.")
    if direction != "both":
        values = _slope(image, direction, size, border)
        return Drawn(_around_gray(values / 2), {}, {"values": values})
    values = np.hypot(_slope(image, "x", size, border), _slope(image, "y", size, border))
    return Drawn(as_levels(values), {}, {"values": values})


@takes_picture
def laplace(image: np.ndarray, *, sigma: float = 0, border: Border = "reflect") -> Drawn:
    """How far each pixel is from the mean of its four neighbors, four times: lines and specks.

    Args:
        image: Gray or RGB, each channel for itself; uint8.
        sigma: Of a Gaussian filter before it; 0 for none. Noise is all one sees without.
        border: How the picture goes on beyond its border. See `with_border`.

    Returns:
        picture: middle gray where the neighbors' mean is met. data["values"] holds the sum
        itself, float32.

    Example:
        >>> dot = np.zeros((3, 3), np.uint8)
        >>> dot[1, 1] = 10
        >>> laplace(dot).data["values"]
        array([[  0.,  10.,   0.],
               [ 10., -40.,  10.],
               [  0.,  10.,   0.]], dtype=float32)
    """
    import cv2

    check_picture(image, advice=ADVICE)
    soft = blur(image.astype(np.float32), sigma=sigma, border=border)
    values = with_border(
        lambda wide: cv2.Laplacian(wide, cv2.CV_32F, borderType=cv2.BORDER_REFLECT),
        soft,
        reach=1,
        border=border,
    )
    return Drawn(_around_gray(values), {}, {"values": values})


@takes_picture
def canny(
    image: np.ndarray,
    *,
    low: float = 100,
    high: float = 200,
    sigma: float = 0,
    border: Border = "reflect",
) -> np.ndarray:
    """Edges as lines of one pixel: 255 on them, 0 elsewhere.

    Args:
        image: Gray or RGB, where the channel with the steepest edge counts; uint8.
        low: Steepness that goes on with an edge, as Sobel of 3×3 tells it (a step of one level
            is 4).
        high: Steepness that starts one.
        sigma: Of a Gaussian filter before it; 0 for none.
        border: How the picture goes on beyond its border for that filter. See `with_border`.

    Returns:
        (height, width) uint8.

    Example:
        >>> step = np.zeros((4, 6), np.uint8)
        >>> step[:, 3:] = 255
        >>> canny(step)[0]
        array([  0,   0, 255,   0,   0,   0], dtype=uint8)

    Reference:
        Canny, A computational approach to edge detection, 1986.
    """
    import cv2

    check_picture(image, advice=ADVICE)
    check_at_least(0, low=low, high=high)
    if low > high:
        raise ImageError(f"low must be at most high, got {low} and {high}.")
    soft = blur(image, sigma=sigma, border=border)
    edges: np.ndarray = cv2.Canny(soft, low, high, L2gradient=True)
    return edges


def _slope(image: np.ndarray, direction: str, size: int, border: Border) -> np.ndarray:
    """Sobel's derivative, scaled so that a step gives its height."""
    import cv2

    order = (1, 0) if direction == "x" else (0, 1)
    change, smooth = cv2.getDerivKernels(1, 0, size, ktype=cv2.CV_64F)
    # what the kernel gives at a step of height 1
    step = float(change[size // 2 + 1 :].sum() * smooth.sum())

    def work(wide: np.ndarray) -> np.ndarray:
        slope: np.ndarray = cv2.Sobel(
            wide, cv2.CV_32F, *order, ksize=size, scale=1 / step, borderType=cv2.BORDER_REFLECT
        )
        return slope

    return with_border(work, image, reach=size // 2, border=border)


def _around_gray(values: np.ndarray) -> np.ndarray:
    """Differences as a picture: 0 is middle gray."""
    return as_levels(values + 128)
