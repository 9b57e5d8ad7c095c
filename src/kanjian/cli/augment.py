"""`datasets preview` and `datasets augment`: augmentation to look at, and to take away."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from kanjian.checks import plural
from kanjian.cli import options
from kanjian.cli.output import say
from kanjian.cli.training_options import changes

if TYPE_CHECKING:
    from kanjian.recipes.augmentation import Augmentation


def preview(
    what: options.What,
    out: Annotated[
        Path, typer.Option("--out", "-o", help="The sheet to write.", metavar="PICTURE")
    ] = Path("preview.png"),
    augment: options.Augment = None,
    picture: Annotated[int, typer.Option("--picture", help="Which picture to augment.")] = 0,
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
    if augment is not None and (gone := recipe.augmentation.lacks_of(augment)):
        say(f"Without {gone}: on a backbone a feature stands for one picture.")


def augment(
    what: Annotated[
        str,
        typer.Argument(
            help="One picture; or what you would train: a data set, or a folder, archive or CSV "
            "of labeled pictures, or a recipe.",
            show_default=False,
            metavar="WHAT",
        ),
    ],
    out: Annotated[
        Path | None,
        typer.Option("--out", "-o", help="A new folder; of one picture also a new picture file, "
                     "for a sheet. NAME-augmented by default.", metavar="FOLDER"),
    ] = None,
    strength: Annotated[
        Literal["none", "light", "standard", "strong"] | None,
        typer.Option("--augment", help="How strong the augmentation is: 'standard', but one "
                     "picture by default as the tutorials do it."),
    ] = None,
    variants: Annotated[
        int | None, typer.Option("--variants", help="Of each picture: 4; of one, 20.", min=1)
    ] = None,
    size: options.Size = None,
    format: Annotated[  # noqa: A002
        Literal["png", "jpg", "webp"], typer.Option("--format", help="Of the files in the folder.")
    ] = "png",
    data: options.DataFolder = None,
    seed: options.Seed = None,
    settings: options.Settings = None,
) -> None:  # fmt: skip
    """Write augmented pictures to a folder.

    Each training picture several times, at the size the network would see, in a folder per
    class. Not needed for training with kanjian, which augments pictures as it goes.

    One picture comes in 20 variants of its own size: turned by up to 40°, moved by a fifth,
    sheared, zoomed, mirrored (gray ones are not), filled up from its border. Another amount of
    it: --set augmentation.rotate_deg=10.
    """
    from kanjian.experiments.one_picture import (
        is_one_picture,
        picture_recipe,
        write_picture_variants,
    )
    from kanjian.experiments.preview import write_variants
    from kanjian.names import file_name
    from kanjian.recipes.augmentation import preset
    from kanjian.recipes.codec import override
    from kanjian.storage.files import expanded
    from kanjian.training.resolve_recipe import recipe_for

    changed = changes(settings, seed=seed)
    if (size_hw := options.size_hw_of(size)) is not None:
        changed = {"input.size": list(size_hw), **changed}
    out = out or Path(file_name(f"{expanded(what).stem}-augmented"))
    if is_one_picture(what):
        picture = expanded(what)
        recipe = override(picture_recipe(picture, strength), changed)
        written = write_picture_variants(
            picture, out, recipe, variants=variants or 20, suffix=f".{format}"
        )
    else:
        recipe = recipe_for(
            what,
            overrides={**_unmixed(preset(strength or "standard")), **changed},
            augment=strength or "standard",
            data_folder=data,
        )
        written = write_variants(
            recipe, out, variants=variants or 4, suffix=f".{format}", data_folder=data
        )
    say(f"{out}: {plural(written, 'picture')}")
    if strength is not None and (gone := recipe.augmentation.lacks_of(strength)):
        say(f"Without {gone}: a mixed picture is of two classes, which no folder can say.")


def _unmixed(chosen: "Augmentation") -> dict[str, object]:
    """The changes that switch off what a strength mixes; --set comes after them and is refused."""
    plain = chosen.unmixed()
    fields = type(chosen).model_fields
    return {
        f"augmentation.{name}": getattr(plain, name)
        for name in fields
        if getattr(plain, name) != getattr(chosen, name)
    }
