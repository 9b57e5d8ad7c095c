"""Bring a picture to the size a network takes: one way, in training and in prediction."""

from typing import Literal, get_args

import numpy as np

from kanjian.checks import check_choice
from kanjian.errors import ImageError
from kanjian.images.convert import check_image, to_gray, to_rgb
from kanjian.images.pictures import takes_picture

FitMode = Literal["letterbox", "crop", "stretch"]
Box = tuple[int, int, int, int]  # top, left, height, width


@takes_picture
def resize_image(
    image: np.ndarray,
    size_hw: tuple[int, int],
    *,
    mode: FitMode = "letterbox",
    channels: Literal[1, 3],
) -> np.ndarray:
    """The picture at exactly this size, with this many channels.

    Shrinking averages the pixels under each new one (no aliasing); growing is bilinear.

    Args:
        image: RGB (height, width, 3) or gray (height, width) or (height, width, 1), uint8.
        size_hw: Height and width wanted.
        mode: "letterbox" keeps all of the picture and its aspect, and fills up with black
            bars, the odd pixel at the bottom or right; "crop" keeps the aspect and cuts
            off what stands out, the same on both sides; "stretch" keeps everything but
            the aspect.
        channels: 3 for RGB, 1 for gray. Gray is repeated, RGB is weighted as in `to_gray`.

    Returns:
        (height, width, channels) uint8. Where there is nothing to do it is a view of
        `image`, not a copy: do not write into it.

    Raises:
        ImageError: If `image` is no picture, or size, mode or channels are not possible.

    Example:
        >>> wide = np.full((1, 2), 9, np.uint8)
        >>> resize_image(wide, (2, 2), channels=1)[:, :, 0]
        array([[9, 9],
               [0, 0]], dtype=uint8)
        >>> resize_image(wide, (4, 4), mode="crop", channels=3).shape
        (4, 4, 3)
    """
    size_hw = _check(size_hw, mode, channels)
    if isinstance(image, np.ndarray) and image.ndim == 3 and image.shape[2] == 1:
        image = image[:, :, 0]
    check_image(image)
    if channels == 1:
        image = to_gray(image)  # before resizing: a third of the work
    (top, left, height, width), room = resize_boxes(image.shape[:2], size_hw, mode)
    # cut before resizing, which saves the work on what is thrown away
    fitted = resize(image[top : top + height, left : left + width], room[2:])
    if room[2:] != size_hw:
        canvas = np.zeros((*size_hw, *image.shape[2:]), np.uint8)
        canvas[room[0] : room[0] + room[2], room[1] : room[1] + room[3]] = fitted
        fitted = canvas
    return fitted[:, :, None] if channels == 1 else to_rgb(fitted)


def resize_boxes(
    image_hw: tuple[int, int], size_hw: tuple[int, int], mode: FitMode = "letterbox"
) -> tuple[Box, Box]:
    """Which part of a picture `resize_image` brings to which part of its result.

    Args:
        image_hw: Height and width of the picture.
        size_hw: Height and width wanted.
        mode: As for `resize_image`.

    Returns:
        Top, left, height and width of either.

    Example:
        >>> resize_boxes((100, 200), (50, 50))
        ((0, 0, 100, 200), (12, 0, 25, 50))
    """
    return _FRAMES[mode](image_hw, size_hw)


def _check(size_hw: tuple[int, int], mode: str, channels: int) -> tuple[int, int]:
    check_choice("mode", mode, get_args(FitMode), error=ImageError, where="resize_image()")
    if channels not in (1, 3):
        raise ImageError(f"channels must be 1 (gray) or 3 (RGB), got {channels!r}.")
    height, width = size_hw
    if min(height, width) < 1:
        raise ImageError(f"size_hw must be at least (1, 1), got {tuple(size_hw)}.")
    return int(height), int(width)


def _inner_hw(image_hw: tuple[int, int], size_hw: tuple[int, int]) -> tuple[int, int]:
    """The largest size of the picture's aspect inside `size_hw`; whole-number arithmetic."""
    (height, width), (room_h, room_w) = image_hw, size_hw
    if height * room_w >= width * room_h:  # taller than the room: it fills the height
        return room_h, max(1, (2 * width * room_h + height) // (2 * height))
    return max(1, (2 * height * room_w + width) // (2 * width)), room_w


def _whole(hw: tuple[int, int]) -> Box:
    return 0, 0, *hw


def _centered(inner_hw: tuple[int, int], hw: tuple[int, int]) -> Box:
    return (hw[0] - inner_hw[0]) // 2, (hw[1] - inner_hw[1]) // 2, *inner_hw


def _letterbox(image_hw: tuple[int, int], size_hw: tuple[int, int]) -> tuple[Box, Box]:
    return _whole(image_hw), _centered(_inner_hw(image_hw, size_hw), size_hw)


def _crop(image_hw: tuple[int, int], size_hw: tuple[int, int]) -> tuple[Box, Box]:
    # The largest part of the picture with the wanted aspect is the letterbox seen from the
    # other side
    return _centered(_inner_hw(size_hw, image_hw), image_hw), _whole(size_hw)


def _stretch(image_hw: tuple[int, int], size_hw: tuple[int, int]) -> tuple[Box, Box]:
    return _whole(image_hw), _whole(size_hw)


# Which part of the picture comes to which part of the result
_FRAMES = {"letterbox": _letterbox, "crop": _crop, "stretch": _stretch}


@takes_picture
def resize(image: np.ndarray, size_hw: tuple[int, int]) -> np.ndarray:
    """The picture stretched to this size: averaged where it shrinks, bilinear where it grows.

    Each axis by its own rule; a view of `image` where it has the size already.

    Example:
        >>> resize(np.array([[0, 100], [100, 200]], np.uint8), (1, 2))
        array([[ 50, 150]], dtype=uint8)
    """
    import cv2

    height, width = image.shape[:2]
    small_hw = min(height, size_hw[0]), min(width, size_hw[1])
    # INTER_AREA averages only if no axis grows, so the shrinking axes go first.
    # cv2 wants (width, height); everything of ours is (height, width)
    if small_hw != (height, width):
        image = cv2.resize(image, small_hw[::-1], interpolation=cv2.INTER_AREA)
    if small_hw != size_hw:
        image = cv2.resize(image, size_hw[::-1], interpolation=cv2.INTER_LINEAR)
    return image
