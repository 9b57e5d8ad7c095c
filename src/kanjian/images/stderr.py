"""Catch what a C library writes on stderr past Python."""

import contextlib
import os
import re
import sys
import tempfile
import threading
from collections.abc import Iterator

_LOCK = threading.Lock()
# "ZIPDecode: Decoding error at scanline 3, invalid distance code." and its like: the name
# has two capitals, and is no exception of a thread that dies meanwhile
_LIBTIFF = re.compile(
    rb"^(?!\w*(?:Error|Warning|Exception|Interrupt)\b)"
    rb"(?:tempfile\.tif|_?tiff\w*|_?(?=\w*[a-z])[A-Z]\w*[A-Z]\w*)(?: [^:\n]*)?: .*\n?",
    re.MULTILINE,
)


@contextlib.contextmanager
def libtiff_messages() -> Iterator[list[str]]:
    r"""What libtiff complains about inside the block, filled in when the block ends.

    libtiff tells some damage in no other way than on stderr: its fax decoder goes on and
    gives a wrong picture. Its error handler cannot be reached through Pillow, so the
    process's stderr is set aside for these milliseconds, one block at a time; lines of
    other threads that are not libtiff's are passed on when it ends.

    Example:
        >>> import os
        >>> with libtiff_messages() as messages:
        ...     _ = os.write(2, b"ZIPDecode: Decoding error at scanline 0.\n")
        >>> messages
        ['ZIPDecode: Decoding error at scanline 0.']
    """
    messages: list[str] = []
    with _LOCK, tempfile.TemporaryFile() as caught:
        if sys.stderr is not None:
            sys.stderr.flush()
        try:
            real = os.dup(2)
        except OSError:  # a process without stderr has nothing to keep clean
            yield messages
            return
        os.dup2(caught.fileno(), 2)
        try:
            yield messages
        finally:
            os.dup2(real, 2)
            caught.seek(0)
            said = caught.read()
            others = _LIBTIFF.sub(b"", said)
            if others:
                os.write(real, others)
            os.close(real)
            messages += [m.decode("ascii", "replace").strip() for m in _LIBTIFF.findall(said)]
