"""The cells of a CSV or TSV file, whatever program wrote it."""

import codecs
import csv
import io
import re
from collections import Counter
from pathlib import Path

from kanjian.errors import DatasetError

_MARKS = "\t;,|"  # between cells; the first is preferred
_LOOKED_AT = 100  # lines
# What a program of office says first, for other programs of office
_STATED = re.compile(r"sep=(.)\r?\n?", re.IGNORECASE)
_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)

Line = tuple[int, list[str]]


def read_cells(table: Path) -> list[Line]:
    r"""The lines that hold anything, each with its number in the file.

    Args:
        table: UTF-8, or UTF-16 with a byte-order mark as spreadsheets write "Unicode text";
            split by tabs, semicolons, commas or bars, which is told from the lines, or from a
            first line "sep=;".

    Raises:
        DatasetError: If it cannot be read, is no text or no table.

    Example:
        >>> import tempfile
        >>> table = Path(tempfile.mkdtemp()) / "a.csv"
        >>> _ = table.write_text("sep=;\n1.png;a, b\n\n2.png;c\n")
        >>> read_cells(table)
        [(2, ['1.png', 'a, b']), (4, ['2.png', 'c'])]
    """
    text = _text(table)
    stated = _STATED.match(text)
    skipped = 1 if stated and text[stated.end() - 1 : stated.end()] == "\n" else 0
    body = text[stated.end() :] if stated else text
    return [
        (line + skipped, cells)
        for line, cells in _parsed(body, stated[1] if stated else _mark(body), table)
    ]


def _text(table: Path) -> str:
    try:
        content = table.read_bytes()
    except OSError as error:
        raise DatasetError(f"cannot read {table}: {error.strerror}.") from error
    if content[:4] in (b"PK\3\4", b"\xd0\xcf\x11\xe0"):
        raise DatasetError(f"{table} is a workbook of a spreadsheet. Save it as 'CSV UTF-8'.")
    encoding = next((name for mark, name in _BOMS if content.startswith(mark)), "utf-8")
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise DatasetError(
            f"{table} is not UTF-8 text (line {line}). Save it as 'CSV UTF-8'."
        ) from error
    if "\0" in text:
        raise DatasetError(f"{table} is no text: it holds zero bytes. Save it as 'CSV UTF-8'.")
    return text


def _mark(text: str) -> str:
    """What stands between cells: the mark that cuts most lines into as many cells as the first."""
    first = next((line for line in text.splitlines() if line.strip()), "")
    head = "\n".join(text.split("\n", _LOOKED_AT)[:_LOOKED_AT])

    def agreement(mark: str) -> int:
        try:
            rows = [row for row in csv.reader(io.StringIO(head, newline=""), delimiter=mark) if row]
        except csv.Error:
            return 0
        widths = Counter(map(len, rows))
        return widths[len(rows[0])] if rows and len(rows[0]) > 1 else 0

    return max((mark for mark in _MARKS if mark in first), key=agreement, default=",")


def _parsed(text: str, mark: str, table: Path) -> list[Line]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=mark, strict=True)
    try:
        return [(reader.line_num, cells) for cells in reader if any(map(str.strip, cells))]
    except csv.Error as error:
        raise DatasetError(f"{table} line {reader.line_num} is no table: {error}.") from error
