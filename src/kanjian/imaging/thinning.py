"""Thinning: shapes are peeled from outside until lines of one pixel are left.

A pixel goes or stays by its eight neighbors alone, so a way of thinning is a table: for each
of the 256 neighborhoods, in which of the passes it goes. Both ways here keep what is connected
connected and open no hole and close none.
"""

from functools import cache
from typing import Literal

import numpy as np

from kanjian.checks import check_choice
from kanjian.errors import ImageError
from kanjian.images.pictures import takes_picture
from kanjian.imaging.binary import as_mask, like

# What must be on (1) and off (0) around a pixel on an edge and at a corner; -1: either
_EDGE = ((0, 0, 0), (-1, 1, -1), (1, 1, 1))
_CORNER = ((-1, 0, 0), (1, 1, 0), (-1, 1, -1))
# Row and column of each neighbor, clockwise from the one above; bit n of a code is neighbor n
_AROUND = ((-1, 0), (-1, 1), (0, 1), (1, 1), (1, 0), (1, -1), (0, -1), (-1, -1))


@takes_picture
def thin(
    image: np.ndarray, *, method: Literal["exact", "fast"] = "exact", passes: int | None = None
) -> np.ndarray:
    """Shapes as lines of one pixel, connected as they were.

    Args:
        image: Binary: bool, or uint8 with 0 and one value more.
        method: "exact" applies eight hit-or-miss elements in turn, an edge and a corner in
            their four directions, and takes off what they hit, until none hits anything;
            "fast" takes two sides at a time after Guo and Hall: a quarter of the passes, and
            no spurs at the corners of boxes.
        passes: At most so many elements (of "fast": pairs of sides) are applied; by default
            as many as it takes.

    Returns:
        New array, same shape and dtype. Beyond the border everything is off.

    Raises:
        ImageError: If the picture is not binary.

    Example:
        >>> thin(np.ones((3, 5), np.uint8))
        array([[1, 0, 0, 0, 1],
               [1, 1, 1, 1, 1],
               [1, 0, 0, 0, 1]], dtype=uint8)
        >>> thin(np.ones((3, 5), np.uint8), method="fast").tolist()
        [[0, 0, 0, 0, 0], [0, 1, 1, 1, 0], [0, 0, 0, 0, 0]]

    Reference:
        Fisher, Perkins, Walker and Wolfart, Hypermedia Image Processing Reference, thinning;
        Guo and Hall, Parallel thinning with two-subiteration algorithms, 1989.
    """
    check_choice("method", method, ("exact", "fast"), error=ImageError)
    if passes is not None and passes < 0:
        raise ImageError(f"passes must be at least 0, got {passes}.")
    mask = as_mask(image)
    table, turns = (_table_of_elements(), 8) if method == "exact" else (_table_of_sides(), 2)
    return like(_peeled(mask, table, turns, passes), image)


def thinning_elements() -> list[np.ndarray]:
    """The eight elements in their order: 1 must be on, 0 must be off, -1 may be either.

    Example:
        >>> thinning_elements()[2]
        array([[ 0, -1,  1],
               [ 0,  1,  1],
               [ 0, -1,  1]])
    """
    # counterclockwise, edge and corner in turn
    return [np.rot90(first, turn) for turn in range(4) for first in (_EDGE, _CORNER)]


def _peeled(mask: np.ndarray, table: np.ndarray, turns: int, passes: int | None) -> np.ndarray:
    """Apply the passes of a table in turn until no pixel goes in any.

    Only pixels that would go in one of the passes are looked at, and when some went, their
    neighbors: the work is that of the pixels taken off, not picture times passes.
    """
    stride = mask.shape[1] + 2
    alive = np.pad(mask, 1).ravel()  # a frame that is off: no neighbor lies outside
    code = _codes(alive, stride)
    met_at = np.empty(alive.size, np.intp)
    due = np.flatnonzero(alive & (table[code] != 0))
    done = 0
    while due.size and done != passes:
        gone = due[table[code[due]] >> (done % turns) & 1 == 1]
        done += 1
        if not gone.size:
            continue
        alive[gone] = False
        touched = [due]
        for bit, (down, right) in enumerate(_AROUND):
            # the pixel that has a gone one in direction `bit`
            place = gone - (down * stride + right)
            code[place] &= 255 - (1 << bit)
            touched.append(place)
        due = np.concatenate(touched)
        due = _once_each(due[alive[due] & (table[code[due]] != 0)], met_at)
    thinned: np.ndarray = alive.reshape(-1, stride)[1:-1, 1:-1].copy()
    return thinned


def _codes(alive: np.ndarray, stride: int) -> np.ndarray:
    """For each pixel of the framed, flat picture which of its neighbors are on."""
    code = np.zeros(alive.size, np.uint8)
    inner = slice(stride + 1, alive.size - stride - 1)
    for bit, (down, right) in enumerate(_AROUND):
        step = down * stride + right
        neighbor = alive[inner.start + step : inner.stop + step]
        code[inner] |= neighbor.view(np.uint8) << np.uint8(bit)
    return code


def _once_each(places: np.ndarray, met_at: np.ndarray) -> np.ndarray:
    """Each place once, without sorting: of equals the last one written to `met_at` stays."""
    rank = np.arange(places.size)
    met_at[places] = rank
    kept: np.ndarray = places[met_at[places] == rank]
    return kept


@cache
def _neighborhoods() -> np.ndarray:
    """(256, 8) bool: whether each neighbor is on, for every code."""
    return (np.arange(256)[:, None] >> np.arange(8) & 1).astype(np.bool_)


@cache
def _table_of_elements() -> np.ndarray:
    table = np.zeros(256, np.uint8)
    for turn, element in enumerate(thinning_elements()):
        wanted = np.array([element[1 + down, 1 + right] for down, right in _AROUND])
        hit = ((wanted < 0) | (_neighborhoods() == wanted)).all(axis=1)
        table |= hit.astype(np.uint8) << np.uint8(turn)
    return table


@cache
def _table_of_sides() -> np.ndarray:
    """Guo and Hall's conditions: one crossing, two or three neighbors, and the side in turn."""
    around = _neighborhoods()
    side, corner = around[:, 0::2], around[:, 1::2]  # above, right, below, left; then between
    after, before = np.roll(side, -1, axis=1), np.roll(corner, 1, axis=1)
    crossings = (~side & (corner | after)).sum(axis=1)
    pairs = np.minimum((before | side).sum(axis=1), (side | corner).sum(axis=1))
    may_go = (crossings == 1) & (pairs >= 2) & (pairs <= 3)
    above, right, below, left = side.T
    upper_right, lower_right, lower_left, upper_left = corner.T
    first = may_go & ~((above | upper_right | ~lower_right) & right)
    second = may_go & ~((below | lower_left | ~upper_left) & left)
    table: np.ndarray = first.astype(np.uint8) | second.astype(np.uint8) << np.uint8(1)
    return table
