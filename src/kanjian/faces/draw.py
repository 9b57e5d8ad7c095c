"""Boxes and names over pictures, and faces made unrecognizable."""

from collections.abc import Sequence

import numpy as np

from kanjian.images.draw import text_plate

Box = tuple[float, float, float, float]
Color = tuple[int, int, int]
# White letters can be read on all of them; people keep theirs through a video
_COLORS: tuple[Color, ...] = (
    (0, 114, 178), (190, 60, 20), (0, 130, 90), (150, 60, 150), (160, 110, 0), (40, 60, 160),
    (190, 30, 90), (0, 120, 130),
)  # fmt: skip
_UNKNOWN: Color = (90, 90, 90)
# Blocks along the shorter side of a face that is made unrecognizable
_BLOCKS = 6


def color_of(name: str, names: Sequence[str]) -> Color:
    """The color of a person; gray for whoever is not among the names.

    Example:
        >>> color_of("Bo", ("Ann", "Bo")), color_of("unknown", ("Ann", "Bo"))
        ((190, 60, 20), (90, 90, 90))
    """
    return _COLORS[list(names).index(name) % len(_COLORS)] if name in names else _UNKNOWN


def draw_name(
    image: np.ndarray, box: Box, text: str, color: Color, *, otherwise: str = "#"
) -> None:
    """Draw a box and a name by it, in place.

    The plate stands above the box, or inside where there is no room above.

    Args:
        image: RGB uint8; changed.
        box: Left, top, right, bottom; may reach out of the picture.
        text: In any script; "" draws the box alone.
        color: Of box and plate.
        otherwise: What stands for a name that no font here has.

    Example:
        >>> picture = np.zeros((60, 80, 3), np.uint8)
        >>> draw_name(picture, (10, 30, 40, 55), "小明", (0, 114, 178))
        >>> picture[30, 20].tolist()
        [0, 114, 178]
    """
    height, width = image.shape[:2]
    thick = max(2, round(min(height, width) / 300))
    left, top, right, bottom = (round(side) for side in box)
    _frame(image, (left, top, right, bottom), thick, color)
    if text:
        px = max(12, min(28, round(min(height, width) / 26)))
        most = max(width, 16)
        plate = text_plate(text, text_px=px, ground=color, most=most, otherwise=otherwise)
        y = top - len(plate) if top >= len(plate) else max(top, 0)
        x = max(0, min(left, width - plate.shape[1]))
        room = image[y : y + len(plate), x : x + plate.shape[1]]
        room[:] = plate[: room.shape[0], : room.shape[1]]


def _frame(image: np.ndarray, box: tuple[int, int, int, int], thick: int, color: Color) -> None:
    height, width = image.shape[:2]
    left, right = (int(np.clip(side, 0, width)) for side in (box[0], box[2]))
    top, bottom = (int(np.clip(side, 0, height)) for side in (box[1], box[3]))
    image[top : top + thick, left:right] = color
    image[max(bottom - thick, top) : bottom, left:right] = color
    image[top:bottom, left : left + thick] = color
    image[top:bottom, max(right - thick, left) : right] = color


def hide(image: np.ndarray, box: Box, *, margin: float = 0.25) -> None:
    """Make a face unrecognizable, in place: six blocks across, smoothed, nothing to undo.

    Args:
        image: RGB or gray uint8; changed.
        box: Of the face; may reach out of the picture.
        margin: How much more is hidden on each side, as a share of the box: hair and ears
            tell as well.

    Example:
        >>> picture = np.random.default_rng(0).integers(0, 255, (60, 60), dtype=np.uint8)
        >>> hide(picture, (15, 15, 45, 45), margin=0)
        >>> bool(picture[20:40, 20:40].std() < 40)
        True
    """
    import cv2

    left, top, right, bottom = box
    more_x, more_y = margin * (right - left), margin * (bottom - top)
    height, width = image.shape[:2]
    x0, x1 = max(0, int(left - more_x)), min(width, int(np.ceil(right + more_x)))
    y0, y1 = max(0, int(top - more_y)), min(height, int(np.ceil(bottom + more_y)))
    if x1 <= x0 or y1 <= y0:
        return
    part = np.ascontiguousarray(image[y0:y1, x0:x1])
    across = _BLOCKS * (x1 - x0) / max(min(x1 - x0, y1 - y0), 1)
    size = (max(1, round(across)), max(1, round(across * (y1 - y0) / (x1 - x0))))
    blocks = cv2.resize(part, size, interpolation=cv2.INTER_AREA)
    image[y0:y1, x0:x1] = cv2.resize(blocks, part.shape[1::-1], interpolation=cv2.INTER_LINEAR)
