"""Where errors meet the user: one line and an exit status each.

0 done, 1 a bug of ours, 2 the user's input, 130 interrupted, 141 the reader of our output left.
"""

import os
import sys
import tempfile
import time
import traceback
from collections.abc import Callable
from pathlib import Path

import typer

from kanjian.checks import nearest, quoted
from kanjian.cli.program import typed
from kanjian.errors import KanjianError
from kanjian.files import home_folder

DONE, BUG, MISTAKE, INTERRUPTED, READER_LEFT = 0, 1, 2, 130, 141
DEBUG = "KANJIAN_DEBUG"


def complain(sentence: str) -> None:
    r"""Say one line on stderr.

    Example:
        >>> import contextlib, io
        >>> with contextlib.redirect_stderr(io.StringIO()) as heard:
        ...     complain("no run in a.\nName one.")
        >>> heard.getvalue()
        'kanjian: no run in a. Name one.\n'
    """
    print(f"kanjian: {typed(' '.join(sentence.split()))}", file=sys.stderr)  # noqa: T201


def status_of(work: Callable[[], object], *, debug: bool = False) -> int:
    """Do the work and give the exit status; an error is told to the user on the way.

    Args:
        work: What the command does.
        debug: Whether to show the traceback too; `$KANJIAN_DEBUG` asks for the same.

    Example:
        >>> status_of(lambda: None)
        0
    """
    try:
        work()
        sys.stdout.flush()  # a reader that left is noticed here, not after we are gone
    except typer.Exit as leaving:
        return leaving.exit_code
    except BrokenPipeError:
        # Python flushes stdout once more as it ends; let that go nowhere
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return READER_LEFT
    except (Exception, KeyboardInterrupt) as error:  # noqa: BLE001 - the one place where a bug of ours may end
        return _tell(error, debug=debug or os.environ.get(DEBUG, "0") not in {"", "0"})
    return DONE


def _tell(error: BaseException, *, debug: bool) -> int:
    if debug:
        traceback.print_exception(error)
    match error:
        case KanjianError():
            sentence, status = str(error), MISTAKE
        case typer.TyperException():
            sentence, status = usage_sentence(error), MISTAKE
        case KeyboardInterrupt() | typer.Abort():
            sentence, status = interrupted_sentence(error), INTERRUPTED
        case _:
            sentence, status = bug_sentence(error), BUG
    complain(sentence)
    return status


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
    told = getattr(cause, "errors", None)
    if param is None or told is None:
        return None
    first = told()[0]
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


def bug_sentence(error: BaseException) -> str:
    """Own up to a bug and say where its traceback lies."""
    text = "".join(traceback.format_exception(error))
    name = time.strftime("kanjian-bug-%Y%m%d-%H%M%S.txt")
    for folder in (home_folder() / "bugs", Path(tempfile.gettempdir())):
        try:
            folder.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(f"{sys.argv}\n{text}", encoding="utf-8")
        except OSError:
            continue
        where = f"The details are in {quoted(folder / name)}; please report it with that file."
        break
    else:
        where = f"Run it again with {DEBUG}=1 to see the details, and please report them."
    return f"this is a bug in kanjian ({type(error).__name__}: {error}). {where}"
