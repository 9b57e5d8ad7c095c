"""Between RGB and gray, between 0…255 and 0…1, and the one check of what a picture is."""

import numpy as np

from kanjian.errors import ImageError
from kanjian.images.pictures import takes_picture


def check_image(image: np.ndarray, *, name: str = "image") -> np.ndarray:
    """Give `image` back if it is a picture, else say what it is instead.

    Args:
        image: What should be (height, width) gray or (height, width, 3) RGB, uint8, with
            at least one pixel.
        name: What the message calls it.

    Raises:
        ImageError: If the type, the shape or the number of pixels is another.

    Example:
        >>> check_image(np.zeros((2, 3), np.uint8)).shape
        (2, 3)
        >>> check_image(np.zeros((2, 3, 4)), name="photo")
        Traceback (most recent call last):
        kanjian.errors.ImageError: photo must be (height, width) or (height, width, 3) uint8, got
            (2, 3, 4) float64. Use to_uint8() for values in 0..1 and to_rgb() for other shapes.
    """
    if not isinstance(image, np.ndarray):
        raise ImageError(
            f"{name} must be (height, width) or (height, width, 3) uint8, "
            f"got {type(image).__name__}. Use read_image() for files."
        )
    if image.dtype == np.uint8 and image.size and _has_image_shape(image):
        return image
    raise ImageError(
        f"{name} must be (height, width) or (height, width, 3) uint8, "
        f"got {image.shape} {image.dtype}. {_advice(image)}"
    )


def _has_image_shape(image: np.ndarray) -> bool:
    return image.ndim == 2 or (image.ndim == 3 and image.shape[2] == 3)


def _advice(image: np.ndarray) -> str:
    if not image.size:
        return "It has no pixels."
    if image.dtype != np.uint8 and _has_image_shape(image):
        return "Use to_uint8() for values in 0..1."
    if image.dtype == np.uint8:
        return "Use to_rgb() or to_gray(), which also take (height, width, 1) and alpha."
    return "Use to_uint8() for values in 0..1 and to_rgb() for other shapes."


@takes_picture
def to_rgb(image: np.ndarray) -> np.ndarray:
    """The picture with three channels; a picture that is RGB already comes back as it is.

    Args:
        image: (height, width) or (height, width, 1) gray, (height, width, 3) RGB, or
            (height, width, 4) RGB with alpha, which is laid over white; uint8.

    Raises:
        ImageError: If `image` is none of these.

    Example:
        >>> to_rgb(np.array([[7, 9]], np.uint8)).tolist()
        [[[7, 7, 7], [9, 9, 9]]]
    """
    image = check_image(_without_extra_channels(image))
    if image.ndim == 3:
        return image
    rgb = np.empty((*image.shape, 3), np.uint8)
    for channel in range(3):  # three times as fast as np.repeat
        rgb[:, :, channel] = image
    return rgb


@takes_picture
def to_gray(image: np.ndarray) -> np.ndarray:
    """The brightness of each pixel; a picture that is gray already comes back as it is.

    Args:
        image: As in `to_rgb`.

    Returns:
        (height, width) uint8: 0.299 red + 0.587 green + 0.114 blue, rounded.

    Raises:
        ImageError: If `image` is no picture.

    Example:
        >>> to_gray(np.array([[[255, 0, 0], [0, 255, 0], [9, 9, 9]]], np.uint8))
        array([[ 76, 150,   9]], dtype=uint8)

    Reference:
        ITU-R BT.601, the luma weights of JPEG and of most image libraries.
    """
    image = check_image(_without_extra_channels(image))
    if image.ndim == 2:
        return image
    import cv2

    gray: np.ndarray = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)
    return gray


def _without_extra_channels(image: np.ndarray) -> np.ndarray:
    """(h, w, 1) as (h, w), alpha laid over white; anything else unchanged."""
    if not isinstance(image, np.ndarray) or image.dtype != np.uint8 or image.ndim != 3:
        return image
    if image.shape[2] == 1:
        return image[:, :, 0]
    return over_white(image) if image.shape[2] == 4 else image


def over_white(image: np.ndarray) -> np.ndarray:
    """Lay a picture whose last channel is alpha over white, as a page would show it.

    White, because cut-out pictures, icons and signatures are mostly dark on a clear
    ground and are looked at on white pages: over black they would vanish.

    Args:
        image: (height, width, 2) gray with alpha or (height, width, 4) RGB with alpha, uint8.

    Returns:
        (height, width) or (height, width, 3) uint8; each value is rounded.

    Example:
        >>> over_white(np.array([[[0, 0, 0, 255], [0, 0, 0, 0], [0, 100, 0, 51]]], np.uint8))
        array([[[  0,   0,   0],
                [255, 255, 255],
                [204, 224, 204]]], dtype=uint8)
    """
    color, alpha = image[:, :, :-1], image[:, :, -1:].astype(np.uint16)
    out = np.empty(color.shape, np.uint8)
    # Row by row in blocks: the 16-bit products of a whole 89-megapixel picture fill 530 MB
    for top in range(0, len(image), 256):
        rows = slice(top, top + 256)
        # 255 - (255 - c) * a / 255, rounded; (255 - c) * a + 127 is at most 65 152
        ink = ((255 - color[rows]).astype(np.uint16) * alpha[rows] + np.uint16(127)) // 255
        out[rows] = 255 - ink.astype(np.uint8)
    return out[:, :, 0] if image.shape[2] == 2 else out


@takes_picture
def to_float01(image: np.ndarray) -> np.ndarray:
    """The picture as float32 from 0 to 1.

    Args:
        image: uint8 of any shape.

    Raises:
        ImageError: If `image` is not uint8: a float picture has been scaled already.

    Example:
        >>> to_float01(np.array([[0, 51, 255]], np.uint8))
        array([[0. , 0.2, 1. ]], dtype=float32)
    """
    if image.dtype != np.uint8:
        raise ImageError(
            f"image must be uint8, got {image.shape} {image.dtype}. "
            "It may be scaled already; use to_uint8() for values in 0..1."
        )
    return image.astype(np.float32) / np.float32(255)


@takes_picture
def to_uint8(image: np.ndarray) -> np.ndarray:
    """A picture of floats from 0 to 1 as uint8, rounded; the inverse of `to_float01`.

    Args:
        image: Floats or booleans of any shape. Values outside 0…1 by less than 1e-6 are
            rounding errors and are clipped.

    Raises:
        ImageError: If a value is outside 0…1 or not a number, or the type is another: no
            range is guessed.

    Example:
        >>> to_uint8(np.array([[0.0, 0.5, 1.0]]))
        array([[  0, 128, 255]], dtype=uint8)
    """
    if image.dtype == np.bool_:
        return image.astype(np.uint8) * np.uint8(255)
    if image.dtype.kind != "f":
        raise ImageError(
            f"image must be floats in 0..1, got {image.shape} {image.dtype}. "
            "Divide by the largest possible value first."
        )
    if image.size and not (image.min() >= -1e-6 and image.max() <= 1 + 1e-6):
        raise ImageError(
            f"image must be floats in 0..1, got values from {image.min():g} to {image.max():g}. "
            "Scale to 0..1 first."
        )
    return np.floor(image.clip(0, 1) * 255 + 0.5).astype(np.uint8)
