"""Stdout and stderr as a process may find them: of another code, full, closed.

`prepare` makes both safe to write to. What is lost of progress on stderr is nobody's error; what
is lost of a result on stdout ends the command, see `kanjian.cli.output`.
"""

import contextlib
import io
import logging
import os
import sys
from collections.abc import Iterator
from typing import Any

from kanjian.errors import OutputError
from kanjian.names import printable


def prepare() -> None:
    """Make the three streams of this process safe; called once, before anything is written."""
    _fill_closed()
    if sys.stdin is None:
        sys.stdin = io.TextIOWrapper(io.BytesIO())
    if sys.stdout is None:
        sys.stdout = ClosedOutput()
    else:
        sys.stdout = _made_safe(sys.stdout, _Output)
    if sys.stderr is None:
        sys.stderr = _Tolerant(io.BufferedWriter(io.FileIO(os.devnull, "wb")), encoding="utf-8")
    else:
        sys.stderr = _made_safe(sys.stderr, _Tolerant)
    if logging.lastResort is not None:  # what a library says where nobody configured logging
        logging.lastResort.setFormatter(OneLine("kanjian: %(message)s"))


def _fill_closed() -> None:
    """Put the null device where a stream is closed.

    Else the next file that is opened takes its number, and what C++ says on "stderr" goes into
    the middle of a model.
    """
    for number in (0, 1, 2):
        try:
            os.fstat(number)
        except OSError:
            opened = os.open(os.devnull, os.O_RDWR)
            if opened != number:
                os.dup2(opened, number)
                os.close(opened)


def _made_safe(stream: Any, kind: type[io.TextIOWrapper]) -> Any:
    if not hasattr(stream, "buffer"):  # not the process's own
        return stream
    return kind(
        stream.buffer,
        encoding=stream.encoding,
        errors="backslashreplace",  # what its code has no letter for is spelled out
        line_buffering=stream.line_buffering,
        write_through=stream.write_through,
    )


@contextlib.contextmanager
def output_errors() -> Iterator[None]:
    """Tell a failure of stdout from all others; that its reader left stays what it is.

    Raises:
        OutputError: If stdout is closed or full.
    """
    if sys.stdout is None or isinstance(sys.stdout, ClosedOutput):
        raise OutputError("cannot write the output: stdout is closed.")
    try:
        yield
    except BrokenPipeError:
        raise
    except (OSError, ValueError) as error:  # ValueError: it was closed in this process
        reason = getattr(error, "strerror", None) or error
        raise OutputError(f"cannot write the output: {reason}.") from error


class _Output(io.TextIOWrapper):
    """A stdout whose failures are its own, whoever of us or of a library writes to it."""

    def write(self, text: str, /) -> int:
        with output_errors():
            return super().write(text)

    def flush(self) -> None:
        with output_errors():
            super().flush()


class ClosedOutput(io.TextIOBase):
    """Stands for a stdout that was closed; remembers whether anything was lost in it."""

    encoding = "utf-8"
    lost = False

    def write(self, text: str, /) -> int:
        """Lose it."""
        self.lost = self.lost or bool(text)
        return len(text)


class _Tolerant(io.TextIOWrapper):
    """A stderr that never fails: a night of training does not end because nobody can hear of it."""

    def write(self, text: str, /) -> int:
        with contextlib.suppress(OSError, ValueError):
            return super().write(text)
        return len(text)

    def flush(self) -> None:
        with contextlib.suppress(OSError, ValueError):
            super().flush()


class OneLine(logging.Formatter):
    r"""A log line that stays one line and that a terminal does not obey.

    Example:
        >>> record = logging.makeLogRecord({"msg": "class \x1b[2Jcat"})
        >>> print(OneLine("kanjian: %(message)s").format(record))
        kanjian: class \x1b[2Jcat
    """

    def format(self, record: logging.LogRecord) -> str:
        """The record as one line; a traceback is said in its last line."""
        error = record.exc_info[1] if record.exc_info else None
        plain = logging.makeLogRecord({**record.__dict__, "exc_info": None, "exc_text": None})
        line = super().format(plain)
        return printable(line if error is None else f"{line} ({type(error).__name__}: {error})")
