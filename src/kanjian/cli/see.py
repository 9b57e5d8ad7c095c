"""`see`: the commands that look inside a network."""

import typer

from kanjian.cli.lazy import Entry, lazy_group

_WHOLE, _PICTURE, _MANY = "The network itself", "With a picture", "With many pictures"
COMMANDS = {
    "layers": Entry(
        "kanjian.cli.see_layers:layers", "Show the network as a table and as a drawing.", _WHOLE
    ),
    "maps": Entry(
        "kanjian.cli.see_maps:maps", "Show what every layer makes of a picture.", _PICTURE
    ),
    "why": Entry(
        "kanjian.cli.see_why:why", "Show which parts of a picture speak for the answer.", _PICTURE
    ),
    "space": Entry(
        "kanjian.cli.see_space:space", "Show which pictures lie close for the network.", _MANY
    ),
}
_HELP = """
See inside a network: layers, filters, maps, reasons.

NETWORK is a run folder, a Keras file, or the name of a network of 'kanjian models'. Every
command writes a picture (OUT.png) and a page to open in a browser (OUT.html).
"""


def _group(context: typer.Context) -> None:
    if context.invoked_subcommand is None:
        typer.echo(context.get_help())


app = lazy_group(COMMANDS, help=_HELP, callback=_group, completion=False)
