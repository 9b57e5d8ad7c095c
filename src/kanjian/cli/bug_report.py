"""The file that a bug of ours leaves behind: it tells no secrets, and writing it never fails."""

import os
import re
import sys
import tempfile
import time
import traceback
from collections.abc import Iterable, Iterator
from pathlib import Path

from kanjian.names import printable_lines
from kanjian.storage.files import home_folder

MASK = "***"
_WORDS = (
    r"(?:[a-z0-9]+[_-])*(?:token|password|passwd|passphrase|secret|credentials?|api[_-]?key|auth)"
)
_OPTION = re.compile(rf"--?{_WORDS}", re.IGNORECASE)
_VARIABLE = re.compile(rf"{_WORDS}(?:_\w*)?", re.IGNORECASE)
_ASSIGNED = re.compile(rf"({_WORDS}['\"]?\s*[=:]\s*['\"]?)([^\s'\",;&)}}\]]+)", re.IGNORECASE)
_FOLLOWING = re.compile(rf"(--?{_WORDS}['\"]?,?\s+['\"]?)([^\s'\"-][^\s'\"]*)", re.IGNORECASE)
_IN_ADDRESS = re.compile(r"(?<=://)[^/\s'\"@]*@")
_BEARER = re.compile(r"\b(bearer|basic)\s+[\w.~+/=-]{4,}", re.IGNORECASE)
_SHORTEST = 4  # a shorter value stands in many places where it is no secret


def masked(text: str, secrets: Iterable[str] = ()) -> str:
    """The text without what must not be sent to anyone.

    Args:
        text: A traceback, a command line.
        secrets: Values to mask wherever they stand.

    Example:
        >>> masked("rtsp://me:pw@door/1?token=abcd, password: 'x y'", ["door"])
        "rtsp://***@***/1?token=***, password: '*** y'"
    """
    for secret in sorted(set(secrets), key=len, reverse=True):
        text = text.replace(secret, MASK)
    text = _IN_ADDRESS.sub(f"{MASK}@", text)
    text = _FOLLOWING.sub(rf"\1{MASK}", _ASSIGNED.sub(rf"\1{MASK}", text))
    return _BEARER.sub(rf"\1 {MASK}", text)


def secrets_of(args: list[str], environment: dict[str, str]) -> list[str]:
    """The values of options and variables that are called token, password, secret and the like.

    Example:
        >>> secrets_of(["serve", "run", "--token", "abcdef"],
        ...            {"KANJIAN_TOKEN": "ghijkl", "GIT_AUTHOR": "someone"})
        ['abcdef', 'ghijkl']
    """
    return [value for value in _told(args, environment) if len(value) >= _SHORTEST]


def _told(args: list[str], environment: dict[str, str]) -> Iterator[str]:
    for word, following in zip(args, [*args[1:], ""], strict=True):
        option, equals, value = word.partition("=")
        if _OPTION.fullmatch(option):
            yield value if equals else following
    for name, value in environment.items():
        if _VARIABLE.fullmatch(name) and not value.isdecimal():
            yield value


def masked_args(args: list[str]) -> list[str]:
    """A command line without the values of its secret options, however short they are.

    Example:
        >>> masked_args(["serve", "--token=a", "--token", "b", "--epochs", "3"])
        ['serve', '--token=***', '--token', '***', '--epochs', '3']
    """
    masked_words, hide = [], False
    for word in args:
        option, equals, _ = word.partition("=")
        secret = bool(_OPTION.fullmatch(option))
        masked_words.append(MASK if hide else f"{option}={MASK}" if secret and equals else word)
        hide = secret and not equals
    return masked_words


def bug_sentence(error: BaseException) -> str:
    """Own up to a bug and say where its traceback lies."""
    # nothing below may hide the bug, whatever state the process is in
    try:
        secrets = secrets_of(sys.argv, dict(os.environ))
        what = f"{type(error).__name__}: {masked(_said(error), secrets)}"
        asked = masked(str(masked_args(sys.argv)), secrets)
        kept = _kept(f"{asked}\n{traceback_of(error)}")
    except Exception:  # noqa: BLE001 - a reporter that fails would be taken for the bug
        what, kept = type(error).__name__, None
    if kept is None:
        where = "Run it again with KANJIAN_DEBUG=1 to see the details, and please report them."
    else:
        from kanjian.checks import quoted

        where = f"The details are in {quoted(kept)}; please report it with that file."
    return f"this is a bug in kanjian ({what}). {where}"


def _said(error: BaseException) -> str:
    try:
        return str(error)
    except Exception:  # noqa: BLE001 - an error of others, which may be broken itself
        return "it says nothing"


def traceback_of(error: BaseException) -> str:
    """The traceback without secrets."""
    try:
        report = "".join(traceback.format_exception(error))
    except Exception as broken:  # noqa: BLE001 - as above
        report = f"{type(error).__name__}; its traceback cannot be shown: {type(broken).__name__}\n"
    return masked(report, secrets_of(sys.argv, dict(os.environ)))


def _kept(text: str) -> Path | None:
    """Write the report where only its owner can read it; None if nowhere can be written."""
    content = printable_lines(text).encode()
    name = time.strftime(f"kanjian-bug-%Y%m%d-%H%M%S-{os.getpid()}.txt")
    for place in (_bugs, tempfile.gettempdir):
        try:
            folder = Path(place())
            folder.mkdir(parents=True, exist_ok=True)
            # O_EXCL: in a folder of all users the name may be a link that someone laid there
            file = os.open(folder / name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(file, "wb") as stream:
                stream.write(content)
        except (OSError, RuntimeError, ValueError):  # RuntimeError: nobody knows our home
            continue
        return folder / name
    return None


def _bugs() -> str:
    return str(home_folder() / "bugs")
