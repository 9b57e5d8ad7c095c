"""Results on stdout: aligned tables for people, one JSON document for machines."""

import json
import re
import shutil
import sys
import textwrap
from collections.abc import Iterable, Sequence
from itertools import zip_longest
from pathlib import Path
from typing import Any

from kanjian.cli.program import typed
from kanjian.cli.streams import output_errors
from kanjian.i18n import _, catalog_here
from kanjian.names import printable, readable
from kanjian.spoken import heading, spoken

GAP = "  "
_SECOND = "\0"  # stands for the second column of a wide letter
# A path, or a wide letter, or a run of others, with the marks that cannot begin or end a line
_CHUNK = re.compile(
    r"[!-~]*[/\\][^\s，。；：、（）“”]*"
    r"|(?:[（“‘《【]\0?)*(?:[^\0]\0|(?:[^\0“‘](?!\0))+)(?:[，。；：、！？）”’》】…]\0?)*|.",
    re.DOTALL,
)
_NOT_PLAIN = re.compile("[\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufff9-\ufffb]")


class _Told(str):
    """Lines that are in the language of the reader already, and aligned in it."""

    __slots__ = ()

    def __add__(self, more: str) -> "_Told":
        return _Told(super().__add__(more))


def told(text: str) -> str:
    """The text as one in the language of the reader already, or as data: it is not said again.

    Example:
        >>> print(facts([("classes", told("class 1, class 2"))]))
        classes  class 1, class 2
    """
    return _Told(text)


def _cell(value: object) -> str:
    return shown(value if isinstance(value, _Told) else spoken(str(value)))


def say(text: str = "", *, as_it_is: bool = False) -> None:
    r"""Write lines of the result.

    Nothing in them moves the cursor or colors the screen; a letter that the terminal's code has
    not is spelled out.

    Args:
        text: The line or lines.
        as_it_is: Whether it is a document and no word of ours; else its commands are told as
            they can be typed here.

    Raises:
        OutputError: If stdout is closed or full.

    Example:
        >>> say("a\x1b[2Jb")
        a\x1b[2Jb
    """
    sentence = text if isinstance(text, _Told) else spoken(text)
    lines = text if as_it_is else typed(sentence)
    _write("\n".join(shown(line) for line in lines.split("\n")) + "\n")


def shown(text: object) -> str:
    """The text as stdout can show it, on one line."""
    encoding = getattr(sys.stdout, "encoding", None) or "utf-8"
    return printable(text).encode(encoding, "backslashreplace").decode(encoding)


def say_json(document: Any) -> None:
    """Write the one JSON document that `--json` promises: UTF-8 whatever the terminal speaks.

    Raises:
        OutputError: If stdout is closed or full.

    Example:
        >>> say_json({"path": Path("看见")})
        {
          "path": "看见"
        }
    """
    say_document(json_text(document, indent=2) + "\n")


def json_text(document: Any, *, indent: int | None = None) -> str:
    r"""A value as JSON that is safe to show: what a terminal would obey is escaped.

    Example:
        >>> print(json_text({"name": "caf\udce9 \x9b2J"}))
        {"name": "caf� \u009b2J"}
    """
    text = readable(json.dumps(document, indent=indent, ensure_ascii=False, default=_plain))
    # only strings can hold these, and there an escape is the same letter
    return _NOT_PLAIN.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def say_document(text: str) -> None:
    """Write text for machines: UTF-8, byte for byte, whatever the terminal speaks.

    Raises:
        OutputError: If stdout is closed or full.
    """
    _write(readable(text), for_machines=True)


def _write(text: str, *, for_machines: bool = False) -> None:
    out = sys.stdout
    buffer = getattr(out, "buffer", None) if for_machines else None
    with output_errors():
        if buffer is None:
            out.write(text)
        else:
            out.flush()
            buffer.write(text.encode())
            buffer.flush()  # who reads a table or events as they come shall not wait


def _plain(value: Any) -> Any:
    if isinstance(value, Path):
        return str(value)
    if hasattr(value, "tolist"):  # NumPy numbers and arrays
        return value.tolist()
    if hasattr(value, "model_dump"):
        return value.model_dump()
    raise TypeError(f"{type(value).__name__} has no JSON form")


def width_of(text: str) -> int:
    r"""Columns a text takes in a terminal; a Chinese character takes two, so does a joined emoji.

    Example:
        >>> width_of("cat"), width_of("看见"), width_of("👨\u200d👩\u200d👧")
        (3, 4, 2)
    """
    if text.isascii():
        return len(text)
    from rich.cells import cell_len

    return cell_len(text)


def padded(text: str, width: int, *, right: bool = False) -> str:
    """The text with blanks up to a width in columns.

    Example:
        >>> padded("看", 4) + "|"
        '看  |'
    """
    blanks = " " * (width - width_of(text))
    return blanks + text if right else text + blanks


def table(
    header: Sequence[str], rows: Iterable[Sequence[object]], *, columns: int | None = None
) -> str:
    """Rows under a header, aligned; numbers to the right, the last column wrapped to fit.

    Args:
        header: Names of the columns.
        rows: One sequence per row, as long as the header; None is shown as "–".
        columns: Width to fit into; that of the terminal by default.

    Example:
        >>> print(table(["class", "pictures"], [["猫", 12], ["dog", 7]]))
        class  pictures
        猫           12
        dog           7
    """
    body = [
        ["–" if cell is None else cell if isinstance(cell, str) else str(cell) for cell in row]
        for row in rows
    ]
    right = [bool(body) and all(_is_number(row[i]) for row in body) for i in range(len(header))]
    lines = [[shown(heading(cell)) for cell in header]]
    lines += [[*map(shown, line[:-1]), _cell(line[-1])] for line in body]
    widths = [max(width_of(line[i]) for line in lines) for i in range(len(header))]
    lead = sum(widths[:-1]) + len(GAP) * (len(header) - 1)
    last = max((columns or terminal_columns()) - lead, 20)
    out = []
    for line in lines:
        start = [padded(line[i], widths[i], right=right[i]) for i in range(len(header) - 1)]
        tail = (
            wrapped(line[-1], last) if not right[-1] else [padded(line[-1], widths[-1], right=True)]
        )
        out.append(GAP.join([*start, tail[0]]).rstrip())
        out += [" " * lead + more for more in tail[1:]]
    return _Told("\n".join(out))


def fitted_table(
    header: Sequence[str], rows: Iterable[Sequence[object]], *, columns: int | None = None
) -> str:
    """Rows of texts under a header, every cell wrapped so that the whole fits.

    Args:
        header: Names of the columns.
        rows: One sequence per row, as long as the header.
        columns: Width to fit into; that of the terminal by default.

    Example:
        >>> print(fitted_table(["", "a", "b"], [["augment", "none at all", "c"]], columns=17))
                 a           b
        augment  none at     c
                 all
    """
    lines = [[shown(heading(cell)) for cell in header]]
    lines += [[_cell(cell) for cell in line] for line in rows]
    widths = [max(width_of(line[i]) for line in lines) for i in range(len(header))]
    room = (columns or terminal_columns()) - len(GAP) * (len(header) - 1)
    while sum(widths) > max(room, 6 * len(widths)):
        widths[widths.index(max(widths))] -= 1
    out = []
    for line in lines:
        cells = [
            wrapped(cell, width, whole=False) for cell, width in zip(line, widths, strict=True)
        ]
        for parts in zip_longest(*cells, fillvalue=""):
            placed = (padded(part, width) for part, width in zip(parts, widths, strict=True))
            out.append(GAP.join(placed).rstrip())
    return _Told("\n".join(out))


def wrapped(text: str, width: int, *, whole: bool = True) -> list[str]:
    """The text in lines of at most this many columns; at least one line.

    Args:
        text: What to wrap.
        width: Columns.
        whole: Leave a word that is longer than a line in one piece, as a path to copy.

    Example:
        >>> wrapped("one two three", 8), wrapped("看见 two three", 8)
        (['one two', 'three'], ['看见 two', 'three'])
    """
    # textwrap counts letters: a wide one gets a companion meanwhile
    wide = "".join(letter + _SECOND * (width_of(letter) - 1) for letter in text)
    wrapper = _Wrapper if catalog_here() else textwrap.TextWrapper
    lines = wrapper(width, break_on_hyphens=False, break_long_words=not whole).wrap(wide)
    return [line.replace(_SECOND, "") for line in lines] or [""]


class _Wrapper(textwrap.TextWrapper):
    """Breaks Chinese between its letters, too, as it has no blanks; a path stays whole."""

    def _split(self, text: str) -> list[str]:
        chunks = super()._split(text)
        return [part for chunk in chunks for part in _CHUNK.findall(chunk)]


def _is_number(text: str) -> bool:
    return (
        text.replace("–", "").strip(" %").replace(" ", "").replace(".", "").isdigit() or text == "–"
    )


def facts(pairs: Iterable[tuple[str, object]]) -> str:
    """Names and values in two columns, long values wrapped.

    Example:
        >>> print(facts([("accuracy", "98.1 %"), ("loss", 0.07)]))
        accuracy  98.1 %
        loss      0.07
    """
    lines = [(shown(heading(spoken(name))), _cell(value)) for name, value in pairs]
    width = max((width_of(name) for name, _ in lines), default=0)
    lead = width + len(GAP)
    out = []
    for name, value in lines:
        first, *more = wrapped(value, max(terminal_columns() - lead, 20))
        out.append(f"{padded(name, width)}{GAP}{first}")
        out += [" " * lead + line for line in more]
    return _Told("\n".join(out))


def terminal_columns() -> int:
    """Width of the terminal; 80 in a pipe."""
    return shutil.get_terminal_size((80, 24)).columns


def percent(share: float | None, digits: int = 1) -> str:
    """A share as people read it.

    Example:
        >>> percent(0.98765), percent(None)
        ('98.8 %', '–')
    """
    return "–" if share is None else _("{n} %", n=f"{100 * share:.{digits}f}")


def thousands(number: float) -> str:
    """A number with narrow groups of three.

    Example:
        >>> thousands(1199882)
        '1 199 882'
    """
    return f"{number:,.0f}".replace(",", " ")


def span(seconds: float) -> str:
    """A stretch of time in the unit people think in.

    Example:
        >>> span(7.24), span(95), span(5400)
        ('7.2 s', '1 min 35 s', '1 h 30 min')
    """
    if seconds < 60:
        return f"{seconds:.1f} s" if seconds < 10 else f"{seconds:.0f} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes} min {rest:02d} s"
    return f"{minutes // 60} h {minutes % 60:02d} min"
