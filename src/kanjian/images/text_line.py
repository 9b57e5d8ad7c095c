"""A line of text for a picture, in as many fonts as its letters need."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Literal

from kanjian.images.font_file import FontFile
from kanjian.images.fonts import fonts_for, legible

if TYPE_CHECKING:
    from PIL.ImageFont import FreeTypeFont, ImageFont


@dataclass(frozen=True)
class TextLine:
    """A line that can be measured, cut and written.

    Args:
        text: The letters, all of which the fonts have.
        fonts: The first choice first.
        text_px: Height of the letters.
    """

    text: str
    fonts: tuple[FontFile, ...]
    text_px: int

    @property
    def width(self) -> float:
        """How many pixels it takes."""
        return sum(font.getlength(part) for font, part in self._parts())

    def cut(self, width: int, at: Literal["end", "middle"] = "end") -> "TextLine":
        """The line no wider than this; one that is longer gives way to "…", or to nothing.

        Example:
            >>> line_of("a very long name", 12).cut(60).text.endswith("…")
            True
        """
        shown, kept = self, len(self.text)
        while kept and shown.width > width:
            kept -= 1
            tail = kept // 2 if at == "middle" else 0
            short = self.text[: kept - tail] + "…" + self.text[len(self.text) - tail :]
            shown = line_of(short, self.text_px)
        return shown if kept or not self.text else replace(self, text="")

    def write(
        self, draw: Any, xy: tuple[float, float], *, fill: Any, anchor: Literal["l", "m", "r"] = "l"
    ) -> None:
        """Write it with Pillow, its middle at the height of `xy`: fonts differ in their ascent.

        Args:
            draw: Of `PIL.ImageDraw`.
            xy: Where it begins, has its middle or ends, as `anchor` says.
            fill: Color of the letters.
            anchor: Left, middle or right.
        """
        x, y = xy
        x -= {"l": 0.0, "m": 0.5, "r": 1.0}[anchor] * self.width
        for font, part in self._parts():
            draw.text((x, y), part, fill=fill, font=font, anchor="lm")
            x += font.getlength(part)

    def _parts(self) -> "Sequence[tuple[FreeTypeFont | ImageFont, str]]":
        return [(_opened(font, self.text_px), part) for font, part in _split(self.text, self.fonts)]


def line_of(text: str, text_px: int, *, otherwise: str = "#") -> TextLine:
    """A text as it can be written here.

    Args:
        text: In any script.
        text_px: Height of the letters.
        otherwise: What stands for words that no font has.

    Example:
        >>> line_of("cat 98 %", 12).text
        'cat 98 %'
    """
    shown = legible(text, otherwise)
    return TextLine(shown, fonts_for(shown) or (FontFile(""),), text_px)


def _split(text: str, fonts: tuple[FontFile, ...]) -> list[tuple[FontFile, str]]:
    """Parts of the text that one font has; blanks and joiners stay with what is before them."""
    if len(fonts) == 1:
        return [(fonts[0], text)]
    letters = set(map(ord, text))
    owner = {letter: font for font in reversed(fonts) for letter in font.has(letters)}
    parts: list[tuple[FontFile, str]] = []
    for letter in text:
        last = parts[-1][0] if parts else fonts[0]
        font = last if letter == " " else owner.get(ord(letter), last)
        if parts and font == last:
            parts[-1] = (font, parts[-1][1] + letter)
        else:
            parts.append((font, letter))
    return parts


@lru_cache(maxsize=64)
def _opened(font: FontFile, text_px: int) -> "FreeTypeFont | ImageFont":
    from PIL import ImageFont

    if not font.path:
        return ImageFont.load_default(text_px)
    return ImageFont.truetype(font.path, text_px, index=font.face)
