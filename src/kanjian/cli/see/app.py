"""`see`: the commands that look inside a network."""

import typer

from kanjian.cli.lazy_group import Entry, lazy_group
from kanjian.cli.output import say

_WHOLE, _PICTURE, _MANY = "The network itself", "With a picture", "With many pictures"
COMMANDS = {
    "layers": Entry(
        "kanjian.cli.see.layers:layers", "Show the network as a table and as a drawing.", _WHOLE
    ),
    "filters": Entry(
        "kanjian.cli.see.filters:filters", "Show what most excites each filter of a layer.", _WHOLE
    ),
    "class": Entry(
        "kanjian.cli.see.class_images:class_",
        "Show a picture made to be taken for a class.",
        _WHOLE,
    ),
    "maps": Entry(
        "kanjian.cli.see.maps:maps", "Show what every layer makes of a picture.", _PICTURE
    ),
    "why": Entry(
        "kanjian.cli.see.why:why",
        "Show which parts of a picture speak for the prediction.",
        _PICTURE,
    ),
    "fool": Entry(
        "kanjian.cli.see.fool:fool",
        "Make an adversarial example: a small change turns the prediction.",
        _PICTURE,
    ),
    "dream": Entry(
        "kanjian.cli.see.dream:dream", "Let the network dream into a picture.", _PICTURE
    ),
    "space": Entry(
        "kanjian.cli.see.space:space", "Show which pictures lie close for the network.", _MANY
    ),
}
_HELP = """
See inside a network: layers, filters, maps, reasons.

NETWORK is a run folder, a Keras file, or the name of a network of 'kanjian models'. Every
command writes a picture (OUT.png) and a page to open in a browser (OUT.html).
"""


def _group(context: typer.Context) -> None:
    """See inside a network: layers, filters, maps, reasons."""
    if context.invoked_subcommand is None:
        say(context.get_help())


app = lazy_group(COMMANDS, help=_HELP, callback=_group, completion=False)
