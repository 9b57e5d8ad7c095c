"""Files that are whole or not there: atomic writes, hashes, fresh run folders."""

import contextlib
import hashlib
import os
import secrets
import shutil
import stat
import tempfile
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from kanjian.errors import KanjianError, StorageError
from kanjian.names import file_name, readable
from kanjian.storage.failures import PART, check_ordinary, writing
from kanjian.storage.locks import claimed, making, short

# Folders in which this process has tidied up: once is enough
_tidied: set[Path] = set()


@contextlib.contextmanager
def replacing(path: Path, *, mode: int = 0o666) -> Iterator[Path]:
    """Give a temporary path to write to; at the end it takes the place of `path` at once.

    A reader, a full disk or a kill at any moment finds the old file or the new one,
    never half of one. The temporary file is there, empty, under a name that nobody else has: of
    several who write at once the last one's file stays, whole. Who reads first and must lose
    nothing that others write meanwhile also holds `kanjian.storage.locks.alone`.

    Args:
        path: The file to write. Its folder is made if missing.
        mode: The file's rights, less what the user's mask takes.

    Raises:
        StorageError: If the folder cannot be written or the disk is full, whatever the library
            that wrote made of it.

    Example:
        >>> import tempfile
        >>> target = Path(tempfile.mkdtemp()) / "a.txt"
        >>> with replacing(target) as temporary:
        ...     _ = temporary.write_text("whole")
        >>> target.read_text()
        'whole'
    """
    temporary = part_of(path)
    with writing(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        _tidy_once(path.parent)
        try:
            with making(temporary, mode=mode):
                yield temporary
                # rename alone survives a kill; fsync makes it survive a power cut too
                with temporary.open("rb") as stream:
                    os.fsync(stream.fileno())
                temporary.replace(path)
        finally:
            with contextlib.suppress(OSError):
                temporary.unlink(missing_ok=True)


@contextlib.contextmanager
def scratch() -> Iterator[Path]:
    """A folder for scraps, gone with the block.

    Raises:
        StorageError: If the system's folder for them cannot be written.

    Example:
        >>> with scratch() as folder:
        ...     folder.is_dir()
        True
    """
    with contextlib.ExitStack() as kept:
        with writing(Path(tempfile.gettempdir())):
            name = kept.enter_context(tempfile.TemporaryDirectory(prefix="kanjian-"))
        yield Path(name)


def part_of(path: Path) -> Path:
    """A name beside `path` for what is still being written, which nobody else has.

    Example:
        >>> part_of(Path("runs/a.txt")).name.startswith(".a.txt.")
        True
    """
    return path.with_name(f".{short(path.name)}.{os.getpid()}-{secrets.token_hex(4)}.part")


def sweep(folder: Path, name: str | None = None) -> None:
    """Remove what killed writers left in a folder; what a living one writes stays.

    Args:
        folder: Where.
        name: Only what was to become the file or folder of this name.

    Example:
        >>> import tempfile
        >>> folder = Path(tempfile.mkdtemp())
        >>> part_of(folder / "a.txt").touch()
        >>> sweep(folder)
        >>> list(folder.iterdir())
        []
    """
    wanted = None if name is None else short(name)
    with contextlib.suppress(OSError), os.scandir(folder) as entries:
        for entry in entries:
            found = PART.fullmatch(entry.name)
            if found and wanted in (None, found["name"]):
                with claimed(Path(entry.path)) as free:
                    if free:
                        _remove(entry)


def _remove(entry: "os.DirEntry[str]") -> None:
    if entry.is_dir(follow_symlinks=False):
        shutil.rmtree(entry.path, ignore_errors=True)
    else:
        Path(entry.path).unlink(missing_ok=True)


def _tidy_once(folder: Path) -> None:
    folder = folder.absolute()
    if folder not in _tidied:
        _tidied.add(folder)
        sweep(folder)


def write_bytes(path: Path, content: bytes, *, mode: int = 0o666) -> None:
    """Write a whole file or nothing; see `replacing`.

    Example:
        >>> import tempfile
        >>> target = Path(tempfile.mkdtemp()) / "a.bin"
        >>> write_bytes(target, b"ab")
        >>> target.read_bytes()
        b'ab'
    """
    with replacing(path, mode=mode) as temporary:
        temporary.write_bytes(content)


def write_text(path: Path, content: str, *, mode: int = 0o666) -> None:
    """Write a whole UTF-8 text or nothing; see `replacing`.

    Names of files that are no UTF-8 stand in it in their replaced spelling.

    Example:
        >>> import tempfile
        >>> target = Path(tempfile.mkdtemp()) / "看.txt"
        >>> write_text(target, "见")
        >>> target.read_text(encoding="utf-8")
        '见'
    """
    write_bytes(path, readable(content).encode(), mode=mode)


def append_text(path: Path, text: str) -> None:
    """Add UTF-8 text to the end of a file; for logs, where every line stands on its own.

    Raises:
        StorageError: If the folder cannot be written or the disk is full.

    Example:
        >>> import tempfile
        >>> target = Path(tempfile.mkdtemp()) / "log.txt"
        >>> append_text(target, "one "), append_text(target, "two")
        (None, None)
        >>> target.read_text()
        'one two'
    """
    with writing(path), path.open("a", encoding="utf-8") as stream:
        stream.write(readable(text))


def sha256(path: Path) -> str:
    """The SHA-256 of a file's content, as 64 hexadecimal digits.

    Example:
        >>> import tempfile
        >>> target = Path(tempfile.mkdtemp()) / "empty"
        >>> target.touch()
        >>> sha256(target)[:8]
        'e3b0c442'
    """
    check_ordinary(path)
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def new_run_folder(parent: Path, name: str) -> Path:
    """Make and give a fresh folder `parent/name`, or `name-2`, `name-3` … if taken.

    The name may hold anything; what is made lies directly in `parent`.

    Example:
        >>> import tempfile
        >>> parent = Path(tempfile.mkdtemp())
        >>> [new_run_folder(parent, "mnist").name for _ in range(3)]
        ['mnist', 'mnist-2', 'mnist-3']
    """
    check_folder_name(parent)
    number = 1
    while True:
        folder = parent / file_name(name, suffix="" if number == 1 else f"-{number}")
        try:
            folder.mkdir(parents=True)
        except FileExistsError:
            number += 1
        except OSError as error:
            raise StorageError(
                f"cannot make the run folder {folder}: {error.strerror}. "
                "Choose another place with --out."
            ) from error
        else:
            return folder


def expanded(path: str | os.PathLike[str]) -> Path:
    """A path with `~` replaced by the home of that user; as it is where there is no such home.

    Example:
        >>> expanded("~no such user/cats")
        PosixPath('~no such user/cats')
    """
    # Path.expanduser raises there; "~backup" may well be the name of a file
    return Path(os.path.expanduser(path))  # noqa: PTH111


@contextlib.contextmanager
def whole_or_gone(folder: Path) -> Iterator[None]:
    """Remove a fresh folder again where the block that fills it fails.

    Example:
        >>> folder = new_run_folder(Path(tempfile.mkdtemp()), "mnist")
        >>> with contextlib.suppress(ValueError), whole_or_gone(folder):
        ...     raise ValueError
        >>> folder.exists()
        False
    """
    try:
        yield
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise


def check_folder_name(folder: Path) -> None:
    r"""Refuse to train into a folder whose name is no UTF-8; TensorFlow writes to none.

    Raises:
        KanjianError: If it is such a one.

    Example:
        >>> check_folder_name(Path("runs/猫"))
        >>> check_folder_name(Path("caf\udce9"))
        Traceback (most recent call last):
        kanjian.errors.KanjianError: the folder caf� has a name that is not UTF-8...
    """
    if readable(str(folder)) != str(folder):
        raise KanjianError(
            f"the folder {readable(str(folder))} has a name that is not UTF-8, and what trains "
            "cannot write into such a one. Choose another place with --out, or rename it."
        )


def home_folder() -> Path:
    """Where galleries, caches and settings live: `$KANJIAN_HOME`, or the platform's user folder.

    A user without a home, or with one that cannot be written, gets a folder of their own below
    the temporary folder. No other folder is made here; what writes into it makes it.

    Example:
        >>> home_folder().is_absolute()
        True
    """
    chosen = os.environ.get("KANJIAN_HOME")
    if chosen:
        return expanded(chosen).absolute()
    usual = _usual_folder()
    return usual if has_home() else _temporary_home()


def kept_folder(name: str) -> Path:
    """The folder of what is kept for good, as weights and galleries: `name` in `home_folder`.

    What came with a home that cannot be written, as in an image of a machine, is read there.

    Example:
        >>> kept_folder("models").name
        'models'
    """
    usual = _usual_folder() / name
    # os.path and not Path: the latter raises where a folder may not be looked into
    if os.environ.get("KANJIAN_HOME") or not (usual.is_absolute() and os.path.isdir(usual)):  # noqa: PTH112
        return home_folder() / name
    return usual


def has_home() -> bool:
    """Whether the user has a folder for what programs keep, or may make it.

    Example:
        >>> has_home() in {True, False}
        True
    """
    usual = _usual_folder()
    if not usual.is_absolute():
        return False
    place = next((each for each in (usual, *usual.parents) if os.path.exists(each)), usual)  # noqa: PTH110
    return os.path.isdir(place) and os.access(place, os.W_OK | os.X_OK)  # noqa: PTH112


def _usual_folder() -> Path:
    if os.name == "nt":
        base = os.environ.get("LOCALAPPDATA") or expanded("~/AppData/Local")
    else:
        base = os.environ.get("XDG_DATA_HOME") or expanded("~/.local/share")
    return Path(base) / "kanjian"


@cache
def _temporary_home() -> Path:
    """A folder that only this user can read, the same each time unless someone else took it."""
    user = os.getuid() if hasattr(os, "getuid") else "user"
    try:
        folder = Path(tempfile.gettempdir()) / f"kanjian-{user}"
    except OSError:  # nothing can be written anywhere: let who writes say so
        return _usual_folder().absolute()
    with contextlib.suppress(OSError):
        folder.mkdir(mode=0o700, exist_ok=True)
        found = folder.lstat()
        if stat.S_ISDIR(found.st_mode) and (
            os.name == "nt" or (found.st_uid == user and not found.st_mode & 0o077)
        ):
            return folder
    with contextlib.suppress(OSError):
        return Path(tempfile.mkdtemp(prefix="kanjian-"))
    return folder
