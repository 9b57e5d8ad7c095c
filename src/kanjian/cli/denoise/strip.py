"""`denoise strip`: pictures cleaned by each epoch, on one sheet."""

from pathlib import Path
from typing import Annotated

import typer

from kanjian.cli import options
from kanjian.cli.output import say, say_json

STRIP = "strip.png"
Strip = Annotated[
    bool,
    typer.Option("--strip", help=f"Draw {STRIP}: pictures cleaned by epoch 1, 2, 3 …"),
]


def strip(
    run: options.RunFolder,
    picture: Annotated[
        Path | None,
        typer.Argument(help="A clean picture to show; those held out from training by default.",
                       show_default=False, metavar="PICTURE"),
    ] = None,
    rows: Annotated[int, typer.Option("--rows", help="Pictures of those held out.", min=1)] = 3,
    most: Annotated[int, typer.Option("--most", help="Epochs at most.", min=2)] = 10,
    out: Annotated[
        Path | None,
        typer.Option("--out", "-o", help=f"Where to write; {STRIP} in the run folder by default.",
                     metavar="FILE"),
    ] = None,
    data: options.DataFolder = None,
    json: options.Json = False,
) -> None:  # fmt: skip
    """Show pictures cleaned by epoch 1, 2, 3 and so on.

    Works while the run is still going.
    """
    from kanjian.denoise.strip import epoch_strip
    from kanjian.images import write_image

    sheet = epoch_strip(run, picture=picture, rows=rows, most=most, data_folder=data)
    place = out or run / STRIP
    write_image(place, sheet)
    if json:
        say_json({"strip": place})
    else:
        say(str(place))
