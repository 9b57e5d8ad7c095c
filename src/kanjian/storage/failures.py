"""Failures of the place: a full disk, missing rights, too little memory. One translation for all.

A library that cannot write says so in many ways: an `OSError` with a number, one without, a
`RuntimeError` that tells of "iostream", a TensorFlow error. `writing` tells them from failures of
what was being written by the number, by the system's own words for it, and by trying the disk.
"""

import contextlib
import errno
import os
import re
import stat
import tempfile
from collections.abc import Iterator
from pathlib import Path

from kanjian.errors import KanjianError, StorageError

# Where one of these lies behind another error, it is the cause, whatever that one is called
HARD = {
    errno.ENOSPC: "the disk is full",
    getattr(errno, "EDQUOT", errno.ENOSPC): "the disk is full for this user",
    errno.EFBIG: "the file is larger than it may be here",
    errno.EROFS: "the disk can only be read",
    errno.EIO: "the disk reports a fault",
}
_RIGHTS = {errno.EACCES, errno.EPERM, errno.EROFS}
# Found in the text of an error that carries no number
_TOLD = {
    **{os.strerror(number): number for number in (*HARD, errno.EACCES, errno.ENAMETOOLONG)},
    "database or disk is full": errno.ENOSPC,
    "disk I/O error": errno.EIO,
}
_NO_MEMORY = ("std::bad_alloc", "bad allocation", "OOM when allocating", "Cannot allocate memory")
# C++ says no more than that a stream failed
_STREAM_FAILED = ("iostream error", "ios_base::", "basic_ios::", "basic_filebuf")
# What is still being written has a name of its own beside its place: see `files.part_of`
PART = re.compile(r"\.(?P<name>.+)\.[0-9]+-[0-9a-f]{8}\.part", re.DOTALL)
# So much must still go onto the disk, else it is full
_PROBE_BYTES = 1 << 20
_DEPTH = 8


@contextlib.contextmanager
def writing(path: Path, *, needed_bytes: int = 0) -> Iterator[None]:
    """Tell a failure of the place as one line; every other error passes as it is.

    Args:
        path: The file or folder that is being written.
        needed_bytes: About how much that takes; the disk counts as full if so much no longer
            goes onto it when something fails.

    Raises:
        StorageError: If the disk is full or read-only, rights or memory are missing.

    Example:
        >>> with writing(Path("a.bin")):
        ...     raise OSError(28, "No space left on device")
        Traceback (most recent call last):
        kanjian.errors.StorageError: cannot write a.bin: the disk is full (No space left on
            device). What was saved before is whole; free space or choose another folder.
    """
    try:
        yield
    except KanjianError:
        raise
    except Exception as error:
        failure = failure_of_place(error, path, needed_bytes=needed_bytes)
        if failure is None:
            raise
        raise failure from error


def failure_of_place(
    error: BaseException, path: Path, *, needed_bytes: int = 0
) -> StorageError | None:
    """What `writing` makes of an error; None where the place is not to blame.

    Example:
        >>> failure_of_place(ValueError("no rule for layer Magic"), Path("a.onnx")) is None
        True
        >>> print(failure_of_place(RuntimeError("write: No space left on device"), Path("a")))
        cannot write a: the disk is full (No space left on device). What was saved before is
            whole; free space or choose another folder.
    """
    if isinstance(error, (ConnectionError, TimeoutError)):
        return None  # the other end failed, also that of a pipe
    found = _told_by(error, path)
    if found is None:
        tried = _tried(path, max(needed_bytes, _PROBE_BYTES))
        if tried is None and any(word in str(error) for word in _STREAM_FAILED):
            tried = OSError(errno.EIO, "the stream failed")
        found = None if tried is None else unwritable(path, tried)
    return found


def _told_by(error: BaseException, path: Path) -> StorageError | None:
    """What the error says itself, or one that led to it."""
    for depth, cause in enumerate(_behind(error)):
        if isinstance(cause, StorageError):
            return cause
        if isinstance(cause, MemoryError) or any(phrase in str(cause) for phrase in _NO_MEMORY):
            return _too_little_memory(path)
        number = _number_of(cause)
        if number is not None and (depth == 0 or number in HARD):
            named = OSError(number, os.strerror(number), getattr(cause, "filename", None))
            return unwritable(path, named)
    return None


def unwritable(path: Path, error: OSError) -> StorageError:
    """The one line for a file that cannot be written.

    Example:
        >>> print(unwritable(Path("a.npy"), PermissionError(13, "Permission denied")))
        cannot write a.npy: Permission denied. What was saved before is whole; choose a folder
            that you may write.
    """
    reason = error.strerror or str(error)
    if error.errno in HARD:
        reason = f"{HARD[error.errno]} ({reason})"
    elif error.errno == errno.EEXIST:  # a folder was to be made where a file lies
        reason = os.strerror(errno.ENOTDIR)
    advice = "free space or choose another folder"
    if error.errno in _RIGHTS:
        advice = "choose a folder that you may write"
    elif error.errno == errno.ENAMETOOLONG:
        advice = "choose a shorter name"
    return StorageError(
        f"cannot write {_named(path, error)}: {reason}. What was saved before is whole; {advice}."
    )


def _too_little_memory(path: Path) -> StorageError:
    return StorageError(
        f"cannot write {path}: there is too little memory. What was saved before is whole; close "
        "other programs, or make it smaller."
    )


def _named(path: Path, error: OSError) -> Path:
    """The file that failed, where it is quite another one or lies in a folder being written."""
    if isinstance(error.filename, (str, bytes)):
        failed = Path(os.fsdecode(error.filename))
        if failed.absolute().parent != path.absolute().parent:
            path = failed
    parts = ((part, PART.fullmatch(part)) for part in path.parts)
    return Path(*(found["name"] if found else part for part, found in parts))


def _behind(error: BaseException) -> Iterator[BaseException]:
    """The error and what led to it, the nearest first."""
    seen: BaseException | None = error
    for _ in range(_DEPTH):
        if seen is None:
            return
        yield seen
        seen = seen.__cause__ or seen.__context__


def _number_of(error: BaseException) -> int | None:
    if isinstance(error, OSError) and error.errno:
        return error.errno
    text = str(error)
    return next((number for phrase, number in _TOLD.items() if phrase in text), None)


def _tried(path: Path, size: int) -> OSError | None:
    """Why a file of this size cannot be written there now; None where it can."""
    folder = next((each for each in path.absolute().parents if each.is_dir()), None)
    try:
        with tempfile.TemporaryFile(dir=folder) as stream:
            if hasattr(os, "posix_fallocate"):
                os.posix_fallocate(stream.fileno(), 0, size)
            else:
                stream.write(bytes(min(size, _PROBE_BYTES)))
    except OSError as error:
        # a system that cannot set room aside has said nothing about the disk
        return None if error.errno in (errno.EINVAL, errno.EOPNOTSUPP) else _nameless(error)
    return None


def _nameless(error: OSError) -> OSError:
    return OSError(error.errno, error.strerror)


def check_ordinary(path: Path) -> None:
    """Refuse a pipe or a device among files of strangers: to read it may never end.

    Raises:
        OSError: If it is one, or is not there.

    Example:
        >>> check_ordinary(Path(os.devnull))
        Traceback (most recent call last):
        OSError: [Errno 22] a pipe or a device, expected a file: '/dev/null'
    """
    mode = path.stat().st_mode
    if not (stat.S_ISREG(mode) or stat.S_ISDIR(mode)):
        raise OSError(errno.EINVAL, "a pipe or a device, expected a file", str(path))
