"""What shapes are on a binary picture: their number, how thick they are, their middle lines."""

from typing import Literal

import numpy as np

from kanjian import extras
from kanjian.checks import check_choice
from kanjian.errors import ImageError
from kanjian.images.pictures import takes_picture
from kanjian.imaging.binary import as_mask, like
from kanjian.imaging.operations import Drawn
from kanjian.imaging.overlay import colors, viewable


@takes_picture
def skeleton(image: np.ndarray, *, method: Literal["thinned", "medial"] = "thinned") -> np.ndarray:
    """Lines of one pixel in the middle of every shape.

    Args:
        image: Binary: bool, or uint8 with 0 and one value more.
        method: "thinned" after Zhang and Suen: calm lines; "medial" every place that is
            equally far from two borders: a branch into each corner, from which the shape
            can be rebuilt with `distance`.

    Returns:
        New array, same shape and dtype. Beyond the border everything is off.

    Example:
        >>> skeleton(np.ones((9, 9), bool), method="medial").diagonal().all()
        np.True_
    """
    morphology = extras.load("skimage.morphology")
    check_choice("method", method, ("thinned", "medial"), error=ImageError)
    framed = np.pad(as_mask(image), 1)
    if method == "medial":
        # the order of equals is drawn: the same in every call
        lines = morphology.medial_axis(framed, rng=0)
    else:
        lines = morphology.skeletonize(framed)
    return like(lines[1:-1, 1:-1].copy(), image)


@takes_picture
def distance(
    image: np.ndarray, *, metric: Literal["euclidean", "city", "chessboard"] = "euclidean"
) -> Drawn:
    """How far each pixel that is on lies from the nearest one that is off.

    Args:
        image: Binary: bool, or uint8 with 0 and one value more; at least one pixel is off.
        metric: "euclidean" as the crow flies; "city" steps to four neighbors; "chessboard"
            steps to eight.

    Returns:
        data["distance"] float32 in pixels, 0 where off. The picture is the same, the farthest
        white.

    Raises:
        ImageError: If no pixel is off.

    Example:
        >>> distance(np.array([[0, 1, 1, 1]], np.uint8)).data["distance"]
        array([[0., 1., 2., 3.]], dtype=float32)
    """
    import cv2

    kinds = {"euclidean": cv2.DIST_L2, "city": cv2.DIST_L1, "chessboard": cv2.DIST_C}
    check_choice("metric", metric, kinds, error=ImageError)
    mask = as_mask(image)
    if mask.all():
        raise ImageError("image must have a pixel that is off, to measure from; all are on.")
    exact = cv2.DIST_MASK_PRECISE if metric == "euclidean" else cv2.DIST_MASK_3
    away = cv2.distanceTransform(mask.view(np.uint8), kinds[metric], exact)
    return Drawn(viewable(away), {"farthest": round(float(away.max()), 2)}, {"distance": away})


@takes_picture
def labels(image: np.ndarray, *, connectivity: Literal[4, 8] = 8, least_area: int = 1) -> Drawn:
    """Every shape in a number and a color of its own.

    Args:
        image: Binary: bool, or uint8 with 0 and one value more.
        connectivity: Pixels that touch at a corner are one shape with 8, two with 4.
        least_area: Shapes of fewer pixels count as off.

    Returns:
        data["labels"] (height, width) int32, 0 where off, shapes numbered from 1 in reading
        order; data["area"] and data["center_xy"] of each shape. facts["shapes"] says how
        many.

    Raises:
        ImageError: If the picture is not binary.

    Example:
        >>> labels(np.array([[1, 0], [0, 1]], bool), connectivity=4).data["labels"].tolist()
        [[1, 0], [0, 2]]
    """
    import cv2

    if connectivity not in (4, 8):
        raise ImageError(f"connectivity must be 4 or 8, got {connectivity!r}.")
    mask = as_mask(image).view(np.uint8)
    _, marks, stats, centers = cv2.connectedComponentsWithStats(mask, connectivity=connectivity)
    area, centers = stats[1:, cv2.CC_STAT_AREA], centers[1:]
    kept, number = _in_reading_order(marks, area >= least_area)
    marks = number[marks]
    picture = np.concatenate([np.zeros((1, 3), np.uint8), colors(len(kept))])[marks]
    data = {"labels": marks, "area": area[kept], "center_xy": centers[kept]}
    return Drawn(picture, {"shapes": len(kept)}, data)


def _in_reading_order(marks: np.ndarray, wanted: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Which shapes stay, by where each is met first, and the new number of every old label."""
    first = np.empty(len(wanted) + 1, np.intp)
    # backwards: of all places of a label the one written last is the first
    first[marks.ravel()[::-1]] = np.arange(marks.size)[::-1]
    kept = np.flatnonzero(wanted)
    kept = kept[np.argsort(first[kept + 1])]
    number = np.zeros(len(wanted) + 1, np.int32)
    number[kept + 1] = np.arange(1, len(kept) + 1)
    return kept, number
