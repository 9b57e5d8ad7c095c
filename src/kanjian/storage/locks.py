"""Who uses a file, and who alone may write it: locks that end with their process, however.

The system keeps them (`flock`, on Windows `msvcrt`), so that a kill leaves none behind. Two
kinds: `hold` and `in_use_by` mark a file for others to see and never wait; `alone` is for whoever
reads, changes and writes, and does wait.
"""

import contextlib
import errno
import hashlib
import json
import os
import secrets
import socket
import tempfile
import threading
import time
import weakref
from collections.abc import Iterator
from pathlib import Path

from kanjian.errors import StorageError
from kanjian.storage.failures import unwritable, writing

try:
    import fcntl
except ImportError:  # Windows: a file that is open cannot be removed there anyway
    fcntl = None  # type: ignore[assignment]

WAIT_S = 60.0
# Between two looks at a lock that another holds, at most
_LOOK_S = 0.01
# The system says so of a file system that knows no locks
_NO_LOCKS = {errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP, errno.EINVAL}
_RIGHTS = {errno.EACCES, errno.EPERM, errno.EROFS}
# On Windows a locked byte cannot be read: one far behind what is told of the holder
_FAR = 1 << 30
_LONGEST = 120
# What this thread holds and how often: whoever holds a lock may ask for it again
_mine = threading.local()


@contextlib.contextmanager
def alone(path: Path, *, wait_s: float = WAIT_S) -> Iterator[None]:
    """Be the only one who writes a file or folder for as long as the block lasts.

    Across processes and threads. Held from reading to replacing, so that nothing another wrote
    in between is lost. Whoever holds it may ask again. The lock is a file `.NAME.lock` beside
    `path`, which goes with the block; after a kill it stays, and holds nobody up. Where the file
    system knows no locks (some network disks) the lock lies in the folder for scraps, and so
    holds for the processes of this machine.

    Args:
        path: What is written; it need not be there. The folder it lies in is made if missing.
        wait_s: How long to wait for another who holds it, in seconds.

    Raises:
        StorageError: If another still holds it then, or the folder cannot be written.

    Example:
        >>> import tempfile
        >>> path = Path(tempfile.mkdtemp()) / "people.sqlite"
        >>> with alone(path):
        ...     [file.name for file in path.parent.iterdir()]
        ['.people.sqlite.lock']
        >>> list(path.parent.iterdir())
        []
    """
    mark = lock_file(path)
    held = vars(_mine).setdefault("held", {})
    key = (os.getpid(), str(mark))  # a forked child has the memory and not the lock
    if key in held:
        yield
        return
    with writing(path):
        mark.parent.mkdir(parents=True, exist_ok=True)
        number, mark = _waited(path, mark, wait_s)
    held[key] = number
    try:
        yield
    finally:
        del held[key]
        _let_go(number, mark)


def lock_file(path: Path) -> Path:
    """The file that `alone` locks.

    Example:
        >>> lock_file(Path("runs/mnist")).name
        '.mnist.lock'
    """
    path = path.absolute()
    return path.parent.resolve() / f".{short(path.name)}.lock"


def short(name: str) -> str:
    """A file name that leaves room for a beginning and an end: systems end at 255 bytes.

    Example:
        >>> short("a.png"), len(short("猫" * 80))
        ('a.png', 46)
    """
    raw = os.fsencode(name)
    if len(raw) <= _LONGEST:
        return name
    return f"{name[:30]}{hashlib.sha256(raw).hexdigest()[:16]}"


def _waited(path: Path, mark: Path, wait_s: float) -> tuple[int, Path]:
    """The open lock file, once it is ours."""
    until, pause = time.monotonic() + wait_s, 0.001
    while True:
        try:
            number = _taken(mark)
        except OSError as error:
            if error.errno not in _NO_LOCKS:
                raise
            mark = _elsewhere(mark)
            continue
        if number is not None:
            return number, mark
        if time.monotonic() > until:
            raise StorageError(f"{path} is being written by {_holder(mark)}. Try again later.")
        # uneven, so that many who wait do not all look at once
        time.sleep(pause * (0.5 + secrets.randbelow(1000) / 1000))
        pause = min(2 * pause, _LOOK_S)


def _taken(mark: Path) -> int | None:
    """The lock file's number if it is ours now; None if another holds it, or it just went."""
    number = _opened(mark)
    try:
        if not _locked_now(number) or not _still_there(number, mark):
            os.close(number)
            return None
    except BaseException:
        os.close(number)
        raise
    with contextlib.suppress(OSError):  # a full disk, or another user's file: it says less then
        os.ftruncate(number, 0)
        record = {"process": os.getpid(), "machine": socket.gethostname(), "since": time.time()}
        os.write(number, json.dumps(record).encode())
    return number


def _opened(mark: Path) -> int:
    try:
        return os.open(mark, os.O_RDWR | os.O_CREAT, 0o666)
    except OSError as error:
        if error.errno not in _RIGHTS or not mark.exists():
            raise
        return os.open(mark, os.O_RDONLY)  # another user's, in a folder that both may write


def _locked_now(number: int) -> bool:
    try:
        if fcntl is not None:
            fcntl.flock(number, fcntl.LOCK_EX | fcntl.LOCK_NB)
        else:
            _lock_on_windows(number)
    except BlockingIOError:
        return False
    return True


def _lock_on_windows(number: int) -> None:
    import msvcrt

    os.lseek(number, _FAR, os.SEEK_SET)
    try:
        msvcrt.locking(number, msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined]
    except OSError as error:
        raise BlockingIOError(error.errno, error.strerror) from error
    finally:
        os.lseek(number, 0, os.SEEK_SET)


def _still_there(number: int, mark: Path) -> bool:
    """Whether the lock file is the one by that name: who let go has removed it under us."""
    try:
        return os.path.samestat(os.fstat(number), mark.stat())
    except FileNotFoundError:
        return False


def _let_go(number: int, mark: Path) -> None:
    # removed while it is still ours; on Windows an open file stays, and is used again
    with contextlib.suppress(OSError):
        mark.unlink()
    os.close(number)


def _elsewhere(mark: Path) -> Path:
    folder = Path(tempfile.gettempdir())
    if mark.parent == folder:
        raise unwritable(mark, OSError(errno.ENOLCK, "no file can be locked on this system"))
    return folder / f"kanjian-{hashlib.sha256(os.fsencode(mark)).hexdigest()[:24]}.lock"


def _holder(mark: Path) -> str:
    try:
        record = json.loads(mark.read_text(encoding="utf-8"))
        since = time.strftime("%H:%M:%S", time.localtime(record["since"]))
        where = "" if record["machine"] == socket.gethostname() else f" on {record['machine']}"
        return f"another kanjian (process {record['process']}{where}, since {since})"
    except (OSError, ValueError, KeyError, TypeError):
        return f"another kanjian, which holds {mark}"


@contextlib.contextmanager
def making(path: Path, *, mode: int = 0o666, folder: bool = False) -> Iterator[None]:
    """Make an empty file or folder and mark it as being written for as long as the block lasts.

    Args:
        path: What to make; nothing may be there.
        mode: Rights of a file, less what the user's mask takes.
        folder: Whether it is a folder.

    Example:
        >>> import tempfile
        >>> path = Path(tempfile.mkdtemp()) / "a"
        >>> with making(path):
        ...     is_free(path)
        False
        >>> is_free(path)
        True
    """
    while True:
        if folder:
            path.mkdir(parents=True)
        else:
            path.touch(mode, exist_ok=False)
        number = _locked(path, shared=False, wait=True)
        if number is None or _still_there(number, path):
            break
        os.close(number)  # taken for left behind before it was locked: make it anew
    try:
        yield
    finally:
        if number is not None:
            os.close(number)


@contextlib.contextmanager
def hold(path: Path) -> Iterator[None]:
    """Mark a file or folder that is there as being written for as long as the block lasts.

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
    with claimed(path) as free:
        return free is not False


@contextlib.contextmanager
def claimed(path: Path) -> Iterator[bool | None]:
    """Whether nobody writes or uses a file; nobody begins to while the block lasts.

    None where that cannot be told: the system knows no locks, or the file is gone.

    Example:
        >>> import tempfile
        >>> path = Path(tempfile.mkdtemp()) / "a"
        >>> with making(path), claimed(path) as free:
        ...     free
        False
    """
    try:
        number = None if fcntl is None else os.open(path, os.O_RDONLY)
    except OSError:
        number = None
    try:
        yield None if number is None else _claim(number)
    finally:
        if number is not None:
            os.close(number)


def _claim(number: int) -> bool | None:
    try:
        fcntl.flock(number, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:
        return None
    return True


def _locked(path: Path, *, shared: bool, wait: bool = False) -> int | None:
    if fcntl is None:
        return None
    try:
        number = os.open(path, os.O_RDONLY)
    except OSError:
        return None  # removed meanwhile: nothing is left to guard
    kind = fcntl.LOCK_SH if shared else fcntl.LOCK_EX
    # where it cannot be had it goes on without: this only keeps others from tidying up
    with contextlib.suppress(OSError):
        fcntl.flock(number, kind if wait else kind | fcntl.LOCK_NB)
    return number
