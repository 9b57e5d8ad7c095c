"""Many pictures on one sheet, with captions: for reports."""

import math
from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from kanjian.errors import ImageError
from kanjian.images.fit import fit_image

if TYPE_CHECKING:
    from PIL.ImageFont import FreeTypeFont, ImageFont

_GAP, _TEXT_PX = 6, 13
# Files under which Linux, macOS and Windows keep a font with Chinese; Pillow knows the folders
_CHINESE_FONTS = (
    "NotoSansCJK-Regular.ttc", "NotoSansSC-Regular.otf", "SourceHanSansSC-Regular.otf",
    "wqy-microhei.ttc", "wqy-zenhei.ttc", "DroidSansFallbackFull.ttf", "DroidSansFallback.ttf",
    "PingFang.ttc", "Hiragino Sans GB.ttc", "STHeiti Light.ttc", "msyh.ttc", "simhei.ttf",
    "simsun.ttc",
)  # fmt: skip


def contact_sheet(
    images: Sequence[np.ndarray],
    *,
    captions: Sequence[str] | None = None,
    columns: int | None = None,
    tile_hw: tuple[int, int] = (96, 96),
) -> np.ndarray:
    r"""All pictures side by side on white, row by row, each letterboxed into its tile.

    Args:
        images: RGB or gray pictures of any size; at least one.
        captions: One text per picture, below it; "\n" starts a new line. A line too long
            for the tile ends in "…". Chinese is drawn with a font of the system; where it
            has none, such characters come out as boxes: put the text in HTML instead.
        columns: Pictures in a row; by default about as many as there are rows.
        tile_hw: Height and width of each picture on the sheet.

    Returns:
        RGB (height, width, 3) uint8.

    Raises:
        ImageError: If there is no picture, not one caption for each, or no column.

    Example:
        >>> digits = [np.full((8, 8), 40 * n, np.uint8) for n in range(5)]
        >>> contact_sheet(digits, columns=3, tile_hw=(20, 30)).shape
        (58, 114, 3)
    """
    if not images:
        raise ImageError("images must hold at least one picture for a contact sheet, got none.")
    if captions is not None and len(captions) != len(images):
        raise ImageError(
            f"captions must be one per picture, got {len(captions)} for {len(images)} pictures."
        )
    if columns is not None and columns < 1:
        raise ImageError(f"columns must be at least 1, got {columns}.")
    columns = min(columns or math.ceil(math.sqrt(len(images))), len(images))
    strips = [_strip(text, tile_hw[1]) for text in captions] if captions else []
    strip_h = max((len(strip) for strip in strips), default=0)
    cell_h, cell_w = tile_hw[0] + strip_h + _GAP, tile_hw[1] + _GAP
    rows = math.ceil(len(images) / columns)
    sheet = np.full((rows * cell_h + _GAP, columns * cell_w + _GAP, 3), 255, np.uint8)
    for number, image in enumerate(images):
        top, left = _GAP + number // columns * cell_h, _GAP + number % columns * cell_w
        tile = fit_image(image, tile_hw, channels=3)
        sheet[top : top + tile_hw[0], left : left + tile_hw[1]] = tile
        if strips:
            below = top + tile_hw[0]
            sheet[below : below + len(strips[number]), left : left + tile_hw[1]] = strips[number]
    return sheet


def _strip(text: str, width: int) -> np.ndarray:
    """The text in black on white, (height, width, 3), one line of pixels per line of text."""
    from PIL import Image, ImageDraw

    lines, line_h = text.split("\n"), _TEXT_PX + 4
    canvas = Image.new("RGB", (width, line_h * len(lines)), "white")
    draw = ImageDraw.Draw(canvas)
    for number, line in enumerate(lines):
        font = _font(chinese=any(ord(letter) > 0x2E7F for letter in line))
        shown = _shortened(line, font, width)
        # anchored at the middle of the line: fonts differ in their ascent
        draw.text((0, (number + 0.5) * line_h), shown, fill="black", font=font, anchor="lm")
    return np.asarray(canvas)


def _shortened(line: str, font: "FreeTypeFont | ImageFont", width: int) -> str:
    shown = line
    while shown and font.getlength(shown) > width:
        shown = shown.removesuffix("…")[:-1] + "…" if shown != "…" else ""
    return shown


@cache
def _font(*, chinese: bool) -> "FreeTypeFont | ImageFont":
    from PIL import ImageFont

    for name in _CHINESE_FONTS if chinese else ():
        try:
            return ImageFont.truetype(name, _TEXT_PX)
        except OSError:  # not on this system
            continue
    return ImageFont.load_default(_TEXT_PX)  # inside Pillow: Latin letters
