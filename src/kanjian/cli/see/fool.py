"""`see fool`: the smallest change of a picture that turns the prediction."""

from typing import TYPE_CHECKING, Annotated, Literal

import typer

from kanjian.cli import options
from kanjian.cli.output import percent, say
from kanjian.cli.see import common
from kanjian.i18n import _

if TYPE_CHECKING:
    import numpy as np

    from kanjian.explain.inspected_model import InspectedModel


def fool(
    network: common.Network,
    picture: common.Picture,
    wished: Annotated[
        str | None,
        typer.Option("--as", help="What it shall be taken for; by default the second best class.",
                     metavar="CLASS"),
    ] = None,
    method: Annotated[
        Literal["pgd", "fgsm"],
        typer.Option("--method", help="Many small steps, or one."),
    ] = "pgd",
    bound: Annotated[
        int | None,
        typer.Option("--bound", help="Gray levels a pixel may move; the fewest that turn the "
                     "prediction by default.", min=1, max=255),
    ] = None,
    steps: Annotated[int, typer.Option("--steps", help="Of pgd.", min=1)] = 20,
    weights: common.Weights = "imagenet",
    classes: common.Classes = None,
    size: common.Size = None,
    pixel_range: common.Range = "auto",
    seed: common.Seed = 0,
    out: common.Out = None,
    npz: common.Npz = False,
    json: options.Json = False,
) -> None:  # fmt: skip
    """Make an adversarial example: a small change turns the prediction.

    No pixel moves by more gray levels than the bound, the smallest found that works. The
    double, OUT-double.png, is of the network's size and fools as a file too.
    """
    from kanjian.explain.adversarial import fool as make_double
    from kanjian.explain.page import Figure
    from kanjian.explain.sheet import contact_sheet

    inspected = common.opened(
        network, weights=weights, classes=classes, pixel_range=pixel_range, size=size, seed=seed
    )
    fitted = inspected.fit(picture)
    made = make_double(inspected, fitted, wished, method=method, bound=bound, steps=steps)
    name = inspected.class_name(made.wished)
    pictures = [common.plain(each) for each in (made.original, made.difference(), made.picture)]
    change = _(
        "the change × {times}\nat most {bound} of 255 levels",
        times=f"{made.amplified:.0f}",
        bound=made.bound,
    )
    captions = [_answer(inspected, made.before), change, _answer(inspected, made.after)]
    title = (
        _(
            "{file}, taken for {label} by {network}",
            file=picture.name,
            label=name,
            network=inspected.name,
        )
        if made.success
        else _(
            "{file} cannot be taken for {label} within {bound} levels",
            file=picture.name,
            label=name,
            bound=made.bound,
        )
    )
    figures = [
        Figure(
            each,
            caption.replace("\n", ", "),
            section=_("The picture, the change, the adversarial picture"),
        )
        for each, caption in zip(pictures, captions, strict=True)
    ]
    stem = common.stem_of(out, inspected, "fool", picture.stem, name)
    arrays = {"original": made.original, "picture": made.picture}
    places = common.write_all(
        stem,
        title=title,
        sheet=contact_sheet(pictures, captions, columns=3, tile=max(224, *fitted.shape[:2]),
                            title=title),
        figures=figures,
        arrays=arrays if npz else None,
        result=("double", pictures[2]),
    )  # fmt: skip
    record = {
        "picture": picture,
        "as": name,
        "label": made.wished,
        "success": made.success,
        "bound": made.bound,
        "method": method,
        "before": _share(inspected, made.before),
        "after": _share(inspected, made.after),
    }
    pairs: list[tuple[str, object]] = [
        ("before", _answer(inspected, made.before).replace("\n", ", ")),
        ("after", _answer(inspected, made.after).replace("\n", ", ")),
        ("change", f"at most {made.bound} of 255 gray levels"),
    ]
    common.tell(places, pairs, json=json, record=record)
    if not made.success and not json:
        say(f"{method} found no way to {name} within {made.bound} levels.")


def _answer(inspected: "InspectedModel", probabilities: "np.ndarray") -> str:
    best = int(probabilities.argmax())
    return f"{inspected.class_name(best)}\n{percent(float(probabilities[best]))}"


def _share(inspected: "InspectedModel", probabilities: "np.ndarray") -> dict[str, object]:
    best = int(probabilities.argmax())
    return {"class": inspected.class_name(best), "probability": float(probabilities[best])}
