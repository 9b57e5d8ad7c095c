"""What an operation on a binary picture added and removed, each pixel a square."""

from collections.abc import Callable
from typing import Literal

import numpy as np

from kanjian.checks import check_choice
from kanjian.errors import ImageError
from kanjian.images.pictures import takes_picture
from kanjian.imaging import morphology
from kanjian.imaging.binary import as_mask
from kanjian.imaging.elements import Element
from kanjian.imaging.operations import Drawn
from kanjian.imaging.overlay import Color, with_legend
from kanjian.imaging.regions import skeleton
from kanjian.imaging.thinning import thin

Operation = Literal[
    "erode", "dilate", "open", "close", "gradient", "top-hat", "black-hat", "thin", "skeleton"
]
_WITH_ELEMENT: dict[str, Callable[..., np.ndarray]] = {
    "erode": morphology.erode,
    "dilate": morphology.dilate,
    "open": morphology.opening,
    "close": morphology.closing,
    "gradient": morphology.gradient,
    "top-hat": morphology.top_hat,
    "black-hat": morphology.black_hat,
}
_OPERATIONS = (*_WITH_ELEMENT, "thin", "skeleton")
_COLORS: dict[str, Color] = {
    "off": (236, 236, 236),
    "kept": (52, 58, 64),
    "added": (46, 160, 67),
    "removed": (217, 72, 48),
}
_LARGEST, _GRID = 1200, (255, 255, 255)


def compared(before: np.ndarray, after: np.ndarray, *, pixel: int | None = None) -> Drawn:
    """Two binary pictures in one: what was kept, added and removed, each pixel a square.

    Args:
        before: Binary: bool, or uint8 with 0 and one value more.
        after: The same, of the same size.
        pixel: Side of a square; by default as large as fits 1200, 24 at most.

    Returns:
        The picture with a legend; facts count kept, added and removed pixels.

    Raises:
        ImageError: If a picture is not binary, or the sizes differ.

    Example:
        >>> before = np.array([[1, 1, 0]], np.uint8)
        >>> compared(before, np.array([[0, 1, 1]], np.uint8)).facts
        {'kept': 1, 'added': 1, 'removed': 1}
    """
    old, new = as_mask(before), as_mask(after)
    if old.shape != new.shape:
        raise ImageError(f"both pictures must have one size, got {old.shape} and {new.shape}.")
    if pixel is not None and pixel < 1:
        raise ImageError(f"pixel must be at least 1, got {pixel}.")
    if pixel is None:
        pixel = min(24, max(1, _LARGEST // max(old.shape)))
    state = np.where(new, np.where(old, 1, 2), np.where(old, 3, 0))
    picture = np.array(list(_COLORS.values()), np.uint8)[state]
    picture = picture.repeat(pixel, axis=0).repeat(pixel, axis=1)
    if pixel >= 4:  # a line between squares, where it leaves something of them
        picture[pixel - 1 :: pixel] = picture[:, pixel - 1 :: pixel] = _GRID
    counts = np.bincount(state.ravel(), minlength=4).tolist()
    facts: dict[str, object] = dict(zip(("kept", "added", "removed"), counts[1:], strict=True))
    return Drawn(with_legend(picture, _COLORS), facts)


@takes_picture
def changes(
    image: np.ndarray,
    *,
    operation: Operation = "thin",
    element: str | Element = "square",
    size: int = 3,
    pixel: int | None = None,
) -> Drawn:
    """What an operation of morphology does to a binary picture, each pixel a square.

    Args:
        image: Binary: bool, or uint8 with 0 and one value more.
        operation: Its name, as in the list of operations.
        element: As in `morphology.erode`; "thin" and "skeleton" have none.
        size: As in `morphology.erode`.
        pixel: As in `compared`.

    Returns:
        As `compared`; data["result"] is the operation's own.

    Raises:
        ImageError: If the picture is not binary, or a name is unknown.

    Example:
        >>> dot = np.zeros((5, 5), bool)
        >>> dot[2, 2] = True
        >>> changes(dot, operation="dilate", element="cross").facts
        {'kept': 1, 'added': 4, 'removed': 0}
    """
    check_choice("operation", operation, _OPERATIONS, error=ImageError)
    as_mask(image)
    if operation == "thin":
        result = thin(image)
    elif operation == "skeleton":
        result = skeleton(image)
    else:
        result = _WITH_ELEMENT[operation](image, element=element, size=size)
    shown = compared(image, result, pixel=pixel)
    return Drawn(shown.picture, shown.facts, {"result": result})
