"""`video`: the commands around videos, and what they share."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from kanjian.cli import options
from kanjian.cli.lazy_group import Entry, lazy_group
from kanjian.cli.output import say
from kanjian.cli.progress import counting

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

_LOOK, _MAKE = "Take apart and name", "Make videos"
COMMANDS = {
    "frames": Entry(
        "kanjian.cli.video.frames:frames", "Write frames of a video as pictures.", _LOOK
    ),
    "scenes": Entry("kanjian.cli.video.scenes:scenes", "List the scenes of a video.", _LOOK),
    "tag": Entry(
        "kanjian.cli.video.tag:tag", "Say what clips are about, who is on screen, and when.", _LOOK
    ),
    "label": Entry(
        "kanjian.cli.video.label:label", "Write what a network sees into a copy.", _MAKE
    ),
    "highlights": Entry(
        "kanjian.cli.video.highlights:highlights", "Cut the scenes of some people together.", _MAKE
    ),
    "cut": Entry("kanjian.cli.video.cut:cut", "Make a video from a list of cuts.", _MAKE),
}
_HELP = """
Take videos apart, label them, join cuts.

Start with 'kanjian video frames CLIP --every 1s' or 'kanjian video tag CLIP --model RUN'.
"""


def _group(context: typer.Context) -> None:
    """Take videos apart, label them, join cuts."""
    if context.invoked_subcommand is None:
        say(context.get_help())


app = lazy_group(COMMANDS, help=_HELP, callback=_group, completion=False)


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
