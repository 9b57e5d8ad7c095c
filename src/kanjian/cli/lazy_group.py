"""Groups of commands that import a command only when it is called or its help is asked for.

`kanjian --help` must not wait for NumPy; so the one-line helps stand in a table, and a test
says that each agrees with the first line of the command's docstring.
"""

import importlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

import typer
from typer.core import TyperCommand, TyperGroup

from kanjian.checks import unknown_name
from kanjian.cli.spoken_help import SpokenHelp


@dataclass(frozen=True)
class Entry:
    """One command of the table.

    Args:
        home: "module:attribute"; a function, or a `typer.Typer` for a group of commands.
        help: First line of its docstring.
        section: Under which heading it is listed.
        takes_any_option: Whether options it does not have reach it among its arguments, as
            those of an operation that it is told by name.
    """

    home: str
    help: str
    section: str = "Commands"
    takes_any_option: bool = False


def load(entry: Entry) -> Any:
    """Import what an entry names.

    Example:
        >>> load(Entry("kanjian.checks:nearest", "")).__name__
        'nearest'
    """
    module, _, attribute = entry.home.partition(":")
    return getattr(importlib.import_module(module), attribute)


@cache
def command_of(name: str, entry: Entry) -> Any:
    """The command an entry names, ready to be called."""
    found = load(entry)
    if not isinstance(found, typer.Typer):
        app = typer.Typer(add_completion=False, rich_markup_mode=None)
        settings = {"ignore_unknown_options": entry.takes_any_option}
        app.command(name, cls=Command, context_settings=settings)(found)
        found = app
    command = typer.main.get_command(found)
    command.name = name
    return command


class _Context(typer.Context):
    """Helps in the language of the reader."""

    formatter_class = SpokenHelp


class Command(TyperCommand):
    """A command whose help is in the language of the reader."""

    context_class = _Context


class LazyGroup(TyperGroup):
    """A group whose commands stand in `table`."""

    context_class = _Context
    table: dict[str, Entry]

    def list_commands(self, ctx: typer.Context) -> list[str]:  # type: ignore[override] # noqa: ARG002
        """Names in the order of the table."""
        return list(self.table)

    def get_command(self, ctx: typer.Context, cmd_name: str) -> Any:  # type: ignore[override] # noqa: ARG002
        """Import the command of this name, or give None."""
        entry = self.table.get(cmd_name)
        return None if entry is None else command_of(cmd_name, entry)

    def resolve_command(self, ctx: typer.Context, args: list[str]) -> Any:  # type: ignore[override]
        """Find the command; an unknown one is refused with the nearest there is."""
        name = args[0]
        if name not in self.table and not name.startswith("-") and not ctx.resilient_parsing:
            ctx.fail(unknown_name("command", name, self.table))
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: typer.Context, formatter: Any) -> None:  # type: ignore[override] # noqa: ARG002
        """Write the table into the help, section by section."""
        width = max(len(name) for name in self.table)
        for section in dict.fromkeys(entry.section for entry in self.table.values()):
            rows = [
                (name.ljust(width), entry.help)
                for name, entry in self.table.items()
                if entry.section == section
            ]
            with formatter.section(section):
                formatter.write_dl(rows)

    def shell_complete(self, ctx: typer.Context, incomplete: str) -> Any:  # type: ignore[override]
        """Offer commands as Typer does, through stand-ins, so that Tab imports none of them."""
        names = [TyperCommand(name, help=entry.help) for name, entry in self.table.items()]
        stand_in = TyperGroup(name=self.name, commands=names, params=self.params)
        context = typer.Context(stand_in, parent=ctx.parent, info_name=ctx.info_name)
        return stand_in.shell_complete(context, incomplete)


def lazy_group(
    table: dict[str, Entry],
    *,
    help: str,  # noqa: A002
    callback: Callable[..., None],
    epilog: str = "",
    completion: bool = True,
) -> typer.Typer:
    """A Typer app over a table of commands.

    Args:
        table: The commands.
        help: Says what they are about.
        callback: Runs first, and alone when no command is named.
        epilog: Ends the help.
        completion: Whether it offers to install completion; the outermost one does.
    """
    group = type("Group", (LazyGroup,), {"table": table})
    app = typer.Typer(
        cls=group,
        help=help,
        epilog=epilog,
        invoke_without_command=True,
        add_completion=completion,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    app.callback()(callback)
    return app
