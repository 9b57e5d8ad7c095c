"""One warp from a picture of any size to its variation at the size of the input."""

from math import hypot
from typing import Literal

import numpy as np

from kanjian.images.resize import resize

Fill = Literal["constant", "reflect", "nearest", "wrap"]

# OpenCV puts (0, 0) into the middle of the first pixel, places are counted from its corner
_HALF = np.array([[1, 0, 0.5], [0, 1, 0.5], [0, 0, 1]])
_HALF_BACK = np.array([[1, 0, -0.5], [0, 1, -0.5], [0, 0, 1]])


def warp_into(
    out: np.ndarray,
    image: np.ndarray,
    back: np.ndarray,
    *,
    from_hw: tuple[int, int] | None = None,
    fill: Fill = "constant",
    level: int = 0,
) -> None:
    """Stretch a picture to a size and vary it on the way, in one interpolation.

    Where it shrinks below a half, whole blocks of pixels are averaged first: bilinear
    interpolation alone would miss some.

    Args:
        out: (height, width, channels) uint8 that receives the result.
        image: RGB (h, w, 3) or gray (h, w) uint8 of any size, with the channels of `out`.
        back: (3, 3) from places in the variation to places in the stretched picture: the
            inverse of what `Geometry.matrices` gives.
        from_hw: The size it is stretched to; that of `out` by default.
        fill: What comes in from outside the picture.
        level: Gray level of a constant fill.

    Example:
        >>> out = np.empty((2, 2, 1), np.uint8)
        >>> mirror = np.array([[-1.0, 0, 2], [0, 1, 0], [0, 0, 1]])
        >>> warp_into(out, np.array([[1, 2], [3, 4]], np.uint8), mirror)
        >>> out[:, :, 0]
        array([[2, 1],
               [4, 3]], dtype=uint8)
    """
    size_hw = out.shape[0], out.shape[1]
    height, width = from_hw or size_hw
    scale = np.array([[image.shape[1] / width], [image.shape[0] / height], [1]])
    to_image = scale * back
    blocks_xy = _blocks(to_image, size_hw)
    small = _averaged(image, blocks_xy)
    # rows of the matrix are coordinates in the picture, which averaging divides
    to_image[0] /= blocks_xy[0]
    to_image[1] /= blocks_xy[1]
    sample(out, small, between_pixels(to_image), fill=fill, level=level)


def sample(out: np.ndarray, image: np.ndarray, back: np.ndarray, *, fill: Fill, level: int) -> None:
    """For each pixel of `out` the picture at the place that `back` says.

    Args:
        out: (height, width, channels) uint8.
        image: RGB (h, w, 3) or gray (h, w) uint8, with the channels of `out`.
        back: (3, 3) float64 from pixel to pixel, see `between_pixels`.
        fill: What comes in from outside.
        level: Gray level of a constant fill.
    """
    import cv2

    border = {
        "constant": cv2.BORDER_CONSTANT,
        "reflect": cv2.BORDER_REFLECT_101,  # the border pixel is not doubled
        "nearest": cv2.BORDER_REPLICATE,
        "wrap": cv2.BORDER_WRAP,
    }[fill]
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    size_wh = out.shape[1], out.shape[0]
    target = out[:, :, 0] if out.shape[2] == 1 else out
    if back[2, 0] == 0 and back[2, 1] == 0:
        cv2.warpAffine(image, back[:2], size_wh, target, flags, border, (level,) * 3)
    else:
        cv2.warpPerspective(image, back, size_wh, target, flags, border, (level,) * 3)


def between_pixels(back: np.ndarray) -> np.ndarray:
    """(…, 3, 3) from pixel to pixel as OpenCV counts them, of matrices from place to place.

    Example:
        >>> between_pixels(np.diag([0.5, 0.5, 1.0]))[0]
        array([ 0.5 ,  0.  , -0.25])
    """
    moved: np.ndarray = _HALF_BACK @ back @ _HALF
    return moved


def inverses(matrices: np.ndarray) -> np.ndarray:
    """(n, 3, 3), the inverse of each, with whole numbers where the inverse has such.

    A mirrored picture would be blurred by an inverse that is off by 1e-16.

    Example:
        >>> inverses(np.array([[[-1.0, 0, 7], [0, 1, 0], [0, 0, 1]]]))[0, 0]
        array([-1.,  0.,  7.])
    """
    back = np.linalg.inv(matrices)
    back = back / back[:, 2:, 2:]
    near = np.rint(back)
    exact: np.ndarray = np.where(np.abs(back - near) < 1e-9, near, back) + 0.0
    return exact


def _blocks(back: np.ndarray, size_hw: tuple[int, int]) -> tuple[int, int]:
    """How many pixels of the picture, along x and along y, fall onto one of the result."""
    x, y = size_hw[1] / 2, size_hw[0] / 2
    (a, b, c), (d, e, f), (g, h, i) = back.tolist()
    depth = g * x + h * y + i
    across, down = (a * x + b * y + c) / depth, (d * x + e * y + f) / depth
    # steps of one pixel of the result at its middle, seen in the picture
    xx, xy = (a - across * g) / depth, (b - across * h) / depth
    yx, yy = (d - down * g) / depth, (e - down * h) / depth
    area = abs(xx * yy - xy * yx)
    # the other way round: how far a step of one pixel of the picture reaches in the result
    reach_x, reach_y = hypot(yy, yx) / area, hypot(xy, xx) / area
    return max(1, int(1 / reach_x)), max(1, int(1 / reach_y))


def _averaged(image: np.ndarray, blocks_xy: tuple[int, int]) -> np.ndarray:
    """The mean of each block; what is left over at the right and below is less than one."""
    across, down = blocks_xy
    if across == down == 1:
        return image
    height, width = max(1, image.shape[0] // down), max(1, image.shape[1] // across)
    return resize(image[: height * down, : width * across], (height, width))
