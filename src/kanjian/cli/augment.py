"""`datasets preview` and `datasets augment`: augmentation to look at, and to take away."""

from pathlib import Path
from typing import Annotated

import typer

from kanjian.checks import plural
from kanjian.cli import options
from kanjian.cli.output import say
from kanjian.cli.training_options import changes


def preview(
    what: options.What,
    out: Annotated[
        Path, typer.Option("--out", "-o", help="The sheet to write.", metavar="PICTURE")
    ] = Path("preview.png"),
    augment: options.Augment = None,
    picture: Annotated[int, typer.Option("--picture", help="Which picture to vary.")] = 0,
    on: options.On = None,
    data: options.DataFolder = None,
    seed: options.Seed = None,
    settings: options.Settings = None,
) -> None:
    """See pictures as the network will see them.

    One sheet: a training picture as it is and as it comes in 23 epochs, then pictures of the
    first batch with what is asked for them. WHAT is what you would train.
    """
    from kanjian.experiments.preview import preview as make_preview
    from kanjian.images.write import write_image
    from kanjian.training.resolve_recipe import recipe_for

    recipe = recipe_for(
        what,
        overrides=changes(settings, seed=seed),
        on=on,
        augment=augment,
        data_folder=data,
    )
    write_image(out, make_preview(recipe, picture=picture, data_folder=data).sheet())
    say(f"{out}: one picture in 23 epochs, and a batch")


def augment(
    what: options.What,
    out: Annotated[
        Path,
        typer.Option("--out", "-o", help="A new folder.", metavar="FOLDER", show_default=False),
    ],
    strength: options.Augment = "standard",
    variants: Annotated[int, typer.Option("--variants", help="Of each picture.", min=1)] = 4,
    data: options.DataFolder = None,
    seed: options.Seed = None,
    settings: options.Settings = None,
) -> None:
    """Write varied pictures to a folder.

    Each training picture several times, at the size the network would see, in a folder per
    class. Not needed for training with kanjian, which varies pictures as it goes.
    """
    from kanjian.experiments.preview import write_variants
    from kanjian.training.resolve_recipe import recipe_for

    recipe = recipe_for(
        what,
        overrides=changes(settings, seed=seed),
        augment=strength,
        data_folder=data,
    )
    written = write_variants(recipe, out, variants=variants, data_folder=data)
    say(f"{out}: {plural(written, 'picture')}")
