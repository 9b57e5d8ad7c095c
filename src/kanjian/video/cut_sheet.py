"""A contact sheet of cuts: a picture of each, with its times and its note."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from kanjian.images.convert import to_rgb
from kanjian.images.draw import contact_sheet
from kanjian.images.resize import resize_image
from kanjian.media.frames import read_frames
from kanjian.video.times import clock

if TYPE_CHECKING:
    from kanjian.video.cuts import Cut

# More tiles on a sheet can no longer be told apart
MOST_TILES = 60
_SIDE = 240


def preview_sheet(cuts: Sequence["Cut"]) -> np.ndarray:
    """A sheet with the middle of each cut, of 60 at most, before any video is made of them.

    Args:
        cuts: In their order; at least one.

    Returns:
        RGB (height, width, 3) uint8.

    Raises:
        KanjianError: If a clip cannot be read.
    """
    return sheet_of([(_middle(cut), cut) for cut in cuts[:MOST_TILES]])


def _middle(cut: "Cut") -> np.ndarray:
    middle, tile = (cut.from_s + cut.to_s) / 2, np.zeros((_SIDE * 9 // 16, _SIDE, 3), np.uint8)
    with read_frames(cut.clip, start=cut.from_s, end=cut.to_s, seek=True) as frames:
        for frame in frames:
            tile = small(frame.image)
            if frame.seconds >= middle:
                break
    return tile


def sheet_of(tiles: Sequence[tuple[np.ndarray, "Cut"]]) -> np.ndarray:
    """Small pictures with the cuts they are of, as one."""
    captions = [
        f"{clock(cut.from_s)} – {clock(cut.to_s)}" + (f"\n{cut.note}" if cut.note else "")
        for _, cut in tiles
    ]
    height, width = tiles[0][0].shape[:2]
    images = [to_rgb(image) for image, _ in tiles]
    return contact_sheet(images, captions=captions, tile_hw=(height, width))


def small(image: np.ndarray) -> np.ndarray:
    """A picture as large as it is on a sheet, RGB."""
    height, width = image.shape[:2]
    scale = min(1.0, _SIDE / max(height, width))
    return resize_image(
        image, (max(1, round(height * scale)), max(1, round(width * scale))), channels=3
    )
