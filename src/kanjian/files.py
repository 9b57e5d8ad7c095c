"""Files that are whole or not there: atomic writes, hashes, fresh run folders."""

import contextlib
import hashlib
import os
from collections.abc import Iterator
from pathlib import Path

from kanjian.errors import KanjianError
from kanjian.names import file_name, readable


@contextlib.contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Give a temporary path to write to; at the end it takes the place of `path` at once.

    A reader, a full disk or a kill at any moment finds the old file or the new one,
    never half of one.

    Args:
        path: The file to write. Its folder is made if missing.

    Raises:
        KanjianError: If the folder cannot be written or the disk is full.

    Example:
        >>> import tempfile
        >>> target = Path(tempfile.mkdtemp()) / "a.txt"
        >>> with replacing(target) as temporary:
        ...     _ = temporary.write_text("whole")
        >>> target.read_text()
        'whole'
    """
    temporary = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        yield temporary
        # rename alone survives a kill; fsync makes it survive a power cut too
        with temporary.open("rb") as stream:
            os.fsync(stream.fileno())
        temporary.replace(path)
    except OSError as error:
        raise unwritable(path, error) from error
    finally:
        with contextlib.suppress(OSError):
            temporary.unlink(missing_ok=True)


def write_bytes(path: Path, content: bytes) -> None:
    """Write a whole file or nothing; see `replacing`.

    Example:
        >>> import tempfile
        >>> target = Path(tempfile.mkdtemp()) / "a.bin"
        >>> write_bytes(target, b"ab")
        >>> target.read_bytes()
        b'ab'
    """
    with replacing(path) as temporary:
        temporary.write_bytes(content)


def write_text(path: Path, content: str) -> None:
    """Write a whole UTF-8 text or nothing; see `replacing`.

    Names of files that are no UTF-8 stand in it in their replaced spelling.

    Example:
        >>> import tempfile
        >>> target = Path(tempfile.mkdtemp()) / "看.txt"
        >>> write_text(target, "见")
        >>> target.read_text(encoding="utf-8")
        '见'
    """
    write_bytes(path, readable(content).encode())


def append_text(path: Path, text: str) -> None:
    """Add UTF-8 text to the end of a file; for logs, where every line stands on its own.

    Raises:
        KanjianError: If the folder cannot be written or the disk is full.

    Example:
        >>> import tempfile
        >>> target = Path(tempfile.mkdtemp()) / "log.txt"
        >>> append_text(target, "one "), append_text(target, "two")
        (None, None)
        >>> target.read_text()
        'one two'
    """
    try:
        with path.open("a", encoding="utf-8") as stream:
            stream.write(readable(text))
    except OSError as error:
        raise unwritable(path, error) from error


def unwritable(path: Path, error: OSError) -> KanjianError:
    """The one line for a file that cannot be written.

    Example:
        >>> print(unwritable(Path("a.npy"), OSError(28, "No space left on device")))
        cannot write a.npy: No space left on device. What was saved before is whole; free space or
            choose another folder.
    """
    return KanjianError(
        f"cannot write {path}: {error.strerror or error}. "
        "What was saved before is whole; free space or choose another folder."
    )


def sha256(path: Path) -> str:
    """The SHA-256 of a file's content, as 64 hexadecimal digits.

    Example:
        >>> import tempfile
        >>> target = Path(tempfile.mkdtemp()) / "empty"
        >>> target.touch()
        >>> sha256(target)[:8]
        'e3b0c442'
    """
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
            raise KanjianError(
                f"cannot make the run folder {folder}: {error.strerror}. "
                "Choose another place with --out."
            ) from error
        else:
            return folder


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

    The folder is not made here; what writes into it makes it.

    Example:
        >>> home_folder().is_absolute()
        True
    """
    chosen = os.environ.get("KANJIAN_HOME")
    if chosen:
        return Path(chosen).expanduser().absolute()
    if os.name == "nt":
        return Path(os.environ.get("LOCALAPPDATA", str(Path.home()))) / "kanjian"
    return Path(os.environ.get("XDG_DATA_HOME", str(Path.home() / ".local/share"))) / "kanjian"
