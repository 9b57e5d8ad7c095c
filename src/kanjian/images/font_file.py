"""Which letters a font file has, read from the file itself: Pillow does not tell."""

import io
import os
import struct
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import BinaryIO

import numpy as np

# A table of letters larger than this is none
_MOST_BYTES = 8 << 20


@dataclass(frozen=True)
class FontFile:
    """A font that lies somewhere.

    Args:
        path: Its file; "" for the one inside Pillow.
        face: Which of several fonts in a collection.
    """

    path: str
    face: int = 0

    def is_there(self) -> bool:
        """Whether it was not removed since it was found.

        Example:
            >>> FontFile("").is_there(), FontFile("/none.ttf").is_there()
            (True, False)
        """
        return not self.path or os.path.isfile(self.path)  # noqa: PTH113 - a path Path refuses is none

    def has(self, letters: Iterable[int]) -> frozenset[int]:
        """Those of these code points that it has a glyph for; none if it cannot be read.

        Example:
            >>> sorted(FontFile("").has(map(ord, "a看")))
            [97]
        """
        return self._table().has(letters)

    def _table(self) -> "Letters":
        if not self.path:
            return _built_in()
        try:
            found = Path(self.path).stat()
        except OSError:
            return _NONE
        return _read(self.path, self.face, found.st_mtime_ns, found.st_size)


@dataclass(frozen=True, eq=False)
class Letters:
    """Ranges of code points and how they become glyphs.

    Args:
        first: The first code point of each range, rising.
        last: The last one of each.
        shift: What is added to a code point to get its glyph; where `place` is not 0, to the
            glyph found there.
        place: Place in `glyphs` of a range's first code point, plus 1; 0 where it has none.
        glyphs: The glyphs of ranges that list them.
    """

    first: np.ndarray
    last: np.ndarray
    shift: np.ndarray
    place: np.ndarray
    glyphs: np.ndarray

    def has(self, letters: Iterable[int]) -> frozenset[int]:
        """Those of these code points that have a glyph."""
        return frozenset(letter for letter in letters if self._glyph(letter))

    def _glyph(self, letter: int) -> int:
        at = int(np.searchsorted(self.last, letter))
        if at == len(self.last) or letter < self.first[at]:
            return 0
        if not self.place[at]:
            return (letter + int(self.shift[at])) & 0xFFFF
        index = int(self.place[at]) - 1 + letter - int(self.first[at])
        return int(self.glyphs[index]) if 0 <= index < len(self.glyphs) else 0


_EMPTY = np.empty(0, np.int64)
_NONE = Letters(_EMPTY, _EMPTY, _EMPTY, _EMPTY, _EMPTY)


@lru_cache(maxsize=4096)
def _read(path: str, face: int, changed_ns: int, size: int) -> Letters:  # noqa: ARG001 - what a new file tells apart
    try:
        with Path(path).open("rb") as stream:
            return _letters(stream, face)
    except (OSError, struct.error, ValueError, IndexError):
        return _NONE


@lru_cache(maxsize=1)
def _built_in() -> Letters:
    from PIL import ImageFont

    stream = getattr(ImageFont.load_default(12), "path", None)
    if not isinstance(stream, io.BytesIO):  # a Pillow without FreeType: letters as dots, ASCII
        nothing = np.zeros(1, np.int64)
        return Letters(nothing + 32, nothing + 126, nothing, nothing, _EMPTY)
    return _letters(io.BytesIO(stream.getvalue()), 0)


def _letters(stream: BinaryIO, face: int) -> Letters:
    """The letters of one font of a file.

    Raises:
        ValueError: If it is none, or one of little pictures, which cannot be drawn in a color.
    """
    tables = _tables(stream, _start(stream, face))
    if "cmap" not in tables or tables.keys() & {"CBDT", "sbix"}:
        raise ValueError("no letters with outlines")
    if not tables.keys() & {"glyf", "CFF ", "CFF2"}:
        raise ValueError("no outlines")
    offset, length = tables["cmap"]
    stream.seek(offset)
    return _of_table(stream.read(min(length, _MOST_BYTES)))


def _start(stream: BinaryIO, face: int) -> int:
    head = stream.read(12)
    if head[:4] != b"ttcf":
        return 0
    (count,) = struct.unpack(">I", head[8:12])
    stream.seek(12 + 4 * min(face, count - 1))
    return int(struct.unpack(">I", stream.read(4))[0])


def _tables(stream: BinaryIO, start: int) -> dict[str, tuple[int, int]]:
    stream.seek(start + 4)
    (count,) = struct.unpack(">H", stream.read(2))
    stream.seek(start + 12)
    tables = {}
    for _ in range(count):
        tag, _, offset, length = struct.unpack(">4sIII", stream.read(16))
        tables[tag.decode("latin-1")] = (offset, length)
    return tables


def _of_table(cmap: bytes) -> Letters:
    """The best of the encodings that a font offers: all of Unicode before its first plane."""
    (count,) = struct.unpack(">H", cmap[2:4])
    found = {}
    for number in range(count):
        platform, encoding, offset = struct.unpack(">HHI", cmap[4 + 8 * number : 12 + 8 * number])
        if (platform, encoding) in {(3, 1), (3, 10)} or (platform == 0 and encoding != 5):
            found[struct.unpack(">H", cmap[offset : offset + 2])[0]] = cmap[offset:]
    if 12 in found:
        return _ranges_of_all(found[12])
    if 4 in found:
        return _ranges_of_first_plane(found[4])
    raise ValueError("no encoding that is known")


def _ranges_of_all(table: bytes) -> Letters:
    (count,) = struct.unpack(">I", table[12:16])
    rows = np.frombuffer(table, ">u4", count=3 * count, offset=16).astype(np.int64).reshape(-1, 3)
    first, last, glyph = rows.T
    return Letters(first, last, glyph - first, np.zeros_like(first), _EMPTY)


def _ranges_of_first_plane(table: bytes) -> Letters:
    count = struct.unpack(">H", table[6:8])[0] // 2
    words = np.frombuffer(table[: len(table) // 2 * 2], ">u2").astype(np.int64)
    last, first, shift, offset = (
        words[start : start + count] for start in (7, 8 + count, 8 + 2 * count, 8 + 3 * count)
    )
    # an offset counts bytes from where it stands itself
    place = np.where(offset > 0, offset // 2 + np.arange(count) - count + 1, 0)
    return Letters(first, last, shift, place, words[8 + 4 * count :])


def folders() -> list[Path]:
    """Where this system and this user keep fonts; some may not be there."""
    given = os.environ.get
    if os.name == "nt":
        local = given("LOCALAPPDATA") or os.path.expanduser("~/AppData/Local")  # noqa: PTH111
        return [
            Path(given("WINDIR", r"C:\Windows"), "Fonts"),
            Path(local, "Microsoft", "Windows", "Fonts"),
        ]
    shared = (given("XDG_DATA_DIRS") or "/usr/local/share:/usr/share").split(":")
    own = given("XDG_DATA_HOME") or "~/.local/share"
    named = ["~/.fonts", "~/Library/Fonts", "/Library/Fonts", "/System/Library/Fonts"]
    return [
        Path(os.path.expanduser(place))  # noqa: PTH111
        for place in (*(f"{base}/fonts" for base in (own, *shared) if base), *named)
    ]
