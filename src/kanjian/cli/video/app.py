"""`video`: the commands around videos."""

import typer

from kanjian.cli.lazy_group import Entry, lazy_group
from kanjian.cli.output import say

_LOOK, _MAKE = "Take apart and name", "Make videos"
COMMANDS = {
    "frames": Entry(
        "kanjian.cli.video.frames:frames", "Write frames of a video as pictures.", _LOOK
    ),
    "tag": Entry("kanjian.cli.video.tag:tag", "Say what clips are about, and when.", _LOOK),
    "label": Entry(
        "kanjian.cli.video.label:label", "Write what a network sees into a copy.", _MAKE
    ),
    "highlights": Entry(
        "kanjian.cli.video.highlights:highlights", "Cut the scenes of one person together.", _MAKE
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
