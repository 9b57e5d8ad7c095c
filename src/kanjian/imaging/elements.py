"""Structuring elements: the small shapes that morphology lays on every pixel."""

import math
import re
from dataclasses import dataclass

import numpy as np

from kanjian.checks import unknown_name
from kanjian.errors import ImageError

_SHAPES = ("square", "cross", "disk", "line")


@dataclass(frozen=True, eq=False)
class Element:
    """Which cells a shape covers, and which of its cells lies on the pixel it is laid on.

    Args:
        cells: (height, width) bool, at least one True.
        origin: Row and column within `cells`.
    """

    cells: np.ndarray
    origin: tuple[int, int]

    @property
    def reflected(self) -> "Element":
        """Turned by half around its origin.

        Example:
            >>> any_shape([[1, 1, 0]]).reflected.cells.astype(int)
            array([[0, 1, 1]])
        """
        height, width = self.cells.shape
        origin = (height - 1 - self.origin[0], width - 1 - self.origin[1])
        return Element(self.cells[::-1, ::-1], origin)

    def turned(self, quarters: int) -> "Element":
        """Turned counterclockwise by quarters, like `numpy.rot90`; the origin goes along.

        Example:
            >>> any_shape([[1, 1, 0]], origin=(0, 0)).turned(1).origin
            (2, 0)
        """
        place = np.zeros(self.cells.shape, np.bool_)
        place[self.origin] = True
        row, column = np.argwhere(np.rot90(place, quarters))[0]
        return Element(np.rot90(self.cells, quarters), (int(row), int(column)))


def any_shape(cells: object, *, origin: tuple[int, int] | None = None) -> Element:
    """An element of any array.

    Args:
        cells: What makes a two-dimensional array; what is not 0 is covered.
        origin: Row and column of the cell that lies on the pixel; by default the middle, of
            an even side the cell after it.

    Raises:
        ImageError: If the array is not two-dimensional, covers nothing, or the origin lies
            outside.

    Example:
        >>> any_shape([[0, 1], [1, 1]]).origin
        (1, 1)
    """
    array = np.array(cells) != 0
    if array.ndim != 2 or not array.any():
        raise ImageError(
            f"element must be two-dimensional and cover at least one cell, got {cells!r}."
        )
    height, width = array.shape
    origin = (height // 2, width // 2) if origin is None else origin
    if not (0 <= origin[0] < height and 0 <= origin[1] < width):
        raise ImageError(
            f"origin must be a row and column within the element of {height}×{width} cells, "
            f"got {origin}."
        )
    return Element(array, (int(origin[0]), int(origin[1])))


def square(size: int = 3) -> Element:
    """All cells: with size 3 a pixel and its eight neighbors, "8-connected".

    Example:
        >>> square(2).cells.shape
        (2, 2)
    """
    return any_shape(np.ones((_side(size), size)))


def cross(size: int = 3) -> Element:
    """The middle row and column: with size 3 a pixel and its four neighbors, "4-connected".

    Example:
        >>> cross().cells.astype(int)
        array([[0, 1, 0],
               [1, 1, 1],
               [0, 1, 0]])
    """
    cells = np.zeros((_side(size), size))
    cells[size // 2, :] = cells[:, size // 2] = 1
    return any_shape(cells)


def disk(size: int = 5) -> Element:
    """Every cell whose middle lies in the circle that touches the sides.

    Example:
        >>> disk(5).cells.sum()
        np.int64(21)
    """
    away = np.arange(_side(size)) - (size - 1) / 2
    return any_shape(away[:, None] ** 2 + away**2 <= (size / 2) ** 2)


def line(size: int = 3, *, angle_deg: float = 0) -> Element:
    """A straight line, one cell thick, through the middle.

    Args:
        size: Its length; every row or every column it crosses has one cell.
        angle_deg: 0 lies, 90 stands, 45 rises to the right.

    Example:
        >>> line(3, angle_deg=45).cells.astype(int)
        array([[0, 0, 1],
               [0, 1, 0],
               [1, 0, 0]])
        >>> line(5, angle_deg=90).cells.shape
        (5, 1)
    """
    along_x, along_y = math.cos(math.radians(angle_deg)), -math.sin(math.radians(angle_deg))
    steps = (np.arange(_side(size)) - size // 2) / max(abs(along_x), abs(along_y))
    rows = np.rint(steps * along_y).astype(int)
    columns = np.rint(steps * along_x).astype(int)
    cells = np.zeros((np.ptp(rows) + 1, np.ptp(columns) + 1))
    cells[rows - rows.min(), columns - columns.min()] = 1
    # the cell of step 0, which is the middle but for rounding in even lengths
    return any_shape(cells, origin=(int(-rows.min()), int(-columns.min())))


def element_of(
    element: "str | Element | np.ndarray",
    *,
    size: int = 3,
    origin: tuple[int, int] | None = None,
) -> Element:
    """An element from what a user writes.

    Args:
        element: "square", "cross", "disk" or "line" of this size; "line45" a line at 45°; rows
            of 0 and 1 as in "010/111/010"; an array; or an element, which comes back.
        size: Cells a side; rows, arrays and elements bring their own.
        origin: As in `any_shape`; by default the shape's own.

    Raises:
        ImageError: If it is none of these.

    Example:
        >>> element_of("011/110", origin=(0, 1)).cells.astype(int)
        array([[0, 1, 1],
               [1, 1, 0]])
        >>> element_of("cros")
        Traceback (most recent call last):
        kanjian.errors.ImageError: unknown element 'cros'. Did you mean 'cross'?
    """
    if isinstance(element, str):
        made = _named(element.strip().lower(), size)
    else:
        made = element if isinstance(element, Element) else any_shape(element)
    return made if origin is None else any_shape(made.cells, origin=origin)


def _named(name: str, size: int) -> Element:
    if re.fullmatch("[01]+(/[01]+)*", name):
        rows = name.split("/")
        if len({len(row) for row in rows}) > 1:
            raise ImageError(f"element must have rows of one length, got {name!r}.")
        return any_shape([[int(cell) for cell in row] for row in rows])
    if angle := re.fullmatch(r"line(-?\d+(?:\.\d+)?)", name):
        return line(size, angle_deg=float(angle[1]))
    made = {"square": square, "cross": cross, "disk": disk, "line": line}.get(name)
    if made is None:
        raise ImageError(unknown_name("element", name, _SHAPES))
    return made(size)


def _side(size: int) -> int:
    if isinstance(size, bool) or not isinstance(size, (int, np.integer)) or size < 1:
        raise ImageError(f"size must be a whole number, at least 1, got {size!r}.")
    return int(size)
