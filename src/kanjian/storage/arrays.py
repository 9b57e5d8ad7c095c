"""Arrays that are kept: an entry of the cache with one `.npy` file, mapped when used."""

import math
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from kanjian.errors import KanjianError
from kanjian.json_types import JsonObject
from kanjian.storage.cache import CARD, Cache
from kanjian.storage.locks import in_use_by

ARRAY = "array.npy"


def open_array(cache: Cache, kind: str, key: str) -> "np.memmap[Any, Any] | None":
    """A kept array, mapped for reading, or None where there is none that is whole.

    As long as the array lives, its entry is not removed to make room for others.

    Example:
        >>> import tempfile
        >>> cache = Cache(Path(tempfile.mkdtemp()), limit_gb=1)
        >>> open_array(cache, "fitted", "a1") is None
        True
    """
    folder = cache.find(kind, key)
    if folder is None:
        return None
    try:
        # never pickled: an array of objects is refused by NumPy
        array = np.load(folder / ARRAY, mmap_mode="r", allow_pickle=False)
    except (OSError, ValueError, EOFError):
        return None
    if not isinstance(array, np.memmap):
        return None
    in_use_by(folder / CARD, array._mmap)  # type: ignore[attr-defined] # outlives all views
    return array


def store_array(
    cache: Cache,
    kind: str,
    key: str,
    *,
    shape: tuple[int, ...],
    dtype: npt.DTypeLike,
    chunks: Iterable[np.ndarray],
    about: JsonObject,
) -> "np.memmap[Any, Any]":
    """Write an array as it comes and give it back mapped.

    Args:
        cache: Where it is kept.
        kind: What sort of thing.
        key: What it will be found by.
        shape: Of the whole.
        dtype: Each chunk is converted to it.
        chunks: Its rows in order, some at a time.
        about: What it is; what is added to it while the chunks come is kept, too.

    Raises:
        KanjianError: If there is no room for it in the cache or on the disk.

    Example:
        >>> import tempfile
        >>> cache = Cache(Path(tempfile.mkdtemp()), limit_gb=1)
        >>> chunks = iter([np.ones((2, 3)), np.zeros((1, 3))])
        >>> array = store_array(cache, "fitted", "a1", shape=(3, 3), dtype=np.float16,
        ...                     chunks=chunks, about={})
        >>> array.dtype, array.sum(1).tolist()
        (dtype('float16'), [3.0, 3.0, 0.0])
    """
    dtype = np.dtype(dtype)
    needed = math.prod(shape) * dtype.itemsize
    with cache.adding(kind, key, needed_bytes=needed, about=about) as folder:
        write_array(folder / ARRAY, shape, dtype, chunks)
    array = open_array(cache, kind, key)
    if array is None:
        raise KanjianError(
            f"{cache.folder / kind / key} was removed while it was in use. Try again."
        )
    return array


def write_array(
    path: Path, shape: tuple[int, ...], dtype: npt.DTypeLike, chunks: Iterable[np.ndarray]
) -> None:
    """Write a `.npy` file whose rows come some at a time.

    Args:
        path: The file.
        shape: Of the whole.
        dtype: Each chunk is converted to it.
        chunks: Its rows in order.

    Example:
        >>> import tempfile
        >>> path = Path(tempfile.mkdtemp()) / "a.npy"
        >>> write_array(path, (3,), np.uint8, [np.array([1, 2]), np.array([3])])
        >>> np.load(path)
        array([1, 2, 3], dtype=uint8)
    """
    dtype, rows = np.dtype(dtype), 0
    header = {"descr": np.lib.format.dtype_to_descr(dtype), "fortran_order": False, "shape": shape}
    # written, not mapped: on a full disk a mapping ends the process without a word
    with path.open("wb") as stream:
        np.lib.format.write_array_header_2_0(stream, header)
        for chunk in chunks:
            stream.write(np.ascontiguousarray(chunk, dtype).data)
            rows += len(chunk)
    assert rows == shape[0], f"{rows} rows came, {shape[0]} were announced"
