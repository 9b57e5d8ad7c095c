"""Pictures moved by matrices: points that come to other points.

Places are (x, y) in pixels from the top left corner of the top left pixel, whose middle is
(0.5, 0.5), so that a picture of width w reaches from 0 to w.
"""

from collections.abc import Sequence
from typing import Literal, get_args

import numpy as np

from kanjian.checks import check_choice
from kanjian.errors import ImageError
from kanjian.images.pictures import takes_picture
from kanjian.imaging.binary import check_picture

TYPES = ("bool", "uint8", "uint16", "int16", "float32", "float64")
Method = Literal["linear", "nearest", "cubic"]
METHODS = get_args(Method)
# OpenCV counts pixels in 16 bits where it warps
_MOST_SIDE = 32766


@takes_picture
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
        image: As in `geometry.rotate`.
        source: Points in the picture: x1, y1, x2, y2 and so on, three pairs or more.
        target: Where each comes to; by default, of four, the corners of the result: top left,
            top right, bottom right, bottom left.
        size: Height and width of the result; by default those of the picture.
        fill: As in `geometry.rotate`.
        method: As in `geometry.rotate`.

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
    check_picture(image, types=TYPES)
    check_choice("method", method, METHODS, error=ImageError)
    height, width = size or image.shape[:2]
    check_hw((height, width))
    corners = (0, 0, width, 0, width, height, 0, height)
    if target is None and len(source) != 8:
        raise ImageError(f"target must be given for all but 4 points, got {len(source) / 2:g}.")
    matrix = matrix_between(source, corners if target is None else target)
    return warped(image, matrix, (height, width), fill, method)


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


def warped(
    image: np.ndarray,
    matrix: np.ndarray,
    out_hw: tuple[int, int],
    fill: float,
    method: str,
    *,
    beyond: bool = True,
) -> np.ndarray:
    """The picture through a matrix from places in it to places in the result.

    Args:
        image: As in `warp`, and so are `fill` and `method`.
        matrix: (2, 3) or (3, 3), as `matrix_between` gives it.
        out_hw: Height and width of the result.
        fill: What shows where the picture does not reach.
        method: How values between pixels are found.
        beyond: Whether anything is filled; else the picture goes on mirrored.

    Raises:
        ImageError: If a side is longer than OpenCV can warp.

    Example:
        >>> right = np.array([[1.0, 0.0, 1.0], [0.0, 1.0, 0.0]])
        >>> warped(np.array([[5, 6]], np.uint8), right, (1, 3), 0, "linear")
        array([[0, 5, 6]], dtype=uint8)
    """
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
        flags=methods()[method],
        borderMode=border,
        borderValue=(level,) * 3,
    )
    out = out.reshape(*out_hw, *image.shape[2:])
    return np.asarray(out >= 128 if image.dtype == np.bool_ else out)


def methods() -> dict[str, int]:
    """OpenCV's number of each method."""
    import cv2

    return {
        "linear": cv2.INTER_LINEAR,
        "nearest": cv2.INTER_NEAREST,
        "cubic": cv2.INTER_CUBIC,
    }


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


def check_hw(size_hw: tuple[int, int]) -> None:
    """Refuse a size without pixels, and one that no memory holds.

    Raises:
        ImageError: If it is one of these.

    Example:
        >>> check_hw((0, 5))
        Traceback (most recent call last):
        kanjian.errors.ImageError: size must be from 1×1 to a thousand million pixels, got 0×5.
    """
    if min(size_hw) < 1 or size_hw[0] * size_hw[1] > 1 << 30:
        raise ImageError(
            f"size must be from 1×1 to a thousand million pixels, got {size_hw[0]}×{size_hw[1]}."
        )
