"""`see layers`: a network as a table and as a drawing."""

from typing import TYPE_CHECKING

from kanjian.cli import options
from kanjian.cli.output import say, table, thousands
from kanjian.cli.see import common
from kanjian.i18n import _, gettext_noop, ngettext

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

    FLOPs: multiplications and additions for one picture, each counted. Receptive field: how many
    pixels across one number of the layer depends on.
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
    said = ngettext(
        "{n} layer, {parameters} parameters, {flops} FLOPs for one picture",
        "{n} layers, {parameters} parameters, {flops} FLOPs for one picture",
        len(rows),
        parameters=thousands(parameters),
        flops=thousands(flops),
    )
    if unknown:
        missing = ngettext("{n} layer not counted", "{n} layers not counted", unknown)
        said = _("{said} ({missing})", said=said, missing=missing)
    head = (
        _("layer"),
        _("kind"),
        "#",
        _("output"),
        _("parameters"),
        "FLOPs",
        _("receptive field"),
    )
    drawing, cells = draw_network(rows), [_cells(row) for row in rows]
    places = common.write_all(
        common.stem_of(out, inspected, "layers"),
        title=_("Layers of {network}", network=inspected.name),
        sheet=as_picture(drawing),
        figures=[Figure(as_svg(drawing), _(_BOXES), section=_("Step by step"), wide=True)],
        tables=[Table(_("Layer by layer"), head, cells, text_columns=2, why=_(_TELLS))],
        lead=_("{said}.", said=said),
    )
    if not json:
        # on a terminal the longest words come last, where they may wrap
        say(table((*head[2:], *head[:2]), [(*row[2:], *row[:2]) for row in cells]))
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


_BOXES = gettext_noop(
    "A box is a layer with the normalization and activation that follow it, the wider the larger "
    "its maps. Lines at the left pass by boxes."
)
_TELLS = gettext_noop(
    "FLOPs: multiplications and additions for one picture, each counted. Receptive field: how "
    "many pixels across one number of the output depends on."
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
