"""docs/cli.md: every command with what `--help` says, found by walking the commands."""

import contextlib
import io
import os
from collections.abc import Iterator
from typing import Any

import typer

from kanjian.cli import app
from pages import page, table

ABOUT = (
    "Every command, and what `--help` says of it. Results go to stdout, progress and errors to "
    "stderr; with `--json` stdout is one JSON document. The exit status is 0 for done, 1 for a bug "
    "of kanjian, 2 for a mistake in the input and 130 for an interruption, after which "
    "`kanjian resume` goes on."
)


def made() -> str:
    """The page."""
    commands = list(walked(app.command([])))
    rows = [
        (f"[`{title(words)}`](#{'-'.join(['kanjian', *words])})", first_line(command))
        for words, command in commands
        if words
    ]
    parts = [f"## {title(words)}\n\n```text\n{help_of(words)}\n```" for words, _ in commands]
    return page("The command line", ABOUT, table(("command", "what it does"), rows), *parts)


def walked(command: Any, words: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    """A command and all below it, each with the words that call it."""
    yield words, command
    if not hasattr(command, "list_commands"):
        return
    with typer.Context(command) as context:
        for name in command.list_commands(context):
            inner = command.get_command(context, name)
            if not inner.hidden:
                yield from walked(inner, (*words, name))


def title(words: tuple[str, ...]) -> str:
    """The command as it is typed."""
    return " ".join(["kanjian", *words])


def first_line(command: Any) -> str:
    """What a command does, in one line."""
    return str(command.help).strip().splitlines()[0]


def help_of(words: tuple[str, ...]) -> str:
    """What a command prints when asked for help in a terminal of 80 columns."""
    with contextlib.redirect_stdout(io.StringIO()) as said, _columns(80):
        app.run([*words, "--help"])
    return "\n".join(line.rstrip() for line in said.getvalue().strip().splitlines())


@contextlib.contextmanager
def _columns(number: int) -> Iterator[None]:
    before = os.environ.get("COLUMNS")
    os.environ["COLUMNS"] = str(number)
    try:
        yield
    finally:
        if before is None:
            del os.environ["COLUMNS"]
        else:
            os.environ["COLUMNS"] = before
