"""The pictures of the studies: many curves in one, folds beside each other, the rate sweep."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from kanjian import extras
from kanjian.i18n import _
from kanjian.images.fonts import drawable, words_in_pictures
from kanjian.reporting import canvas

if TYPE_CHECKING:
    from kanjian.experiments.lr_curve import RateCurve

# Okabe and Ito's colors, told apart by color-blind eyes too; after the seventh the line is
# dashed, after the fourteenth dotted
_COLORS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")
_LINES = ("-", "--", ":")
_GRAY = "#666666"
_LOGIT_FROM = 0.9


@dataclass(frozen=True)
class Curve:
    """What to draw of one training.

    Args:
        name: As the label says it.
        loss: Training loss, one per epoch.
        accuracy: Accuracy on held-out pictures, one per epoch; empty if there is none.
        result: What the label adds, as in "98.4 %".
    """

    name: str
    loss: Sequence[float]
    accuracy: Sequence[float]
    result: str = ""


def _percent(share: float, _: int) -> str:
    return f"{100 * share:.4g} %"


@words_in_pictures()
def draw_curves(curves: Sequence[Curve], *, n_judged: int) -> Any:
    """Loss and accuracy of many trainings in one picture, labeled at the end of each curve.

    Args:
        curves: Best first; the labels stand in this order.
        n_judged: Pictures behind each accuracy; says how near to 100 % the axis must go.

    Returns:
        A matplotlib figure.

    Example:
        >>> curves = [Curve("adam", [0.9, 0.4], [0.8, 0.9], "90 %")]
        >>> len(draw_curves(curves, n_judged=100).axes)
        2
    """
    height = max(4.2, 1.2 + 0.27 * len(curves))
    figure = canvas.figure(11.5, height)
    loss_axes, accuracy_axes = figure.subplots(1, 2, width_ratios=(1, 1.15))
    ends = []
    for number, curve in enumerate(curves):
        color = _COLORS[number % len(_COLORS)]
        style = {
            "color": color,
            "linestyle": _LINES[number // len(_COLORS) % len(_LINES)],
            "linewidth": 1.6,
            "marker": "o",
            "markersize": 3.5,
            "zorder": 3 + len(curves) - number,  # the best lies on top
        }
        _line(loss_axes, curve.loss, style)
        _line(accuracy_axes, curve.accuracy, style)
        ends.append((curve, color))
    _dress(loss_axes, _("Loss on training pictures"), curves)
    _dress(accuracy_axes, _("Accuracy on validation pictures"), curves)
    _scale_loss(loss_axes, curves)
    _scale_accuracy(accuracy_axes, curves, n_judged)
    _label_ends(accuracy_axes, ends)
    return figure


def _line(axes: Any, values: Sequence[float], style: dict[str, Any]) -> None:
    if len(values):
        axes.plot(np.arange(1, len(values) + 1), values, **style)


def _dress(axes: Any, title: str, curves: Sequence[Curve]) -> None:
    canvas.dress(axes, _("epoch"), "", title=title)
    last = max((len(curve.loss) for curve in curves), default=1)
    axes.set_xlim(0.7 if last < 8 else 0, max(last, 1) + 0.3)
    axes.xaxis.get_major_locator().set_params(integer=True, min_n_ticks=1)


def _scale_loss(axes: Any, curves: Sequence[Curve]) -> None:
    values = [loss for curve in curves for loss in curve.loss if np.isfinite(loss) and loss > 0]
    if values and max(values) > 8 * min(values):
        axes.set_yscale("log")
        axes.yaxis.set_major_formatter("{x:g}")
        ticker = extras.load("matplotlib.ticker")
        axes.yaxis.set_major_locator(ticker.LogLocator(subs=(1.0, 2.0, 5.0)))
        axes.yaxis.set_minor_formatter(ticker.NullFormatter())


def _scale_accuracy(axes: Any, curves: Sequence[Curve], n_judged: int) -> None:
    """Percent; where most is above 90 %, an axis on which 99 and 99.5 % lie apart."""
    values = [share for curve in curves for share in curve.accuracy]
    if not values or max(values) < _LOGIT_FROM:
        axes.yaxis.set_major_formatter(_percent)
        return
    edge = 1 / (2 * max(n_judged, 1))  # 100 % lies at infinity: draw it half a picture short
    for line in axes.lines:
        line.set_ydata(np.clip(line.get_ydata(), edge, 1 - edge))
    axes.set_yscale("logit")
    low, high = max(min(values), edge), min(max(values), 1 - edge)
    shares = [0.001, 0.01, 0.1, 0.2, 0.5, 0.8, 0.9, 0.95, 0.98, 0.99, 0.995, 0.998, 0.999, 0.9999]
    below = max((share for share in shares if share <= low), default=low)
    above = min((share for share in shares if share >= high), default=high)
    ticks = [share for share in shares if below <= share <= above]
    axes.set_yticks(ticks, [f"{100 * share:g} %" for share in ticks])
    axes.set_yticks([], minor=True)
    axes.set_ylim(min(low, below) * 0.97, 1 - (1 - max(high, above)) * 0.93)


def _label_ends(axes: Any, ends: Sequence[tuple[Curve, str]]) -> None:
    """Names beside the ends of the curves, in the given order, never over each other."""
    to_share = axes.transData + axes.transAxes.inverted()
    lines = iter(list(axes.lines))
    starts = [
        to_share.transform(next(lines).get_xydata()[-1]) if len(curve.accuracy) else None
        for curve, _ in ends
    ]
    gap = 0.055 * 4.2 / max(4.2, 1.2 + 0.27 * len(ends))
    heights = _spread([0.0 if start is None else float(start[1]) for start in starts], gap)
    names, families = drawable([curve.name for curve, _ in ends], most=40)
    for (curve, color), start, height in zip(ends, starts, heights, strict=True):
        if start is not None:
            axes.plot(
                [start[0], 1.03, 1.05], [start[1], height, height], color=color, linewidth=0.7,
                alpha=0.7, transform=axes.transAxes, clip_on=False,
            )  # fmt: skip
        axes.text(
            1.06, height, f"{names[curve.name]}  {curve.result}".rstrip(), color=color,
            fontsize=9, va="center", family=families, parse_math=False, transform=axes.transAxes,
        )  # fmt: skip


def _spread(wanted: Sequence[float], gap: float) -> list[float]:
    """Heights near the wanted ones, falling, at least `gap` apart and above 0.

    Example:
        >>> [round(height, 3) for height in _spread([0.9, 0.9, 0.0, 0.0], 0.1)]
        [0.9, 0.8, 0.1, 0.0]
    """
    heights = list(wanted)
    for number in range(1, len(heights)):
        heights[number] = min(heights[number], heights[number - 1] - gap)
    floor = 0.0
    for number in reversed(range(len(heights))):
        heights[number] = max(heights[number], floor)
        floor = heights[number] + gap
    return heights


@words_in_pictures()
def draw_folds(names: Sequence[str], results: Sequence[tuple[float, int]], mean: float,
               interval: tuple[float, float]) -> Any:  # fmt: skip
    """The accuracy of every fold, and their mean with its interval.

    Args:
        names: What to call the folds.
        results: (accuracy, pictures) of each.
        mean: Mean accuracy.
        interval: Where the mean may lie.

    Example:
        >>> figure = draw_folds(["1", "2"], [(0.9, 50), (0.8, 50)], 0.85, (0.7, 1.0))
        >>> len(figure.axes)
        1
    """
    figure = canvas.figure(7.5, 1.5 + 0.32 * len(results))
    axes = figure.subplots()
    rows = np.arange(len(results))
    axes.axvspan(*interval, color="#0072B2", alpha=0.13, linewidth=0)
    axes.axvline(mean, color="#0072B2", linewidth=1.4)
    shares = [share for share, _ in results]
    axes.plot(shares, rows, "o", color="black", markersize=6)
    for row, (share, n) in enumerate(results):
        said = _("{share} %  of {n}", share=f"{100 * share:.2f}", n=n)
        axes.text(1.02, row, said, va="center", fontsize=9, color=_GRAY,
                  transform=axes.get_yaxis_transform())  # fmt: skip
    axes.set_yticks(rows, [_("fold {name}", name=name) for name in names])
    axes.set_ylim(len(results) - 0.4, -0.6)
    low, high = min(*shares, interval[0]), max(*shares, interval[1])
    margin = max(high - low, 0.002) * 0.08
    axes.set_xlim(low - margin, high + margin)
    axes.xaxis.set_major_formatter(_percent)
    low_end, mean_share, high_end = (f"{100 * share:.2f}" for share in sorted((*interval, mean)))
    title = _("Mean {mean} %, 95 % interval {low} to {high} %",
              mean=mean_share, low=low_end, high=high_end)  # fmt: skip
    canvas.dress(axes, _("accuracy on the pictures held out"), "", title=title)
    return figure


@words_in_pictures()
def draw_rate_curve(curve: "RateCurve") -> Any:
    """Loss over learning rate, with the suggestion marked."""
    figure = canvas.figure(7.5, 4.4)
    axes = figure.subplots()
    axes.plot(curve.rates, curve.losses, color="#b8b8b8", linewidth=0.8, label=_("each step"))
    axes.plot(curve.rates, curve.smoothed, color="#0072B2", linewidth=1.8, label=_("smoothed"))
    axes.set_xscale("log")
    # the last steps of a run that diverged would press all others flat
    start, best = max(curve.smoothed[:5]), min(curve.smoothed)
    room = max(start - best, 1e-12)
    axes.set_ylim(best - 0.25 * room, start + 0.6 * room)
    axes.axvline(curve.suggested, color="#D55E00", linewidth=1.4)
    axes.annotate(
        _("suggested: {rate}", rate=f"{curve.suggested:.2g}"),
        (curve.suggested, 0.93), xytext=(5, 0),
        xycoords=("data", "axes fraction"), textcoords="offset points", color="#D55E00",
    )  # fmt: skip
    lowest = curve.rates[int(np.argmin(curve.smoothed))]
    axes.plot(lowest, best, "v", color="#0072B2", markersize=7)
    axes.annotate(
        _("lowest loss: {rate}", rate=f"{lowest:.2g}"),
        (lowest, best), xytext=(0, -14), ha="center",
        textcoords="offset points", color="#0072B2", fontsize=9,
    )  # fmt: skip
    across = _("learning rate of {optimizer}, {n} pictures per step",
               optimizer=curve.optimizer, n=curve.batch_size)  # fmt: skip
    title = _("Loss while the learning rate grows")
    canvas.dress(axes, across, _("loss"), title=title)
    axes.legend(frameon=False, loc="lower left")
    return figure
