"""Small charts as inline SVG: sharp at every size, in the page's colors, light or dark.

Colors and fonts come from classes in templates/page.css, so that one chart serves both themes and
names in any script are drawn by the browser's own fonts.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from markupsafe import Markup

from kanjian.i18n import _
from kanjian.images.fonts import columns_of, shorten
from kanjian.reporting.svg import drawing, element
from kanjian.reporting.wording import in_percent

_WIDTH, _HEIGHT = 440, 280
_LEFT, _RIGHT, _TOP, _BOTTOM = 52, 22, 20, 40


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a chart: points (x, y), a label, and its CSS class."""

    label: str
    points: Sequence[tuple[float, float]]
    css_class: str


@dataclass(frozen=True, slots=True)
class Axis:
    """One axis: its label, its ends, and whether to write values as percent."""

    label: str
    low: float
    high: float
    share: bool = False
    whole: bool = False


def line_chart(
    lines: Sequence[Line],
    x: Axis,
    y: Axis,
    *,
    says: str,
    mark: tuple[float, float] | None = None,
    legend: bool = True,
) -> Markup:
    """Lines over common axes, with a legend where there are several.

    Args:
        lines: What to draw; points outside the axes are cut off.
        x: The horizontal axis.
        y: The vertical axis.
        says: What the chart shows, for those who cannot see it.
        mark: A point to ring.
        legend: Whether to say which line is which; the page may do it beside the chart.

    Example:
        >>> axis = Axis("epoch", 1, 3)
        >>> line_chart([Line("loss", [(1, 2), (3, 1)], "one")], axis, axis, says="Loss")[:24]
        Markup('<svg viewBox="0 0 440 28')
    """
    drawn = [part for line in lines for part in _line(line, x, y)]
    if mark is not None:
        px, py = _place(mark, x, y)
        drawn.append(element("circle", class_="mark", cx=f"{px:.1f}", cy=f"{py:.1f}", r=6))
    named = _legend(lines) if legend and len(lines) > 1 else []
    return _chart([*_axes(x, y), *drawn, *named], says=says)


def bar_chart(
    bars: Sequence[tuple[float, float, float, float]], x: Axis, y: Axis, *, says: str
) -> Markup:
    """Bars over a dashed diagonal: the reliability picture.

    Args:
        bars: (left, right, height, weight) each; weight in 0..1 is how strongly it is drawn.
        x: The horizontal axis.
        y: The vertical axis.
        says: What the chart shows, for those who cannot see it.

    Example:
        >>> axis = Axis("probability", 0, 1, share=True)
        >>> bar_chart([(0.5, 1, 0.8, 1)], axis, axis, says="Sure").count("<rect")
        1
    """
    parts = _axes(x, y)
    for left, right, height, weight in bars:
        (x0, y0), (x1, y1) = _place((left, height), x, y), _place((right, y.low), x, y)
        parts.append(
            element(
                "rect",
                class_="bar",
                x=f"{x0 + 1:.1f}",
                y=f"{y0:.1f}",
                width=f"{x1 - x0 - 2:.1f}",
                height=f"{max(y1 - y0, 1):.1f}",
                fill_opacity=f"{0.25 + 0.75 * weight:.2f}",
            )
        )
    diagonal = Line("", [(x.low, y.low), (x.high, y.high)], "ideal")
    return _chart([*parts, *_line(diagonal, x, y)], says=says)


def matrix_chart(confusion: np.ndarray, classes: Sequence[str], *, says: str) -> Markup:
    """The confusion matrix: right on the diagonal, mistakes off it, shaded by share of the row.

    Args:
        confusion: (k, k) counts; row: the true class.
        classes: The k names.
        says: What the chart shows, for those who cannot see it.

    Example:
        >>> chart = matrix_chart(np.array([[3, 1], [0, 4]]), ("cat", "dog"), says="Confusion")
        >>> chart.count("<rect")  # an empty cell is not drawn
        3
    """
    k = len(classes)
    cell = 46 if k <= 12 else 30 if k <= 24 else 22
    names = [shorten(name, 14) for name in classes]
    longest = max(columns_of(name) for name in names)
    lean = 7 * longest > cell
    left = 30 + 8 * longest
    top = left if lean else 38
    shares = confusion / np.maximum(confusion.sum(axis=1, keepdims=True), 1)
    places = [(left + (i + 0.5) * cell, top + (i + 0.5) * cell) for i in range(k)]
    parts = [
        part
        for i, row in enumerate(places)
        for j, column in enumerate(places)
        for part in _cell(int(confusion[i, j]), float(shares[i, j]), (column[0], row[1]), cell,
                          hit=i == j)
    ]  # fmt: skip
    parts += _titles(left + k * cell / 2, top + k * cell / 2)
    for place, name in zip(places, names, strict=True):
        parts += _named(name, place, (left - 6, top - 6), lean=lean)
    # names that lean to the right need room beyond the last column
    wide, high = left + k * cell + (4 * longest if lean else 4), top + k * cell + 4
    room = f"min-width:{min(wide, left + 28 * k)}px;max-width:{wide}px"
    return drawing(*parts, width=wide, height=high, says=says, style=room)


def _titles(center_x: float, center_y: float) -> list[Markup]:
    """What columns and rows of a matrix are."""
    turned = f"translate(12 {center_y:g}) rotate(-90)"
    return [
        element("text", _("prediction"), class_="label", text_anchor="middle",
                x=f"{center_x:g}", y=12),
        element("text", _("true class"), class_="label", text_anchor="middle", transform=turned),
    ]  # fmt: skip


def _named(
    name: str, place: tuple[float, float], edge: tuple[float, float], *, lean: bool
) -> list[Markup]:
    """A class beside its row and above its column."""
    x, y = place
    row = element("text", name, class_="name", text_anchor="end", x=edge[0], y=f"{y + 4:g}")
    if lean:
        turned = f"translate({x + 4:g} {edge[1]}) rotate(-60)"
        return [row, element("text", name, class_="name", transform=turned)]
    return [
        row,
        element("text", name, class_="name", text_anchor="middle", x=f"{x:g}", y=edge[1]),
    ]


def _cell(
    count: int, share: float, center: tuple[float, float], size: int, *, hit: bool
) -> list[Markup]:
    """One cell: a shaded square and its count; an empty one is left out."""
    if not count:
        return []
    x, y = center
    # the square root lifts small shares: one mistake in a hundred must be seen
    strength = math.sqrt(share)
    return [
        element("rect", class_="hit" if hit else "miss", x=f"{x - size / 2 + 1:g}",
                y=f"{y - size / 2 + 1:g}", width=size - 2, height=size - 2, rx=3,
                fill_opacity=f"{0.08 + 0.92 * strength:.2f}"),
        element("text", _brief(count), class_="count strong" if strength > 0.6 else "count",
                text_anchor="middle", x=f"{x:g}", y=f"{y + 4:g}"),
    ]  # fmt: skip


def _brief(number: int) -> str:
    return str(number) if number < 10_000 else f"{number // 1000}k"


def _place(point: tuple[float, float], x: Axis, y: Axis) -> tuple[float, float]:
    across = (point[0] - x.low) / ((x.high - x.low) or 1)
    up = (point[1] - y.low) / ((y.high - y.low) or 1)
    return (
        _LEFT + across * (_WIDTH - _LEFT - _RIGHT),
        _HEIGHT - _BOTTOM - min(max(up, -0.02), 1.02) * (_HEIGHT - _TOP - _BOTTOM),
    )


def _line(line: Line, x: Axis, y: Axis) -> list[Markup]:
    places = [_place(point, x, y) for point in line.points if math.isfinite(point[1])]
    path = " ".join(f"{px:.1f},{py:.1f}" for px, py in places)
    drawn = [element("polyline", class_=line.css_class, points=path)]
    if len(places) <= 20 and line.css_class != "ideal":
        drawn += [
            element("circle", class_=line.css_class, cx=f"{px:.1f}", cy=f"{py:.1f}", r=2.5)
            for px, py in places
        ]
    return drawn


def _axes(x: Axis, y: Axis) -> list[Markup]:
    """The grid with its values, and both labels."""
    right, bottom = _WIDTH - _RIGHT, _HEIGHT - _BOTTOM
    parts = []
    for value in ticks(y.low, y.high):
        py = _place((x.low, value), x, y)[1]
        parts += [
            element("line", class_="grid", x1=_LEFT, x2=right, y1=f"{py:.1f}", y2=f"{py:.1f}"),
            element("text", _value(value, y), class_="tick", text_anchor="end", x=_LEFT - 6,
                    y=f"{py + 4:.1f}"),
        ]  # fmt: skip
    for value in ticks(x.low, x.high, whole=x.whole):
        px = _place((value, y.low), x, y)[0]
        parts.append(element("text", _value(value, x), class_="tick", text_anchor="middle",
                             x=f"{px:.1f}", y=bottom + 16))  # fmt: skip
    turned = f"translate(12 {(_TOP + bottom) / 2:.0f}) rotate(-90)"
    parts += [
        element("text", x.label, class_="label", text_anchor="middle",
                x=f"{(_LEFT + right) / 2:.0f}", y=_HEIGHT - 6),
        element("text", y.label, class_="label", text_anchor="middle", transform=turned),
    ]  # fmt: skip
    return parts


def ticks(low: float, high: float, *, whole: bool = False) -> list[float]:
    """Round values from `low` to `high`, about five.

    Example:
        >>> ticks(0.0, 1.0), ticks(1, 3, whole=True)
        ([0.0, 0.2, 0.4, 0.6, 0.8, 1.0], [1.0, 2.0, 3.0])
    """
    span = (high - low) or 1.0
    power = 10.0 ** math.floor(math.log10(span / 5))
    step = min((power * f for f in (1, 2, 5, 10)), key=lambda s: abs(span / s - 5))
    if whole:
        step = max(1.0, float(round(step)))
    first = math.ceil(low / step - 1e-9)
    return [round(i * step, 10) for i in range(first, math.floor(high / step + 1e-9) + 1)]


def _value(value: float, axis: Axis) -> str:
    return in_percent(f"{100 * value:.4g}") if axis.share else f"{value:.4g}"


def _legend(lines: Sequence[Line]) -> list[Markup]:
    parts, left = [], float(_LEFT + 8)
    for line in lines:
        parts += [
            element(
                "line", class_=line.css_class, x1=f"{left:.0f}", x2=f"{left + 18:.0f}", y1=8, y2=8
            ),
            element("text", line.label, class_="tick", x=f"{left + 23:.0f}", y=12),
        ]
        left += 40 + 7 * columns_of(line.label)
    return parts


def _chart(parts: Sequence[Markup], *, says: str) -> Markup:
    return drawing(*parts, width=_WIDTH, height=_HEIGHT, says=says)


def interval_chart(
    dots: Sequence[tuple[str, float]],
    x: Axis,
    *,
    mean: float,
    interval: tuple[float, float],
    says: str,
) -> Markup:
    """A row with a dot for each result, and the mean with its interval behind them.

    Args:
        dots: (name, value) of each, from top to bottom.
        x: The axis of the values.
        mean: Their mean.
        interval: Where it may lie.
        says: What the chart shows, for those who cannot see it.

    Example:
        >>> axis = Axis("accuracy", 0.8, 1, share=True)
        >>> chart = interval_chart([("1", 0.9)], axis, mean=0.9, interval=(0.85, 0.95), says="")
        >>> chart.count("<circle")
        1
    """
    left = 24 + 7 * max(columns_of(name) for name, value in dots)
    width, top, row = _WIDTH - left - _RIGHT, 10, 24
    bottom = top + row * len(dots)

    def across(value: float) -> float:
        return left + width * (value - x.low) / ((x.high - x.low) or 1)

    low, high = (across(end) for end in interval)
    rows = [(name, value, top + row * (i + 0.5)) for i, (name, value) in enumerate(dots)]
    parts = [
        element("rect", class_="band", x=f"{low:.1f}", y=top, width=f"{high - low:.1f}",
                height=bottom - top),
        *(element("line", class_="grid", x1=left, x2=left + width, y1=y, y2=y)
          for name, value, y in rows),
        element("line", class_="one", x1=f"{across(mean):.1f}", x2=f"{across(mean):.1f}", y1=top,
                y2=bottom),
    ]  # fmt: skip
    for name, value, y in rows:
        parts += [
            element("text", name, class_="name", text_anchor="end", x=left - 8, y=y + 4),
            element("circle", class_="dot", cx=f"{across(value):.1f}", cy=y, r=4.5),
        ]
    parts += [
        element("text", _value(value, x), class_="tick", text_anchor="middle",
                x=f"{across(value):.1f}", y=bottom + 16)
        for value in ticks(x.low, x.high)
    ]  # fmt: skip
    parts.append(element("text", x.label, class_="label", text_anchor="middle",
                         x=f"{left + width / 2:.0f}", y=bottom + 34))  # fmt: skip
    return drawing(*parts, width=_WIDTH, height=bottom + 40, says=says)


def area_chart(points: Sequence[tuple[float, float]], *, color: str) -> Markup:
    """The ground below a line, as wide as the page: a share that changes over time.

    Args:
        points: (x, y) with both in 0..1, from left to right.
        color: Of the ground.

    Example:
        >>> area_chart([(0, 1), (1, 0.5)], color="#123456").count("<polygon")
        1
    """
    across = [f"{1000 * x:.1f},{40 - 40 * y:.1f}" for x, y in points]
    first, last = across[0].partition(",")[2], across[-1].partition(",")[2]
    line = " ".join(["0,40", f"0,{first}", *across, f"1000,{last}", "1000,40"])
    return element(
        "svg", element("polygon", points=line, fill=color),
        viewBox="0 0 1000 40", preserveAspectRatio="none", aria_hidden="true",
    )  # fmt: skip
