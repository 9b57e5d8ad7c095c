"""Turn, flip, resize and cut pictures."""

import math
from typing import Literal

import numpy as np

from kanjian.checks import check_choice
from kanjian.errors import ImageError
from kanjian.images.pictures import takes_picture
from kanjian.imaging.binary import check_picture
from kanjian.imaging.warping import METHODS, TYPES, Method, check_hw, methods, warped

ResizeMethod = Literal["auto", "nearest", "linear", "cubic", "area", "lanczos"]
Canvas = Literal["keep", "grow", "zoom"]


@takes_picture
def rotate(
    image: np.ndarray,
    *,
    angle: float = 90,
    canvas: Canvas = "keep",
    scale: float = 1,
    center_xy: tuple[float, float] | None = None,
    fill: float = 0,
    method: Method = "linear",
) -> np.ndarray:
    """The picture turned about its middle, or about another place.

    Args:
        image: Gray or RGB; bool, uint8, uint16, int16 or floats.
        angle: In degrees, counterclockwise to the eye.
        canvas: "keep" the size, corners are cut off; "grow" until nothing is; "zoom" in, at
            the size it had, until no border shows.
        scale: How much larger it becomes, beyond what "zoom" does; with "keep" only.
        center_xy: The place that stays where it is, by default the middle; the middle of the
            first pixel is 0.5,0.5, which OpenCV counts as 0,0. With "keep" only.
        fill: What shows where the picture does not reach, in its own levels.
        method: "linear", "nearest", which makes no new values, or "cubic".

    Returns:
        New array, same dtype. A whole number of turns changes nothing, quarter turns that
        grow move pixels only, as `np.rot90` does.

    Raises:
        ImageError: If the picture, the angle or a name is not as said.

    Example:
        >>> rotate(np.array([[1, 2, 3]], np.uint8), canvas="grow")
        array([[3],
               [2],
               [1]], dtype=uint8)
    """
    _check(image, method=method, canvas=canvas)
    if not math.isfinite(angle):
        raise ImageError(f"angle must be a number of degrees, got {angle}.")
    if scale != 1 or center_xy is not None:
        return _rotated_about(image, angle, scale, center_xy, canvas, fill, method)
    quarters, rest = divmod(angle % 360, 90)
    if not rest and (canvas == "grow" or quarters % 2 == 0 or len(set(image.shape[:2])) == 1):
        return np.rot90(image, int(quarters)).copy()
    height, width = image.shape[:2]
    cos, sin = math.cos(math.radians(angle)), math.sin(math.radians(angle))
    out_hw, zoom = (height, width), 1.0
    if canvas == "grow":
        # less a little: what is whole but for rounding must not grow by a pixel
        out_hw = (
            math.ceil(abs(cos) * height + abs(sin) * width - 1e-6),
            math.ceil(abs(cos) * width + abs(sin) * height - 1e-6),
        )
    elif canvas == "zoom":
        zoom = abs(cos) + abs(sin) * max(width / height, height / width)
    turn = zoom * _turn(angle)
    shift = np.array(out_hw[::-1]) / 2 - turn @ (np.array([width, height]) / 2)
    matrix = np.column_stack([turn, shift])
    return warped(image, matrix, out_hw, fill, method, beyond=canvas != "zoom")


def _rotated_about(
    image: np.ndarray,
    angle: float,
    scale: float,
    center_xy: tuple[float, float] | None,
    canvas: str,
    fill: float,
    method: str,
) -> np.ndarray:
    if canvas != "keep":
        raise ImageError(f'scale and center_xy go with canvas "keep", got {canvas!r}.')
    if not (math.isfinite(scale) and scale > 0):
        raise ImageError(f"scale must be above 0, got {scale}.")
    height, width = image.shape[:2]
    center = np.array((width / 2, height / 2) if center_xy is None else center_xy, np.float64)
    if not np.isfinite(center).all():
        raise ImageError(f"center_xy must be two numbers, got {center_xy}.")
    turn = scale * _turn(angle)
    matrix = np.column_stack([turn, center - turn @ center])
    return warped(image, matrix, (height, width), fill, method)


def _turn(angle: float) -> np.ndarray:
    """A turn counterclockwise to the eye, where y points down."""
    cos, sin = math.cos(math.radians(angle)), math.sin(math.radians(angle))
    return np.array([[cos, sin], [-sin, cos]])


@takes_picture
def flip(
    image: np.ndarray, *, direction: Literal["horizontal", "vertical", "both"] = "horizontal"
) -> np.ndarray:
    """The picture mirrored: left becomes right, or top becomes bottom.

    Args:
        image: As in `rotate`.
        direction: "horizontal" changes left and right, "vertical" top and bottom, "both" is
            half a turn.

    Returns:
        New array, same shape and dtype.

    Example:
        >>> flip(np.array([[1, 2], [3, 4]], np.uint8))
        array([[2, 1],
               [4, 3]], dtype=uint8)
    """
    check_picture(image, types=TYPES)
    check_choice("direction", direction, ("horizontal", "vertical", "both"), error=ImageError)
    down = -1 if direction != "horizontal" else 1
    across = -1 if direction != "vertical" else 1
    return image[::down, ::across].copy()


@takes_picture
def resize(
    image: np.ndarray,
    *,
    size: tuple[int, int] | None = None,
    scale: float | None = None,
    longest: int | None = None,
    method: ResizeMethod = "auto",
) -> np.ndarray:
    """The picture at another size; say size, scale or longest.

    Args:
        image: As in `rotate`.
        size: Height and width; the aspect changes with them.
        scale: Times the size it has.
        longest: Pixels of the longer side; the other one follows.
        method: "auto" averages where the picture gets smaller, so that fine patterns do not
            turn into coarse ones, and is linear where it grows. Or "nearest", "linear",
            "cubic", "area", "lanczos".

    Returns:
        New array, same dtype; bool stays bool.

    Raises:
        ImageError: If not exactly one of the three is given, or it is not possible.

    Example:
        >>> resize(np.array([[0, 100], [100, 200]], np.uint8), size=(1, 1))
        array([[100]], dtype=uint8)
    """
    import cv2

    check_choice("method", method, ("auto", *_resize_methods()), error=ImageError)
    check_picture(image, types=TYPES)
    out_hw = _wanted_hw(image.shape[:2], size, scale, longest)
    if out_hw == image.shape[:2]:
        return image.copy()
    kinds = _resize_methods()
    out = image.view(np.uint8) * np.uint8(255) if image.dtype == np.bool_ else image
    for step_hw in _steps(image.shape[:2], out_hw, method):
        shrinks = step_hw[0] < out.shape[0] or step_hw[1] < out.shape[1]
        name = ("area" if shrinks else "linear") if method == "auto" else method
        # cv2 wants (width, height); everything of ours is (height, width)
        out = cv2.resize(out, step_hw[::-1], interpolation=kinds[name])
    out = out.reshape(*out_hw, *image.shape[2:])
    if image.dtype == np.bool_:
        return np.asarray(out >= 128)
    return out


@takes_picture
def crop(
    image: np.ndarray,
    *,
    box: tuple[int, int, int, int] | None = None,
    size: tuple[int, int] | None = None,
) -> np.ndarray:
    """A part of the picture; say box or size.

    Args:
        image: As in `rotate`.
        box: Left, top, right and bottom; right and bottom are the first outside.
        size: Height and width of the part in the middle.

    Returns:
        New array, same dtype.

    Raises:
        ImageError: If not exactly one is given, or it reaches out of the picture.

    Example:
        >>> crop(np.array([[1, 2, 3], [4, 5, 6]], np.uint8), box=(1, 0, 3, 1))
        array([[2, 3]], dtype=uint8)
    """
    check_picture(image, types=TYPES)
    height, width = image.shape[:2]
    if (box is None) == (size is None):
        raise ImageError(
            "give box (left, top, right, bottom) or size (height, width), one of them."
        )
    if box is None:
        assert size is not None
        left, top = (width - size[1]) // 2, (height - size[0]) // 2
        box = left, top, left + size[1], top + size[0]
    left, top, right, bottom = box
    if not (0 <= left < right <= width and 0 <= top < bottom <= height):
        raise ImageError(
            f"box must lie inside the picture of {width} across and {height} down, "
            f"got left {left}, top {top}, right {right}, bottom {bottom}."
        )
    return image[top:bottom, left:right].copy()


def _resize_methods() -> dict[str, int]:
    import cv2

    # the plain INTER_NEAREST is half a pixel off for whole factors
    return methods() | {
        "nearest": cv2.INTER_NEAREST_EXACT,
        "area": cv2.INTER_AREA,
        "lanczos": cv2.INTER_LANCZOS4,
    }


def _steps(hw: tuple[int, int], out_hw: tuple[int, int], method: str) -> list[tuple[int, int]]:
    """Sizes on the way: by "auto", first the axes that shrink, since averaging needs all to."""
    small_hw = min(hw[0], out_hw[0]), min(hw[1], out_hw[1])
    way = [small_hw, out_hw] if method == "auto" else [out_hw]
    return [step for place, step in enumerate(way) if step != ([hw, *way][place])]


def _wanted_hw(
    hw: tuple[int, int], size: tuple[int, int] | None, scale: float | None, longest: int | None
) -> tuple[int, int]:
    if sum(each is not None for each in (size, scale, longest)) != 1:
        raise ImageError("give size (height, width), scale or longest, one of them.")
    if size is not None:
        check_hw(size)
        return size
    if longest is not None:
        scale = longest / max(hw)
    assert scale is not None
    if not 0 < scale < math.inf:
        raise ImageError(f"scale must be above 0 and longest at least 1, got {scale:g}.")
    height, width = (max(1, math.floor(side * scale + 0.5)) for side in hw)
    check_hw((height, width))
    return height, width


def _check(image: np.ndarray, *, method: str, canvas: str = "keep") -> None:
    check_picture(image, types=TYPES)
    check_choice("method", method, METHODS, error=ImageError)
    check_choice("canvas", canvas, ("keep", "grow", "zoom"), error=ImageError)
