"""Pieces of HTML for a cell of a notebook, light or dark; every text in them is escaped.

Their markup is `templates/cell.html`; here is what goes into it.
"""

import base64
from collections.abc import Iterable, Mapping, Sequence

import numpy as np
from markupsafe import Markup

from kanjian.images.resize import resize
from kanjian.images.write import encode_png
from kanjian.names import printable, printable_lines
from kanjian.reporting.render import environment

TILE_PX = 96


def _piece(macro: str, *what: object) -> Markup:
    template = environment().get_template("cell.html")
    made: Markup = getattr(template.module, macro)(*what)
    return made


def frame(title: str, *parts: str) -> str:
    r"""What a cell shows: a title and its parts, one below the other.

    Args:
        title: Plain text.
        *parts: Pieces; empty ones are left out, and plain text is escaped.

    Example:
        >>> "&lt;b&gt;\\u202ecat" in frame("<b>\u202ecat")
        True
    """
    return _piece("frame", printable(title), parts)


def note(words: str) -> str:
    """A line in the background; empty for no words."""
    return _piece("note", printable(words))


def labeled(name: str, about: str, pictures: Iterable[str]) -> str:
    """Pictures under the name of what they show."""
    return _piece("labeled", printable(name), printable(about), list(pictures))


def beside(*parts: str) -> str:
    """Pieces beside each other."""
    return _piece("beside", parts)


def lines(words: str) -> str:
    """Text of several lines, as it is."""
    return _piece("lines", printable_lines(words))


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
    address = f"data:image/png;base64,{base64.b64encode(content).decode()}"
    return _piece("png", address, printable(title), width_px, sharp)


def bars(shares: Iterable[tuple[str, float]]) -> str:
    """Names, each with a bar as long as its share, the first one strong."""
    return _piece("bars", [(printable(name), share) for name, share in shares])


def facts(pairs: Mapping[str, object]) -> str:
    """Names and values in two columns; what is None is left out."""
    shown = [
        (printable(name), printable(value)) for name, value in pairs.items() if value is not None
    ]
    return _piece("facts", shown) if shown else ""


def table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Rows of plain text under a header."""
    return _piece("table", list(map(printable, head)), [list(map(printable, row)) for row in rows])


def progress(share: float) -> str:
    """A bar that fills from 0 to 1."""
    return _piece("progress", min(max(share, 0), 1))
