"""Filters that smooth without the blur of a Gaussian: mean, median, and those that keep edges.

Beyond the border a picture goes on mirrored, its last pixel twice, unless said otherwise.
"""

import math

import numpy as np

from kanjian import extras
from kanjian.images.pictures import takes_picture
from kanjian.imaging.binary import check_picture
from kanjian.imaging.borders import Border, with_border
from kanjian.imaging.gaussian import ADVICE, TYPES
from kanjian.imaging.levels import check_at_least, check_odd


@takes_picture
def mean(image: np.ndarray, *, size: int = 3, border: Border = "reflect") -> np.ndarray:
    """The plain mean of a square around each pixel; any size costs the same.

    Args:
        image: As in `blur`.
        size: Odd side of the square; 1 changes nothing.
        border: How the picture goes on beyond its border. See `with_border`.

    Returns:
        New array, same shape and dtype.

    Example:
        >>> mean(np.array([[0, 0, 90, 0, 0]], np.uint8))
        array([[ 0, 30, 30, 30,  0]], dtype=uint8)
    """
    import cv2

    check_picture(image, types=TYPES, advice=ADVICE)
    check_odd(size)
    return with_border(
        lambda wide: cv2.blur(wide, (size, size), borderType=cv2.BORDER_REFLECT),
        image,
        reach=size // 2,
        border=border,
    )


@takes_picture
def median(image: np.ndarray, *, size: int = 3, border: Border = "replicate") -> np.ndarray:
    """The middle value of a square around each pixel: specks go, edges stay.

    Args:
        image: As in `blur`. Sizes above 5 need SciPy for all but uint8, and are slow.
        size: Odd side of the square; 1 changes nothing.
        border: How the picture goes on beyond its border, by default with its last pixel.
            See `with_border`.

    Returns:
        New array, same shape and dtype.

    Example:
        >>> median(np.array([[7, 7, 255], [7, 7, 7], [7, 7, 7]], np.uint8)).max()
        np.uint8(7)
    """
    check_picture(image, types=TYPES, advice=ADVICE)
    check_odd(size)
    if size == 1:
        return image.copy()
    return with_border(
        lambda wide: _median(wide, size), image, reach=size // 2, border=border, own="replicate"
    )


def _median(image: np.ndarray, size: int) -> np.ndarray:
    import cv2

    if image.dtype == np.uint8 or (size <= 5 and image.dtype != np.float64):
        fast: np.ndarray = cv2.medianBlur(image, size)
        return fast
    around = (size, size, 1)[: image.ndim]
    slow: np.ndarray = extras.load("scipy.ndimage").median_filter(
        image, size=around, mode="nearest"
    )
    return slow


@takes_picture
def bilateral(
    image: np.ndarray,
    *,
    sigma_color: float = 25,
    sigma_space: float = 3,
    border: Border = "reflect",
) -> np.ndarray:
    """A mean of pixels that are near and alike: areas become smooth, edges stay sharp.

    Args:
        image: Gray or RGB; uint8 or float32.
        sigma_color: How unlike a pixel may be, in the picture's own levels; 0 changes nothing.
        sigma_space: How far it may lie, in pixels; 0 changes nothing. Time grows with its
            square.
        border: How the picture goes on beyond its border. See `with_border`.

    Returns:
        New array, same shape and dtype.

    Example:
        >>> step = np.array([[0, 0, 0, 200, 200, 200]], np.uint8)
        >>> bilateral(step).tolist() == step.tolist()
        True

    Reference:
        Tomasi and Manduchi, Bilateral filtering for gray and color images, 1998.
    """
    import cv2

    check_picture(image, types=("uint8", "float32"), advice=ADVICE)
    check_at_least(0, sigma_color=sigma_color, sigma_space=sigma_space)
    # OpenCV takes 0 for 1
    if not sigma_color or not sigma_space or image.min() == image.max():
        return image.copy()
    wide = 2 * math.ceil(2 * sigma_space) + 1
    return with_border(
        lambda picture: cv2.bilateralFilter(
            picture, wide, sigma_color, sigma_space, borderType=cv2.BORDER_REFLECT
        ),
        image,
        reach=wide // 2,
        border=border,
    )


@takes_picture
def nonlocal_means(
    image: np.ndarray,
    *,
    strength: float = 10,
    patch: int = 7,
    search: int = 21,
    border: Border = "reflect-101",
) -> np.ndarray:
    """A mean of pixels whose surroundings look alike, wherever around they lie: noise goes.

    Args:
        image: Gray or RGB; uint8. The channels of RGB are compared together.
        strength: How unlike surroundings may be, about the sigma of the noise in gray levels;
            0 changes nothing.
        patch: Odd side of what counts as surroundings.
        search: Odd side of where alike ones are looked for; time grows with its square.
        border: How the picture goes on beyond its border. See `with_border`.

    Returns:
        New array, same shape and dtype.

    Example:
        >>> nonlocal_means(np.full((9, 9), 7, np.uint8)).max()
        np.uint8(7)

    Reference:
        Buades, Coll and Morel, A non-local algorithm for image denoising, 2005.
    """
    import cv2

    check_picture(image, types=("uint8",), advice=ADVICE)
    check_at_least(0, strength=strength)
    check_odd(patch, name="patch")
    check_odd(search, name="search")
    if not strength:
        return image.copy()
    return with_border(
        lambda wide: cv2.fastNlMeansDenoising(wide, None, strength, patch, search),
        image,
        reach=patch // 2 + search // 2,
        border=border,
        own="reflect-101",
    )
