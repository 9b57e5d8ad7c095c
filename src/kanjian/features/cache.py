"""The features that are kept, each found by what it was computed from."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from kanjian.json_types import JsonObject
from kanjian.storage.arrays import open_array, store_array
from kanjian.storage.cache import Cache, Entry

FEATURES = "features"


class FeatureCache:
    """Arrays of features in kanjian's cache; see `kanjian.storage.cache` for its manners.

    Args:
        folder: The folder of the cache, by default that of all that kanjian keeps.
        limit_gb: Most that all kept things may take, features or not.

    Example:
        >>> import tempfile
        >>> cache = FeatureCache(Path(tempfile.mkdtemp()), limit_gb=1)
        >>> chunks = iter([np.ones((2, 3)), np.zeros((1, 3))])
        >>> array = cache.write("a1", (3, 3), np.float32, chunks, about={"backbone": "vgg16"})
        >>> cache.open("a1").sum(1).tolist()
        [3.0, 3.0, 0.0]
        >>> [entry.about["backbone"] for entry in cache.entries()]
        ['vgg16']
        >>> del array
        >>> cache.clear()
        (1, 0)
    """

    def __init__(self, folder: Path | None = None, *, limit_gb: float | None = None) -> None:
        self.cache = Cache(folder, limit_gb=limit_gb)

    def open(self, key: str) -> "np.memmap[Any, Any] | None":
        """The array, mapped for reading, if it is there and whole."""
        return open_array(self.cache, FEATURES, key)

    def write(
        self,
        key: str,
        shape: tuple[int, ...],
        dtype: npt.DTypeLike,
        chunks: Iterable[np.ndarray],
        *,
        about: JsonObject | None = None,
    ) -> "np.memmap[Any, Any]":
        """Write an array chunk by chunk and give it back mapped; see `store_array`."""
        about = {} if about is None else about
        return store_array(
            self.cache, FEATURES, key, shape=shape, dtype=dtype, chunks=chunks, about=about
        )

    def about(self, key: str) -> JsonObject:
        """What was said of an entry when it was written; empty where it is not there."""
        return self.cache.about(FEATURES, key)

    def entries(self) -> list[Entry]:
        """The features that are kept, the last used first."""
        return [entry for entry in self.cache.entries() if entry.kind == FEATURES]

    def clear(self, *, older_than_s: float = 0) -> tuple[int, int]:
        """Remove features; how many went, and how many stayed because they are in use."""
        return self.cache.clear(kind=FEATURES, older_than_s=older_than_s)
