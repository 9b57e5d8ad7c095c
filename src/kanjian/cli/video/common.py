"""What the commands around videos share."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from kanjian.cli import options
from kanjian.cli.progress_count import counting

From = Annotated[
    str | None, typer.Option("--from", help="Begin here: 75, 1:15 or 0:01:15.5.", metavar="TIME")
]
To = Annotated[str | None, typer.Option("--to", help="End before this.", metavar="TIME")]
Force = Annotated[bool, typer.Option("--force", help="Replace files that are there.")]
Model = Annotated[
    Path,
    typer.Option("--model", help="A run, by its folder or its name, or the recognizer folder in "
                 "it.", metavar="RUN", show_default=False, parser=options.run_folder),
]  # fmt: skip


@contextmanager
def timing(task: str, *, quiet: bool) -> Iterator[Callable[[float, float], None] | None]:
    """A bar over the seconds of a video."""
    with counting(task, quiet=quiet) as progress:
        if progress is None:
            yield None
            return
        yield lambda done, total: progress(round(done), max(round(total), round(done), 1))


def seconds_or_none(text: str | None) -> float | None:
    """A time that may be left out."""
    from kanjian.video.times import seconds_of

    return None if text is None else seconds_of(text)
