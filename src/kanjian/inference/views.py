"""Views of a picture: as it is, mirrored, closer up, further off; their answers are averaged.

The same lines make the views from NumPy arrays, in a Keras graph and in an OpenVINO graph. They
are exact whole-number arithmetic, so that all three give the same pixels to the last bit: an
exported network that holds the views answers as the recognizer that makes them.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from kanjian.errors import RecognizerError

MOST_VIEWS = 8
# The share of each side that is seen, from the middle, in order. Of photos, which may be mirrored,
# three quarters won most, and each is followed by its mirror image. What must not be mirrored, a
# digit or a letter, fills its picture: cut, it was recognized less often (bench/views.py)
_MIRRORED = (1, 3 / 4, 7 / 8, 5 / 8)
_UPRIGHT = (1, 17 / 16, 15 / 16, 9 / 8, 7 / 8, 19 / 16, 13 / 16, 5 / 4)
# Where a new pixel lies between two old ones, in these parts: 255 * 64 * 64 is far below 2**24, up
# to which float32 holds every whole number, so sums are exact in any order and on any processor
_PARTS = 64
# Pictures that a network is asked about at once, all views counted
_AT_ONCE = 64

# From (array, whole numbers, axis) to the array at these places of the axis
Take = Callable[[Any, np.ndarray, int], Any]


@dataclass(frozen=True)
class View:
    """One view of a fitted picture.

    Args:
        share: Of each side, how much is seen, from the middle; it is scaled to the whole size.
            Below 1 that is closer up, above 1 further off, where the edges go on.
        mirrored: Whether left and right change places.
    """

    share: float
    mirrored: bool


def check_views(views: object) -> int:
    """The number of views, if a recognizer can take so many.

    Raises:
        RecognizerError: If it is not 1 to 8.

    Example:
        >>> check_views(9)
        Traceback (most recent call last):
        kanjian.errors.RecognizerError: views must be 1 to 8, got 9.
    """
    if type(views) is not int or not 1 <= views <= MOST_VIEWS:
        raise RecognizerError(f"views must be 1 to {MOST_VIEWS}, got {views!r}.")
    return views


def views_of(views: int, *, mirror: bool) -> tuple[View, ...]:
    """The views that a recognizer takes; the first is the picture as it is.

    Args:
        views: How many, 1 to 8.
        mirror: Whether its pictures may be mirrored.

    Example:
        >>> views_of(2, mirror=True)
        (View(share=1, mirrored=False), View(share=1, mirrored=True))
        >>> views_of(2, mirror=False)
        (View(share=1, mirrored=False), View(share=1.0625, mirrored=False))
    """
    if not mirror:
        return tuple(View(share, False) for share in _UPRIGHT)[:views]
    return tuple(View(share, side) for share in _MIRRORED for side in (False, True))[:views]


def mean_over_views(
    ask: Callable[[np.ndarray], np.ndarray], batch: np.ndarray, views: Sequence[View]
) -> np.ndarray:
    """What a network answers to pictures, averaged over their views.

    Args:
        ask: From (n, height, width, channels) uint8 to (n, k).
        batch: (n, height, width, channels) uint8.
        views: Those of `views_of`.

    Returns:
        (n, k) float32.

    Example:
        >>> left = lambda batch: batch[:, 0, :1, 0].astype(np.float32)  # noqa: E731
        >>> picture = np.array([[[[10], [0], [0], [30]]]], np.uint8)
        >>> mean_over_views(left, picture, views_of(2, mirror=True))
        array([[20.]], dtype=float32)
    """
    if len(views) == 1:
        return ask(batch)
    together = max(1, _AT_ONCE // len(views))
    means = []
    for start in range(0, len(batch), together):
        part = batch[start : start + together]
        answers = ask(view_images(part, views).reshape(-1, *batch.shape[1:]))
        means.append(answers.reshape(len(views), len(part), -1).mean(axis=0))
    return np.concatenate(means)


def view_images(batch: np.ndarray, views: Sequence[View]) -> np.ndarray:
    """All views of pictures.

    Args:
        batch: (n, height, width, channels) uint8.
        views: Which.

    Returns:
        (views, n, height, width, channels) uint8.

    Example:
        >>> row = np.arange(0, 80, 10, dtype=np.uint8).reshape(1, 1, 8, 1)
        >>> view_images(row, (View(0.75, False), View(0.75, True))).reshape(2, 8)
        array([[ 9, 16, 24, 31, 39, 46, 54, 61],
               [61, 54, 46, 39, 31, 24, 16,  9]], dtype=uint8)
    """
    seen = np.empty((len(views), *batch.shape), np.uint8)
    for number in range(len(batch)):  # one stays in the cache: three times as fast as all at once
        one = batch[number, None]
        for view, image in enumerate(look(one, batch.shape[1:3], views, np.take, np.floor)):
            seen[view, number] = image[0]
    return seen


def look(
    pixels: Any,
    size_hw: tuple[int, int],
    views: Sequence[View],
    take: Take,
    floor: Callable[[Any], Any],
) -> list[Any]:
    """All views of pictures, in whatever kind of array they are.

    Args:
        pixels: (n, height, width, channels): 0 to 255 as float32; of NumPy also as uint8.
        size_hw: Height and width.
        views: Which.
        take: Takes places along an axis of such an array.
        floor: Rounds such an array down.

    Returns:
        Each like `pixels`, in whole numbers.
    """
    seen, mirrored = [], np.arange(size_hw[1])[::-1].copy()
    closer: dict[float, Any] = {}
    for view in views:
        if view.share not in closer:
            closer[view.share] = _closer(pixels, size_hw, view.share, take, floor)
        image = closer[view.share]
        seen.append(take(image, mirrored, 2) if view.mirrored else image)
    return seen


def _closer(
    pixels: Any, size_hw: tuple[int, int], share: float, take: Take, floor: Callable[[Any], Any]
) -> Any:
    """The middle of pictures, scaled to their size."""
    times = 1
    for axis, side in enumerate(size_hw, 1):
        near, far, parts = _places(side, share)
        if parts.any():
            shaped = parts.reshape([-1 if each == axis else 1 for each in range(4)])
            pixels = take(pixels, near, axis) * (_PARTS - shaped) + take(pixels, far, axis) * shaped
            times *= _PARTS
    if times == 1:
        return pixels
    # arrays: OpenVINO takes a plain number for a whole one
    scale, half = np.array([1 / times], np.float32), np.array([0.5], np.float32)
    return floor(pixels * scale + half)


def _places(side: int, share: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """For each new pixel two old ones beside each other, and how many 64ths it lies past the first.

    Bilinear between the centers of pixels, as `resize` grows pictures. As many pixels are left
    out on either end, so that a view of the mirror image is the mirror image of the view.
    """
    left_out = round(side * (1 - share) / 2)
    if not left_out and share != 1 and side > 2:  # no view of a tiny picture is the picture again
        left_out = 1 if share < 1 else -1
    centers = left_out + (2 * np.arange(side) + 1) * (side - 2 * left_out) / (2 * side) - 0.5
    place = np.round(_PARTS * centers.clip(0, side - 1)).astype(np.int64)
    near = place // _PARTS
    return near, np.minimum(near + 1, side - 1), (place % _PARTS).astype(np.float32)
