"""`see class`: pictures made to be taken for a class."""

from typing import Annotated

import typer

from kanjian.cli import options
from kanjian.cli.output import percent
from kanjian.cli.progress import counting
from kanjian.cli.see import common
from kanjian.i18n import _, gettext_noop


def class_(
    network: common.Network,
    label: Annotated[
        list[str],
        typer.Option("--label", help="A class, by name or number; repeatable.", metavar="CLASS",
                     show_default=False),
    ],
    softmax: Annotated[
        bool, typer.Option("--softmax", help="Climb the probability, not the logit before it.")
    ] = False,
    steps: common.Steps = 60,
    rate: common.Rate = 4.0,
    jitter: common.Jitter = 0,
    octaves: common.Octaves = 1,
    blur: common.Blur = 0.0,
    tv: common.Smooth = 0.0,
    weights: common.Weights = "imagenet",
    classes: common.Classes = None,
    size: common.Size = None,
    pixel_range: common.Range = "auto",
    precision: common.Precision = "auto",
    seed: common.Seed = 0,
    out: common.Out = None,
    npz: common.Npz = False,
    quiet: options.Quiet = False,
    json: options.Json = False,
) -> None:  # fmt: skip
    """Show a picture made to be taken for a class.

    From gray noise, each step makes the class more likely. The network is confident of what we
    would never call so: it has learned what tells its classes apart, not what they are.
    """
    import numpy as np

    from kanjian.explain.class_images import class_pictures
    from kanjian.explain.gradient_ascent import AscentConfig
    from kanjian.explain.page import Figure
    from kanjian.explain.sheet import contact_sheet

    inspected = common.opened(
        network, weights=weights, classes=classes, pixel_range=pixel_range, size=size, seed=seed
    )
    ascent = AscentConfig(steps=steps, rate=rate, jitter=jitter, octaves=octaves, blur=blur, tv=tv,
                    seed=seed)  # fmt: skip
    with counting("class", quiet=quiet) as progress:
        made = class_pictures(
            inspected, label, softmax=softmax, ascent=ascent, precision=precision, progress=progress
        )
    pictures = [common.plain(each.picture) for each in made]
    title = _(
        "What {network} takes for {labels}",
        network=inspected.name,
        labels=", ".join(each.name for each in made),
    )
    figures = [
        Figure(picture, _("{label}: {confidence}, logit {logit}; the gray noise it began with: "
                          "{before}", label=each.name, confidence=percent(each.probability),
                          logit=f"{each.logit:.1f}", before=percent(each.before, 2)),
               section=_("Made to be taken for a class"), why=_(_TELLS))
        for picture, each in zip(pictures, made, strict=True)
    ]  # fmt: skip
    captions = [f"{each.name}\n{percent(each.probability)}, logit {each.logit:.1f}"
                for each in made]  # fmt: skip
    arrays = {
        "pictures": np.stack([each.picture for each in made]),
        "classes": np.array([each.index for each in made]),
    }
    side = max(160, *inspected.shape_hwc[:2])
    places = common.write_all(
        common.stem_of(out, inspected, "class", *(each.name for each in made[:3])),
        title=title,
        sheet=contact_sheet(pictures, captions, tile=side, title=title),
        figures=figures,
        arrays=arrays if npz else None,
    )
    record = {
        "classes": [
            {
                "class": each.name,
                "label": each.index,
                "probability": each.probability,
                "logit": each.logit,
                "before": each.before,
                "answer": {"class": each.answer[0], "probability": each.answer[1]},
            }
            for each in made
        ]
    }
    pairs: list[tuple[str, object]] = [
        (each.name, f"{percent(each.probability)}, logit {each.logit:.1f}; prediction: "
         f"{each.answer[0]}")
        for each in made
    ]  # fmt: skip
    common.tell(places, pairs, json=json, record=record)


_TELLS = gettext_noop("Probability and logit are the network's, for exactly these pixels.")
