"""Pieces of HTML, each escaped where it takes text."""

import base64
from collections.abc import Iterable, Mapping, Sequence
from html import escape
from importlib import resources

import numpy as np

from kanjian import extras

_SMALL = 64  # pictures up to this size are enlarged by whole pixels
_LARGE = 240  # and larger ones are reduced to this before they go into the page


def section(title: str, *parts: str, why: str = "") -> str:
    """One card of the page: title, a sentence for the newcomer, content; empty without content.

    Example:
        >>> print(section("A & B", "<p>x</p>", why="Why?"))
        <section>
        <h2>A &amp; B</h2>
        <p class="why">Why?</p>
        <p>x</p>
        </section>
        >>> section("A", "")
        ''
    """
    body = "\n".join(part for part in parts if part)
    if not body:
        return ""
    reason = f'<p class="why">{escape(why)}</p>\n' if why else ""
    return f"<section>\n<h2>{escape(title)}</h2>\n{reason}{body}\n</section>\n"


def text(words: str) -> str:
    """Plain words as HTML; a number stays on the line of its percent sign.

    Example:
        >>> text("1 < 2, 50 %")
        '1 &lt; 2, 50&nbsp;%'
    """
    return escape(words).replace(" %", "&nbsp;%")


def paragraph(words: str, *, look: str = "") -> str:
    """A paragraph of plain text; empty for empty text.

    Example:
        >>> paragraph("1 < 2"), paragraph("")
        ('<p>1 &lt; 2</p>', '')
    """
    opening = f'<p class="{look}">' if look else "<p>"
    return f"{opening}{text(words)}</p>" if words else ""


def facts_list(facts: Mapping[str, str]) -> str:
    """Names and values side by side.

    Example:
        >>> facts_list({"time": "3 s"})
        '<dl class="facts"><div><dt>time</dt><dd>3 s</dd></div></dl>'
    """
    rows = "".join(
        f"<div><dt>{escape(name)}</dt><dd>{text(value)}</dd></div>" for name, value in facts.items()
    )
    return f'<dl class="facts">{rows}</dl>' if rows else ""


def table(heads: Sequence[str], rows: Iterable[Sequence[str]], *, text_columns: int = 1) -> str:
    """A table; columns after the first `text_columns` hold numbers and stand to the right.

    Example:
        >>> table(["class", "n"], [["<cat>", "3"]]).count("&lt;cat&gt;")
        1
    """

    def row(cells: Sequence[str], tag: str) -> str:
        looks = ["" if i < text_columns else ' class="n"' for i in range(len(cells))]
        return "".join(
            f"<{tag}{look}>{text(cell)}</{tag}>" for cell, look in zip(cells, looks, strict=True)
        )

    body = "\n".join(f"<tr>{row(cells, 'td')}</tr>" for cells in rows)
    return (
        f'<div class="wide"><table>\n<thead><tr>{row(heads, "th")}</tr></thead>\n'
        f"<tbody>\n{body}\n</tbody>\n</table></div>"
    )


def details(summary: str, content: str) -> str:
    r"""Content that opens on a click.

    Example:
        >>> details("more", "<p>x</p>")
        '<details><summary>more</summary>\n<p>x</p>\n</details>'
    """
    return f"<details><summary>{escape(summary)}</summary>\n{content}\n</details>"


def page(title: str, sections: Iterable[str], *, footer: str) -> str:
    """A whole page that stands alone: no scripts, nothing loaded from anywhere.

    Example:
        >>> "<h1>A &amp; B</h1>" in page("A & B", ["<p>x</p>"], footer="")
        True
    """
    style = resources.files("kanjian.evaluation").joinpath("page.css").read_text("utf-8")
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(title)} – kanjian</title>\n<style>\n{style}</style>\n"
        f"</head>\n<body>\n<main>\n<h1>{escape(title)}</h1>\n{''.join(sections)}"
        f"<footer>{escape(footer)}</footer>\n</main>\n</body>\n</html>\n"
    )


def picture(image: np.ndarray, *, alt: str, side: int = _LARGE) -> str:
    """A picture inside the page, as a data address.

    Small pictures go in as they are (PNG) and the browser shows their pixels; large ones
    are reduced to `side` and go in as JPEG, about 10 kB each.

    Example:
        >>> picture(np.zeros((4, 4), np.uint8), alt="four")[:41]
        '<img class="small" src="data:image/png;ba'
    """
    cv2 = extras.load("cv2")
    height, width = image.shape[:2]
    small = max(height, width) <= _SMALL
    scale = min(1.0, side / max(height, width))
    if scale < 1:
        # cv2 wants (width, height); everything of ours is (height, width)
        size = (max(1, round(width * scale)), max(1, round(height * scale)))
        image = cv2.resize(image, size, interpolation=cv2.INTER_AREA)
    stored = image if image.ndim == 2 else image[..., ::-1]
    kind = "png" if small else "jpeg"
    _, content = cv2.imencode(f".{kind}", np.ascontiguousarray(stored))
    address = base64.b64encode(content).decode("ascii")
    look = ' class="small"' if small else ""
    return f'<img{look} src="data:image/{kind};base64,{address}" alt="{escape(alt)}">'
