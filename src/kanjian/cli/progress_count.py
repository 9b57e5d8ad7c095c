"""A bar for work whose steps can be counted."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from kanjian.names import printable


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
        bar = bars.add_task(plain_task(task), total=None)
        yield lambda done, total: bars.update(bar, completed=done, total=total)


def plain_task(name: str) -> str:
    r"""A name as a bar shows it: rich would take `[red]` in it for an order.

    Example:
        >>> plain_task("[red]cat")
        '\\[red]cat'
    """
    from rich.markup import escape

    return escape(printable(name))
