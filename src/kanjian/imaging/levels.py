"""Numbers that operations check, and results brought back to what a picture can hold."""

import math
from typing import Any

import numpy as np

from kanjian.errors import ImageError

# By dtype: its name is slow to ask for, and small pictures feel it
LARGEST: "dict[np.dtype[Any], float]" = {
    np.dtype(np.bool_): 1.0,
    np.dtype(np.uint8): 255.0,
    np.dtype(np.uint16): 65535.0,
}


def in_type_of(values: np.ndarray, image: np.ndarray) -> np.ndarray:
    """Numbers in the type of a picture: whole ones rounded, within what it can hold.

    Args:
        values: Floats of any shape.
        image: bool, uint8, uint16 or floats; only its type counts.

    Example:
        >>> in_type_of(np.array([-3.0, 7.6, 300.0]), np.zeros(1, np.uint8))
        array([  0,   8, 255], dtype=uint8)
    """
    if image.dtype.kind == "f":
        return values.astype(image.dtype, copy=False)
    pixels: np.ndarray = np.clip(np.rint(values), 0, LARGEST[image.dtype])
    return pixels.astype(image.dtype)


def as_levels(values: np.ndarray) -> np.ndarray:
    """Numbers as gray levels, rounded; what is darker than black or brighter than white is cut.

    Example:
        >>> as_levels(np.array([-3.0, 7.6, 300.0]))
        array([  0,   8, 255], dtype=uint8)
    """
    levels: np.ndarray = np.rint(values.clip(0, 255)).astype(np.uint8)
    return levels


def check_odd(size: int, *, name: str = "size") -> None:
    """Refuse what is not an odd whole number from 1 on.

    Raises:
        ImageError: If it is not.

    Example:
        >>> check_odd(4)
        Traceback (most recent call last):
        kanjian.errors.ImageError: size must be odd and at least 1, got 4.
    """
    if size < 1 or size % 2 == 0:
        raise ImageError(f"{name} must be odd and at least 1, got {size}.")


def check_at_least(least: float, **named: float) -> None:
    """Refuse numbers below a bound, infinity and what is no number.

    Raises:
        ImageError: At the first; it says its name.

    Example:
        >>> check_at_least(0, sigma=-1)
        Traceback (most recent call last):
        kanjian.errors.ImageError: sigma must be at least 0, got -1.
    """
    for name, value in named.items():
        if not least <= value < math.inf:
            raise ImageError(f"{name} must be at least {least}, got {value}.")
