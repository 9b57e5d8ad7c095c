"""`see filters`: what most excites each filter of a layer, or of all layers."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from kanjian.cli import options
from kanjian.cli.progress import counting
from kanjian.cli.see import common
from kanjian.errors import RecognizerError
from kanjian.i18n import _, gettext_noop

if TYPE_CHECKING:
    from kanjian.explain.filters import FilterPictures
    from kanjian.explain.gradient_ascent import AscentConfig
    from kanjian.explain.inspected_model import InspectedModel
    from kanjian.explain.page import Figure

# The source's size: large enough to see shapes, a third of the work of 224
_SIZE = 128
_INDEX, _INDEX_ALL, _TOP_ALL = "0:64", "0:16", 8


def filters(
    network: common.Network,
    layer: Annotated[
        str | None, typer.Option("--layer", help="Whose filters; see 'kanjian see layers'.",
                                 metavar="NAME")
    ] = None,
    index: Annotated[
        str | None,
        typer.Option("--index", help=f"Which: 5, 0:64 or 3,7,20; {_INDEX} by default, "
                     f"{_INDEX_ALL} of each layer with --all.", metavar="WHICH"),
    ] = None,
    top: Annotated[
        int | None, typer.Option("--top", help="Show so many, those that were excited most.",
                                 min=1)
    ] = None,
    every: Annotated[
        bool, typer.Option("--all", help="Every convolution of the network, strongest filters "
                           "first.")
    ] = False,
    kernels: Annotated[
        bool, typer.Option("--kernels", help="Only the weights of the first convolution, as "
                           "pictures.")
    ] = False,
    steps: common.Steps = 20,
    rate: common.Rate = 1.0,
    jitter: common.Jitter = 0,
    octaves: common.Octaves = 1,
    blur: common.Blur = 0.0,
    tv: common.Smooth = 0.0,
    weights: common.Weights = "imagenet",
    size: common.Size = None,
    pixel_range: common.Range = "auto",
    precision: common.Precision = "auto",
    seed: common.Seed = 0,
    out: common.Out = None,
    npz: common.Npz = False,
    quiet: options.Quiet = False,
    json: options.Json = False,
) -> None:  # fmt: skip
    """Show what most excites each filter of a layer.

    Pictures climb from gray noise along the gradient of a filter's mean activation, all
    filters together. Finer pictures: --octaves 3 --jitter 4 --tv 0.3.
    """
    from kanjian.explain.gradient_ascent import AscentConfig
    from kanjian.explain.page import Figure

    if (layer is not None) + every + kernels != 1:
        raise RecognizerError(
            "say one of --layer NAME, --all or --kernels. 'kanjian see layers' lists the layers."
        )
    inspected = common.opened(
        network, weights=weights, classes=None, pixel_range=pixel_range, size=None, seed=seed
    )
    if kernels:
        _kernels(inspected, out, npz=npz, json=json)
        return
    ascent = AscentConfig(steps=steps, rate=rate, jitter=jitter, octaves=octaves, blur=blur, tv=tv,
                    seed=seed)  # fmt: skip
    names = _names(inspected, layer)
    made = [
        _climbed(inspected, name, index or (_INDEX_ALL if every else _INDEX), size=size,
                 ascent=ascent, precision=precision, quiet=quiet)
        for name in names
    ]  # fmt: skip
    shown = [
        each.strongest(top or (_TOP_ALL if every else None)) if top or every else each
        for each in made
    ]
    figures = [
        Figure(common.plain(picture), _("filter {n}: {gain}", n=number,
                                         gain=_gain(before, reached)),
               section=f"{each.layer}", why=_(_TELLS) if not at else "")
        for at, each in enumerate(shown)
        for picture, number, before, reached in _rows(each)
    ]  # fmt: skip
    title = (
        _("What excites {layer} of {network}", layer=layer, network=inspected.name)
        if layer
        else _("What excites the layers of {network}", network=inspected.name)
    )
    figures += _kernel_figures(inspected) if every else []
    places = common.write_all(
        common.stem_of(out, inspected, "filters", layer or "all"),
        title=title,
        sheet=_sheet(shown, title, columns=(top or _TOP_ALL) if every else None),
        figures=figures,
        arrays=_arrays(made) if npz else None,
    )
    found = [
        {"layer": each.layer, "filter": number, "before": before, "reached": reached}
        for each in shown
        for _, number, before, reached in _rows(each)
    ]
    common.tell(places, [("filters", len(found)), ("layers", len(made))], json=json,
                record={"filters": found})  # fmt: skip


_TELLS = gettext_noop(
    "Each picture was climbed to from gray noise; the numbers are the filter's mean activation "
    "on the noise and on the picture. Contrast and brightness are each picture's own."
)


def _names(inspected: "InspectedModel", layer: str | None) -> Sequence[str]:
    from kanjian.explain.filters import convolutions, filter_count

    if layer is not None:
        filter_count(inspected, layer)
        return [layer]
    names = convolutions(inspected)
    if not names:
        raise RecognizerError(f"{inspected.name} has no convolution, so no filters to picture.")
    return names


def _climbed(
    inspected: "InspectedModel", name: str, index: str, *, size: str | None, ascent: "AscentConfig",
    precision: str, quiet: bool,
) -> "FilterPictures":  # fmt: skip
    from kanjian.explain.filters import filter_count, filters

    count = filter_count(inspected, name)
    with counting(name, quiet=quiet) as progress:
        return filters(
            inspected,
            name,
            indices=indices_of(index, count),
            size_hw=options.size_hw_of(size) or _size_hw(inspected, name),
            ascent=ascent,
            precision=precision,
            progress=progress,
        )


def _size_hw(inspected: "InspectedModel", name: str) -> tuple[int, int]:
    height, width, _ = inspected.shape_hwc
    if min(height, width) <= _SIZE:
        return height, width
    try:
        inspected.up_to(name, size_hw=(_SIZE, _SIZE))
    except RecognizerError:  # after a layer that takes one size only
        return height, width
    return _SIZE, _SIZE


def indices_of(text: str, count: int) -> list[int]:
    """The filters meant by `--index`; a range ends where the layer does.

    Raises:
        RecognizerError: If it says nothing of the kind.

    Example:
        >>> indices_of("0:3", 64), indices_of("5,7", 64), indices_of("62:99", 64)
        ([0, 1, 2], [5, 7], [62, 63])
    """
    found: list[int] = []
    try:
        for part in text.split(","):
            bounds = [int(word) if word.strip() else None for word in part.split(":")]
            if len(bounds) == 1 and bounds[0] is not None:
                found.append(bounds[0])
            else:
                found += range(count)[slice(*bounds)]
    except (ValueError, TypeError):
        found = []
    if not found:
        raise RecognizerError(
            f"--index must be like 5, 0:64 or 3,7,20 and within 0 to {count - 1}, got {text!r}."
        )
    return found


def _rows(each: "FilterPictures") -> list[tuple[Any, int, float, float]]:
    numbers = (each.indices.tolist(), each.before.tolist(), each.reached.tolist())
    return list(zip(each.pictures, *numbers, strict=True))


def _gain(before: float, reached: float) -> str:
    return f"{before:.3g} → {reached:.3g}"


def _sheet(shown: Sequence["FilterPictures"], title: str, *, columns: int | None) -> Any:
    from kanjian.explain.sheet import contact_sheet

    rows = [(each.layer, *row) for each in shown for row in _rows(each)]
    lead = [
        f"{name} {number}" if columns else _("filter {n}", n=number)
        for name, picture, number, *gain in rows
    ]
    captions = [f"{first}\n{_gain(*row[3:])}" for first, row in zip(lead, rows, strict=True)]
    pictures = [common.plain(picture) for name, picture, *rest in rows]
    side = min(max(_SIZE, *pictures[0].shape[:2]), 2 * _SIZE)
    return contact_sheet(pictures, captions, columns=columns, tile=side, title=title)


def _arrays(made: Sequence["FilterPictures"]) -> dict[str, Any]:
    arrays = {}
    for each in made:
        lead = f"{each.layer}/" if len(made) > 1 else ""
        for name in ("indices", "pixels", "before", "reached"):
            arrays[lead + name] = getattr(each, name)
    return arrays


def _kernel_figures(inspected: "InspectedModel") -> list["Figure"]:
    from kanjian.explain.filters import first_kernels
    from kanjian.explain.page import Figure

    name, pictures = first_kernels(inspected)
    return [
        Figure(common.plain(picture), _("kernel {n}", n=number),
               section=_("The weights of {layer}", layer=name),
               why=_("Gray is 0; each has its own contrast."))
        for number, picture in enumerate(pictures)
    ]  # fmt: skip


def _kernels(inspected: "InspectedModel", out: Any, *, npz: bool, json: bool) -> None:
    from kanjian.explain.filters import first_kernels
    from kanjian.explain.sheet import contact_sheet

    name, pictures = first_kernels(inspected)
    title = _("Weights of {layer} in {network}, gray is 0", layer=name, network=inspected.name)
    captions = [_("kernel {n}", n=number) for number in range(len(pictures))]
    places = common.write_all(
        common.stem_of(out, inspected, "kernels"),
        title=title,
        sheet=contact_sheet(list(pictures), captions, tile=96, title=title),
        figures=_kernel_figures(inspected),
        arrays={"kernels": inspected.layer(name).get_weights()[0]} if npz else None,
    )
    record = {"layer": name, "kernels": len(pictures), "shape": pictures.shape[1:]}
    common.tell(places, [("kernels", f"{len(pictures)} of {name}")], json=json, record=record)
