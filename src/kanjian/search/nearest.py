"""The rows of a matrix that point the way another row does: exact, chunk by chunk."""

from collections.abc import Callable

import numpy as np

# Rows compared at a time, in float64: 40 MB of 1280 numbers each
_TOGETHER = 4096
# Digits kept: the same row must give the same number wherever in a product it stands
_DIGITS = 9


def cosine_similarities(
    rows_of: Callable[[np.ndarray], np.ndarray], count: int, asked: np.ndarray
) -> np.ndarray:
    """The cosine of the angle between every row and every asked one.

    Args:
        rows_of: Gives the rows with these numbers, (n, …); asked for a few thousand at a time.
        count: How many rows there are.
        asked: (q, …), rows as long.

    Returns:
        (q, count) float64, −1 to 1; 1 is the same direction, whatever the lengths. A row of
        nothing but 0 has no direction and gets 0.

    Example:
        >>> rows = np.array([[1.0, 0.0], [3.0, 4.0], [0.0, 0.0]])
        >>> cosine_similarities(lambda numbers: rows[numbers], 3, np.array([[2.0, 0.0]]))
        array([[1. , 0.6, 0. ]])
    """
    wanted = _directions(asked)
    found = np.empty((len(wanted), count))
    for start in range(0, count, _TOGETHER):
        numbers = np.arange(start, min(start + _TOGETHER, count))
        found[:, numbers] = wanted @ _directions(rows_of(numbers)).T
    return np.round(found, _DIGITS).clip(-1, 1)


def _directions(rows: np.ndarray) -> np.ndarray:
    rows = rows.reshape(len(rows), -1).astype(np.float64)
    # by the largest number first: squares of very small or large ones leave the range
    rows /= np.maximum(np.abs(rows).max(axis=1, keepdims=True, initial=0), np.finfo(float).tiny)
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    return rows / np.where(lengths > 0, lengths, 1)


def largest(values: np.ndarray, count: int) -> np.ndarray:
    """The numbers of the `count` largest values, unsorted, and of all that equal the last.

    Example:
        >>> largest(np.array([0.2, 0.9, 0.5, 0.5]), 2)
        array([1, 2, 3])
    """
    if count >= len(values):
        return np.arange(len(values))
    return np.flatnonzero(values >= np.partition(values, -count)[-count])
