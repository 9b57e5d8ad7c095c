"""One stand-alone HTML page of pictures and tables: nothing is loaded from anywhere."""

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from importlib import resources
from itertools import accumulate, groupby
from pathlib import Path

import numpy as np

from kanjian import extras
from kanjian.images.write import encode_png
from kanjian.paths import AnyPath
from kanjian.reporting import markup
from kanjian.storage.files import write_text

# Pictures up to this size keep every pixel; noise of larger ones would make pages of many MB
_SMALL = 64
_QUALITY = 92


@dataclass(frozen=True, eq=False)
class Figure:
    """A picture of a page.

    Args:
        picture: RGB (h, w, 3) or gray (h, w) uint8, or a whole `<svg>` element as text.
        caption: What it shows.
        section: Heading of the card it stands in; figures of one section follow each other.
        why: A sentence below that heading; that of the first figure counts.
        wide: Whether it takes the whole width, as strips and diagrams do.
    """

    picture: np.ndarray | str
    caption: str
    section: str = ""
    why: str = ""
    wide: bool = False


@dataclass(frozen=True)
class Table:
    """A table of a page.

    Args:
        title: Its heading.
        heads: Names of the columns.
        rows: As many cells each; numbers are text already.
        text_columns: How many columns from the left hold words; the others stand right.
        why: A sentence below the heading.
    """

    title: str
    heads: Sequence[str]
    rows: Sequence[Sequence[str]]
    text_columns: int = 1
    why: str = ""


def write_page(
    path: AnyPath,
    title: str,
    figures: Sequence[Figure],
    *,
    tables: Sequence[Table] = (),
    lead: str = "",
    extra: str = "",
) -> None:
    """Write the page; pictures are inside, so that it can be mailed.

    A picture opens in the whole window on a click or Enter; arrow keys go on from there, and
    Escape leads back. Light or dark, as the reader's system is.

    Args:
        path: The `.html` file.
        title: Its heading.
        figures: Pictures, by sections.
        tables: Tables, above the pictures.
        lead: A paragraph above all.
        extra: HTML made elsewhere, above the tables.

    Raises:
        KanjianError: If it cannot be written.

    Example:
        >>> import tempfile
        >>> path = Path(tempfile.mkdtemp()) / "page.html"
        >>> write_page(path, "<maps>", [Figure(np.zeros((4, 4), np.uint8), "a & b")])
        >>> text = path.read_text(encoding="utf-8")
        >>> "&lt;maps&gt;" in text, "a &amp; b" in text, "data:image/png;base64" in text
        (True, True, True)
    """
    path = Path(path)
    # drawings are large already: only pictures open, so only they are counted
    opens = [int(isinstance(figure.picture, np.ndarray)) for figure in figures]
    numbered = list(zip(accumulate(opens), figures, strict=True))
    cards = [
        _card(name, list(group), sum(opens))
        for name, group in groupby(numbered, key=lambda pair: pair[1].section)
    ]
    parts = [markup.paragraph(lead), extra, *map(_table, tables), *cards]
    write_text(path, _whole(title, "".join(part for part in parts if part)))


def _card(name: str, figures: Sequence[tuple[int, Figure]], count: int) -> str:
    wide = "".join(_figure(number, each, count) for number, each in figures if each.wide)
    small = "".join(_figure(number, each, count) for number, each in figures if not each.wide)
    sheet = f'<div class="sheet look">{small}</div>' if small else ""
    return markup.section(name, wide, sheet, why=figures[0][1].why)


def _figure(number: int, figure: Figure, count: int) -> str:
    inside = figure.picture if isinstance(figure.picture, str) else _img(figure)
    caption = f"<figcaption>{escape(figure.caption)}</figcaption>"
    look = ' class="strip"' if figure.wide else ""
    if isinstance(figure.picture, str):
        return f"<figure{look}>{inside}{caption}</figure>\n"
    before = f'<a href="#f{number - 1}" rel="prev">‹</a>' if number > 1 else "<i></i>"
    after = f'<a href="#f{number + 1}" rel="next">›</a>' if number < count else "<i></i>"
    turn = f'<nav>{before}<a href="#none" rel="up">×</a>{after}</nav>'
    return (
        f'<figure id="f{number}"{look}><a class="open" href="#f{number}">{inside}</a>'
        f"{caption}{turn}</figure>\n"
    )


def _img(figure: Figure) -> str:
    assert isinstance(figure.picture, np.ndarray)
    small = max(figure.picture.shape[:2]) <= _SMALL
    look = ' class="small"' if small else ""
    address = data_address(figure.picture, exact=small or figure.wide)
    return f'<img{look} loading="lazy" src="{address}" alt="{escape(figure.caption)}">'


def data_address(picture: np.ndarray, *, exact: bool) -> str:
    """The picture as a `data:` address: PNG where every pixel counts, else JPEG.

    Example:
        >>> data_address(np.zeros((4, 4), np.uint8), exact=True)[:22]
        'data:image/png;base64,'
    """
    if exact:
        kind, content = "png", encode_png(picture)
    else:
        cv2 = extras.load("cv2")
        stored = np.ascontiguousarray(picture if picture.ndim == 2 else picture[..., ::-1])
        _, coded = cv2.imencode(".jpg", stored, [cv2.IMWRITE_JPEG_QUALITY, _QUALITY])
        kind, content = "jpeg", coded.tobytes()
    return f"data:image/{kind};base64,{base64.b64encode(content).decode('ascii')}"


def _table(table: Table) -> str:
    body = markup.table(table.heads, table.rows, text_columns=table.text_columns)
    return markup.section(table.title, body, why=table.why)


def _whole(title: str, body: str) -> str:
    style = resources.files("kanjian.evaluation").joinpath("page.css").read_text("utf-8")
    here = resources.files("kanjian.explain")
    style += here.joinpath("page.css").read_text("utf-8")
    script = here.joinpath("page.js").read_text("utf-8")
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(title)} – kanjian</title>\n<style>\n{style}</style>\n"
        f"</head>\n<body>\n<main>\n<h1>{escape(title)}</h1>\n{body}"
        "<footer>Made by kanjian (看见).</footer>\n</main>\n"
        f"<script>\n{script}</script>\n</body>\n</html>\n"
    )
