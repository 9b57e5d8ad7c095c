"""The pictures of a report as PNG files: curves, confusion, mistakes."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from kanjian import extras
from kanjian.evaluation.metrics import EvaluationResult, confused_pairs
from kanjian.evaluation.mistakes import Mistake
from kanjian.i18n import _
from kanjian.images.fonts import drawable, shorten, words_in_pictures
from kanjian.reporting import canvas
from kanjian.reporting.canvas import BLUE, DPI, INK, ORANGE, SOFT
from kanjian.reporting.wording import percent

_MATRIX_LIMIT = 40
_NUMBERS_LIMIT = 20  # more classes than this leave no room for counts in the cells
_COLUMNS, _TILE, _CAPTION, _GAP = 8, 128, 40, 12


@words_in_pictures()
def curves_png(history: Sequence[Mapping[str, Any]]) -> bytes:
    """Loss and accuracy over the epochs, training and validation.

    Args:
        history: One row for each epoch, as in `ReportFacts`.

    Example:
        >>> curves_png([{"epoch": 1, "loss": 0.5, "accuracy": 0.9}])[1:4]
        b'PNG'
    """
    if not history:
        return _words(_("No epoch was trained."))
    figure = canvas.figure(9, 3.6)
    for place, (key, name) in enumerate((("loss", _("loss")), ("accuracy", _("accuracy")))):
        axes = figure.add_subplot(1, 2, place + 1)
        for column, label, color in (
            (key, _("training"), BLUE),
            (f"val_{key}", _("validation"), ORANGE),
        ):
            known = [
                (row.get("epoch", i + 1), row[column])
                for i, row in enumerate(history)
                if row.get(column) is not None
            ]
            if known:
                marker = "o" if len(known) <= 20 else ""
                axes.plot(*zip(*known, strict=True), color=color, label=label, marker=marker, ms=3)
        canvas.dress(axes, _("epoch"), name, grid="y")
        axes.xaxis.get_major_locator().set_params(integer=True)
        if axes.lines:
            axes.legend(frameon=False, fontsize=9)
    return canvas.png(figure)


@words_in_pictures()
def confusion_png(metrics: EvaluationResult | None) -> bytes:
    """The confusion matrix, or above 40 classes the pairs confused most.

    Args:
        metrics: What to draw; None gives a picture that says so.

    Example:
        >>> confusion_png(None)[1:4]
        b'PNG'
    """
    if metrics is None:
        return _words(_("No pictures were held back for validation or test."))
    if len(metrics.classes) > _MATRIX_LIMIT:
        return _pairs_png(metrics)
    return _matrix_png(metrics)


def _matrix_png(metrics: EvaluationResult) -> bytes:
    k = len(metrics.classes)
    drawn, families = drawable(metrics.classes)
    names = [drawn[name] for name in metrics.classes]
    side = min(12.0, 2.6 + 0.46 * k)
    figure = canvas.figure(side, side)
    axes = figure.add_subplot()
    counts = metrics.confusion
    shares = np.sqrt(counts / np.maximum(counts.sum(axis=1, keepdims=True), 1))
    diagonal = np.eye(k, dtype=bool)
    # blue for right and orange for wrong, each fading to white: mistakes must stand out
    for cells, color in ((diagonal, BLUE), (~diagonal, ORANGE)):
        shade = np.ones((k, k, 4))
        shade[..., :3] = [int(color[i : i + 2], 16) / 255 for i in (1, 3, 5)]
        shade[..., 3] = np.where(cells, shares, 0)
        axes.imshow(shade)
    if k <= _NUMBERS_LIMIT:
        for i, j in zip(*np.nonzero(counts), strict=True):
            color = "white" if shares[i, j] > 0.6 else INK
            axes.text(j, i, str(counts[i, j]), ha="center", va="center", color=color, fontsize=8)
    text_style = {"family": families, "fontsize": 9 if k <= 20 else 7, "parse_math": False}
    if k * max(map(len, names)) > 60:
        turned = {"rotation": 60, "ha": "right", "rotation_mode": "anchor"}
    else:
        turned = {}
    axes.set_xticks(range(k), names, **turned, **text_style)
    axes.set_yticks(range(k), names, **text_style)
    canvas.dress(axes, _("prediction"), _("true class"))
    axes.grid(visible=False)
    axes.tick_params(length=0)
    return canvas.png(figure)


def _pairs_png(metrics: EvaluationResult) -> bytes:
    pairs = confused_pairs(metrics.confusion, metrics.classes, most=25)
    if not pairs:
        return _words(_("No confusion: every prediction was right."))
    drawn, families = drawable(metrics.classes, most=22)
    labels = [f"{drawn[true]} → {drawn[answer]}" for true, answer, _ in pairs]
    figure = canvas.figure(7.5, 1.2 + 0.26 * len(pairs))
    axes = figure.add_subplot()
    places = range(len(pairs), 0, -1)
    axes.barh(places, [times for _, _, times in pairs], color=ORANGE, height=0.7)
    axes.set_yticks(places, labels, family=families, fontsize=9, parse_math=False)
    axes.xaxis.get_major_locator().set_params(integer=True)
    axes.set_ylim(0.3, len(pairs) + 0.7)
    canvas.dress(axes, _("times"), "", grid="x")
    axes.set_title(
        _("Of {n} classes, the pairs confused most (true → prediction)", n=len(metrics.classes)),
        fontsize=10,
        color=SOFT,
        loc="left",
    )
    return canvas.png(figure)


@words_in_pictures()
def mistakes_png(mistakes: Sequence[Mistake], *, classes: Sequence[str] = ()) -> bytes:
    """A contact sheet of mistakes: each picture with its class, the answer, and how sure it was.

    Args:
        mistakes: Worst first; none gives a picture that says so.
        classes: All class names in stored order; a name no font can draw becomes its number.

    Example:
        >>> mistakes_png([Mistake(np.zeros((8, 8), np.uint8), "a.png", "cat", "dog", 0.9)])[1:4]
        b'PNG'
    """
    if not mistakes:
        return _words(_("No mistakes to show."))
    rows = -(-len(mistakes) // _COLUMNS)
    step_x, step_y = _TILE + _GAP, _TILE + _CAPTION + _GAP
    columns = min(_COLUMNS, len(mistakes))
    width, height = columns * step_x + _GAP, rows * step_y + _GAP
    sheet = np.full((height, width, 3), 255, np.uint8)
    figure = canvas.figure(width / DPI, height / DPI, layout=None)
    named = [name for mistake in mistakes for name in (mistake.true, mistake.predicted)]
    drawn, families = drawable([*classes, *named], most=12)
    for i, mistake in enumerate(mistakes):
        left, top = _GAP + i % columns * step_x, _GAP + i // columns * step_y
        image = tile(mistake.image, _TILE)
        sheet[top : top + _TILE, left : left + _TILE] = image
        said = f"→ {drawn[mistake.predicted]} {percent(mistake.probability, n=1)}"
        for line, (text, color) in enumerate(((drawn[mistake.true], INK), (said, ORANGE))):
            figure.text(
                left / width,
                1 - (top + _TILE + 16 + 16 * line) / height,
                text,
                family=families,
                fontsize=6.4,
                color=color,
                va="baseline",
                parse_math=False,
            )
    figure.figimage(sheet, zorder=-1)
    return canvas.png(figure)


def tile(image: np.ndarray, size: int) -> np.ndarray:
    """A picture in the middle of a square: small ones enlarged by whole pixels, large ones reduced.

    Args:
        image: uint8, RGB (h, w, 3) or gray (h, w).
        size: Side of the square.

    Returns:
        (size, size, 3) uint8, white where the picture does not reach.

    Example:
        >>> tile(np.zeros((2, 2), np.uint8), 5)[:, :, 0]
        array([[  0,   0,   0,   0, 255],
               [  0,   0,   0,   0, 255],
               [  0,   0,   0,   0, 255],
               [  0,   0,   0,   0, 255],
               [255, 255, 255, 255, 255]], dtype=uint8)
    """
    color = image if image.ndim == 3 else np.repeat(image[..., None], 3, axis=2)
    height, width = color.shape[:2]
    if max(height, width) > size:
        cv2 = extras.load("cv2")
        scale = size / max(height, width)
        # cv2 wants (width, height); everything of ours is (height, width)
        shape = (max(1, round(width * scale)), max(1, round(height * scale)))
        color = cv2.resize(color, shape, interpolation=cv2.INTER_AREA)
    else:
        times = size // max(height, width)
        color = color.repeat(times, axis=0).repeat(times, axis=1)
    height, width = color.shape[:2]
    square = np.full((size, size, 3), 255, np.uint8)
    top, left = (size - height) // 2, (size - width) // 2
    square[top : top + height, left : left + width] = color
    return square


def _words(text: str) -> bytes:
    """A picture that says there is nothing to draw."""
    figure = canvas.figure(4.5, 1.2)
    figure.text(0.5, 0.5, shorten(text, 60), ha="center", va="center", color=SOFT, fontsize=11)
    return canvas.png(figure)
