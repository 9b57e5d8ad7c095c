"""`denoise`: the commands around networks that clean pictures."""

import typer

from kanjian.cli.lazy_group import Entry, lazy_group
from kanjian.cli.output import say

_LEARN, _USE = "Train", "Clean and evaluate"
COMMANDS = {
    "train": Entry(
        "kanjian.cli.denoise.train:train", "Train a network that cleans pictures.", _LEARN
    ),
    "resume": Entry("kanjian.cli.denoise.train:resume", "Go on with an interrupted run.", _LEARN),
    "strip": Entry(
        "kanjian.cli.denoise.strip:strip",
        "Show pictures cleaned by epoch 1, 2, 3 and so on.",
        _LEARN,
    ),
    "apply": Entry(
        "kanjian.cli.denoise.apply:apply",
        "Clean pictures and videos with a trained network.",
        _USE,
    ),
    "compare": Entry(
        "kanjian.cli.denoise.compare:compare",
        "Compare a network with the filters it replaces.",
        _USE,
    ),
}
_HELP = """
Clean noisy pictures with a network of your own.

Start with 'kanjian denoise train FOLDER --sigma 25' on a folder of clean pictures.
"""


def _group(context: typer.Context) -> None:
    """Clean noisy pictures with a network of your own."""
    if context.invoked_subcommand is None:
        say(context.get_help())


app = lazy_group(COMMANDS, help=_HELP, callback=_group, completion=False)
