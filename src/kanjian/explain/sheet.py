"""What a look inside gives, on one picture: tiles with captions under a title."""

from collections.abc import Sequence

import numpy as np

from kanjian.images import draw
from kanjian.images.convert import to_rgb
from kanjian.reporting.figures import tile as tiled

_EDGE, _TITLE_PX = 6, 18


def contact_sheet(
    pictures: Sequence[np.ndarray],
    captions: Sequence[str],
    *,
    columns: int | None = None,
    tile: int = 128,
    title: str = "",
) -> np.ndarray:
    r"""Pictures side by side with a caption below each, and a title above all.

    Small pictures are enlarged by whole pixels, so that a kernel of 3×3 is nine squares;
    large ones are reduced. A caption never reaches into its neighbor's: where it is too long
    it loses its middle, since layers and classes differ at both ends.

    Args:
        pictures: RGB or gray, uint8, of any size; (h, w, 1) counts as gray.
        captions: One for each; "\n" starts a new line.
        columns: Pictures in a row; by default about as many as there are rows.
        tile: Side of each picture on the sheet, in pixels.
        title: Above all, in as many lines as it takes.

    Returns:
        RGB (h, w, 3) uint8.

    Raises:
        ImageError: If there is no picture, or not one caption for each.

    Example:
        >>> contact_sheet([np.zeros((3, 3), np.uint8)] * 4, ["conv1 0"] * 4, title="conv1").shape
        (342, 274, 3)
    """
    squares = [tiled(to_rgb(picture), tile) for picture in pictures]
    sheet = draw.contact_sheet(
        squares, captions=captions, columns=columns, tile_hw=(tile, tile), cut="middle"
    )
    return titled(sheet, title) if title else sheet


def titled(sheet: np.ndarray, title: str) -> np.ndarray:
    """A picture on white with a title above it, in as many lines as it takes.

    Args:
        sheet: RGB (h, w, 3) uint8.
        title: The text.

    Example:
        >>> titled(np.zeros((10, 300, 3), np.uint8), "What excites conv1").shape
        (44, 300, 3)
    """
    width = sheet.shape[1] - 2 * _EDGE
    lines = draw.wrapped_text(title, width, text_px=_TITLE_PX)
    strip = draw.text_strip(lines, width, text_px=_TITLE_PX, cut="middle")
    head = np.full((len(strip) + 2 * _EDGE, sheet.shape[1], 3), 255, np.uint8)
    head[_EDGE : _EDGE + len(strip), _EDGE : _EDGE + width] = strip
    return np.concatenate([head, sheet])
