"""`see layers`: a network as a table and as a drawing."""

from typing import TYPE_CHECKING

from kanjian.checks import plural
from kanjian.cli import options
from kanjian.cli.output import say, table, thousands
from kanjian.cli.see import common

if TYPE_CHECKING:
    from kanjian.explain.summary import LayerRow


def layers(
    network: common.Network,
    weights: common.Weights = "none",
    size: common.Size = None,
    pixel_range: common.Range = "auto",
    out: common.Out = None,
    json: options.Json = False,
) -> None:
    """Show the network as a table and as a drawing.

    FLOPs: multiplications and additions for one picture, each counted. Sees: how many pixels
    across one number of the layer depends on.
    """
    from kanjian.explain.diagram import as_picture, as_svg, draw_network
    from kanjian.explain.page import Figure, Table
    from kanjian.explain.summary import structure_of, total_flops

    inspected = common.opened(
        network, weights=weights, classes=None, pixel_range=pixel_range, size=size
    )
    rows = structure_of(inspected.network)
    flops, unknown = total_flops(rows)
    parameters = sum(row.parameters for row in rows)
    missing = f" ({plural(unknown, 'layer')} not counted)" if unknown else ""
    said = (
        f"{plural(len(rows), 'layer')}, {thousands(parameters)} parameters, {thousands(flops)} "
        "FLOPs for "
        f"one picture{missing}"
    )
    drawing, cells = draw_network(rows), [_cells(row) for row in rows]
    places = common.write_all(
        common.stem_of(out, inspected, "layers"),
        title=f"Layers of {inspected.name}",
        sheet=as_picture(drawing),
        figures=[Figure(as_svg(drawing), _BOXES, section="Step by step", wide=True)],
        tables=[Table("Layer by layer", _HEAD, cells, text_columns=2, why=_TELLS)],
        lead=f"{said}.",
    )
    if not json:
        # on a terminal the longest words come last, where they may wrap
        say(table((*_HEAD[2:], *_HEAD[:2]), [(*row[2:], *row[:2]) for row in cells]))
        say(f"\n{said}")
    record = {
        "name": inspected.name,
        "input": inspected.shape_hwc,
        "parameters": parameters,
        "flops": flops,
        "layers_not_counted": unknown,
        "layers": [row.to_dict() for row in rows],
    }
    common.tell(places, [], json=json, record=record)


_HEAD = ("layer", "kind", "#", "output", "parameters", "FLOPs", "sees")
_BOXES = (
    "A box is a layer with the normalization and activation that follow it, the wider the larger "
    "its maps. Lines at the left pass by boxes."
)
_TELLS = (
    "FLOPs: multiplications and additions for one picture, each counted. Sees: how many pixels "
    "across one number of the output depends on."
)


def _cells(row: "LayerRow") -> tuple[str, ...]:
    kind = f"{row.kind} {row.detail}".strip()
    return (
        row.name,
        f"{kind}, {row.activation}" if row.activation else kind,
        str(row.index),
        row.output,
        thousands(row.parameters),
        "–" if row.flops is None else thousands(row.flops),
        row.field,
    )
