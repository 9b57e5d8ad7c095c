"""`see why`: which parts of a picture speak for the prediction."""

from typing import TYPE_CHECKING, Annotated, cast

import typer

from kanjian.checks import check_choice
from kanjian.cli import options
from kanjian.cli.output import percent
from kanjian.cli.see import common
from kanjian.errors import RecognizerError
from kanjian.i18n import _, gettext_noop
from kanjian.spoken import spoken

if TYPE_CHECKING:
    import numpy as np

    from kanjian.explain.attribution import Reason
    from kanjian.explain.inspected_model import InspectedModel

_SHOWN = 5


def why(
    network: common.Network,
    picture: common.Picture,
    label: common.Label = None,
    method: Annotated[
        list[str] | None,
        typer.Option("--method", help="grad-cam, grad-cam++, score-cam, occlusion, saliency, "
                     "smooth-grad or integrated; repeatable. All by default.", metavar="NAME"),
    ] = None,
    layer: Annotated[
        str | None,
        typer.Option("--layer", help="Whose maps the CAM methods take; by default the last.",
                     metavar="NAME"),
    ] = None,
    steps: Annotated[
        int, typer.Option("--steps", help="Of integrated gradients.", min=2)
    ] = 128,
    weights: common.Weights = "imagenet",
    classes: common.Classes = None,
    size: common.Size = None,
    pixel_range: common.Range = "auto",
    seed: common.Seed = 0,
    out: common.Out = None,
    npz: common.Npz = False,
    json: options.Json = False,
) -> None:  # fmt: skip
    """Show which parts of a picture speak for the prediction.

    Bright is where the reasons lie. grad-cam, grad-cam++ and score-cam look at the maps of a
    layer; occlusion hides parts of the picture; saliency, smooth-grad and integrated look at
    single pixels. No one of them is the truth: trust what several agree on.
    """
    from kanjian.explain.attribution import METHODS, Attribution, Method
    from kanjian.explain.page import Figure
    from kanjian.explain.sheet import contact_sheet
    from kanjian.images.convert import to_rgb

    methods = [
        check_choice("method", each, METHODS, error=RecognizerError) for each in method or METHODS
    ]

    inspected = common.opened(
        network, weights=weights, classes=classes, pixel_range=pixel_range, size=size
    )
    index = None if label is None else inspected.class_index(label)
    asked = Attribution(inspected, layer=layer)
    fitted = inspected.fit(picture)
    plain = to_rgb(fitted[..., 0] if fitted.shape[2] == 1 else fitted)
    reasons = [
        asked.explain(fitted, method=cast("Method", each), label=index, steps=steps, seed=seed)
        for each in methods
    ]
    name, share = reasons[0].name, percent(reasons[0].probability)
    overlays = [reason.over(plain) for reason in reasons]
    captions = [f"{each.method}\n{spoken(each.note)}" for each in reasons]
    heading = _("{label}, {confidence}", label=name, confidence=share)
    figures = [Figure(plain, picture.name, section=heading, why=_(_TELLS))]
    figures += [
        Figure(image, _caption(reason), section=heading)
        for image, reason in zip(overlays, reasons, strict=True)
    ]
    answers = _answers(inspected, asked.probabilities(fitted))
    title = (
        _(
            "Why {network} predicts {label}: {file}",
            network=inspected.name,
            label=name,
            file=picture.name,
        )
        if index is None
        else _("What speaks for {label}: {file}", label=name, file=picture.name)
    )
    places = common.write_all(
        common.stem_of(out, inspected, "why", picture.stem),
        title=title,
        sheet=contact_sheet(
            [plain, *overlays],
            [f"{name}\n{share}", *captions],
            columns=min(4, len(overlays) + 1),
            tile=max(224, *plain.shape[:2]),
            title=title,
        ),
        figures=figures,
        lead=_(
            "The network predicts {answers}.",
            answers=", ".join(f"{a} {percent(p)}" for a, p in answers),
        ),
        arrays={each.method: each.values for each in reasons} if npz else None,
    )
    record = {
        "picture": picture,
        "answers": [{"class": each, "probability": chance} for each, chance in answers],
        "label": reasons[0].label,
        "class": name,
        "probability": reasons[0].probability,
        "methods": {each.method: each.note for each in reasons},
    }
    common.tell(places, [("asked about", heading)], json=json, record=record)


def _caption(reason: "Reason") -> str:
    from kanjian.explain.attribution import METHODS

    said = f"{reason.method}: {_(METHODS[reason.method])}"
    return f"{said} ({spoken(reason.note)})" if reason.note else said


_TELLS = gettext_noop(
    "Bright is where the reasons for this class lie. No one method is the truth: trust what "
    "several agree on."
)


def _answers(inspected: "InspectedModel", probabilities: "np.ndarray") -> list[tuple[str, float]]:
    order = (-probabilities).argsort(kind="stable")[:_SHOWN]
    return [(inspected.class_name(int(each)), float(probabilities[each])) for each in order]
