"""A histogram as a picture."""

import numpy as np

from kanjian.errors import ImageError
from kanjian.images.pictures import takes_picture
from kanjian.imaging.histogram import Backend, histogram
from kanjian.imaging.operations import Drawn
from kanjian.imaging.overlay import word

_HEIGHT, _WIDTH, _LEFT, _BELOW, _GAP = 256, 512, 58, 22, 10
_COLORS = {"red": (200, 40, 40), "green": (30, 140, 50), "blue": (40, 80, 200)}
_INK, _GRID = (70, 76, 84), (228, 226, 220)


@takes_picture
def plot_histogram(
    image: np.ndarray,
    *,
    width: int = 1,
    mask: np.ndarray | None = None,
    logarithmic: bool = False,
    backend: Backend = "bincount",
) -> Drawn:
    """How often each level comes, as a plot: gray, or a line for each color.

    Args:
        image: Gray or RGB; uint8.
        width: Levels in a bin.
        mask: Count only where it is not 0; in a chain the name of a picture file.
        logarithmic: Show rare levels too.
        backend: As in `histogram`.

    Returns:
        picture: the plot. facts: of each channel the mean, standard deviation, median,
        darkest and brightest level; data["histogram"] as `histogram` gives it.

    Raises:
        ImageError: As `histogram`, and if the mask leaves no pixel.

    Example:
        >>> plot_histogram(np.array([[0, 10]], np.uint8)).facts["gray"]["mean"]
        5.0
    """
    if image.dtype != np.uint8:
        raise ImageError(f"image must be uint8 to be plotted, got {image.shape} {image.dtype}.")
    counts = histogram(image, width=width, mask=mask, backend=backend)
    seen = image if mask is None else image[mask != 0]
    if not seen.size:
        raise ImageError("mask is 0 everywhere: there is no pixel to count.")
    channels = (
        {"gray": seen}
        if image.ndim == 2
        else dict(zip(_COLORS, np.moveaxis(seen, -1, 0), strict=True))
    )
    facts: dict[str, object] = {name: _told(values) for name, values in channels.items()}
    return Drawn(_plot(np.atleast_2d(counts), width, logarithmic), facts, {"histogram": counts})


def _told(values: np.ndarray) -> dict[str, float]:
    return {
        "mean": round(float(values.mean()), 3),
        "deviation": round(float(values.std()), 3),
        "median": float(np.median(values)),
        "darkest": int(values.min()),
        "brightest": int(values.max()),
    }


def _plot(counts: np.ndarray, width: int, logarithmic: bool) -> np.ndarray:
    heights = np.log10(1 + counts) if logarithmic else counts.astype(np.float64)
    top = float(heights.max())
    # every column of the plot shows the bin its level lies in: two columns to a level
    bins = np.arange(_WIDTH) // 2 // width
    tall = np.rint(heights[:, bins] / top * (_HEIGHT - 6)).astype(int)
    field = np.full((_HEIGHT, _WIDTH, 3), 255, np.uint8)
    field[[round(_HEIGHT - 1 - (_HEIGHT - 6) * share) for share in (0.5, 1)]] = _GRID
    field[:, [2 * level for level in (64, 128, 192)]] = _GRID
    row = np.arange(_HEIGHT - 1, -1, -1)[:, None]
    if len(counts) == 1:
        field[row < tall[0]] = _INK
    else:
        for line, color in zip(tall, _COLORS.values(), strict=True):
            _draw_line(field, row, line, color)
    return _framed(field, counts.max(), logarithmic)


def _draw_line(
    field: np.ndarray, row: np.ndarray, line: np.ndarray, color: tuple[int, int, int]
) -> None:
    """Below the line a shade of the color, the line itself two pixels thick, joined upright."""
    below = row < line
    shade = np.array(color, np.float64) * 0.25
    field[below] = np.rint(field[below] * 0.75 + shade).astype(np.uint8)
    before = np.concatenate([line[:1], line[:-1]])
    low, high = np.minimum(line, before) - 2, np.maximum(line, before)
    field[(row >= low) & (row < np.maximum(high, low + 2))] = color


def _framed(field: np.ndarray, most: int, logarithmic: bool) -> np.ndarray:
    """With figures at its left and below it."""
    framed = np.full((_GAP + _HEIGHT + 1 + _BELOW, _LEFT + 1 + _WIDTH + 2 * _GAP, 3), 255, np.uint8)
    framed[_GAP : _GAP + _HEIGHT, _LEFT + 1 : _LEFT + 1 + _WIDTH] = field
    framed[_GAP : _GAP + _HEIGHT + 1, _LEFT] = framed[
        _GAP + _HEIGHT, _LEFT : _LEFT + 1 + _WIDTH
    ] = _INK
    half = round((1 + most) ** 0.5 - 1) if logarithmic else most / 2
    for share, value in ((1, most), (0.5, half), (0, 0)):
        middle = _GAP + _HEIGHT - 1 - round((_HEIGHT - 6) * share)
        _put(framed, word(_short(value), color=_INK), middle, right=_LEFT - 3)
    for level in (0, 64, 128, 192, 255):
        tick = word(str(level), color=_INK)
        right = _LEFT + 1 + 2 * level + tick.shape[1] // 2
        _put(framed, tick, _GAP + _HEIGHT + 11, right=right)
    return framed


def _put(framed: np.ndarray, tick: np.ndarray, middle: int, *, right: int) -> None:
    top, height, width = max(0, middle - 8), *tick.shape[:2]
    framed[top : top + height, right - width : right] = tick


def _short(value: float) -> str:
    if value >= 1e6:
        return f"{value / 1e6:.3g}M"
    return f"{value / 1e3:.4g}k" if value >= 1e4 else f"{value:g}"
