"""Many pictures on one sheet, with captions: for reports."""

import math
from collections.abc import Sequence
from functools import lru_cache
from typing import Literal

import numpy as np

from kanjian.errors import ImageError
from kanjian.images.pictures import Picture
from kanjian.images.resize import resize_image
from kanjian.images.text_line import TextLine, line_of

_GAP, _TEXT_PX = 6, 13


def contact_sheet(
    images: Sequence[Picture],
    *,
    captions: Sequence[str] | None = None,
    columns: int | None = None,
    tile_hw: tuple[int, int] = (96, 96),
    cut: Literal["end", "middle"] = "end",
) -> np.ndarray:
    r"""All pictures side by side on white, row by row, each letterboxed into its tile.

    Args:
        images: RGB or gray pictures of any size, held as `as_image` takes them; at least one.
        captions: One text per picture, below it; "\n" starts a new line. A line too long
            for the tile ends in "…". Words in a script that no font here has give way to
            the number of the picture, from 1.
        columns: Pictures in a row; by default about as many as there are rows.
        tile_hw: Height and width of each picture on the sheet.
        cut: Where a line that is too long gives way to "…".

    Returns:
        RGB (height, width, 3) uint8.

    Raises:
        ImageError: If there is no picture, not one caption for each, or no column.

    Example:
        >>> digits = [np.full((8, 8), 40 * n, np.uint8) for n in range(5)]
        >>> contact_sheet(digits, columns=3, tile_hw=(20, 30)).shape
        (58, 114, 3)
    """
    if not len(images):
        raise ImageError("images must hold at least one picture for a contact sheet, got none.")
    if captions is not None and len(captions) != len(images):
        raise ImageError(
            f"captions must be one per picture, got {len(captions)} for {len(images)} pictures."
        )
    if columns is not None and columns < 1:
        raise ImageError(f"columns must be at least 1, got {columns}.")
    columns = min(columns or math.ceil(math.sqrt(len(images))), len(images))
    strips = [
        text_strip(text, tile_hw[1], cut=cut, otherwise=f"#{number}")
        for number, text in enumerate(captions or (), 1)
    ]
    strip_h = max((len(strip) for strip in strips), default=0)
    cell_h, cell_w = tile_hw[0] + strip_h + _GAP, tile_hw[1] + _GAP
    rows = math.ceil(len(images) / columns)
    sheet = np.full((rows * cell_h + _GAP, columns * cell_w + _GAP, 3), 255, np.uint8)
    for number, image in enumerate(images):
        top, left = _GAP + number // columns * cell_h, _GAP + number % columns * cell_w
        tile = resize_image(image, tile_hw, channels=3)
        sheet[top : top + tile_hw[0], left : left + tile_hw[1]] = tile
        if strips:
            below = top + tile_hw[0]
            sheet[below : below + len(strips[number]), left : left + tile_hw[1]] = strips[number]
    return sheet


def text_strip(
    text: str,
    width: int,
    *,
    text_px: int = _TEXT_PX,
    cut: Literal["end", "middle"] = "end",
    otherwise: str = "#",
) -> np.ndarray:
    r"""Text in black on white, one row of pixels below the other, never wider than the strip.

    Args:
        text: "\n" starts a new line.
        width: Of the strip, in pixels.
        text_px: Height of the letters.
        cut: Where a line that is too long gives way to "…".
        otherwise: What stands for words that no font here has.

    Returns:
        RGB (height, width, 3) uint8.

    Example:
        >>> text_strip("cat\n98 %", 60).shape
        (34, 60, 3)
    """
    from PIL import Image, ImageDraw

    lines, line_h = text.split("\n"), text_px + 4
    canvas = Image.new("RGB", (width, line_h * len(lines)), "white")
    draw = ImageDraw.Draw(canvas)
    for number, line in enumerate(lines):
        shown = line_of(line, text_px, otherwise=otherwise).cut(width, cut)
        shown.write(draw, (0, (number + 0.5) * line_h), fill="black")
    return np.asarray(canvas)


def wrapped_text(text: str, width: int, *, text_px: int = _TEXT_PX) -> str:
    r"""The text with line breaks between words, each line as long as fits a strip.

    Example:
        >>> wrapped_text("one two three", 60)
        'one two\nthree'
    """
    lines = [""]
    for word in text.split():
        longer = f"{lines[-1]} {word}".strip()
        if line_of(longer, text_px).width <= width or not lines[-1]:
            lines[-1] = longer
        else:
            lines.append(word)
    return "\n".join(lines)


def text_plate(
    text: str,
    *,
    text_px: int = _TEXT_PX,
    ink: tuple[int, int, int] = (255, 255, 255),
    ground: tuple[int, int, int] = (0, 0, 0),
    most: int = 400,
    otherwise: str = "#",
) -> np.ndarray:
    """A line of text on a plate of one color, as wide as the text: to lay over a picture.

    Args:
        text: In any script.
        text_px: Height of the letters.
        ink: Color of the letters.
        ground: Color of the plate.
        most: Widest plate in pixels; a longer text ends in "…".
        otherwise: What stands for words that no font here has.

    Returns:
        RGB (height, width, 3) uint8; kept, so it must not be written to.

    Example:
        >>> text_plate("看见").shape[0]
        19
    """
    return _plate(line_of(text, text_px, otherwise=otherwise), ink, ground, most)


@lru_cache(maxsize=1024)
def _plate(
    line: TextLine, ink: tuple[int, int, int], ground: tuple[int, int, int], most: int
) -> np.ndarray:
    from PIL import Image, ImageDraw

    edge = line.text_px // 4
    side = max(2, edge)
    shown = line.cut(most - 2 * side)
    size = (round(shown.width) + 2 * side, line.text_px + 2 * edge)
    plate = Image.new("RGB", size, ground)
    shown.write(ImageDraw.Draw(plate), (side, size[1] / 2), fill=ink)
    drawn = np.asarray(plate)
    drawn.flags.writeable = False
    return drawn
