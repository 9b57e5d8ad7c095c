"""A network as a drawing: one box per step, funnel-shaped as the picture shrinks.

Drawn once into plain shapes; two writers make an SVG and pixels of them.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from markupsafe import Markup

from kanjian.explain.summary import LayerRow
from kanjian.i18n import _
from kanjian.images.text_line import line_of
from kanjian.reporting.svg import drawing as svg_drawing
from kanjian.reporting.svg import element

# What follows a layer and only dresses its output is named in that layer's box
_DRESSING = {
    "BatchNormalization": "norm", "LayerNormalization": "norm", "GroupNormalization": "norm",
    "Activation": "", "ReLU": "relu", "LeakyReLU": "leaky relu", "PReLU": "prelu", "ELU": "elu",
    "Relu6": "relu6", "Silu": "silu", "Sigmoid": "sigmoid", "Softmax": "softmax",
    "HardSwish": "hard swish", "HardSilu": "hard silu", "Dropout": "dropout",
    "SpatialDropout2D": "dropout",
}  # fmt: skip
_PADDING = "ZeroPadding2D"
# Fill and edge of a kind of step; the text on them is dark in either theme
_COLORS = {
    "conv": ("#b9d7ee", "#3f7fae"), "depthwise": ("#bfe3dc", "#3b8f80"),
    "pool": ("#f8d2b6", "#c0672a"), "dense": ("#d9cdee", "#7656ac"),
    "merge": ("#cfe5bb", "#639035"), "other": ("#e3e3e0", "#8b8b86"),
}  # fmt: skip
_MERGES = ("Add", "Concatenate", "Multiply", "Average", "Subtract", "Maximum", "Minimum")
_HEAD, _ROW, _BOX, _MOST, _LEAST = 24, 34, 26, 410, 280
_LANE, _SIDE, _INK, _SOFT = 9, 190, "#22262b", "#626a73"
_FONT_PX, _LETTER = 12, 6.9  # a letter of DejaVu Sans of 12 px is about this wide


@dataclass
class Step:
    """One box: a layer with what dresses it."""

    row: LayerRow
    dressed: list[str] = field(default_factory=list)
    parameters: int = 0
    last: LayerRow | None = None
    sources: tuple[int, ...] = ()

    @property
    def shape(self) -> tuple[int | None, ...]:
        """Of what leaves the box."""
        return (self.last or self.row).shape


def steps_of(rows: Sequence[LayerRow]) -> list[Step]:
    """Layers brought together with what only dresses them.

    Example:
        >>> from kanjian.backend import load_keras
        >>> from kanjian.explain.summary import structure_of
        >>> keras = load_keras()
        >>> network = keras.Sequential([keras.Input((8, 8, 1)), keras.layers.Conv2D(4, 3),
        ...                             keras.layers.BatchNormalization(), keras.layers.ReLU()])
        >>> [(step.row.kind, step.dressed) for step in steps_of(structure_of(network))]
        [('InputLayer', []), ('Conv2D', ['norm', 'relu'])]
    """
    used = [sum(row.index in other.inputs for other in rows) for row in rows]
    steps: list[Step] = []
    home: dict[int, int] = {}  # the step a layer stands in
    for row in rows:
        before = row.inputs[0] if row.inputs else None
        joins = row.kind in _DRESSING and before is not None and used[before] == 1
        if joins and before is not None and steps[home[before]].row.kind != "InputLayer":
            step = steps[home[before]]
            step.dressed.append(_DRESSING[row.kind] or row.activation)
        elif row.kind == _PADDING and before is not None and used[row.index] == 1:
            home[row.index] = home[before]  # an edge of zeros is no step of its own
            continue
        else:
            sources = tuple(dict.fromkeys(home[index] for index in row.inputs))
            step = Step(row, [row.activation] if row.activation else [], sources=sources)
            steps.append(step)
        step.parameters += row.parameters
        step.last = row
        home[row.index] = steps.index(step)
    return steps


@dataclass(frozen=True)
class Shape:
    """Something to draw: "box" (x, y, width, height), "line" (x1, y1, x2, y2, …), "text" (x, y)."""

    kind: str
    numbers: tuple[float, ...]
    text: str = ""
    fill: str = ""
    edge: str = ""
    anchor: str = "start"


@dataclass(frozen=True)
class Drawing:
    """Shapes on a sheet."""

    width: float
    height: float
    shapes: tuple[Shape, ...]


def draw_network(rows: Sequence[LayerRow]) -> Drawing:
    """The drawing of a network.

    Boxes stand below each other in the order of computation and narrow with the feature map;
    arcs at the left pass by the boxes a tensor skips. To the right: output and parameters.

    Args:
        rows: As `structure_of` gives them.

    Example:
        >>> from kanjian.backend import load_keras
        >>> from kanjian.explain.summary import structure_of
        >>> keras = load_keras()
        >>> network = keras.Sequential([keras.Input((8, 8, 1)), keras.layers.Conv2D(4, 3)])
        >>> drawing = draw_network(structure_of(network))
        >>> [shape.text for shape in drawing.shapes if "Conv2D" in shape.text]
        ['Conv2D 3×3 · conv2d...']
    """
    steps = steps_of(rows)
    lanes = _lanes(steps)
    left = 14 + _LANE * (1 + max((lane for *_, lane in lanes), default=-1))
    middle = left + _MOST / 2
    widths = _widths(steps)
    right = middle + _MOST / 2 + 12
    shapes = [
        Shape("text", (right, _HEAD / 2), text=_("output"), fill="soft"),
        Shape("text", (right + _SIDE, _HEAD / 2), text=_("parameters"), fill="soft", anchor="end"),
    ]
    for number, step in enumerate(steps):
        shapes += _box(step, number, middle, widths[number])
        if number and number - 1 in step.sources:
            top = _top(number)
            shapes.append(Shape("line", (middle, top - _ROW + _BOX, middle, top)))
    for start, end, lane in lanes:
        x = left - _LANE * (lane + 1)
        y1, y2 = _top(start) + _BOX / 2 + 5, _top(end) + _BOX / 2 - 5
        x1, x2 = middle - widths[start] / 2, middle - widths[end] / 2
        shapes.append(Shape("line", (x1, y1, x, y1, x, y2, x2, y2)))
    return Drawing(left + _MOST + _SIDE + 30, _top(len(steps)) + 4, tuple(shapes))


def _top(number: int) -> int:
    return _HEAD + number * _ROW


def _lanes(steps: Sequence[Step]) -> list[tuple[int, int, int]]:
    """Ways past boxes: from step, to step, and which lane is free for it."""
    ways = sorted(
        ((source, number) for number, step in enumerate(steps) for source in step.sources
         if source != number - 1), key=lambda way: (way[1] - way[0], way),
    )  # fmt: skip
    placed: list[tuple[int, int, int]] = []
    for start, end in ways:
        taken = {lane for a, b, lane in placed if a < end and start < b}
        placed.append((start, end, next(n for n in range(len(ways)) if n not in taken)))
    return placed


def _widths(steps: Sequence[Step]) -> list[float]:
    """The wider the map, the wider its box; as logarithms, since maps halve."""
    sides = [max(step.shape[0] or 1, 1) if len(step.shape) == 3 else 1 for step in steps]
    most = math.log2(max([*sides, 2]))
    return [_LEAST + (_MOST - _LEAST) * math.log2(side) / most for side in sides]


def _box(step: Step, number: int, middle: float, width: float) -> Iterator[Shape]:
    fill, edge = _COLORS[_family(step.row.kind)]
    top = _top(number)
    yield Shape("box", (middle - width / 2, top, width, _BOX), fill=fill, edge=edge)
    said = f"{step.row.kind} {step.row.detail}".strip().removesuffix("Layer")
    dress = " + ".join(["", *dict.fromkeys(step.dressed)])
    room = int((width - 14) / _LETTER)
    name = _shortened(step.row.name, max(room - len(said) - 3, 6))
    text = f"{said} · {name}"
    if len(text) + len(dress) <= room:
        text += dress
    yield Shape("text", (middle, top + _BOX / 2), text=text, fill=_INK, anchor="middle")
    output = "×".join("?" if side is None else str(side) for side in step.shape)
    right, y = middle + _MOST / 2 + 12, top + _BOX / 2
    yield Shape("text", (right, y), text=output, fill="ink")
    if step.parameters:
        label = brief(step.parameters)
        yield Shape("text", (right + _SIDE, y), text=label, fill="soft", anchor="end")


def _family(kind: str) -> str:
    if kind == "DepthwiseConv2D":
        return "depthwise"
    for family, words in (("conv", ("Conv",)), ("pool", ("Pool",)), ("dense", ("Dense",)),
                          ("merge", _MERGES)):  # fmt: skip
        if any(word in kind for word in words):
            return family
    return "other"


def _shortened(text: str, most: int) -> str:
    """Shortened in the middle: what tells layers apart stands at the ends of their names."""
    if len(text) <= most:
        return text
    head = (most - 1) // 2
    return f"{text[:head]}…{text[len(text) - (most - 1 - head) :]}"


def brief(number: float) -> str:
    """A count in three digits.

    Example:
        >>> brief(999), brief(36928), brief(138357544), brief(30974064592)
        ('999', '36.9 k', '138 M', '31.0 G')
    """
    for size, unit in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if number >= 0.9995 * size:
            value = number / size
            return f"{value:.{0 if value >= 99.95 else 1 if value >= 9.995 else 2}f} {unit}"
    return f"{number:g}"


def as_svg(drawing: Drawing) -> Markup:
    """The drawing as an `<svg>` element, in the page's colors.

    Example:
        >>> as_svg(Drawing(10, 10, (Shape("text", (1, 2), text="<a>"),))).count("&lt;a&gt;")
        1
    """
    width, height = round(drawing.width), round(drawing.height)
    parts = [_svg_part(shape) for shape in drawing.shapes]
    says = _("The network, step by step")
    attributes = {"class_": "net", "style": f"width:{width}px"}
    return svg_drawing(*parts, width=width, height=height, says=says, **attributes)


def _svg_part(shape: Shape) -> Markup:
    numbers = [f"{number:.1f}" for number in shape.numbers]
    if shape.kind == "box":
        x, y, width, height = numbers
        return element("rect", x=x, y=y, width=width, height=height, rx=5, fill=shape.fill,
                       stroke=shape.edge)  # fmt: skip
    if shape.kind == "line":
        points = " ".join(",".join(pair) for pair in zip(numbers[::2], numbers[1::2], strict=True))
        return element("polyline", points=points, fill="none", stroke="#8a929a", stroke_width=1.5)
    return element(
        "text", shape.text, x=numbers[0], y=numbers[1], dy=".35em", text_anchor=shape.anchor,
        class_=shape.fill if shape.fill in {"ink", "soft"} else None,
        # in a box the ground is light whatever the theme, so its ink stays dark
        style=f"fill:{shape.fill}" if shape.fill.startswith("#") else None,
    )  # fmt: skip


def as_picture(drawing: Drawing, *, scale: int = 2) -> np.ndarray:
    """The drawing as pixels, wrapped into columns like a newspaper where it is long.

    Args:
        drawing: What `draw_network` gives.
        scale: Pixels of the picture for one of the drawing.

    Returns:
        RGB (h, w, 3) uint8.

    Example:
        >>> as_picture(Drawing(20, 58, (Shape("box", (2, 2, 9, 5), fill="#000000"),))).shape
        (116, 40, 3)
    """
    from PIL import Image, ImageDraw

    size = (round(drawing.width * scale), round(drawing.height * scale))
    sheet = Image.new("RGB", size, "white")
    draw = ImageDraw.Draw(sheet)
    for shape in drawing.shapes:
        _paint(draw, shape, scale)
    return _in_columns(np.asarray(sheet), _HEAD * scale, _ROW * scale)


def _paint(draw: Any, shape: Shape, scale: int) -> None:
    numbers = [number * scale for number in shape.numbers]
    if shape.kind == "box":
        x, y, width, height = numbers
        ends = (x, y, x + width, y + height)
        draw.rounded_rectangle(
            ends, 5 * scale, fill=shape.fill, outline=shape.edge or None, width=scale
        )
    elif shape.kind == "line":
        draw.line(numbers, fill="#8a929a", width=round(1.5 * scale), joint="curve")
    else:
        ink = {"ink": _INK, "soft": _SOFT}.get(shape.fill, shape.fill or _INK)
        anchor: Any = {"start": "l", "middle": "m", "end": "r"}[shape.anchor]
        line = line_of(shape.text, _FONT_PX * scale)
        line.write(draw, (numbers[0], numbers[1]), fill=ink, anchor=anchor)


def _in_columns(picture: np.ndarray, head: int, row: int) -> np.ndarray:
    """Cut between rows and set side by side, so that the whole is about as wide as high."""
    height, width = picture.shape[:2]
    columns = max(1, round(math.sqrt(height / width)))
    step = -(-(height - head) // row // columns) * row
    parts = [picture[top : top + step] for top in range(head, height - row // 2, step)]
    parts = [np.concatenate([picture[:head], part]) for part in parts]
    return np.concatenate([_grown(part, head + step) for part in parts], axis=1)


def _grown(picture: np.ndarray, height: int) -> np.ndarray:
    missing = max(height - len(picture), 0)
    return np.pad(picture, ((0, missing), (0, 0), (0, 0)), constant_values=255)[:height]
