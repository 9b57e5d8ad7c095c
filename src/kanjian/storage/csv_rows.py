r"""Lines of CSV that hold names out of data, safe to open in a spreadsheet or to show.

A cell that begins with `=`, `+`, `-` or `@` is a formula to a spreadsheet, and a class or a file
can be called so by a stranger. Such a text gets a `'` before it, which spreadsheets do not show;
numbers stay as they are. `cell_of` takes it off again. Control characters are spelled out, also
the tab and the line break that a formula may hide behind.
"""

import csv
import io
from collections.abc import Iterable

from kanjian.names import printable, readable

_BEGINS_A_FORMULA = ("=", "+", "-", "@")


def csv_line(cells: Iterable[object], *, as_is: bool = False) -> str:
    r"""One line of a table, its line end included.

    Args:
        cells: Texts, numbers, or None for an empty cell.
        as_is: Write the texts letter by letter, whatever reads them.

    Example:
        >>> csv_line(["=cmd|calc!A1", -0.5, "-1", "a,b", None])
        '\'=cmd|calc!A1,-0.5,-1,"a,b",\n'
        >>> csv_line(["=1+1"], as_is=True)
        '=1+1\n'
    """
    text = io.StringIO()
    row = [cell if as_is or not isinstance(cell, str) else _guarded(cell) for cell in cells]
    csv.writer(text, lineterminator="\n").writerow(row)
    return readable(text.getvalue())


def csv_text(rows: Iterable[Iterable[object]]) -> str:
    r"""A whole table, its header being the first of the rows.

    Example:
        >>> csv_text([["label", "n"], ["cat", 2]])
        'label,n\ncat,2\n'
    """
    return "".join(csv_line(row) for row in rows)


def cell_of(text: str) -> str:
    """What stood in a cell before `csv_line` wrote it.

    Example:
        >>> cell_of("'=a"), cell_of("'tis")
        ('=a', "'tis")
    """
    return text[1:] if text[:1] == "'" and text[1:].startswith(_BEGINS_A_FORMULA) else text


def _guarded(text: str) -> str:
    shown = printable(text)
    return f"'{shown}" if shown.startswith(_BEGINS_A_FORMULA) and not _is_number(text) else shown


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return text.isascii() and text == text.strip()
