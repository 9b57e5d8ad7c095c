"""Unpacking an archive from a stranger: nothing leaves the folder, nothing grows without bound."""

import bz2
import contextlib
import gzip
import lzma
import os
import shutil
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, BinaryIO, cast

from kanjian.errors import KanjianError
from kanjian.paths import AnyPath
from kanjian.storage.failures import writing
from kanjian.storage.files import part_of
from kanjian.storage.locks import making

OPENERS: dict[bytes, Callable[[BinaryIO], Any]] = {
    b"\x1f\x8b": gzip.open,
    b"BZh": bz2.open,
    b"\xfd7zXZ\x00": lzma.open,
}
ZIP_MAGIC = b"PK\x03\x04"
LIMIT_BYTES = 64 << 30
LIMIT_FILES = 3_000_000
# Photos hardly shrink, blank scans shrink 250-fold; only past SMALL_BYTES is that looked at.
LIMIT_RATIO = 250
SMALL_BYTES = 256 << 20
# What lies between two files of a tar: headers, long names, padding. Real ones take 1.5 KB.
LIMIT_HEADER_BYTES = 1 << 20
CHUNK_BYTES = 1 << 20

Member = tuple[str, BinaryIO | None]


def is_archive(path: AnyPath) -> bool:
    """Whether a file is a zip or a tar (packed or not), known by its content.

    Example:
        >>> import tempfile
        >>> path = Path(tempfile.mkdtemp()) / "a.tar"
        >>> tarfile.open(path, "w").close()
        >>> is_archive(path)
        True
    """
    path = Path(path)
    # not Path.is_file, which raises where a name is longer than the system takes
    if not os.path.isfile(path):  # noqa: PTH113
        return False
    try:
        with path.open("rb") as stream:
            head = stream.read(512)
    except OSError:
        return False
    packed = head.startswith((ZIP_MAGIC, *OPENERS))
    # an empty tar is two blocks of zeros
    return packed or head[257:262] == b"ustar" or (len(head) == 512 and not any(head))


def unpack(archive: AnyPath, folder: AnyPath, *, limit_bytes: int = LIMIT_BYTES) -> int:
    """Unpack a zip or tar (plain, gzip, bzip2, xz) to a folder that then appears whole.

    A kill at any moment leaves no folder of that name. If another process has made it
    meanwhile, its one is kept. Files get plain names and rights, nothing else is restored.

    Args:
        archive: The file.
        folder: What to make; its parent is made if missing.
        limit_bytes: Most bytes that may come out.

    Returns:
        How many files came out.

    Raises:
        KanjianError: If the archive is damaged; if a path in it leaves the folder; if it
            holds links or devices; if it grows past `limit_bytes`, past 250 times its own
            size or past three million files; if the disk is full.

    Example:
        >>> import tempfile
        >>> place = Path(tempfile.mkdtemp())
        >>> with zipfile.ZipFile(place / "a.zip", "w") as archive:
        ...     archive.writestr("cat/1.txt", "hello")
        >>> unpack(place / "a.zip", place / "a")
        1
        >>> (place / "a" / "cat" / "1.txt").read_text()
        'hello'
    """
    archive, folder = Path(archive), Path(folder)
    try:
        stream = archive.open("rb")
    except OSError as error:
        raise KanjianError(f"cannot unpack {archive}: {error.strerror}.") from error
    parts = part_of(folder)
    with stream, writing(folder):
        try:
            with making(parts, folder=True), _damage_named(archive):
                count = _write_all(_members(stream, archive, limit_bytes), parts, archive)
                _appear(parts, folder)
        finally:
            shutil.rmtree(parts, ignore_errors=True)
    return count


@contextlib.contextmanager
def _damage_named(archive: Path) -> Iterator[None]:
    try:
        yield
    except (
        tarfile.TarError, zipfile.BadZipFile, lzma.LZMAError, zlib.error, EOFError,
        NotImplementedError, RuntimeError, ValueError, OSError,
    ) as error:  # fmt: skip
        # an OSError of the system has a number, one of gzip or bzip2 has none
        if isinstance(error, OSError) and error.errno is not None:
            raise
        raise KanjianError(f"{archive} is damaged: {error}. Fetch it anew.") from error


def _appear(parts: Path, folder: Path) -> None:
    try:
        parts.rename(folder)
    except OSError:
        if not folder.is_dir():  # else another process was first with the same content
            raise


def _write_all(members: Iterator[Member], parts: Path, archive: Path) -> int:
    made: set[str] = set()
    count = 0
    for name, content in members:
        inside = _safe_name(name, archive)
        parent = inside if content is None else inside.rpartition(os.sep)[0]
        if parent not in made:
            (parts / parent).mkdir(parents=True, exist_ok=True)
            made.add(parent)
        if content is None:
            continue
        count += 1
        if count > LIMIT_FILES:
            raise KanjianError(
                f"{archive} holds more than {LIMIT_FILES} files. Unpack it yourself."
            )
        # plain strings: a Path for each of 60 000 small files costs as much as writing them
        with open(f"{parts}{os.sep}{inside}", "wb", buffering=0) as target:  # noqa: PTH123
            while chunk := content.read(CHUNK_BYTES):
                left = memoryview(chunk)
                while left:  # a disk that is nearly full takes a part, and says so only then
                    left = left[target.write(left) :]
    return count


def _safe_name(name: str, archive: Path) -> str:
    """The path inside the folder, in the system's spelling, or an error."""
    parts = [part for part in name.replace("\\", "/").split("/") if part not in ("", ".")]
    drive = len(name) > 1 and name[1] == ":"
    if name[:1] in ("/", "\\") or ".." in parts or drive or "\0" in name:
        raise KanjianError(
            f"{archive} holds a path that leaves its folder: {name!r}. Do not trust this file."
        )
    return os.sep.join(parts)  # noqa: PTH118


class _Bounded:
    """A stream that counts, and stops when more comes out than a real archive would give."""

    def __init__(self, stream: BinaryIO, archive: Path, limit_bytes: int) -> None:
        self._stream, self._archive = stream, archive
        bomb = max(SMALL_BYTES, LIMIT_RATIO * archive.stat().st_size)
        self._left = min(limit_bytes, bomb)
        self._ratio = bomb < limit_bytes
        self.header_left = LIMIT_HEADER_BYTES
        self.in_header = True

    def read(self, size: int = -1) -> bytes:
        chunk = self._stream.read(size if 0 <= size < CHUNK_BYTES else CHUNK_BYTES)
        self._left -= len(chunk)
        if self._left < 0:
            why = f"{LIMIT_RATIO} times its size" if self._ratio else "the bytes allowed"
            raise KanjianError(f"{self._archive} unpacks to more than {why}. Do not trust it.")
        if self.in_header:
            self.header_left -= len(chunk)
            if self.header_left < 0:
                raise KanjianError(f"{self._archive} has a file header without end.")
        return chunk


def _members(stream: BinaryIO, archive: Path, limit_bytes: int) -> Iterator[Member]:
    head = stream.read(6)
    stream.seek(0)
    if head.startswith(ZIP_MAGIC):
        return _zip_members(stream, archive, limit_bytes)
    for magic, opener in OPENERS.items():
        if head.startswith(magic):
            return _tar_members(cast(BinaryIO, opener(stream)), archive, limit_bytes)
    return _tar_members(stream, archive, limit_bytes)


def _tar_members(stream: BinaryIO, archive: Path, limit_bytes: int) -> Iterator[Member]:
    bounded = _Bounded(stream, archive, limit_bytes)
    with tarfile.open(fileobj=cast(BinaryIO, bounded), mode="r|", bufsize=1 << 18) as tar:
        while True:
            member = tar.next()
            bounded.in_header = False
            if member is None:
                return
            tar.members.clear()  # type: ignore[attr-defined]  # else every header stays in memory
            if member.isdir():
                yield member.name, None
            elif member.isreg():
                yield member.name, cast(BinaryIO, tar.extractfile(member))
            else:
                raise KanjianError(
                    f"{archive} holds a link or device: {member.name!r}. "
                    "Only files and folders are unpacked; pack it again without."
                )
            bounded.in_header, bounded.header_left = True, LIMIT_HEADER_BYTES


def _zip_members(stream: BinaryIO, archive: Path, limit_bytes: int) -> Iterator[Member]:
    bound = _Bounded(stream, archive, limit_bytes)
    bound.in_header = False
    with zipfile.ZipFile(stream) as packed:
        for member in packed.infolist():
            mode = member.external_attr >> 16
            if mode & 0o170000 not in (0, 0o100000, 0o040000):
                raise KanjianError(f"{archive} holds a link or device: {member.filename!r}.")
            if member.flag_bits & 1:
                raise KanjianError(f"{archive} is locked with a password. Unpack it yourself.")
            name = _zip_name(member)
            if member.is_dir():
                yield name, None
                continue
            with packed.open(member) as content:
                bound._stream = cast(BinaryIO, content)
                yield name, cast(BinaryIO, bound)


def _zip_name(member: zipfile.ZipInfo) -> str:
    """Names without the UTF-8 flag are the old DOS set by the standard, and Chinese in fact."""
    if member.flag_bits & 0x800 or member.filename.isascii():
        return member.filename
    raw = member.filename.encode("cp437")
    for encoding in ("utf-8", "gb2312"):
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    return member.filename
