"""A large file's content, hashed in blocks, so that a part of it can be looked at."""

import hashlib
import random
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TypedDict

from kanjian.threads import in_threads

BLOCK_BYTES = 16 << 20
# A look at 128 MB takes 0.1 s; of what is larger, so much is looked at each time
_LOOKED_AT = 8


class BlockHashes(TypedDict):
    """The size of a file, and the hash of each of its blocks."""

    size_bytes: int
    sha256: list[str]


def block_hashes(path: Path) -> BlockHashes:
    """The size of a file and the hash of each of its blocks of 16 MB.

    Returns:
        `size_bytes` and `sha256`, a list of 64 hexadecimal digits each; as JSON can hold it.

    Example:
        >>> import tempfile
        >>> path = Path(tempfile.mkdtemp()) / "a.bin"
        >>> _ = path.write_bytes(b"ab")
        >>> hashes = block_hashes(path)
        >>> hashes["size_bytes"], [digest[:8] for digest in hashes["sha256"]]
        (2, ['fb8e20fc'])
    """
    size = path.stat().st_size
    return {"size_bytes": size, "sha256": list(_hashes(path, range(-(-size // BLOCK_BYTES))))}


def same_content(path: Path, hashes: BlockHashes) -> bool:
    """Whether a file has the size and, as far as it is looked at, the content it had.

    All of it is read up to 128 MB; of a larger one the first block, the last and six others,
    chosen anew each time.

    Args:
        path: The file.
        hashes: What `block_hashes` said of it.

    Example:
        >>> import tempfile
        >>> path = Path(tempfile.mkdtemp()) / "a.bin"
        >>> _ = path.write_bytes(b"ab")
        >>> hashes = block_hashes(path)
        >>> same_content(path, hashes)
        True
        >>> _ = path.write_bytes(b"aB")
        >>> same_content(path, hashes)
        False
    """
    try:
        if path.stat().st_size != hashes["size_bytes"]:
            return False
        chosen = _chosen(len(hashes["sha256"]))
        return list(_hashes(path, chosen)) == [hashes["sha256"][number] for number in chosen]
    except OSError:
        return False


def _chosen(count: int) -> list[int]:
    if count <= _LOOKED_AT:
        return list(range(count))
    # chance, not secrecy, is what this is for
    return [0, *random.sample(range(1, count - 1), _LOOKED_AT - 2), count - 1]


def _hashes(path: Path, numbers: Iterable[int]) -> Iterator[str]:
    def one(number: int) -> str:
        with path.open("rb") as stream:
            stream.seek(number * BLOCK_BYTES)
            return hashlib.sha256(stream.read(BLOCK_BYTES)).hexdigest()

    return in_threads(one, numbers)
