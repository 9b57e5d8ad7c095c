"""What commands that pass pictures through a frozen network have in common."""

import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from kanjian.errors import KanjianError

if TYPE_CHECKING:
    from kanjian.features.one_pass import Progress


def size_hw_of(size: str | None) -> tuple[int, int] | None:
    """Height and width as `--size` says them.

    Raises:
        KanjianError: If it says none.

    Example:
        >>> size_hw_of("160x224"), size_hw_of("224"), size_hw_of(None)
        ((160, 224), (224, 224), None)
    """
    if size is None:
        return None
    found = re.fullmatch(r"(\d+)(?:[x×](\d+))?", size)
    if not found or "0" in found.groups():
        raise KanjianError(f"--size must be like 224 or 160x224, got {size!r}.")
    return int(found[1]), int(found[2] or found[1])


@contextmanager
def feature_progress(*, quiet: bool) -> Iterator["Progress | None"]:
    """A bar on a terminal, nothing elsewhere."""
    if quiet or not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import Progress as Bars

    with Bars(console=Console(stderr=True), transient=True) as bars:
        task = bars.add_task("features", total=None)
        yield lambda done, total: bars.update(task, completed=done, total=total)
