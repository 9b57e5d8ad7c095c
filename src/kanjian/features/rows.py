"""Rows of a mapped array, without mapping them."""

import os
import weakref
from typing import Any

import numpy as np


class RowReader:
    """Reads rows of a mapped array as a file.

    Pages of a mapping that were touched count as memory of this process until the system
    needs them: an epoch over 5 GB of features in random order shows as 5 GB. What is read as
    a file stays in the system's own cache, and rows in random order come no slower.

    Args:
        array: A whole array as `open_array` gave it, not a part of one.

    Example:
        >>> import tempfile
        >>> name = tempfile.mkdtemp() + "/a.npy"
        >>> np.save(name, np.arange(6).reshape(3, 2))
        >>> RowReader(np.load(name, mmap_mode="r")).rows(np.array([2, 0]))
        array([[4, 5],
               [0, 1]])
    """

    def __init__(self, array: "np.memmap[Any, Any]") -> None:
        self._array = array
        self._file: int | None = None
        if hasattr(os, "preadv"):
            self._file = os.open(str(array.filename), os.O_RDONLY)
            weakref.finalize(self, os.close, self._file)

    def rows(self, indices: np.ndarray) -> np.ndarray:
        """The rows with these numbers, in this order, as an array of its own.

        Args:
            indices: (n,) row numbers, 0 to the number of rows - 1.

        Raises:
            IndexError: If there is no such row.
        """
        array, indices = self._array, np.asarray(indices, np.int64)
        if self._file is None:  # Windows
            return np.array(array[indices])
        if len(indices) and not (indices.min() >= 0 and indices.max() < len(array)):
            raise IndexError(
                f"rows must be 0 to {len(array) - 1}, got {indices.min()} to {indices.max()}"
            )
        out = np.empty((len(indices), *array.shape[1:]), array.dtype)
        size = out[:1].nbytes
        if size == 0:
            return out
        into = memoryview(out.reshape(len(out), -1).view(np.uint8).data)
        # rows that follow each other are read at once: a validation part is read in order
        starts = np.flatnonzero(np.diff(indices, prepend=indices[:1] - 2) != 1)
        for first, end in zip(starts, [*starts[1:], len(indices)], strict=True):
            self._read(into[first:end], array.offset + int(indices[first]) * size)
        return out

    def _read(self, into: memoryview, offset: int) -> None:
        into = into.cast("B")
        while len(into):
            assert self._file is not None
            count = os.preadv(self._file, [into], offset)
            if not count:
                raise OSError(f"{self._array.filename} is shorter than it was")
            into, offset = into[count:], offset + count
