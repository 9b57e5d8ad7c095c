"""Who uses a file: locks that end with their process, however it ends."""

import contextlib
import os
import weakref
from collections.abc import Iterator
from pathlib import Path

try:
    import fcntl
except ImportError:  # Windows: a file that is open cannot be removed there anyway
    fcntl = None  # type: ignore[assignment]


@contextlib.contextmanager
def hold(path: Path) -> Iterator[None]:
    """Mark a file as being written for as long as the block lasts.

    Example:
        >>> import tempfile
        >>> path = Path(tempfile.mkdtemp()) / "a"
        >>> path.touch()
        >>> with hold(path):
        ...     is_free(path)
        False
        >>> is_free(path)
        True
    """
    number = _locked(path, shared=False)
    try:
        yield
    finally:
        if number is not None:
            os.close(number)


def in_use_by(path: Path, user: object) -> None:
    """Mark a file as in use for as long as an object lives.

    Args:
        path: The file.
        user: The object; one that can be referred to weakly.

    Example:
        >>> import tempfile
        >>> path = Path(tempfile.mkdtemp()) / "a"
        >>> path.touch()
        >>> user = {1}
        >>> in_use_by(path, user)
        >>> is_free(path)
        False
        >>> del user
        >>> is_free(path)
        True
    """
    number = _locked(path, shared=True)
    if number is not None:
        weakref.finalize(user, os.close, number)


def is_free(path: Path) -> bool:
    """Whether no living process writes or uses a file; see `hold` and `in_use_by`.

    Where the file system knows no locks, every file counts as free; so does one that is gone.
    """
    if fcntl is None:
        return True
    try:
        number = os.open(path, os.O_RDONLY)
    except OSError:
        return True
    try:
        fcntl.flock(number, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:
        return True
    else:
        return True
    finally:
        os.close(number)


def _locked(path: Path, *, shared: bool) -> int | None:
    if fcntl is None:
        return None
    try:
        number = os.open(path, os.O_RDONLY)
    except OSError:
        return None  # removed meanwhile: nothing is left to guard
    # not waiting: where it cannot be had, somebody else guards the file
    with contextlib.suppress(OSError):
        fcntl.flock(number, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
    return number
