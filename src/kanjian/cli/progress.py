"""What is seen of work whose steps can be counted, and of downloads; on stderr."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from kanjian.cli.errors import tell
from kanjian.names import printable
from kanjian.spoken import heading, spoken

if TYPE_CHECKING:
    from kanjian.storage.download import Progress


@contextmanager
def counting(task: str, *, quiet: bool = False) -> Iterator[Callable[[int, int], None] | None]:
    """A bar on a terminal, nothing elsewhere; gives what to call with (done, total).

    Example:
        >>> with counting("features", quiet=True) as progress:
        ...     print(progress)
        None
    """
    if quiet or not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as bars:
        bar = bars.add_task(plain_task(heading(task)), total=None)
        yield lambda done, total: bars.update(bar, completed=done, total=total)


def plain_task(name: str) -> str:
    r"""A name as a bar shows it: rich would take `[red]` in it for an order.

    Example:
        >>> plain_task("[red]cat")
        '\\[red]cat'
    """
    from rich.markup import escape

    return escape(printable(name))


@contextmanager
def download_progress(*, quiet: bool) -> Iterator["Progress | None"]:
    """A bar for each file on a terminal, one line for each elsewhere."""
    if quiet:
        yield None
        return
    if not sys.stderr.isatty():
        yield _lines()
        return
    from rich.console import Console
    from rich.progress import Progress as Bars
    from rich.progress import TaskID

    with Bars(console=Console(stderr=True), transient=True) as bars:
        tasks: dict[str, TaskID] = {}

        def heard(name: str, done: int, total: int) -> None:
            if name not in tasks:
                tasks[name] = bars.add_task(plain_task(name), total=total)
            bars.update(tasks[name], completed=done)

        yield heard


def _lines() -> "Progress":
    begun: set[str] = set()

    def heard(name: str, done: int, total: int) -> None:  # noqa: ARG001
        if name not in begun:
            begun.add(name)
            tell(spoken(f"fetching {name}, {total / 1e6:.1f} MB"))

    return heard
