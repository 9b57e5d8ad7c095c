"""Where a picture's bytes come from, what to call it in a message, and why it cannot be read."""

import contextlib
import io
import os
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from kanjian.errors import ImageError

Source = str | os.PathLike[str] | bytes | BinaryIO


class UnreadableError(Exception):
    """Why a picture cannot be read; `open_source` adds its name and makes an ImageError of it."""


@contextlib.contextmanager
def open_source(source: Source) -> Iterator[BinaryIO]:
    """A seekable stream of the picture's bytes, whatever it comes from.

    Files are opened here and never by a codec, so that every Unicode name works. A file
    object is read from where it stands to its end.

    Args:
        source: Path, bytes, or an object whose `read()` gives bytes.

    Raises:
        ImageError: If it cannot be opened, or an `UnreadableError` leaves the block.

    Example:
        >>> with open_source(b"P5 1 1 255 x") as stream:
        ...     stream.read(2)
        b'P5'
    """
    with contextlib.ExitStack() as opened:
        try:
            yield _stream(source, opened)
        except UnreadableError as error:
            raise ImageError(f"cannot read {name_of(source)}: {error}") from error
        except OSError as error:
            raise ImageError(
                f"cannot read {name_of(source)}: {error.strerror or error}. "
                "Check the path and that you may read it."
            ) from error


def _stream(source: Source, opened: contextlib.ExitStack) -> BinaryIO:
    if isinstance(source, (bytes, bytearray, memoryview)):
        return io.BytesIO(source)
    if isinstance(source, (str, os.PathLike)):
        try:
            return opened.enter_context(Path(source).open("rb"))
        except ValueError as error:  # a NUL inside the name
            raise UnreadableError(f"{error}. Check the path.") from error
    content = source.read() if hasattr(source, "read") else None
    if not isinstance(content, bytes):
        raise UnreadableError(
            "a picture comes from a path, bytes or a file object opened with 'rb'."
        )
    return io.BytesIO(content)


def name_of(source: object) -> str:
    """What to call a source in a message.

    Example:
        >>> name_of("猫.jpg"), name_of(b"..")
        ('猫.jpg', 'the given bytes')
    """
    if isinstance(source, (str, os.PathLike)):
        return os.fspath(source)
    if isinstance(source, (bytes, bytearray, memoryview)):
        return "the given bytes"
    name = getattr(source, "name", None)
    return name if isinstance(name, str) else f"the given {type(source).__name__}"
