"""Arrays in a `.npz` from a stranger: every size is read from its head before any is unpacked."""

import math
import threading
import tokenize
import zipfile
from pathlib import Path
from typing import Any

import numpy as np

from kanjian.errors import KanjianError
from kanjian.guard.zipped import opened_zip

LIMIT_NPZ = 64 << 30
_MOST_ARRAYS = 100_000

# Heads are parsed as Python, whose parser counts its depth over all threads before 3.11.8: two at
# once may end in a SystemError
_PARSING = threading.Lock()


def read_npz(
    path: Path,
    *,
    error: type[KanjianError],
    limit: int = LIMIT_NPZ,
    only: tuple[str, ...] | None = None,
) -> dict[str, np.ndarray]:
    """The arrays of a `.npz`, by name.

    Args:
        path: The file.
        error: What to raise where it is damaged, or tells of more than it can hold.
        limit: Most bytes of all arrays together.
        only: The names wanted; all by default.

    Raises:
        OSError: If it cannot be read.

    Example:
        >>> import tempfile
        >>> path = Path(tempfile.mkdtemp()) / "a.npz"
        >>> np.savez_compressed(path, blank=np.zeros((1000, 1000)))
        >>> read_npz(path, error=KanjianError)["blank"].shape
        (1000, 1000)
        >>> read_npz(path, error=KanjianError, limit=1000)
        Traceback (most recent call last):
        kanjian.errors.KanjianError: ...a.npz unpacks to 7 MB, more than it can hold (1,000 bytes).
    """
    found = {}
    with opened_zip(path, error=error, limit=limit) as archive, _PARSING:
        entries = [each for each in archive.infolist() if each.filename.endswith(".npy")]
        if len(entries) > _MOST_ARRAYS:
            raise error(f"{path} holds more than {_MOST_ARRAYS} arrays.")
        for entry in entries:
            name = entry.filename.removesuffix(".npy")
            if only is not None and name not in only:
                continue
            _check_head(archive, entry, f"{path} is damaged: its {name[:60]!r}", error)
            with archive.open(entry) as stream:
                found[name] = np.lib.format.read_array(stream, allow_pickle=False)
    return found


def _check_head(
    archive: zipfile.ZipFile, entry: zipfile.ZipInfo, what: str, error: type[KanjianError]
) -> None:
    with archive.open(entry) as stream:
        shape, dtype = _head(stream)
        begun = stream.tell()
    if dtype.hasobject:
        raise error(f"{what} holds Python objects, expected numbers or texts.")
    if begun + math.prod(shape) * dtype.itemsize != entry.file_size:
        raise error(f"{what} tells of {shape} {dtype}, and has {entry.file_size:,} bytes.")


def _head(stream: Any) -> tuple[tuple[int, ...], np.dtype[Any]]:
    version = np.lib.format.read_magic(stream)
    read = {
        (1, 0): np.lib.format.read_array_header_1_0,
        (2, 0): np.lib.format.read_array_header_2_0,
    }.get(version)
    if read is None:
        raise ValueError(f"an array of the unknown form {version}")
    try:
        shape, _, dtype = read(stream)
    # NumPy takes the head's Python text apart, and lets what that raises through
    except (SyntaxError, tokenize.TokenError, TypeError, LookupError, RecursionError) as caught:
        raise ValueError(f"an array whose head is damaged ({type(caught).__name__})") from caught
    if any(side < 0 for side in shape):
        raise ValueError(f"an array of shape {shape}")
    return shape, dtype
