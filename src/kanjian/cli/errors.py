"""Where errors meet the user: one line and an exit status each.

0 done, 1 a bug of ours, 2 the user's input, 130 interrupted, 141 the reader of our output left.
"""

import contextlib
import os
import sys
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import typer

from kanjian.checks import nearest, quoted
from kanjian.cli.bug_report import bug_sentence, traceback_of
from kanjian.cli.other_words import said_here
from kanjian.cli.program import typed
from kanjian.cli.streams import ClosedOutput, output_errors
from kanjian.errors import KanjianError, OutputError
from kanjian.i18n import gettext_noop
from kanjian.names import printable
from kanjian.recipes.former_keys import FormerKey
from kanjian.spoken import spoken
from kanjian.storage.failures import failure_of_place

DONE, BUG, MISTAKE, INTERRUPTED, READER_LEFT = 0, 1, 2, 130, 141
DEBUG = "KANJIAN_DEBUG"


def complain(sentence: str) -> None:
    r"""Say one line on stderr; where nobody can hear it, it is not said.

    Example:
        >>> import contextlib, io
        >>> with contextlib.redirect_stderr(io.StringIO()) as heard:
        ...     complain("no run in a\x1b[2J.\nName one.")
        >>> heard.getvalue()
        'kanjian: no run in a\\x1b[2J. Name one.\n'
    """
    tell(f"kanjian: {typed(spoken(' '.join(sentence.split())))}")


@contextlib.contextmanager
def former_keys_told() -> Iterator[None]:
    """Say it in a line where a recipe has a key by its former name; Python would pass over it."""
    before = warnings.showwarning

    def show(message: Warning | str, category: type[Warning], *where: Any, **more: Any) -> None:
        if issubclass(category, FormerKey):
            complain(str(message))
        else:
            before(message, category, *where, **more)

    warnings.filterwarnings("default", category=FormerKey)
    warnings.showwarning = show
    try:
        yield
    finally:
        warnings.showwarning = before


def tell(line: str) -> None:
    r"""Write one line to stderr, as it is but for what a terminal would obey."""
    # `prepare` made the stream of the process safe; this one may be of whoever calls us
    with contextlib.suppress(OSError, ValueError, AttributeError):
        encoding = getattr(sys.stderr, "encoding", None) or "utf-8"
        plain = printable(line).encode(encoding, "backslashreplace").decode(encoding)
        sys.stderr.write(f"{plain}\n")
        sys.stderr.flush()


def status_of(work: Callable[[], object], *, debug: bool = False) -> int:
    """Do the work and give the exit status; an error is told to the user on the way.

    Args:
        work: What the command does.
        debug: Whether to show the traceback too; `$KANJIAN_DEBUG` asks for the same.

    Example:
        >>> status_of(lambda: None)
        0
    """
    status = _status_of(work, debug=debug or os.environ.get(DEBUG, "0") not in {"", "0"})
    if status == DONE and isinstance(sys.stdout, ClosedOutput) and sys.stdout.lost:
        complain("cannot write the output: stdout is closed.")
        return MISTAKE
    return status


def _status_of(work: Callable[[], object], *, debug: bool) -> int:
    left = DONE
    try:
        try:
            work()
        except typer.Exit as leaving:
            left = leaving.exit_code
        _flush()  # a reader that left, or a full disk, is noticed here and not after we are gone
    except BrokenPipeError:
        _drop_output()
        return READER_LEFT
    except (Exception, KeyboardInterrupt) as error:  # noqa: BLE001 - the one place where a bug of ours may end
        return _told(error, debug=debug)
    return left


def _flush() -> None:
    if not isinstance(sys.stdout, ClosedOutput):
        with output_errors():
            sys.stdout.flush()


def _drop_output() -> None:
    """Python flushes stdout once more as it ends; let that go nowhere."""
    with contextlib.suppress(OSError, ValueError, AttributeError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _told(error: BaseException, *, debug: bool) -> int:
    if debug:
        for line in traceback_of(error).splitlines():
            tell(line)
    match error:
        case OutputError():
            _drop_output()
            sentence, status = str(error), MISTAKE
        case KanjianError():
            sentence, status = str(error), MISTAKE
        case typer.TyperException():
            sentence, status = usage_sentence(error), MISTAKE
        case KeyboardInterrupt() | typer.Abort():
            sentence, status = interrupted_sentence(error), INTERRUPTED
        case MemoryError():
            sentence, status = _NO_MEMORY, MISTAKE
        case OSError() if failure := failure_of_place(error, Path(error.filename or ".")):
            sentence, status = str(failure), MISTAKE
        case _:
            sentence, status = bug_sentence(error), BUG
    complain(sentence)
    return status


# What Typer and pydantic say of a command line
_TYPER = (
    gettext_noop("missing option '{option}'"),
    gettext_noop("missing argument '{argument}'"),
    gettext_noop("missing option '{option}'. Choose from: {choices}"),
    gettext_noop("missing argument '{argument}'. Choose from: {choices}"),
    gettext_noop("{option}: {value} is not one of {choices}"),
    gettext_noop("{option}: {value} is not in the range {range}"),
    gettext_noop("option '{option}' requires an argument"),
    gettext_noop("got unexpected extra argument(s) ({arguments})"),
    gettext_noop("See '{path} --help'."),
    gettext_noop("a valid integer"),
    gettext_noop("a valid number"),
)
_NO_MEMORY = (
    "not enough memory. Close other programs, or take fewer pictures at once (--batch-size) or "
    "smaller ones."
)


def usage_sentence(error: typer.TyperException) -> str:
    """What was wrong with the command line, with the nearest option there is.

    Example:
        >>> usage_sentence(typer.BadParameter("'x' is no number", param_hint="--epochs"))
        "--epochs: 'x' is no number. See 'kanjian --help'."
    """
    context = getattr(error, "ctx", None)
    path = context.command_path if context else "kanjian"
    option = getattr(error, "option_name", None)
    hint = getattr(error, "param_hint", None)
    if option and hasattr(error, "possibilities"):
        known = [name for param in context.command.params for name in param.opts] if context else []
        if here := said_here(option, known):
            return f"unknown option '{option}'. {here}"
        close = nearest(option, known)
        sentence = f"unknown option '{option}'." + (f" Did you mean '{close}'?" if close else "")
        return sentence if close else f"{sentence} See '{path} --help'."
    message = _wrong_value(error) or (
        f"{hint}: {error.message}" if isinstance(hint, str) else error.format_message()
    )
    message = message[:1].lower() + message[1:]
    if message.endswith("?"):
        return message
    return f"{message.rstrip('.')}. See '{path} --help'."


def _wrong_value(error: typer.TyperException) -> str | None:
    """Name, expectation and value, where the value has the wrong type; Typer leaves it out."""
    cause, param = error.__cause__, getattr(error, "param", None)
    errors_of = getattr(cause, "errors", None)
    if param is None or errors_of is None:
        return None
    first = errors_of()[0]
    name = param.opts[0] if param.param_type_name == "option" else param.display_name_raw
    if first["type"] == "value_error":
        return f"{name}: {first['ctx']['error']}"
    wanted = first["msg"].removeprefix("Input should be ").partition(", unable to")[0]
    return f"{name} must be {wanted}, got {first['input']!r}"


def interrupted_sentence(error: BaseException) -> str:
    """What is left of an interrupted command, and how to go on.

    Example:
        >>> interrupted_sentence(KeyboardInterrupt())
        'interrupted.'
    """
    folder = getattr(error, "folder", None)
    if folder is None:
        return "interrupted."
    return f"interrupted; state saved, go on with: kanjian resume {quoted(folder)}"
