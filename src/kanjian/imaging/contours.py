"""Thresholds, and the outlines of what is on."""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from kanjian.checks import check_choice
from kanjian.errors import ImageError
from kanjian.images.pictures import takes_picture
from kanjian.imaging.binary import as_mask
from kanjian.imaging.operations import Drawn
from kanjian.imaging.overlay import canvas, colors

Hierarchy = Literal["external", "list", "two-level", "tree"]
Approximation = Literal["none", "simple", "teh-chin"]


@dataclass(frozen=True, eq=False)
class Contour:
    """One outline: of a shape, or of a hole in one.

    Args:
        points_xy: (n, 2) int32, in order, the last joined to the first.
        parent: Place in the list of the outline that goes around this one, or None.
        depth: 0 for a shape, 1 for a hole in it, 2 for a shape in that hole, and so on; where
            the hierarchy asked for does not tell, 0.
    """

    points_xy: np.ndarray
    parent: int | None = None
    depth: int = 0

    @property
    def is_hole(self) -> bool:
        """Whether it goes around a hole, as far as the hierarchy tells."""
        return self.depth % 2 == 1

    @property
    def area(self) -> float:
        """Of the polygon through the middles of the outline's pixels."""
        import cv2

        return float(cv2.contourArea(self.points_xy))

    @property
    def perimeter(self) -> float:
        """Length of the closed line."""
        import cv2

        return float(cv2.arcLength(self.points_xy, closed=True))

    @property
    def box_xyxy(self) -> tuple[int, int, int, int]:
        """Left, top, right and bottom of its pixels; right and bottom are the first outside."""
        (left, top), (right, bottom) = self.points_xy.min(axis=0), self.points_xy.max(axis=0) + 1
        return int(left), int(top), int(right), int(bottom)

    @property
    def turned_box_xy(self) -> np.ndarray:
        """(4, 2) float32: the corners of the smallest box of any angle around it."""
        import cv2

        corners: np.ndarray = cv2.boxPoints(cv2.minAreaRect(self.points_xy))
        return corners

    def polygon(self, share: float = 0.02) -> "Contour":
        """With fewer points: none is farther off than this share of the perimeter.

        Example:
            >>> mask = np.zeros((9, 9), bool)
            >>> mask[2:7, 2:7] = True
            >>> len(find_contours(mask, approximation="none")[0].polygon().points_xy)
            4
        """
        import cv2

        if share < 0:
            raise ImageError(f"share must be at least 0, got {share}.")
        points = cv2.approxPolyDP(self.points_xy, share * self.perimeter, closed=True)
        return Contour(points.reshape(-1, 2), self.parent, self.depth)


@takes_picture
def find_contours(
    image: np.ndarray, *, hierarchy: Hierarchy = "tree", approximation: Approximation = "simple"
) -> list[Contour]:
    """The outlines of everything that is on, and of the holes in it.

    Args:
        image: Binary: bool, or uint8 with 0 and one value more. Never modified.
        hierarchy: "external" outermost shapes only; "list" all, nobody's parent known;
            "two-level" shapes and their holes, a shape in a hole is again a shape; "tree" all
            levels.
        approximation: "none" keeps every pixel of the outline; "simple" the ends of straight
            runs; "teh-chin" the points that matter by Teh and Chin.

    Returns:
        In OpenCV's order; none where nothing is on.

    Raises:
        ImageError: If the picture is not binary or a name is unknown.

    Example:
        >>> ring = np.array([[1, 1, 1], [1, 0, 1], [1, 1, 1]], np.uint8)
        >>> [(each.is_hole, each.area) for each in find_contours(ring)]
        [(False, 4.0), (True, 2.0)]
    """
    import cv2

    ways = {
        "external": cv2.RETR_EXTERNAL,
        "list": cv2.RETR_LIST,
        "two-level": cv2.RETR_CCOMP,
        "tree": cv2.RETR_TREE,
    }
    points = {
        "none": cv2.CHAIN_APPROX_NONE,
        "simple": cv2.CHAIN_APPROX_SIMPLE,
        "teh-chin": cv2.CHAIN_APPROX_TC89_L1,
    }
    check_choice("hierarchy", hierarchy, ways, error=ImageError)
    check_choice("approximation", approximation, points, error=ImageError)
    mask = as_mask(image).view(np.uint8)  # a copy
    outlines, family = cv2.findContours(mask, ways[hierarchy], points[approximation])
    if family is None:
        return []
    parents = [int(each[3]) for each in family[0]]
    return [
        Contour(outline.reshape(-1, 2), None if parent < 0 else parent, _depth(parents, number))
        for number, (outline, parent) in enumerate(zip(outlines, parents, strict=True))
    ]


@takes_picture
def contours(
    image: np.ndarray,
    *,
    hierarchy: Hierarchy = "tree",
    approximation: Approximation = "simple",
    polygon: float = 0,
    least_area: float = 0,
    boxes: bool = False,
    thickness: int = 2,
    on: np.ndarray | None = None,
) -> Drawn:
    """The outlines of everything that is on, one color each.

    Args:
        image: As in `find_contours`.
        hierarchy: As in `find_contours`.
        approximation: As in `find_contours`.
        polygon: Above 0, outlines are drawn and told as polygons (see `Contour.polygon`).
        least_area: Smaller ones are left out.
        boxes: Draw the upright box of each as well.
        thickness: Of the lines, in pixels; -1 fills the shapes.
        on: What to draw on, where it has the same size; by default the picture itself.

    Returns:
        facts: how many, and of each its area, perimeter, box, number of points, whether it is a
        hole and the number of its parent. data["points_xy"] holds the points of all,
        data["contour"] the number of the outline each belongs to.

    Raises:
        ImageError: As in `find_contours`.

    Example:
        >>> contours(np.array([[1, 1, 0], [1, 1, 0], [0, 0, 0]], bool)).facts["contours"]
        1
    """
    if thickness < 1 and thickness != -1:
        raise ImageError(f"thickness must be at least 1, or -1 to fill, got {thickness}.")
    every = find_contours(image, hierarchy=hierarchy, approximation=approximation)
    places = [number for number, each in enumerate(every) if each.area >= least_area]
    chosen = [every[place].polygon(polygon) if polygon else every[place] for place in places]
    facts: dict[str, object] = {
        "contours": len(chosen),
        # counted as they are told here: of those left out nobody knows the number
        "each": [_told(each, {old: new for new, old in enumerate(places)}) for each in chosen],
    }
    lengths = [len(each.points_xy) for each in chosen]
    points = [np.empty((0, 2), np.int32), *(each.points_xy for each in chosen)]
    data = {
        "points_xy": np.concatenate(points),
        "contour": np.repeat(np.arange(len(chosen)), lengths),
    }
    return Drawn(_drawn(canvas(image, on), chosen, thickness, boxes=boxes), facts, data)


def _drawn(
    picture: np.ndarray, chosen: list[Contour], thickness: int, *, boxes: bool
) -> np.ndarray:
    import cv2

    for each, color in zip(chosen, colors(len(chosen)).tolist(), strict=True):
        cv2.drawContours(picture, [each.points_xy], -1, color, thickness)
        if boxes:
            left, top, right, bottom = each.box_xyxy
            cv2.rectangle(picture, (left, top), (right - 1, bottom - 1), color, 1)
    return picture


def _told(each: Contour, places: dict[int, int]) -> dict[str, object]:
    return {
        "area": each.area,
        "perimeter": round(each.perimeter, 2),
        "box_xyxy": list(each.box_xyxy),
        "points": len(each.points_xy),
        "hole": each.is_hole,
        "parent": None if each.parent is None else places.get(each.parent),
    }


def _depth(parents: list[int], number: int) -> int:
    depth = 0
    while (number := parents[number]) >= 0:
        depth += 1
    return depth
