"""Corners: places that look different from all their neighbors, whichever way one goes."""

from typing import Literal

import numpy as np

from kanjian.checks import check_choice
from kanjian.errors import ImageError
from kanjian.images.pictures import takes_picture
from kanjian.imaging.binary import check_picture
from kanjian.imaging.operations import Drawn
from kanjian.imaging.overlay import canvas, marked

_RULES = ("harris", "shi-tomasi")


@takes_picture
def corner_strength(
    image: np.ndarray,
    *,
    rule: Literal["harris", "shi-tomasi"] = "harris",
    block: int = 2,
    aperture: int = 3,
    k: float = 0.04,
) -> np.ndarray:
    """How much of a corner each pixel is.

    Args:
        image: Gray (height, width) uint8 or float32.
        rule: "harris": product of the two main curvatures less k times the square of their
            sum, below 0 on edges; "shi-tomasi": the lesser of the two curvatures.
        block: Side of the neighborhood that is summed over, in pixels.
        aperture: Side of the Sobel kernel, odd: up to 31, for "shi-tomasi" up to 7.
        k: Of Harris, 0.04 to 0.06: the larger, the fewer edges pass for corners.

    Returns:
        (height, width) float32; 0 on a picture of one level.

    Raises:
        ImageError: If the picture is not gray or a number is not as said.

    Example:
        >>> bright = np.zeros((12, 12), np.uint8)
        >>> bright[4:, 4:] = 255
        >>> top = corner_strength(bright, block=3).argmax()
        >>> divmod(int(top), 12)
        (4, 4)

    Reference:
        Harris and Stephens, A combined corner and edge detector, 1988; Shi and Tomasi, Good
        features to track, 1994.
    """
    import cv2

    advice = "Make it gray first."
    check_picture(image, types=("uint8", "float32"), gray=True, advice=advice)
    check_choice("rule", rule, _RULES, error=ImageError)
    if block < 1:
        raise ImageError(f"block must be at least 1, got {block}.")
    most = 31 if rule == "harris" else 7
    if aperture not in range(1, most + 1, 2):
        raise ImageError(f"aperture must be odd, from 1 to {most} for {rule}, got {aperture}.")
    strength: np.ndarray
    if rule == "harris":
        strength = cv2.cornerHarris(image, block, aperture, k)
    else:
        strength = cv2.cornerMinEigenVal(image, block, ksize=aperture)
    return strength


@takes_picture
def find_corners(
    image: np.ndarray,
    *,
    rule: Literal["harris", "shi-tomasi"] = "harris",
    block: int = 2,
    aperture: int = 3,
    k: float = 0.04,
    share: float = 0.01,
    apart: int = 5,
    most: int | None = None,
    subpixel: bool = True,
) -> tuple[np.ndarray, np.ndarray]:
    """The corners of a picture as points, the strongest first.

    Args:
        image: As in `corner_strength`, and so are the next four.
        rule: As in `corner_strength`.
        block: As in `corner_strength`.
        aperture: As in `corner_strength`.
        k: As in `corner_strength`.
        share: A corner has at least this share of the strength of the strongest.
        apart: Of corners nearer to each other than this, in pixels across and down, the
            strongest stays.
        most: At most so many.
        subpixel: Move each to where the edges around it meet, between the pixels.

    Returns:
        (n, 2) float32 points, column and row, and (n,) float32 strengths. A picture of one
        level has no corner.

    Raises:
        ImageError: If the picture is not gray or a number is not as said.

    Example:
        >>> bright = np.zeros((20, 20), np.uint8)
        >>> bright[6:14, 6:14] = 255
        >>> points, _ = find_corners(bright, subpixel=False)
        >>> sorted(points.tolist())
        [[7.0, 7.0], [7.0, 13.0], [13.0, 7.0], [13.0, 13.0]]
    """
    if not 0 < share <= 1:
        raise ImageError(f"share must be above 0 and at most 1, got {share}.")
    if apart < 1 or (most is not None and most < 1):
        raise ImageError(f"apart and most must be at least 1, got {apart} and {most}.")
    strength = corner_strength(image, rule=rule, block=block, aperture=aperture, k=k)
    rows, columns = _peaks(strength, share, apart)
    points = np.stack([columns, rows], axis=1).astype(np.float32)[:most]
    return (_refined(image, points) if subpixel else points), strength[rows, columns][:most]


@takes_picture
def corners(
    image: np.ndarray,
    *,
    rule: Literal["harris", "shi-tomasi"] = "harris",
    block: int = 2,
    aperture: int = 3,
    k: float = 0.04,
    share: float = 0.01,
    apart: int = 5,
    most: int | None = None,
    subpixel: bool = True,
    on: np.ndarray | None = None,
) -> Drawn:
    """The corners of a picture, a circle around each.

    Args:
        image: As in `find_corners`, and so are the others.
        rule: As in `find_corners`.
        block: As in `find_corners`.
        aperture: As in `find_corners`.
        k: As in `find_corners`.
        share: As in `find_corners`.
        apart: As in `find_corners`.
        most: As in `find_corners`.
        subpixel: As in `find_corners`.
        on: What to draw on, where it has the same size; by default the picture itself.

    Returns:
        facts["corners"] says how many; data["points_xy"] and data["strength"] as in
        `find_corners`.

    Example:
        >>> corners(np.zeros((8, 8), np.uint8)).facts
        {'corners': 0}
    """
    check_picture(image, gray=True, advice="Make it gray first.")
    points, strength = find_corners(
        image, rule=rule, block=block, aperture=aperture, k=k, share=share, apart=apart,
        most=most, subpixel=subpixel,
    )  # fmt: skip
    data = {"points_xy": points, "strength": strength}
    return Drawn(marked(canvas(image, on), points), {"corners": len(points)}, data)


def _peaks(strength: np.ndarray, share: float, apart: int) -> tuple[np.ndarray, np.ndarray]:
    """Rows and columns of what is strongest within `apart`, the strongest first."""
    import cv2

    strongest = float(strength.max())
    if strongest <= 0:
        return np.empty(0, np.intp), np.empty(0, np.intp)
    around = np.ones((2 * apart - 1, 2 * apart - 1), np.uint8)
    peak = (strength >= cv2.dilate(strength, around)) & (strength >= share * strongest)
    rows, columns = np.nonzero(peak)
    order = np.argsort(-strength[rows, columns], kind="stable")
    rows, columns = rows[order], columns[order]
    kept = _first_of_equals(rows, columns, strength.shape, apart)
    return rows[kept], columns[kept]


def _first_of_equals(
    rows: np.ndarray, columns: np.ndarray, shape: tuple[int, ...], apart: int
) -> list[int]:
    """Neighbors of the same strength are all peaks: the first one, in reading order, stays."""
    taken = np.zeros(shape, np.bool_)
    kept = []
    for number, (row, column) in enumerate(zip(rows.tolist(), columns.tolist(), strict=True)):
        if not taken[row, column]:
            kept.append(number)
            top, left = max(0, row - apart + 1), max(0, column - apart + 1)
            taken[top : row + apart, left : column + apart] = True
    return kept


def _refined(image: np.ndarray, points: np.ndarray) -> np.ndarray:
    import cv2

    reach = 3  # a window of 7×7: wider ones take in the next corner
    # OpenCV refuses a picture that is smaller than its window
    if not len(points) or min(image.shape) < 2 * reach + 5:
        return points
    stop = (cv2.TERM_CRITERIA_EPS | cv2.TERM_CRITERIA_COUNT, 40, 0.001)
    moved: np.ndarray = cv2.cornerSubPix(
        image, points[:, None].copy(), (reach, reach), (-1, -1), stop
    )
    return moved[:, 0]
