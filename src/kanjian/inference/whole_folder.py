"""A folder that is replaced as a whole: the old one or the new one is there, never a mixture."""

import contextlib
import ctypes
import os
import shutil
import sys
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import TypeVar

from kanjian.errors import KanjianError, StorageError
from kanjian.storage.failures import writing
from kanjian.storage.files import part_of, sha256, sweep
from kanjian.storage.locks import alone, making

Found = TypeVar("Found")
# Path below the folder, with slashes, and the SHA-256 of a file as it was written; None: whatever
# it holds
Own = Mapping[str, str | None]
_AT_WORKING_FOLDER, _EXCHANGE = -100, 2
# A folder may be replaced that often while it is being read
_LOOKS = 5


@contextlib.contextmanager
def replacing_folder(folder: Path, *, own: Callable[[Path], Own] | None = None) -> Iterator[Path]:
    """Give an empty folder to fill; at the end it takes the place of `folder`.

    Any error before the end leaves the old folder as it was. Of several who write one folder,
    the others wait for the first. Where the system cannot exchange two folders at once, a kill
    between the two renames at the very end leaves the old folder under its former name, and
    `settle` brings it back.

    Args:
        folder: The folder to write. The folders above it are made if missing.
        own: Told the folder where something is there: refuses, or says which of its files are
            ours and go. All others are the user's, and are in the new folder, too.

    Raises:
        StorageError: If it cannot be written, or another writes it all the time.
        KanjianError: If a file of ours was changed, or one of the user's is in the way.

    Example:
        >>> import tempfile
        >>> folder = Path(tempfile.mkdtemp()) / "recognizer"
        >>> with replacing_folder(folder) as new:
        ...     _ = (new / "a.txt").write_text("whole")
        >>> [path.name for path in folder.iterdir()]
        ['a.txt']
    """
    folder = folder.resolve() if folder.is_symlink() else folder
    with alone(folder), writing(folder):
        settle(folder)
        sweep(folder.parent, folder.name)
        there = own is not None and folder.is_dir() and any(folder.iterdir())
        ours = own(folder) if own is not None and there else {}
        if there:
            _check_unchanged(folder, ours)
        new = part_of(folder)
        try:
            with making(new, folder=True):
                yield new
                if there:
                    _keep(folder, new, ours)
                _appear(new, folder)
        finally:
            shutil.rmtree(new, ignore_errors=True)
            settle(folder)


def settle(folder: Path) -> None:
    """Bring the old folder back if a kill fell between the two renames of `replacing_folder`.

    Example:
        >>> import tempfile
        >>> folder = Path(tempfile.mkdtemp()) / "recognizer"
        >>> (folder.parent / ".recognizer.former").mkdir()
        >>> settle(folder)
        >>> folder.is_dir()
        True
    """
    # not while another is between the two renames, nor where nothing may be written
    with contextlib.suppress(OSError, StorageError):
        if _former(folder).is_dir():
            with alone(folder):
                if not folder.exists():
                    _former(folder).rename(folder)
                else:
                    shutil.rmtree(_former(folder), ignore_errors=True)


def read_whole(folder: Path, read: Callable[[], Found]) -> Found:
    """What `read` makes of the files of a folder: all of the old one, or all of the new one.

    Args:
        folder: One that may be replaced while it is being read.
        read: Reads it; called again if that happened.

    Example:
        >>> read_whole(Path("."), lambda: "read")
        'read'
    """
    for _ in range(_LOOKS):
        before = _identity(folder)
        try:
            found = read()
        except (KanjianError, OSError):
            if _identity(folder) == before:
                raise
        else:
            if _identity(folder) == before:
                return found
    return read()


def _identity(folder: Path) -> tuple[int, int, int] | None:
    try:
        state = folder.stat()
    except OSError:
        return None
    # numbers of folders are used again; the time changes with what lies in it, too
    return state.st_dev, state.st_ino, state.st_ctime_ns


def files_in(folder: Path) -> Iterator[str]:
    """All files below a folder as paths with slashes; a link is one, wherever it leads.

    Example:
        >>> import tempfile
        >>> folder = Path(tempfile.mkdtemp())
        >>> (folder / "a.txt").touch()
        >>> list(files_in(folder))
        ['a.txt']
    """
    for place, folders, names in os.walk(folder):
        links = [name for name in folders if Path(place, name).is_symlink()]
        for name in (*names, *links):
            yield Path(place, name).relative_to(folder).as_posix()


def hashes_of(folder: Path) -> dict[str, str]:
    """The SHA-256 of every file below a folder, by its path with slashes.

    Example:
        >>> import tempfile
        >>> folder = Path(tempfile.mkdtemp())
        >>> (folder / "a.txt").touch()
        >>> list(hashes_of(folder))
        ['a.txt']
    """
    return {name: sha256(folder / name) for name in sorted(files_in(folder))}


def _check_unchanged(folder: Path, ours: Own) -> None:
    for name, digest in ours.items():
        path = folder / name
        if digest is not None and path.is_file() and sha256(path) != digest:
            raise KanjianError(
                f"{path} was changed since it was written and would be lost. Move it away or "
                "delete it, or choose another folder."
            )


def _keep(folder: Path, new: Path, ours: Own) -> None:
    """Bring the user's files into the new folder: they are in both until the old one goes."""
    for name in files_in(folder):
        if name in ours:
            continue
        source, target = folder / name, new / name
        if os.path.lexists(target):
            raise KanjianError(
                f"{source} is none of the files that were written there before and is in the way "
                "of a new one. Move it away, or choose another folder."
            )
        target.parent.mkdir(parents=True, exist_ok=True)
        try:
            os.link(source, target, follow_symlinks=False)
        except (OSError, NotImplementedError):  # a disk without links
            shutil.copy2(source, target, follow_symlinks=False)


def _appear(new: Path, folder: Path) -> None:
    if not folder.exists():
        new.rename(folder)
        return
    if _exchanged(new, folder):
        return  # what `new` names now is the old one, which the caller removes
    former = _former(folder)
    shutil.rmtree(former, ignore_errors=True)
    folder.rename(former)
    new.rename(folder)
    shutil.rmtree(former, ignore_errors=True)


def _exchanged(new: Path, folder: Path) -> bool:
    """Whether the system gave each folder the other's name, in one step."""
    exchange = _exchange()
    if exchange is None:
        return False
    at = _AT_WORKING_FOLDER
    return exchange(at, os.fsencode(new), at, os.fsencode(folder), _EXCHANGE) == 0


@cache
def _exchange() -> "Callable[..., int] | None":
    """Linux' `renameat2`, which Python does not offer."""
    if not sys.platform.startswith("linux"):
        return None
    return getattr(ctypes.CDLL(None), "renameat2", None)


def _former(folder: Path) -> Path:
    return folder.with_name(f".{folder.name}.former")
