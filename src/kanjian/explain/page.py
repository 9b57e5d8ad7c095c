"""One stand-alone HTML page of pictures and tables: nothing is loaded from anywhere."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate, groupby
from pathlib import Path
from typing import Any

import numpy as np
from markupsafe import Markup

from kanjian.paths import AnyPath
from kanjian.reporting.embedded import embedded
from kanjian.reporting.render import render
from kanjian.storage.files import write_text


@dataclass(frozen=True, eq=False)
class Figure:
    """A picture of a page.

    Args:
        picture: RGB (h, w, 3) or gray (h, w) uint8, or a drawing as `reporting.svg` makes it.
        caption: What it shows.
        section: Heading of the card it stands in; figures of one section follow each other.
        why: A sentence below that heading; that of the first figure counts.
        wide: Whether it takes the whole width, as strips and diagrams do.
    """

    picture: np.ndarray | Markup
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
    extra: Markup | None = None,
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
        extra: A part of a page made elsewhere, above the tables.

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
    # drawings are large already: only pictures open, so only they are counted
    opens = [int(isinstance(figure.picture, np.ndarray)) for figure in figures]
    numbered = list(zip(accumulate(opens), figures, strict=True))
    sections = [
        _section(name, list(group))
        for name, group in groupby(numbered, key=lambda pair: pair[1].section)
    ]
    page = render(
        "figures.html",
        title=title,
        lead=lead,
        extra=extra or "",
        tables=tables,
        sections=sections,
        count=sum(opens),
    )
    write_text(Path(path), page)


def _section(name: str, figures: Sequence[tuple[int, Figure]]) -> dict[str, Any]:
    return {
        "title": name,
        "why": figures[0][1].why,
        "figures": [_shown(number, each) for number, each in figures],
    }


def _shown(number: int, figure: Figure) -> dict[str, Any]:
    """A figure as the template shows it; noise of large pictures would make pages of many MB."""
    picture = figure.picture
    return {
        "number": number,
        "caption": figure.caption,
        "wide": figure.wide,
        "drawing": None if isinstance(picture, np.ndarray) else picture,
        "picture": embedded(picture, exact=figure.wide)
        if isinstance(picture, np.ndarray)
        else None,
    }
