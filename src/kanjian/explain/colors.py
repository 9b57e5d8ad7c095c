"""Numbers as colors: maps in which equal steps look equal, and a map laid over a picture."""

from functools import cache

import numpy as np

from kanjian import extras
from kanjian.images.convert import to_rgb
from kanjian.images.resize import resize


def colored(values: np.ndarray, *, name: str = "viridis") -> np.ndarray:
    """Values from 0 to 1 as colors; what lies outside takes the color of the nearest end.

    Args:
        values: (...) of numbers.
        name: A color map of matplotlib; "viridis", "magma" and "cividis" are even to the eye
            and readable in gray, "coolwarm" has two sides.

    Returns:
        (..., 3) uint8 RGB.

    Example:
        >>> colored(np.array([[0.0, 1.0]])).tolist()
        [[[68, 1, 84], [253, 231, 36]]]
    """
    index = np.nan_to_num(np.asarray(values, np.float32)).clip(0, 1) * 255
    table: np.ndarray = _table(name)[np.round(index).astype(np.uint8)]
    return table


@cache
def _table(name: str) -> np.ndarray:
    table = extras.load("matplotlib").colormaps[name](np.linspace(0, 1, 256))
    return np.asarray(table[:, :3] * 255, np.uint8)


def spread01(values: np.ndarray, *, cut: float = 0.0) -> np.ndarray:
    """Values moved and scaled to run from 0 to 1; all 0 where they are all alike.

    Args:
        values: Any numbers.
        cut: This percentage at either end is cut off first, so that one extreme value does
            not leave all others in the dark.

    Example:
        >>> spread01(np.array([2.0, 3.0, 4.0])).tolist(), spread01(np.array([5.0])).tolist()
        ([0.0, 0.5, 1.0], [0.0])
    """
    values = np.asarray(values, np.float64)
    low, high = np.percentile(values, [cut, 100 - cut])
    if not high > low:
        return np.zeros_like(values)
    spread: np.ndarray = ((values - low) / (high - low)).clip(0, 1)
    return spread


def overlaid(picture: np.ndarray, heat: np.ndarray, *, name: str = "magma") -> np.ndarray:
    """A map of importance over a picture; the picture stays to be seen everywhere.

    Where the map is low the picture is gray and a little dimmed; where it is high, it glows.

    Args:
        picture: RGB or gray, uint8.
        heat: (h, w) from 0 to 1, of any size.
        name: As in `colored`.

    Returns:
        RGB uint8 of the picture's size.

    Example:
        >>> overlaid(np.full((4, 4), 99, np.uint8), np.ones((2, 2))).shape
        (4, 4, 3)
    """
    height, width = picture.shape[:2]
    heat = enlarged(heat, (height, width))
    base = to_rgb(picture).astype(np.float32)
    gray = base @ np.array([0.299, 0.587, 0.114], np.float32)
    weight = (0.15 + 0.45 * heat)[..., None]
    mixed = (1 - weight) * gray[..., None] + weight * colored(heat, name=name)
    pixels: np.ndarray = np.round(mixed).clip(0, 255).astype(np.uint8)
    return pixels


def enlarged(heat: np.ndarray, size_hw: tuple[int, int]) -> np.ndarray:
    """A map brought to a picture's size, smoothly.

    Example:
        >>> enlarged(np.eye(2), (4, 4)).shape
        (4, 4)
    """
    return resize(np.asarray(heat, np.float32), size_hw)
