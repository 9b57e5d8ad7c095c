"""Pieces of HTML for a cell of a notebook, light or dark; every text in them is escaped."""

import base64
from collections.abc import Iterable, Mapping, Sequence
from html import escape

import numpy as np

from kanjian.images.resize import resize
from kanjian.images.write import encode_png
from kanjian.names import printable

TILE_PX = 96
_BLUE = "#0072b2"
_QUIET = "opacity:.7"
_CELL = "padding:0 .6em;text-align:right"


def text(words: object) -> str:
    r"""Words as HTML: no markup, and nothing that cannot be seen.

    Example:
        >>> print(text("<b>\u202ecat"))
        &lt;b&gt;\\u202ecat
    """
    return escape(printable(words))


def frame(title: str, *parts: str) -> str:
    """What a cell shows: a title and its parts, one below the other.

    Args:
        title: Plain text.
        *parts: HTML; empty ones are left out.
    """
    body = "".join(f"<div>{part}</div>" for part in parts if part)
    return (
        '<div style="font:14px/1.5 system-ui,sans-serif;max-width:60em">'
        f'<div style="font-weight:600">{text(title)}</div>{body}</div>'
    )


def note(words: str) -> str:
    """A line in the background; empty for no words."""
    return f'<span style="{_QUIET}">{text(words)}</span>' if words else ""


def picture(image: np.ndarray, *, longest_px: int = TILE_PX, title: str = "") -> str:
    """A picture of about this size; small ones are enlarged by whole pixels.

    Args:
        image: RGB or gray, uint8.
        longest_px: Its longer side on the screen.
        title: Shown while the mouse rests on it.
    """
    height, width = image.shape[:2]
    factor = longest_px / max(height, width)
    shown_hw = max(1, round(height * factor)), max(1, round(width * factor))
    # twice what is shown, for screens with small pixels
    if factor < 0.5:
        image = resize(image, (2 * shown_hw[0], 2 * shown_hw[1]))
    return png(encode_png(image), width_px=shown_hw[1], title=title, sharp=factor > 1)


def png(content: bytes, *, width_px: int, title: str = "", sharp: bool = False) -> str:
    """The bytes of a PNG file as HTML."""
    how = "image-rendering:pixelated;" if sharp else ""
    address = f"data:image/png;base64,{base64.b64encode(content).decode()}"
    return (
        f'<img src="{address}" alt="{text(title)}" title="{text(title)}" '
        f'style="{how}width:{width_px}px;max-width:100%;margin:2px;display:inline-block">'
    )


def bars(shares: Iterable[tuple[str, float]]) -> str:
    """Names, each with a bar as long as its share, the first one strong."""
    rows = [
        f'<tr><td style="text-align:right">{text(name)}</td>'
        f'<td style="width:180px"><div style="background:{_BLUE};height:.8em;'
        f'width:{100 * share:.1f}%;opacity:{1 if place == 0 else 0.45}"></div></td>'
        f'<td style="text-align:right">{100 * share:.1f}&nbsp;%</td></tr>'
        for place, (name, share) in enumerate(shares)
    ]
    return f"<table>{''.join(rows)}</table>"


def facts(pairs: Mapping[str, object]) -> str:
    """Names and values in two columns; what is None is left out."""
    rows = [
        f'<tr><td style="text-align:left;{_QUIET}">{text(name)}</td>'
        f'<td style="text-align:left">{text(value)}</td></tr>'
        for name, value in pairs.items()
        if value is not None
    ]
    return f"<table>{''.join(rows)}</table>" if rows else ""


def table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Rows of plain text under a header."""
    top = "".join(f'<th style="{_CELL}">{text(name)}</th>' for name in head)
    body = "".join(
        "<tr>" + "".join(f'<td style="{_CELL}">{text(cell)}</td>' for cell in row) + "</tr>"
        for row in rows
    )
    return f"<table><tr>{top}</tr>{body}</table>"


def progress(share: float) -> str:
    """A bar that fills from 0 to 1."""
    return (
        '<div style="width:20em;height:.7em;border:1px solid currentColor;border-radius:3px">'
        f'<div style="background:{_BLUE};height:100%;width:{100 * min(max(share, 0), 1):.1f}%">'
        "</div></div>"
    )
