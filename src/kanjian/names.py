r"""Names out of data: as text, as part of a path, and in print.

Class, file, recipe and recognizer names are whatever a stranger wrote. Three rules hold for all
of them, each stated here and nowhere else: `readable` makes any of them text that can be
encoded, `file_name` one part of a path, and `printable` what may reach a terminal.
"""

import hashlib
import re
import sys
import unicodedata
from collections.abc import Iterable

# Bytes. File systems take 255; the rest is room for numbers and marks of unfinished files
LONGEST = 200
# Windows takes none of these in a name; the first two lead out of the folder everywhere
_SEPARATORS = '/\\<>:"|?*'
_DEVICES = {"con", "prn", "aux", "nul", "conin$", "conout$", "clock$"} | {
    f"{kind}{number}" for kind in ("com", "lpt") for number in "0123456789¹²³"
}
# Escapes that move a cursor or color a screen, and marks that turn the order of letters around
# so that a name looks like another; joiners and plain marks of direction belong to some scripts
_UNSEEN = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufff9-\ufffb]")
_IN_A_NAME = re.compile(f"[{re.escape(_SEPARATORS)}]|{_UNSEEN.pattern}")
# From the root to the last separator, blanks within; not "a/b", "1 / 2" nor an address
_PLACE = re.compile(
    r"(?:(?<![^\s'\"(=])|(?<=file://))(?:/(?=[^\s/])|~[/\\]|[A-Za-z]:[/\\]|\\\\)"
    r"(?:[^/\\\n'\",;:<>|]*[/\\])*"
)
_STORED = {0xDC80 + byte: 0xEF80 + byte for byte in range(0x80)}
_SHORT = {"\t": "\\t", "\n": "\\n", "\r": "\\r"}


def readable(text: str) -> str:
    r"""The text with what is no Unicode in it replaced, so that it can be encoded.

    A file name that is no UTF-8 comes from the system with lone surrogates in it. Where they
    spell UTF-8 after all (the system was told to speak ASCII), the letters are taken.

    Example:
        >>> readable("caf\udce9"), readable("\udce7\udc8c\udcab"), readable("猫")
        ('caf�', '猫', '猫')
    """
    try:
        text.encode()
    except UnicodeEncodeError:
        whole = "".join("\ufffd" if "\ud800" <= c < "\udc80" or "\udcff" < c <= "\udfff" else c
                        for c in text)  # fmt: skip
        return whole.encode(errors="surrogateescape").decode(errors="replace")
    return text


def storable(text: str) -> str:
    r"""A path as it can stand in a text file and come back from it; see `stored`.

    Bytes that are no UTF-8 become letters of the private use area, as in MirBSD's OPTU-8.

    Example:
        >>> storable("caf\udce9"), stored(storable("caf\udce9"))
        ('caf\uefe9', 'caf\udce9')
    """
    return text.translate(_STORED)


def stored(text: str) -> str:
    """The path that `storable` wrote."""
    return text.translate({private: byte for byte, private in _STORED.items()})


def printable(text: object) -> str:
    r"""The text on one line, with nothing in it that a terminal would obey.

    Control characters, escapes and marks that turn the order of letters around are spelled
    out; what is no Unicode is replaced.

    Example:
        >>> print(printable("a\x1b[31mred\nb"), printable("\u202egnp.exe"))
        a\x1b[31mred\nb \u202egnp.exe
    """
    return _UNSEEN.sub(_spelled, readable(str(text)))


def printable_lines(text: str) -> str:
    r"""The same for a text of several lines, which stay lines.

    Example:
        >>> printable_lines("one\n\x07two")
        'one\n\\x07two'
    """
    return "\n".join(printable(line) for line in text.split("\n"))


def _spelled(found: re.Match[str]) -> str:
    letter = found[0]
    code = ord(letter)
    return _SHORT.get(letter) or (f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}")


def without_places(text: str) -> str:
    r"""The text with every absolute path in it cut down to its last part.

    For what is handed on: where something lay on the maker's disk is nobody's business.

    Example:
        >>> without_places("found in /home/me/my data/mnist"), without_places("cat/dog 1 / 2")
        ('found in mnist', 'cat/dog 1 / 2')
        >>> without_places(r"weights C:\Users\me\w.h5, ~/data/x.zip")
        'weights w.h5, x.zip'
    """
    return _PLACE.sub("", text)


def file_name(text: str, *, suffix: str = "") -> str:
    r"""One part of a path, whatever the text holds, on every system.

    Separators and what cannot be seen become "_"; dots and blanks at the ends go; a word that
    Windows keeps for a device gets a "_" before it; a name that is too long is cut and marked
    with a hash of the whole. A name that is fine stays as it is.

    Args:
        text: From data: a class, a recipe's name, the name of a recognizer.
        suffix: Added at the end, as ".png".

    Example:
        >>> file_name("猫 cat"), file_name("../../evil"), file_name("a/b", suffix=".png")
        ('猫 cat', '_.._evil', 'a_b.png')
        >>> file_name("con"), file_name(".hidden "), file_name("..")
        ('_con', 'hidden', 'unnamed')
    """
    plain = unicodedata.normalize("NFC", readable(text))
    name = _IN_A_NAME.sub("_", plain).strip(" .") or "unnamed"
    if name.partition(".")[0].rstrip().casefold() in _DEVICES:
        name = f"_{name}"
    return _for_the_file_system(_cut(name, LONGEST - len(suffix.encode())) + suffix)


def _cut(name: str, most: int) -> str:
    whole = name.encode()
    if len(whole) <= most:
        return name
    mark = hashlib.sha256(whole).hexdigest()[:8]
    return f"{whole[: most - 9].decode(errors='ignore').rstrip(' .')}~{mark}"


def _for_the_file_system(name: str) -> str:
    """A system that was told to speak another code cannot write every letter."""
    encoding = sys.getfilesystemencoding()
    return name.encode(encoding, "replace").decode(encoding).replace("?", "_")


def file_name_besides(text: str, taken: set[str]) -> str:
    """A safe file name that none of `taken` is, also where case makes no difference.

    Args:
        text: From data.
        taken: Names that are in use, casefolded; the new one is added.

    Example:
        >>> taken = set()
        >>> [file_name_besides(name, taken) for name in ("cat", "Cat", "cat-2")]
        ['cat', 'Cat-2', 'cat-2-2']
    """
    plain, number = file_name(text), 1
    name = plain
    while name.casefold() in taken:
        number += 1
        name = file_name(_cut(plain, LONGEST - 9), suffix=f"-{number}")
    taken.add(name.casefold())
    return name


def file_names(texts: Iterable[str]) -> dict[str, str]:
    """A safe file name for each text, no two the same.

    Example:
        >>> file_names(["cat", "Cat", "a/b", "a:b"])
        {'cat': 'cat', 'Cat': 'Cat-2', 'a/b': 'a_b', 'a:b': 'a_b-2'}
    """
    taken: set[str] = set()
    return {text: file_name_besides(text, taken) for text in dict.fromkeys(texts)}


def fault_of_part(name: str) -> str | None:
    r"""Why a name that someone gave cannot be one part of a path, or None if it can.

    Example:
        >>> fault_of_part("../pwned"), fault_of_part("my run 1")
        ("it holds '/'", None)
    """
    found = re.search(r"[/\\]", name) or _UNSEEN.search(readable(name))
    if found:
        return f"it holds {printable(found[0])!r}".replace("\\\\", "\\")
    if not name.strip(" ."):
        return "nothing of it can be seen"
    if (size := len(readable(name).encode())) > LONGEST:
        return f"it is {size} bytes long, at most {LONGEST} fit"
    return None
