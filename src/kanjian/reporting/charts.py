"""Small charts as inline SVG: sharp at every size, in the page's colors, light or dark.

Colors and fonts come from classes in page.css, so that one chart serves both themes and
names in any script are drawn by the browser's own fonts.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

import numpy as np

from kanjian.images.fonts import columns_of, shorten

_WIDTH, _HEIGHT = 440, 280
_LEFT, _RIGHT, _TOP, _BOTTOM = 52, 22, 20, 40


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a chart: points (x, y), a label, and its CSS class."""

    label: str
    points: Sequence[tuple[float, float]]
    look: str


@dataclass(frozen=True, slots=True)
class Axis:
    """One axis: its label, its ends, and whether to write values as percent."""

    label: str
    low: float
    high: float
    share: bool = False
    whole: bool = False


def line_chart(
    lines: Sequence[Line], x: Axis, y: Axis, *, says: str, mark: tuple[float, float] | None = None
) -> str:
    """Lines over common axes, with a legend where there are several.

    Args:
        lines: What to draw; points outside the axes are cut off.
        x: The horizontal axis.
        y: The vertical axis.
        says: What the chart shows, for those who cannot see it.
        mark: A point to ring.

    Example:
        >>> axis = Axis("epoch", 1, 3)
        >>> line_chart([Line("loss", [(1, 2), (3, 1)], "one")], axis, axis, says="Loss")[:24]
        '<svg viewBox="0 0 440 28'
    """
    drawn = [_line(line, x, y) for line in lines]
    if mark is not None:
        px, py = _place(mark, x, y)
        drawn.append(f'<circle class="mark" cx="{px:.1f}" cy="{py:.1f}" r="6"/>')
    legend = _legend(lines) if len(lines) > 1 else ""
    return _svg("".join(_axes(x, y) + drawn) + legend, says=says)


def bar_chart(
    bars: Sequence[tuple[float, float, float, float]], x: Axis, y: Axis, *, says: str
) -> str:
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
            f'<rect class="bar" x="{x0 + 1:.1f}" y="{y0:.1f}" width="{x1 - x0 - 2:.1f}" '
            f'height="{max(y1 - y0, 1):.1f}" fill-opacity="{0.25 + 0.75 * weight:.2f}"/>'
        )
    diagonal = Line("", [(x.low, y.low), (x.high, y.high)], "ideal")
    parts.append(_line(diagonal, x, y))
    return _svg("".join(parts), says=says)


def matrix_chart(confusion: np.ndarray, classes: Sequence[str], *, says: str) -> str:
    """The confusion matrix: right answers on the diagonal, mistakes off it, shaded by row share.

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
        _cell(int(confusion[i, j]), float(shares[i, j]), (x, y), cell, hit=i == j)
        for i, (_, y) in enumerate(places)
        for j, (x, _) in enumerate(places)
    ]
    center_x, center_y = left + k * cell / 2, top + k * cell / 2
    parts.append(
        f'<text class="label" text-anchor="middle" x="{center_x:g}" y="12">answer</text>'
        '<text class="label" text-anchor="middle" '
        f'transform="translate(12 {center_y:g}) rotate(-90)">true class</text>'
    )
    for (x, y), name in zip(places, names, strict=True):
        turned = f'transform="translate({x + 4:g} {top - 6}) rotate(-60)"'
        flat = f'text-anchor="middle" x="{x:g}" y="{top - 6}"'
        parts.append(
            f'<text class="name" text-anchor="end" x="{left - 6}" y="{y + 4:g}">'
            f"{escape(name)}</text>"
            f'<text class="name" {turned if lean else flat}>{escape(name)}</text>'
        )
    # names that lean to the right need room beyond the last column
    wide, high = left + k * cell + (4 * longest if lean else 4), top + k * cell + 4
    return (
        f'<svg viewBox="0 0 {wide} {high}" style="min-width:{min(wide, left + 28 * k)}px;'
        f'max-width:{wide}px" role="img" aria-label="{escape(says)}">{"".join(parts)}</svg>'
    )


def _cell(count: int, share: float, center: tuple[float, float], size: int, *, hit: bool) -> str:
    """One cell: a shaded square and its count; an empty one is left out."""
    if not count:
        return ""
    x, y = center
    # the square root lifts small shares: one mistake in a hundred must be seen
    strength = math.sqrt(share)
    return (
        f'<rect class="{"hit" if hit else "miss"}" x="{x - size / 2 + 1:g}" '
        f'y="{y - size / 2 + 1:g}" width="{size - 2}" height="{size - 2}" rx="3" '
        f'fill-opacity="{0.08 + 0.92 * strength:.2f}"/>'
        f'<text class="count{" strong" if strength > 0.6 else ""}" text-anchor="middle" '
        f'x="{x:g}" y="{y + 4:g}">{_brief(count)}</text>'
    )


def _brief(number: int) -> str:
    return str(number) if number < 10_000 else f"{number // 1000}k"


def _place(point: tuple[float, float], x: Axis, y: Axis) -> tuple[float, float]:
    across = (point[0] - x.low) / ((x.high - x.low) or 1)
    up = (point[1] - y.low) / ((y.high - y.low) or 1)
    return (
        _LEFT + across * (_WIDTH - _LEFT - _RIGHT),
        _HEIGHT - _BOTTOM - min(max(up, -0.02), 1.02) * (_HEIGHT - _TOP - _BOTTOM),
    )


def _line(line: Line, x: Axis, y: Axis) -> str:
    places = [_place(point, x, y) for point in line.points if math.isfinite(point[1])]
    path = " ".join(f"{px:.1f},{py:.1f}" for px, py in places)
    drawn = f'<polyline class="{line.look}" points="{path}"/>'
    if len(places) <= 20 and line.look != "ideal":
        drawn += "".join(
            f'<circle class="{line.look}" cx="{px:.1f}" cy="{py:.1f}" r="2.5"/>'
            for px, py in places
        )
    return drawn


def _axes(x: Axis, y: Axis) -> list[str]:
    """The grid with its values, and both labels."""
    right, bottom = _WIDTH - _RIGHT, _HEIGHT - _BOTTOM
    parts = []
    for value in ticks(y.low, y.high):
        _, py = _place((x.low, value), x, y)
        parts.append(
            f'<line class="grid" x1="{_LEFT}" x2="{right}" y1="{py:.1f}" y2="{py:.1f}"/>'
            f'<text class="tick" text-anchor="end" x="{_LEFT - 6}" y="{py + 4:.1f}">'
            f"{_value(value, y)}</text>"
        )
    for value in ticks(x.low, x.high, whole=x.whole):
        px, _ = _place((value, y.low), x, y)
        parts.append(
            f'<text class="tick" text-anchor="middle" x="{px:.1f}" y="{bottom + 16}">'
            f"{_value(value, x)}</text>"
        )
    parts.append(
        f'<text class="label" text-anchor="middle" x="{(_LEFT + right) / 2:.0f}" '
        f'y="{_HEIGHT - 6}">{escape(x.label)}</text>'
        f'<text class="label" text-anchor="middle" '
        f'transform="translate(12 {(_TOP + bottom) / 2:.0f}) rotate(-90)">{escape(y.label)}</text>'
    )
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
    return f"{100 * value:.4g} %" if axis.share else f"{value:.4g}"


def _legend(lines: Sequence[Line]) -> str:
    parts, left = [], float(_LEFT + 8)
    for line in lines:
        parts.append(
            f'<line class="{line.look}" x1="{left:.0f}" x2="{left + 18:.0f}" y1="8" y2="8"/>'
            f'<text class="tick" x="{left + 23:.0f}" y="12">{escape(line.label)}</text>'
        )
        left += 40 + 7 * columns_of(line.label)
    return "".join(parts)


def _svg(inside: str, *, says: str) -> str:
    return (
        f'<svg viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img" aria-label="{escape(says)}">'
        f"{inside}</svg>"
    )
