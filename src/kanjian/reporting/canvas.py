"""Figures of matplotlib as all our PNG files have them: colors, frame, grid, the same bytes again.

Drawn without pyplot, so nothing is kept between calls, no window is ever asked for, and threads
do not meet. Their words are in the language of the reader where a font here has its letters.
"""

import io
from typing import Any

from kanjian import extras
from kanjian.images.fonts import drawable

INK, SOFT, BLUE, ORANGE = "#22262b", "#626a73", "#22658f", "#c8551b"
DPI = 130


def figure(width: float, height: float, *, layout: str | None = "constrained") -> Any:
    """An empty figure, in inches."""
    module = extras.load("matplotlib.figure")
    extras.load("matplotlib.backends.backend_agg")
    return module.Figure(figsize=(width, height), dpi=DPI, layout=layout, facecolor="white")


def dress(axes: Any, across: str, up: str, *, title: str = "", grid: str = "both") -> None:
    """Light frame and grid, labels in gray; nothing taken from the user's matplotlib settings."""
    axes.set_xlabel(across, color=SOFT)
    axes.set_ylabel(up, color=SOFT)
    if title:
        axes.set_title(title, loc="left", fontsize=11, color=INK)
    axes.grid(visible=True, axis=grid, color="#e4e2dc", linewidth=0.8)
    axes.set_axisbelow(True)
    axes.tick_params(colors=SOFT, labelsize=9, labelcolor=INK)
    axes.spines[["top", "right"]].set_visible(False)
    axes.spines[["left", "bottom"]].set_color("#c9c6be")


def png(drawn: Any) -> bytes:
    """A figure as the bytes of a PNG file."""
    for text in drawn.findobj(extras.load("matplotlib.text").Text):
        if not text.get_text().isascii() and text.get_family() == ["sans-serif"]:
            text.set_family(drawable(text.get_text().split("\n"), most=1000)[1])
    stream = io.BytesIO()
    # without the version entry the same figures give the same bytes again
    drawn.savefig(stream, format="png", dpi=DPI, metadata={"Software": None})
    return stream.getvalue()
