"""`see maps`: what every layer makes of a picture."""

from typing import Annotated

import typer

from kanjian.cli import options
from kanjian.cli.see import common
from kanjian.i18n import _, gettext_noop


def maps(
    network: common.Network,
    picture: common.Picture,
    layer: Annotated[
        list[str] | None,
        typer.Option("--layer", help="Only this layer; repeatable.", metavar="NAME"),
    ] = None,
    most: Annotated[
        int, typer.Option("--most", help="How many maps of a layer, those that vary most.", min=1)
    ] = 16,
    weights: common.Weights = "imagenet",
    classes: common.Classes = None,
    size: common.Size = None,
    pixel_range: common.Range = "auto",
    out: common.Out = None,
    npz: common.Npz = False,
    json: options.Json = False,
) -> None:
    """Show what every layer makes of a picture.

    One strip for each layer, its maps that vary most over the picture first; each map runs
    from its own least value, dark, to its own greatest, bright.
    """
    from kanjian.explain.feature_maps import TILE, feature_maps_of
    from kanjian.explain.page import Figure
    from kanjian.images.draw import contact_sheet

    inspected = common.opened(
        network, weights=weights, classes=classes, pixel_range=pixel_range, size=size
    )
    fitted = inspected.fit(picture)
    made = feature_maps_of(inspected, fitted, layers=layer or (), most=most)
    strips = [each.strip(columns=most) for each in made]
    captions = [each.caption for each in made]
    title = _("{file} inside {network}", file=picture.name, network=inspected.name)
    figures = [Figure(fitted[..., 0] if fitted.shape[2] == 1 else fitted, _("the picture"),
                      section=_("Input"))]  # fmt: skip
    figures += [
        Figure(strip, caption, section=_("Layer by layer"), why=_(_TELLS), wide=True)
        for strip, caption in zip(strips, captions, strict=True)
    ]
    places = common.write_all(
        common.stem_of(out, inspected, "maps", picture.stem),
        title=title,
        sheet=contact_sheet(
            strips,
            captions=captions,
            columns=-(-len(strips) // _HIGH),
            tile_hw=(TILE, strips[0].shape[1]),
        ),
        figures=figures,
        arrays={each.name: each.maps for each in made} if npz else None,
    )
    record = {
        "picture": picture,
        "layers": [
            {"name": each.name, "shape": each.maps.shape, "strongest": each.shown} for each in made
        ],
    }
    common.tell(places, [("layers", len(made))], json=json, record=record)


# Strips above each other, before they stand in two columns
_HIGH = 30
_TELLS = gettext_noop(
    "Feature maps: those that vary most over the picture come first. Each runs from its own least "
    "value, dark, to its own greatest, bright; silent maps are the same everywhere."
)
