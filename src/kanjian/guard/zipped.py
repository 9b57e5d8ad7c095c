"""A zip from a stranger, looked at without unpacking: what it tells of must fit what it is."""

import contextlib
import errno
import lzma
import struct
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path

from kanjian.errors import KanjianError
from kanjian.storage.failures import check_ordinary

# Numbers shrink little, blank pictures 250-fold; what tells of more is made to burst
LIMIT_RATIO = 250
SMALL_BYTES = 256 << 20


@contextlib.contextmanager
def opened_zip(
    path: Path,
    *,
    error: type[KanjianError],
    limit: int,
    ratio: int = LIMIT_RATIO,
    small: int = SMALL_BYTES,
) -> Iterator[zipfile.ZipFile]:
    """Open a zip whose parts, added up, stay in bounds; what is damaged is refused in a line.

    Args:
        path: The file.
        error: What to raise.
        limit: Most bytes that its parts may have.
        ratio: How many times as large as the file they may be …
        small: … where they are more than these.

    Raises:
        OSError: If it cannot be read.
    """
    check_ordinary(path)
    try:
        with zipfile.ZipFile(path) as archive:
            entries = archive.infolist()
            told = sum(entry.file_size for entry in entries)
            most = min(limit, max(small, ratio * path.stat().st_size))
            if told > most:
                raise error(
                    f"{path} unpacks to {_size(told)}, more than it can hold ({_size(most)})."
                )
            if len({entry.filename for entry in entries}) != len(entries):
                raise error(f"{path} holds two parts of one name.")
            yield archive
    except (
        zipfile.BadZipFile, zlib.error, lzma.LZMAError, struct.error, EOFError,
        NotImplementedError, RuntimeError, ValueError, OSError,
    ) as caught:  # fmt: skip
        # a place before the file's begin, or a packed part that bz2 cannot read, is damage
        if isinstance(caught, OSError) and caught.errno not in {None, errno.EINVAL}:
            raise
        told_why = " ".join(str(caught).split())[:200] or type(caught).__name__
        raise error(f"{path} is damaged: {told_why}.") from caught


def _size(count: int) -> str:
    return f"{count >> 20:,} MB" if count >> 20 else f"{count:,} bytes"
