"""A folder that is replaced as a whole: the old one or the new one is there, never a mixture."""

import contextlib
import shutil
from collections.abc import Iterator
from pathlib import Path

from kanjian.errors import RecognizerError


@contextlib.contextmanager
def replacing_folder(folder: Path) -> Iterator[Path]:
    """Give an empty folder to fill; at the end it takes the place of `folder`.

    Any error before the end leaves the old folder as it was. A kill between the two
    renames at the very end leaves the old folder under its former name, and `settle`
    brings it back.

    Args:
        folder: The folder to write. The folders above it are made if missing.

    Raises:
        RecognizerError: If it cannot be written.

    Example:
        >>> import tempfile
        >>> folder = Path(tempfile.mkdtemp()) / "recognizer"
        >>> with replacing_folder(folder) as new:
        ...     _ = (new / "a.txt").write_text("whole")
        >>> [path.name for path in folder.iterdir()]
        ['a.txt']
    """
    new, old = folder.with_name(f".{folder.name}.part"), _former(folder)
    try:
        settle(folder)
        shutil.rmtree(new, ignore_errors=True)
        new.mkdir(parents=True)
        yield new
        shutil.rmtree(old, ignore_errors=True)
        if folder.exists():
            folder.rename(old)
        new.rename(folder)
        shutil.rmtree(old, ignore_errors=True)
    except OSError as error:
        raise RecognizerError(
            f"cannot write {folder}: {error.strerror or error}. What was there is unchanged; "
            "free space or choose another folder."
        ) from error
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
    with contextlib.suppress(OSError):
        if not folder.exists() and _former(folder).is_dir():
            _former(folder).rename(folder)


def _former(folder: Path) -> Path:
    return folder.with_name(f".{folder.name}.former")
