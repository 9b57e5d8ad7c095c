"""Turn, flip, resize, cut and warp pictures.

Places are (x, y) in pixels from the top left corner of the top left pixel, whose middle is
(0.5, 0.5), so that a picture of width w reaches from 0 to w.
"""

import math
from collections.abc import Sequence
from typing import Literal

import numpy as np

from kanjian.checks import check_choice
from kanjian.errors import ImageError
from kanjian.imaging.binary import check_picture

TYPES = ("bool", "uint8", "uint16", "int16", "float32", "float64")
Method = Literal["linear", "nearest", "cubic"]
ResizeMethod = Literal["auto", "nearest", "linear", "cubic", "area", "lanczos"]
Canvas = Literal["keep", "grow", "zoom"]
# OpenCV counts pixels in 16 bits where it warps
_MOST_SIDE = 32766


def rotate(
    image: np.ndarray,
    *,
    angle: float = 90,
    canvas: Canvas = "keep",
    fill: float = 0,
    method: Method = "linear",
) -> np.ndarray:
    """The picture turned about its middle.

    Args:
        image: Gray or RGB; bool, uint8, uint16, int16 or floats.
        angle: In degrees, counterclockwise to the eye.
        canvas: "keep" the size, corners are cut off; "grow" until nothing is; "zoom" in, at
            the size it had, until no border shows.
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
    # y points down: counterclockwise to the eye is (cos, sin; -sin, cos)
    turn = zoom * np.array([[cos, sin], [-sin, cos]])
    shift = np.array(out_hw[::-1]) / 2 - turn @ (np.array([width, height]) / 2)
    matrix = np.column_stack([turn, shift])
    return _warped(image, matrix, out_hw, fill, method, beyond=canvas != "zoom")


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
    return out.copy() if out is image else out


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


def warp(
    image: np.ndarray,
    *,
    source: Sequence[float],
    target: Sequence[float] | None = None,
    size: tuple[int, int] | None = None,
    fill: float = 0,
    method: Method = "linear",
) -> np.ndarray:
    """The picture moved so that points come to other points.

    Three pairs shift, turn, stretch and shear it; four put a photographed page upright; more
    are met as well as they can be (least squares).

    Args:
        image: As in `rotate`.
        source: Points in the picture: x1, y1, x2, y2 and so on, three pairs or more.
        target: Where each comes to; by default, of four, the corners of the result: top left,
            top right, bottom right, bottom left.
        size: Height and width of the result; by default those of the picture.
        fill: As in `rotate`.
        method: As in `rotate`.

    Returns:
        New array, same dtype.

    Raises:
        ImageError: If the points are too few, not as many on both sides, or on one line.

    Example:
        >>> image = np.array([[1, 2], [3, 4]], np.uint8)
        >>> warp(image, source=(2, 0, 2, 2, 0, 2, 0, 0))  # its top right corner to the top left
        array([[2, 4],
               [1, 3]], dtype=uint8)
    """
    _check(image, method=method)
    height, width = size or image.shape[:2]
    _check_hw((height, width))
    corners = (0, 0, width, 0, width, height, 0, height)
    if target is None and len(source) != 8:
        raise ImageError(f"target must be given for all but 4 points, got {len(source) / 2:g}.")
    matrix = matrix_between(source, corners if target is None else target)
    return _warped(image, matrix, (height, width), fill, method)


def matrix_between(source: Sequence[float], target: Sequence[float]) -> np.ndarray:
    """The matrix that brings points to other points.

    Args:
        source: As in `warp`.
        target: As in `warp`.

    Returns:
        (2, 3) float64 from three pairs, (3, 3) from more.

    Raises:
        ImageError: As in `warp`.

    Example:
        >>> matrix_between((0, 0, 1, 0, 0, 1), (5, 0, 6, 0, 5, 1)).round(9) + 0.0
        array([[1., 0., 5.],
               [0., 1., 0.]])
    """
    import cv2

    before, after = _points("source", source), _points("target", target)
    if len(before) != len(after):
        raise ImageError(f"as many target as source points, got {len(after)} for {len(before)}.")
    for name, points in (("source", before), ("target", after)):
        _check_spread(name, points)
    if len(before) == 3:
        # plain equations: OpenCV's would round the points to float32
        ones = np.column_stack([before, np.ones(3)])
        return np.asarray(np.linalg.solve(ones, after).T)
    found = cv2.findHomography(before, after)[0]
    if found is None or not np.isfinite(found).all():
        raise ImageError("no warp brings these source points to these target points.")
    matrix: np.ndarray = found
    return matrix


def _warped(
    image: np.ndarray,
    matrix: np.ndarray,
    out_hw: tuple[int, int],
    fill: float,
    method: str,
    *,
    beyond: bool = True,
) -> np.ndarray:
    """The picture through a matrix from places in it to places in the result."""
    import cv2

    if max(*image.shape[:2], *out_hw) > _MOST_SIDE:
        raise ImageError(
            f"sides must be at most {_MOST_SIDE} pixels to turn or warp, got "
            f"{image.shape[0]}×{image.shape[1]} to {out_hw[0]}×{out_hw[1]}. Make it smaller first."
        )
    whole = np.vstack([matrix, (0, 0, 1)]) if len(matrix) == 2 else matrix
    # OpenCV's places count from the middle of the first pixel
    to_corner, to_middle = np.eye(3), np.eye(3)
    to_corner[:2, 2], to_middle[:2, 2] = 0.5, -0.5
    centered = to_middle @ whole @ to_corner
    source = image.view(np.uint8) * np.uint8(255) if image.dtype == np.bool_ else image
    border = cv2.BORDER_CONSTANT if beyond else cv2.BORDER_REFLECT
    level = (255 if fill else 0) if image.dtype == np.bool_ else fill
    work, moves = (
        (cv2.warpAffine, centered[:2]) if len(matrix) == 2 else (cv2.warpPerspective, centered)
    )
    # cv2 wants (width, height); everything of ours is (height, width)
    out = work(
        source,
        moves,
        out_hw[::-1],
        flags=_methods()[method],
        borderMode=border,
        borderValue=(level,) * 3,
    )
    out = out.reshape(*out_hw, *image.shape[2:])
    return np.asarray(out >= 128 if image.dtype == np.bool_ else out)


def _methods() -> dict[str, int]:
    import cv2

    return {
        "linear": cv2.INTER_LINEAR,
        "nearest": cv2.INTER_NEAREST,
        "cubic": cv2.INTER_CUBIC,
    }


def _resize_methods() -> dict[str, int]:
    import cv2

    # the plain INTER_NEAREST is half a pixel off for whole factors
    return _methods() | {
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
        _check_hw(size)
        return size
    if longest is not None:
        scale = longest / max(hw)
    assert scale is not None
    if not 0 < scale < math.inf:
        raise ImageError(f"scale must be above 0 and longest at least 1, got {scale:g}.")
    height, width = (max(1, math.floor(side * scale + 0.5)) for side in hw)
    _check_hw((height, width))
    return height, width


def _points(name: str, flat: Sequence[float]) -> np.ndarray:
    points = np.asarray(flat, np.float64).ravel()
    if len(points) < 6 or len(points) % 2 or not np.isfinite(points).all():
        raise ImageError(
            f"{name} must be x1, y1, x2, y2 and so on of three points or more, "
            f"got {len(points)} numbers."
        )
    return np.asarray(points.reshape(-1, 2))


def _check_spread(name: str, points: np.ndarray) -> None:
    centered = points - points.mean(axis=0)
    along, across = np.linalg.svd(centered, compute_uv=False)
    if across <= 1e-9 * max(along, 1e-300):
        raise ImageError(f"{name} points must not all lie on one line, got {points.tolist()}.")


def _check(image: np.ndarray, *, method: str, canvas: str = "keep") -> None:
    check_picture(image, types=TYPES)
    check_choice("method", method, ("linear", "nearest", "cubic"), error=ImageError)
    check_choice("canvas", canvas, ("keep", "grow", "zoom"), error=ImageError)


def _check_hw(size_hw: tuple[int, int]) -> None:
    if min(size_hw) < 1 or size_hw[0] * size_hw[1] > 1 << 30:
        raise ImageError(
            f"size must be from 1×1 to a thousand million pixels, got {size_hw[0]}×{size_hw[1]}."
        )
