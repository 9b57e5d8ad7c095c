"""`see dream`: DeepDream."""

from typing import Annotated

import typer

from kanjian.cli import options
from kanjian.cli.progress import counting
from kanjian.cli.see import common
from kanjian.i18n import _


def dream(
    network: common.Network,
    picture: common.Picture,
    layer: Annotated[
        list[str] | None,
        typer.Option("--layer", help="What of: low layers dream of strokes, high ones of parts. "
                     "Repeatable.", metavar="NAME"),
    ] = None,
    steps: common.Steps = 10,
    rate: common.Rate = 3.0,
    jitter: common.Jitter = 16,
    octaves: common.Octaves = 4,
    blur: common.Blur = 0.0,
    tv: common.Smooth = 0.0,
    weights: common.Weights = "imagenet",
    pixel_range: common.Range = "auto",
    precision: common.Precision = "auto",
    seed: common.Seed = 0,
    out: common.Out = None,
    npz: common.Npz = False,
    quiet: options.Quiet = False,
    json: options.Json = False,
) -> None:  # fmt: skip
    """Let the network dream into a picture.

    What a layer sees in it is strengthened, in several sizes, and seen more clearly, and
    strengthened. A picture with a side above 512 is reduced.
    """
    from kanjian.explain.dream import dream as make_dream
    from kanjian.explain.dream import dream_layer
    from kanjian.explain.gradient_ascent import AscentConfig
    from kanjian.explain.page import Figure
    from kanjian.explain.sheet import titled
    from kanjian.images import read_image
    from kanjian.images.draw import contact_sheet

    inspected = common.opened(
        network, weights=weights, classes=None, pixel_range=pixel_range, size=None, seed=seed
    )
    image = read_image(picture)
    names = layer or [dream_layer(inspected)]
    ascent = AscentConfig(steps=steps, rate=rate, jitter=jitter, octaves=octaves, blur=blur, tv=tv,
                    seed=seed)  # fmt: skip
    with counting("dream", quiet=quiet) as progress:
        made = make_dream(
            inspected, image, layers=names, ascent=ascent, precision=precision, progress=progress
        )
    dreamt, what = common.plain(made), ", ".join(names)
    sheet = contact_sheet([image, dreamt], captions=[picture.name, what], columns=2,
                          tile_hw=(dreamt.shape[0], dreamt.shape[1]), cut="middle")  # fmt: skip
    title = _("{network} dreams of {layers}", network=inspected.name, layers=what)
    places = common.write_all(
        common.stem_of(out, inspected, "dream", picture.stem),
        title=title,
        sheet=titled(sheet, title),
        figures=[Figure(dreamt, _("dreamt of {layers}", layers=what)), Figure(image, picture.name)],
        arrays={"dream": made} if npz else None,
        result=("dream", dreamt),
    )
    record = {"picture": picture, "layers": list(names), "shape": made.shape}
    common.tell(places, [("dreamt of", what)], json=json, record=record)
