"""Morphology on binary and gray pictures: shapes grow, shrink and are looked for.

Beyond the border a picture goes on with what changes nothing: brighter than all for eroding,
darker than all for dilating. A shape is neither eaten from the border nor fed by it, and
erosion and dilation stay exact opposites on every picture.
"""

from collections.abc import Callable

import numpy as np

from kanjian.errors import ImageError
from kanjian.images.pictures import takes_picture
from kanjian.imaging.binary import GRAY_TYPES, as_mask, check_picture, like
from kanjian.imaging.elements import Element, element_of

Origin = tuple[int, int] | None


@takes_picture
def erode(
    image: np.ndarray,
    *,
    element: str | Element = "square",
    size: int = 3,
    times: int = 1,
    origin: Origin = None,
) -> np.ndarray:
    """The darkest value under the element, for every pixel: bright shapes shrink.

    Args:
        image: Gray or RGB, each channel for itself; bool, uint8, uint16, int16 or floats.
        element: "square", "cross", "disk", "line", "line45", rows as in "010/111/010", an
            array or an `Element`.
        size: Cells a side of a named element.
        times: How often; each time on the result of the one before.
        origin: Row and column of the element's cell that lies on the pixel; by default its
            middle.

    Returns:
        New array, same shape and dtype. An element of one cell on the pixel changes nothing.

    Raises:
        ImageError: If the picture, the element or a number is not as said.

    Example:
        >>> erode(np.array([[1, 1, 1, 0]], np.uint8), element="111")
        array([[1, 1, 0, 0]], dtype=uint8)
    """
    shape = element_of(element, size=size, origin=origin)
    return _repeated(image, times, lambda once: _least(once, shape))


@takes_picture
def dilate(
    image: np.ndarray,
    *,
    element: str | Element = "square",
    size: int = 3,
    times: int = 1,
    origin: Origin = None,
) -> np.ndarray:
    """Every pixel spread over the element, the brightest wins: bright shapes grow.

    The element is laid down as it is at every bright pixel, so that "011" with its origin
    in the middle grows to the right. `erode` and `dilate` are each other's opposite:
    eroding a negative is the negative of dilating with the element turned by half.

    Args:
        image: As in `erode`, and so are the other arguments.
        element: As in `erode`.
        size: As in `erode`.
        times: As in `erode`.
        origin: As in `erode`.

    Returns:
        New array, same shape and dtype.

    Raises:
        ImageError: As in `erode`.

    Example:
        >>> dilate(np.array([[0, 1, 0, 0]], np.uint8), element="011")
        array([[0, 1, 1, 0]], dtype=uint8)
    """
    shape = element_of(element, size=size, origin=origin)
    return _repeated(image, times, lambda once: _most(once, shape))


@takes_picture
def opening(
    image: np.ndarray,
    *,
    element: str | Element = "square",
    size: int = 3,
    origin: Origin = None,
) -> np.ndarray:
    """Eroded, then dilated: bright specks smaller than the element go, the rest stays in place.

    Args:
        image: As in `erode`, and so are the other arguments.
        element: As in `erode`.
        size: As in `erode`.
        origin: As in `erode`; where it lies makes no difference away from the border.

    Returns:
        New array, same shape and dtype, nowhere brighter; opening again changes nothing.

    Example:
        >>> opening(np.array([[0, 1, 0, 1, 1]], np.uint8), element="11")
        array([[0, 0, 0, 1, 1]], dtype=uint8)
    """
    shape = element_of(element, size=size, origin=origin)
    return _most(_least(_checked(image), shape), shape)


@takes_picture
def closing(
    image: np.ndarray,
    *,
    element: str | Element = "square",
    size: int = 3,
    origin: Origin = None,
) -> np.ndarray:
    """Dilated, then eroded: dark holes smaller than the element go, the rest stays in place.

    Args:
        image: As in `erode`, and so are the other arguments.
        element: As in `erode`.
        size: As in `erode`.
        origin: As in `opening`.

    Returns:
        New array, same shape and dtype, nowhere darker; closing again changes nothing.

    Example:
        >>> closing(np.array([[1, 0, 1, 0, 0, 0]], np.uint8), element="111")
        array([[1, 1, 1, 0, 0, 0]], dtype=uint8)
    """
    shape = element_of(element, size=size, origin=origin)
    return _least(_most(_checked(image), shape), shape)


@takes_picture
def gradient(image: np.ndarray, *, element: str | Element = "square", size: int = 3) -> np.ndarray:
    """Dilated minus eroded: the outlines.

    Args:
        image: As in `erode`, and so are the other arguments.
        element: As in `erode`.
        size: As in `erode`.

    Returns:
        New array, same shape and dtype; a difference too large for int16 becomes its largest.

    Example:
        >>> gradient(np.array([[0, 0, 9, 9, 9]], np.uint8), element="111")
        array([[0, 9, 9, 0, 0]], dtype=uint8)
    """
    shape = element_of(element, size=size)
    return _minus(_most(_checked(image), shape), _least(image, shape))


@takes_picture
def top_hat(image: np.ndarray, *, element: str | Element = "square", size: int = 9) -> np.ndarray:
    """The picture minus its opening: what is bright and smaller than the element.

    Args:
        image: As in `erode`, and so are the other arguments.
        element: As in `erode`.
        size: As in `erode`.

    Returns:
        New array, same shape and dtype.

    Example:
        >>> top_hat(np.array([[5, 9, 5, 5]], np.uint8), element="11")
        array([[0, 4, 0, 0]], dtype=uint8)
    """
    return _minus(image, opening(image, element=element, size=size))


@takes_picture
def black_hat(image: np.ndarray, *, element: str | Element = "square", size: int = 9) -> np.ndarray:
    """The closing minus the picture: what is dark and smaller than the element.

    Args:
        image: As in `erode`, and so are the other arguments.
        element: As in `erode`.
        size: As in `erode`.

    Returns:
        New array, same shape and dtype.

    Example:
        >>> black_hat(np.array([[5, 1, 5, 5]], np.uint8), element="11")
        array([[0, 4, 0, 0]], dtype=uint8)
    """
    return _minus(closing(image, element=element, size=size), image)


@takes_picture
def hit_or_miss(
    image: np.ndarray,
    *,
    hit: str | Element = "010/111/010",
    miss: str | Element | None = None,
    origin: Origin = None,
) -> np.ndarray:
    """The pixels around which everything under one element is on, and under the other is off.

    Args:
        image: Binary: bool, or uint8 with 0 and one value more.
        hit: What must be on: "square", "cross" and so on, or rows of 0 and 1.
        miss: What must be off, in the same way; by default nothing.
        origin: Row and column within both; by default the middle of each.

    Returns:
        New array, same shape and dtype. Beyond the border everything is off.

    Raises:
        ImageError: If the picture is not binary, or the two elements ask for the same cell.

    Example:
        >>> ends = np.array([[0, 0, 0, 0], [0, 1, 1, 0], [0, 0, 0, 0]], np.uint8)
        >>> hit_or_miss(ends, hit="000/010/000", miss="100/100/100").tolist()
        [[0, 0, 0, 0], [0, 1, 0, 0], [0, 0, 0, 0]]
    """
    mask = as_mask(image)
    on = element_of(hit, origin=origin)
    found = _fits(mask, on, outside=False)
    if miss is not None:
        off = element_of(miss, origin=origin)
        _check_apart(on, off)
        found &= _fits(~mask, off, outside=True)
    return like(found, image)


def _checked(image: np.ndarray) -> np.ndarray:
    return check_picture(image, types=GRAY_TYPES)


def _repeated(
    image: np.ndarray, times: int, once: Callable[[np.ndarray], np.ndarray]
) -> np.ndarray:
    if times < 0:
        raise ImageError(f"times must be at least 0, got {times}.")
    out = _checked(image).copy()
    for _ in range(times):
        out = once(out)
    return out


def _least(image: np.ndarray, shape: Element) -> np.ndarray:
    import cv2

    raw = image.view(np.uint8) if image.dtype == np.bool_ else image
    return _typed(cv2.erode(raw, *_kernel(shape)), image)


def _most(image: np.ndarray, shape: Element) -> np.ndarray:
    import cv2

    # OpenCV looks for the brightest *under* the element, which spreads a pixel over the
    # element turned by half; turning it before, shapes grow as the element shows
    raw = image.view(np.uint8) if image.dtype == np.bool_ else image
    return _typed(cv2.dilate(raw, *_kernel(shape.reflected)), image)


def _kernel(shape: Element) -> tuple[np.ndarray, None, tuple[int, int]]:
    return np.ascontiguousarray(shape.cells, np.uint8), None, shape.origin[::-1]  # cv2: x, y


def _typed(out: np.ndarray, image: np.ndarray) -> np.ndarray:
    return out.view(np.bool_) if image.dtype == np.bool_ else out


def _minus(brighter: np.ndarray, darker: np.ndarray) -> np.ndarray:
    if brighter.dtype == np.bool_:
        rest: np.ndarray = brighter & ~darker
        return rest
    import cv2

    difference: np.ndarray = cv2.subtract(brighter, darker)  # ends at a type's largest value
    return difference


def _fits(mask: np.ndarray, shape: Element, *, outside: bool) -> np.ndarray:
    """Where all the element covers is on; beyond the border it is `outside`."""
    import cv2

    border = {"borderType": cv2.BORDER_CONSTANT, "borderValue": int(outside)}
    fits = cv2.erode(mask.view(np.uint8), *_kernel(shape), **border)
    return _typed(fits, mask)


def _check_apart(on: Element, off: Element) -> None:
    both = {tuple(cell) for cell in np.argwhere(on.cells) - on.origin}
    both &= {tuple(cell) for cell in np.argwhere(off.cells) - off.origin}
    if both:
        raise ImageError(
            "hit and miss must not ask for the same cell, got both for "
            f"{len(both)} of them. No pixel can be on and off."
        )
