"""HDF5 from a stranger: nothing leads out of the file, nothing tells of more than it can hold."""

import math
import mmap
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from kanjian import extras
from kanjian.errors import KanjianError

MOST_OBJECTS = 200_000
LIMIT_NAMES_BYTES = 16 << 20
# Weights hardly shrink: what a file tells may be this much longer than the file.
LIMIT_RATIO = 50
SMALL_BYTES = 16 << 20
HEAP_MAGIC = b"GCOL"
_FAULTS = (
    OSError, RuntimeError, ValueError, LookupError, TypeError, AttributeError, MemoryError,
    OverflowError,
)  # fmt: skip


class RefusedHdf5Error(ValueError):
    """The file asks for something that weights do not need."""


def check_hdf5(path: Path, *, error: type[KanjianError], name: str | None = None) -> None:
    """Walk through a file of weights without reading an array.

    Args:
        path: The file.
        error: What to raise where it points out of itself or sizes do not add up.
        name: What to call it in the message.

    Raises:
        OSError: If it cannot be read.
    """
    h5py = extras.load("h5py")
    size = path.stat().st_size
    try:
        longest = longest_text(path)
        with h5py.File(path, "r") as file:
            _Walk(h5py, size, longest).through(file)
    except _FAULTS as caught:
        why = " ".join(str(caught).split())[:200].rstrip(".") or type(caught).__name__
        raise error(f"{name or path} is no sound file of weights: {why}.") from caught


class _Walk:
    def __init__(self, h5py: Any, size: int, longest: int) -> None:
        self._h5py, self._longest = h5py, longest
        self._left = most_bytes(size)
        self._seen: set[Any] = set()

    def through(self, file: Any) -> None:
        waiting = [file]
        while waiting:
            here = waiting.pop()
            place = self._h5py.h5o.get_info(here.id).addr
            if place in self._seen:
                raise RefusedHdf5Error("it has a group or an array twice")
            self._seen.add(place)
            if len(self._seen) > MOST_OBJECTS:
                raise RefusedHdf5Error(f"it has more than {MOST_OBJECTS} parts")
            for name in here.attrs:
                self._left -= attribute_bytes(self._h5py, here, name, self._longest, self._left)
            if isinstance(here, self._h5py.Dataset):
                self._left -= dataset_bytes(here, here.name)
                if self._left < 0:
                    raise RefusedHdf5Error("it tells of more numbers than it can hold")
            else:
                waiting += self._parts(here)

    def _parts(self, group: Any) -> Iterator[Any]:
        for name in group:
            if not isinstance(group.get(name, getlink=True), self._h5py.HardLink):
                raise RefusedHdf5Error(f"it has a link at {name[:60]!r}")
            yield group[name]


def most_bytes(size: int) -> int:
    """How much the arrays of a file of this size may take, added up."""
    return max(SMALL_BYTES, LIMIT_RATIO * size)


def dataset_bytes(found: Any, name: str) -> int:
    """What reading an array takes.

    Raises:
        RefusedHdf5Error: If its numbers lie elsewhere, or it has none.
    """
    if found.shape is None:
        raise RefusedHdf5Error(f"it has no array at {name!r}")
    if found.is_virtual or found.external:
        raise RefusedHdf5Error(f"it has numbers outside the file at {name!r}")
    # a chunk is unpacked whole, however little of it belongs to the array
    chunk = math.prod(found.chunks or ())
    return int(max(math.prod(found.shape), chunk) * found.dtype.itemsize)


def attribute_bytes(h5py: Any, group: Any, name: str, longest: int, left: int) -> int:
    """What reading an attribute may take, at most.

    Raises:
        RefusedHdf5Error: If that is too much, or it is of no known form.
    """
    attribute = group.attrs.get_id(name)
    text = h5py.check_string_dtype(attribute.dtype)
    if attribute.shape is None or (text is None and attribute.dtype.kind not in "fiub"):
        raise RefusedHdf5Error(f"its {name} are of an unknown form")
    free = text is not None and text.length is None
    one = longest if free else attribute.dtype.itemsize
    # that of free length is an upper bound: the longest text is mostly the whole model's JSON
    taken = int(math.prod(attribute.shape) * one)
    if taken > (left if free else LIMIT_NAMES_BYTES):
        raise RefusedHdf5Error(f"its {name} are longer than any")
    return 0 if free else taken


def longest_text(path: Path) -> int:
    """The most that one text of free length may take: all of a heap in the file.

    Raises:
        RefusedHdf5Error: If a heap does not add up. HDF5 itself walks through a heap by the sizes
            of its objects, and one of size 0 keeps it there for ever.
    """
    # many may point to the same long one, so its length has to be known before
    longest = 0
    with path.open("rb") as stream:
        if not stream.read(1):
            return 0
        with mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) as content:
            at = content.find(HEAP_MAGIC)
            while at >= 0:
                size = _number(content, at + 8, 8)
                _check_heap(content, at, size)
                longest = max(longest, size)
                at = content.find(HEAP_MAGIC, at + 1)
    return longest


def _check_heap(content: mmap.mmap, begin: int, size: int) -> None:
    """Each object has a head of 16 bytes and fills eights; number 0 is the free room behind."""
    at, end = begin + 16, begin + size
    if not 16 <= size <= len(content) - begin:
        raise RefusedHdf5Error("its texts do not add up")
    while at + 16 <= end:
        number, told = _number(content, at, 2), _number(content, at + 8, 8)
        taken = told if number == 0 else 16 + -(-told // 8) * 8
        if not 16 <= taken <= end - at:
            raise RefusedHdf5Error("its texts do not add up")
        at += taken


def _number(content: mmap.mmap, at: int, count: int) -> int:
    return int.from_bytes(content[at : at + count], "little")
