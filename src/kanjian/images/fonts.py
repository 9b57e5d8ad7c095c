"""Which fonts draw a text, in pictures and in charts alike, and what stands for it without one.

Every name is asked for by itself: Chinese, Arabic or Thai is drawn where any font here has its
letters. Fonts are looked for again whenever one was not found, so that one that was installed
meanwhile is used at once.
"""

import contextlib
import importlib
import importlib.util
import logging
import os
import shutil
import unicodedata
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from kanjian import extras
from kanjian.i18n import language, speaking
from kanjian.images import font_file
from kanjian.images.font_file import FontFile

logger = logging.getLogger(__name__)

EXTRA = "fonts"
# What that extra brings, and the scripts in it as Unicode's names of letters begin
_PACKAGES = (
    "noto_cjk_sans_otc", "justmytype_intl_rtl", "justmytype_intl_sea", "justmytype_intl_south_asia",
)  # fmt: skip
_SCRIPTS = (
    "CJK", "HIRAGANA", "KATAKANA", "HANGUL", "BOPOMOFO", "IDEOGRAPHIC", "FULLWIDTH", "HALFWIDTH",
    "ARABIC", "HEBREW", "THAI", "LAO", "KHMER", "MYANMAR", "DEVANAGARI", "BENGALI", "TAMIL",
    "TELUGU",
)  # fmt: skip
# Taken first, in this order; the number is the face of a collection that is for Chinese
_PREFERRED = {
    "dejavusans.ttf": 0, "notosanscjk-regular.ttc": 2, "notosanscjksc-regular.otf": 0,
    "notosanssc-regular.otf": 0, "sourcehansanssc-regular.otf": 0, "sourcehansanscn-regular.otf": 0,
    "sourcehansans.ttc": 2, "msyh.ttc": 0, "pingfang.ttc": 0, "hiragino sans gb.ttc": 0,
    "stheiti light.ttc": 0, "simhei.ttf": 0, "wqy-zenhei.ttc": 0, "wqy-microhei.ttc": 0,
    "droidsansfallbackfull.ttf": 0, "droidsansfallback.ttf": 0, "malgun.ttf": 0, "arialuni.ttf": 0,
    "notoserifcjk-regular.ttc": 2, "simsun.ttc": 0,
}  # fmt: skip
# Decide how the letters beside them are formed, in Persian, Hindi and many emoji
_JOINERS = "\u200c\u200d"
_UNSEEN = ("Cc", "Cf", "Cs")
_SUFFIXES = (".ttf", ".otf", ".ttc", ".otc")
# Words in a file's name that make it a second choice
_STYLES = ("bold", "italic", "oblique", "black", "light", "thin", "condensed", "mono", "serif")
# What brings fonts for every script, by what installs packages on a system
_SYSTEMS = {
    "apt": "apt install fonts-noto-core", "dnf": "dnf install google-noto-fonts-all",
    "apk": "apk add font-noto-all", "pacman": "pacman -S noto-fonts",
}  # fmt: skip
# What our own signs become where only Pillow's font is there, which has no others than these
_PLAIN = str.maketrans({"×": "x", "…": "..", "→": ">", "–": "-", "−": "-", "σ": "s", "·": "."})

# Letters of a language that our words have; a font with these has the others, too
_LETTERS = {"zh": "训练验证损失准确率预测图片轮次，。"}

_MOST_KEPT = 4096

_fonts: list[FontFile] = []
_found: dict[frozenset[int], tuple[FontFile, ...]] = {}
_missed: dict[frozenset[int], tuple[Any, ...]] = {}
_told: set[str] = set()


def fonts_for(text: str) -> tuple[FontFile, ...] | None:
    """The fewest fonts that have all letters of a text, the first choice first.

    Returns:
        None where no font here has one of them.

    Example:
        >>> fonts_for("cat") is not None, fonts_for("\U000f0000") is None
        (True, True)
    """
    letters = frozenset(ord(letter) for letter in text if _is_seen(letter))
    known = _found.get(letters)
    if known is None or not all(font.is_there() for font in known):
        known = _chosen(letters) or _looked_for(letters)
        if known is not None:
            _keep(_found, letters, known)
    return known


def _looked_for(letters: frozenset[int]) -> tuple[FontFile, ...] | None:
    """The same after a new look at all folders, unless none changed since the last one."""
    now = _state()
    if _missed.get(letters) == now:
        return None
    _fonts[:] = _all_fonts()
    chosen = _chosen(letters)
    if chosen is None:
        _keep(_missed, letters, now)
    return chosen


def _keep(kept: dict[frozenset[int], Any], letters: frozenset[int], value: Any) -> None:
    if len(kept) >= _MOST_KEPT:
        kept.clear()
    kept[letters] = value


def _is_seen(letter: str) -> bool:
    """Whether a letter is drawn at all: joiners and what chooses a variant are not."""
    return unicodedata.category(letter) not in {"Cf", "Zs"} and not 0xFE00 <= ord(letter) <= 0xFE0F


def _chosen(letters: frozenset[int]) -> tuple[FontFile, ...] | None:
    """Of the fonts seen at the last look."""
    there = [font for font in _fonts if font.is_there()]
    if not there:
        return None
    first, *others = there
    # digits and signs beside a name come in the font of all other captions
    chosen, missing = [first], letters - first.has(letters)
    if missing:
        whole = next((font for font in others if font.has(missing) == missing), None)
        for font in others if whole is None else [whole]:
            has = font.has(missing)
            chosen += [font] if has else []
            missing -= has
            if not missing:
                break
    return None if missing else tuple(chosen)


def _all_fonts() -> Iterator[FontFile]:
    """Every font there is, the first choice first: DejaVu, or the one inside Pillow."""
    ranked = sorted((_rank(path), path) for path in _files())
    fonts = [FontFile(path, _PREFERRED.get(Path(path).name.lower(), 0)) for _, path in ranked]
    base = [font for font in fonts if Path(font.path).name.lower() == "dejavusans.ttf"][:1]
    yield from base
    yield FontFile("")
    yield from (font for font in fonts if font not in base)


def _rank(path: str) -> tuple[int, int]:
    name = Path(path).name.lower()
    place = list(_PREFERRED).index(name) if name in _PREFERRED else len(_PREFERRED)
    return place, sum(style in name for style in _STYLES)


def _files() -> list[str]:
    """All files of fonts in the folders of the system, of matplotlib and of the extra."""
    return [
        str(Path(folder, name))
        for place in _places()
        for folder, _, names in os.walk(place)
        for name in sorted(names)
        if name.lower().endswith(_SUFFIXES)
    ]


def _places() -> list[Path]:
    homes = [Path(home) for name in _PACKAGES for home in _homes(name)]
    brought = [Path(home, "mpl-data", "fonts", "ttf") for home in _homes("matplotlib")]
    return [*brought, *font_file.folders(), *homes]


def _homes(package: str) -> list[str]:
    """The folder of a package, which is not imported."""
    spec = importlib.util.find_spec(package)
    return list(spec.submodule_search_locations or ()) if spec else []


def _state() -> tuple[Any, ...]:
    """What changes when a font is installed."""
    importlib.invalidate_caches()  # a package that came within the same second, too
    changed = []
    for folder in (folder for place in _places() for folder, _, _ in os.walk(place)):
        with contextlib.suppress(OSError):  # gone meanwhile
            changed.append((folder, Path(folder).stat().st_mtime_ns))
    return tuple(changed)


def printable(text: str) -> str:
    r"""The text in one line, with a blank for each character that would not be seen.

    Example:
        >>> printable("two\nlines")
        'two lines'
    """
    return "".join(
        " " if unicodedata.category(letter) in _UNSEEN and letter not in _JOINERS else letter
        for letter in text
    )


def drawn(name: str, number: int, *, most: int | None = None) -> str:
    """A name as it can be drawn here, or its number where no font has it.

    That is told once, with the command that brings a font.

    Args:
        name: Of a class or a person.
        number: Its place among the names.
        most: Longest text in columns; a longer one is cut with an ellipsis.

    Example:
        >>> drawn("cat", 0), drawn("\U000f0000", 1)  # a private character: no font has it
        ('cat', '#1')
    """
    text = printable(name)
    if not text.strip():
        return f"#{number}"
    if fonts_for(text) is None:
        _tell(text, f"#{number}")
        return f"#{number}"
    return text if most is None else shorten(text, most)


def legible(text: str, otherwise: str) -> str:
    """A line with every word that no font has given as `otherwise`.

    Example:
        >>> legible("cat \U000f0000 98 %", "#3")
        'cat #3 98 %'
    """
    text = printable(text)
    if fonts_for(text) is not None:
        return text
    text = "".join(_plain(letter) for letter in text)
    words: list[str] = []
    for word in text.split(" "):
        lacking = fonts_for(word) is None
        if lacking:
            _tell(word, otherwise)
        if not lacking or words[-1:] != [otherwise]:
            words.append(otherwise if lacking else word)
    return " ".join(words)


def _plain(letter: str) -> str:
    plain = letter.translate(_PLAIN)
    return plain if plain != letter and fonts_for(letter) is None else letter


def _tell(text: str, instead: str) -> None:
    """Say once what is missing, and the command that brings it."""
    lacking = [letter for letter in text if _is_seen(letter) and fonts_for(letter) is None]
    brought = all(unicodedata.name(letter, "").split(" ")[0] in _SCRIPTS for letter in lacking)
    if brought and not all(map(extras.installed, _PACKAGES)):
        how = f"Run: {extras.cure(EXTRA)}"
    else:
        letters = all(unicodedata.category(letter)[0] in "LMN" for letter in lacking)
        system = next((how for tool, how in _SYSTEMS.items() if letters and shutil.which(tool)), "")
        how = f"Run: {system}" if system else "Install a font that has them."
    if how not in _told:
        _told.add(how)
        logger.warning("no font here has the letters of %r; %s is drawn. %s", text, instead, how)


@contextlib.contextmanager
def words_in_pictures() -> Iterator[None]:
    """Speak the language of the reader where a font here has its letters, else English.

    Around whatever makes words that are drawn; also as a decorator.

    Example:
        >>> from kanjian.i18n import _
        >>> with speaking("en"), words_in_pictures():
        ...     print(_("loss"))
        loss
    """
    letters = _LETTERS.get(language(), "")
    if fonts_for(letters) is None:
        with speaking("en"):
            yield
    else:
        yield


def shorten(text: str, most: int) -> str:
    """A text cut to `most` columns with an ellipsis; a Chinese character takes two.

    Example:
        >>> shorten("a very long class name", 10), shorten("手写数字识别", 8), shorten("cat", 10)
        ('a very lo…', '手写数…', 'cat')
    """
    if columns_of(text) <= most:
        return text
    while columns_of(text) > most - 1:
        text = text[:-1]
    return text + "…"


def columns_of(text: str) -> int:
    """Columns a text takes; a Chinese character takes two.

    Example:
        >>> columns_of("cat"), columns_of("看见")
        (3, 4)
    """
    return sum(2 if ord(letter) > 0x2E7F else 1 for letter in text)


def drawable(names: Iterable[str], *, most: int = 16) -> tuple[dict[str, str], list[str]]:
    """How matplotlib draws each name, and the families of fonts to draw them with.

    Args:
        names: Class names in stored order; see `drawn`.
        most: Longest name in columns.

    Example:
        >>> drawable(["cat", "dog"])[0]
        {'cat': 'cat', 'dog': 'dog'}
    """
    texts = {name: drawn(name, number, most=most) for number, name in enumerate(names)}
    fonts = [font for text in texts.values() for font in fonts_for(text) or ()]
    families = [_family(font) for font in dict.fromkeys(fonts) if font.path]
    return texts, ["DejaVu Sans", *families]


def _family(font: FontFile) -> str:
    """Make one font file known to matplotlib by a name of its own.

    Its own list of fonts is kept on disk and would not know of one that came since.
    """
    manager = extras.load("matplotlib.font_manager")
    name = f"{font.path}:{font.face}"
    if all(entry.name != name for entry in manager.fontManager.ttflist):
        fields = {"fname": font.path, "name": name, "weight": 400}
        # Matplotlib before 3.11 takes the first face of a collection
        if "index" in manager.FontEntry.__dataclass_fields__:
            fields["index"] = font.face
        manager.fontManager.ttflist.append(manager.FontEntry(**fields))
    return name
