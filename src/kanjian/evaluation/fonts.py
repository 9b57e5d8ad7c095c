"""Class names in any script inside matplotlib pictures: find a font, or fall back to numbers."""

import unicodedata
from collections.abc import Iterable
from functools import cache
from pathlib import Path

from kanjian import extras
from kanjian.evaluation.charts import shorten

_BASE = "DejaVu Sans"  # comes with matplotlib: Latin, Greek, Cyrillic, no Chinese
# Sans fonts with Chinese, Japanese and Korean, as Linux, Windows and macOS name them
_WIDE = (
    "Noto Sans CJK SC", "Noto Sans CJK JP", "Noto Sans SC", "Source Han Sans SC",
    "Source Han Sans CN", "Microsoft YaHei", "PingFang SC", "Hiragino Sans GB", "SimHei",
    "WenQuanYi Zen Hei", "WenQuanYi Micro Hei", "Droid Sans Fallback", "Arial Unicode MS",
    "Malgun Gothic", "Yu Gothic", "Noto Serif CJK SC", "Noto Serif CJK JP", "SimSun",
)  # fmt: skip


def drawable(names: Iterable[str], *, most: int = 16) -> tuple[dict[str, str], list[str]]:
    r"""How matplotlib can draw each name, and the font families to draw them with.

    A name with a character that no installed font has becomes its number, "#3": matplotlib
    would draw boxes and warn. The table of classes in the page says which that is.

    Args:
        names: Class names in stored order.
        most: Longest name in columns; a longer one is cut with an ellipsis.

    Example:
        >>> drawable(["cat", "dog"])[0]
        {'cat': 'cat', 'dog': 'dog'}
        >>> drawable(["cat", "\U000f0000"])[0]["\U000f0000"]  # a private character: no font has it
        '#1'
    """
    printable = {
        name: "".join(letter if unicodedata.category(letter)[0] != "C" else " " for letter in name)
        for name in names
    }
    missing = {ord(letter) for text in printable.values() for letter in text} - _letters(_BASE)
    families = [_BASE, *[family for family in _WIDE if missing & _letters(family)][:1]]
    known = frozenset().union(*(_letters(family) for family in families))
    drawn = {
        name: shorten(text, most) if text.strip() and set(map(ord, text)) <= known else f"#{i}"
        for i, (name, text) in enumerate(printable.items())
    }
    return drawn, families


@cache
def _letters(family: str) -> frozenset[int]:
    """Code points the family has; none if it is not installed."""
    manager = extras.load("matplotlib.font_manager").fontManager
    path = next((font.fname for font in manager.ttflist if font.name == family), None)
    if path is None or not Path(path).is_file():
        return frozenset()
    return frozenset(extras.load("matplotlib.ft2font").FT2Font(path).get_charmap())
