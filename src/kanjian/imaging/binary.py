"""Pictures of two values, and the checks that morphology, contours and corners share."""

from collections.abc import Sequence

import numpy as np

from kanjian.errors import ImageError

# What OpenCV erodes and dilates; a boolean picture goes in as uint8
GRAY_TYPES = ("bool", "uint8", "uint16", "int16", "float32", "float64")


def check_picture(
    image: np.ndarray,
    *,
    types: Sequence[str] = ("uint8",),
    gray: bool = False,
    name: str = "image",
    advice: str = "",
) -> np.ndarray:
    """Give `image` back if it is a picture of one of these types, else say what it is instead.

    Args:
        image: What should be (height, width) or (height, width, 3), with at least one pixel.
        types: Names of the dtypes that will do.
        gray: Two dimensions only.
        name: What the message calls it.
        advice: What to do, as the last sentence of the message.

    Raises:
        ImageError: If the type, the shape or the number of pixels is another.

    Example:
        >>> check_picture(np.zeros((2, 3, 3), np.uint8), gray=True, advice="Make it gray first.")
        Traceback (most recent call last):
        kanjian.errors.ImageError: image must be (height, width) uint8, got (2, 3, 3) uint8. Make
            it gray first.
    """
    shapes = "(height, width)" if gray else "(height, width) or (height, width, 3)"
    wanted = f"{name} must be {shapes} {' or '.join(types)}"
    if not isinstance(image, np.ndarray):
        raise ImageError(f"{wanted}, got {type(image).__name__}.")
    fits = image.ndim == 2 or (not gray and image.ndim == 3 and image.shape[2] == 3)
    if fits and image.size and image.dtype.name in types:
        return image
    advice = advice if image.size else "It has no pixels."
    raise ImageError(f"{wanted}, got {image.shape} {image.dtype}. {advice}".rstrip())


def as_mask(image: np.ndarray) -> np.ndarray:
    """A picture of two values as booleans: True where it is not 0.

    Args:
        image: (height, width) bool, or uint8 with 0 and one value more, mostly 1 or 255.

    Raises:
        ImageError: If it has other shapes, types or a third value: no threshold is guessed.

    Example:
        >>> as_mask(np.array([[0, 255]], np.uint8))
        array([[False,  True]])
    """
    advice = "Make it gray and use threshold() first."
    check_picture(image, types=("bool", "uint8"), gray=True, advice=advice)
    if image.dtype == np.bool_:
        return image.copy()
    mask: np.ndarray = image != 0
    if mask.any() and (image[mask] != image.max()).any():
        raise ImageError(
            "image must be binary (0 and one value more), got "
            f"{len(np.unique(image))} different values. Use threshold() first."
        )
    return mask


def like(mask: np.ndarray, image: np.ndarray) -> np.ndarray:
    """Booleans in the type and with the value of the binary picture they came from.

    Example:
        >>> like(np.array([[True, False]]), np.array([[0, 1]], np.uint8))
        array([[1, 0]], dtype=uint8)
        >>> like(np.array([[True, False]]), np.array([[0, 0]], np.uint8))
        array([[255,   0]], dtype=uint8)
    """
    if image.dtype == np.bool_:
        return mask
    return mask.astype(np.uint8) * np.uint8(image.max() or 255)
