"""One warp from a picture of any size to its variation at the size of the input."""

from typing import Literal

import numpy as np

from kanjian.images.fit import FitMode, fit_matrix, resize

Fill = Literal["constant", "reflect", "nearest", "wrap"]

# Where the warp shrinks more than this, single pixels would be picked out and others lost:
# the picture is averaged down first
_LEAST_SCALE = 0.75


def warp_into(
    out: np.ndarray,
    image: np.ndarray,
    matrix: np.ndarray,
    *,
    fit: FitMode = "letterbox",
    fill: Fill = "constant",
    level: int = 0,
) -> None:
    """Fit a picture to the input and vary it on the way, in one interpolation.

    Args:
        out: (height, width, channels) uint8 that receives the result.
        image: RGB (h, w, 3) or gray (h, w) uint8 of any size, with the channels of `out`.
        matrix: (3, 3) from places in the fitted picture to places in its variation, as
            `geometry.matrices` gives them.
        fit: How the picture is fitted to the input.
        fill: What comes in from outside the fitted picture.
        level: Gray level of a constant fill.

    Example:
        >>> out = np.empty((2, 2, 1), np.uint8)
        >>> warp_into(out, np.array([[1, 2], [3, 4]], np.uint8), np.diag([-1.0, 1, 1]) +
        ...           np.array([[0, 0, 2.0], [0, 0, 0], [0, 0, 0]]))
        >>> out[:, :, 0]
        array([[2, 1],
               [4, 3]], dtype=uint8)
    """
    size_hw = out.shape[0], out.shape[1]
    if image.shape[:2] != size_hw:
        composed = matrix @ fit_matrix(_sides(image), size_hw, fit)
        small, composed = _averaged(image, composed)
        image, composed = (
            (small, composed)
            if fill == "constant" and level == 0
            else _framed(small, composed, matrix, size_hw)
        )
        matrix = composed
    inverse = pixel_inverse(matrix)
    sample(out, image, inverse, fill=fill, level=level)


def sample(
    out: np.ndarray, image: np.ndarray, inverse: np.ndarray, *, fill: Fill, level: int
) -> None:
    """For each pixel of `out` the picture at the place that `inverse` says.

    Args:
        out: (height, width, channels) uint8.
        image: RGB (h, w, 3) or gray (h, w) uint8, with the channels of `out`.
        inverse: (3, 3) float64 from pixel to pixel, see `pixel_inverse`.
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
    if inverse[2, 0] == 0 and inverse[2, 1] == 0:
        cv2.warpAffine(image, inverse[:2], size_wh, target, flags, border, (level,) * 3)
    else:
        cv2.warpPerspective(image, inverse, size_wh, target, flags, border, (level,) * 3)


def pixel_inverse(matrices: np.ndarray) -> np.ndarray:
    """(…, 3, 3) from pixels of the result back to pixels of the picture, counted by OpenCV.

    OpenCV puts (0, 0) into the middle of the first pixel, not at its corner.

    Example:
        >>> pixel_inverse(np.diag([2.0, 2.0, 1.0]))[0]
        array([ 0.5 ,  0.  , -0.25])
    """
    inverse = np.linalg.inv(matrices)
    half = np.array([[1, 0, 0.5], [0, 1, 0.5], [0, 0, 1]])
    back: np.ndarray = np.linalg.inv(half) @ inverse @ half
    back = back / back[..., 2:, 2:]
    # what was a whole number before the inversion is one again: no blur by 1e-16
    near = np.rint(back)
    return np.where(np.abs(back - near) < 1e-9, near, back)


def _sides(image: np.ndarray) -> tuple[int, int]:
    return image.shape[0], image.shape[1]


def _averaged(image: np.ndarray, matrix: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The picture shrunk to about the scale it will have, and the matrix that goes with it."""
    height, width = _sides(image)
    middle = np.array([width / 2, height / 2, 1])
    place = matrix @ middle
    # how far a step of one pixel to the right, or down, reaches at the middle of the picture
    step = (matrix[:2, :2] - np.outer(place[:2], matrix[2, :2]) / place[2]) / place[2]
    scale_x, scale_y = np.linalg.norm(step, axis=0)
    small_hw = (
        max(1, round(height * scale_y)) if scale_y < _LEAST_SCALE else height,
        max(1, round(width * scale_x)) if scale_x < _LEAST_SCALE else width,
    )
    if small_hw == (height, width):
        return image, matrix
    shrunk = np.diag([width / small_hw[1], height / small_hw[0], 1.0])
    return resize(image, small_hw), matrix @ shrunk


def _framed(
    image: np.ndarray, matrix: np.ndarray, variation: np.ndarray, size_hw: tuple[int, int]
) -> tuple[np.ndarray, np.ndarray]:
    """The picture with the black bars it has when fitted: what lies beyond them is the fill."""
    import cv2

    # the corners of the fitted picture, seen from this one
    back = np.linalg.inv(matrix) @ variation
    corners = back @ np.array([[0, 0, 1], [size_hw[1], size_hw[0], 1]]).T
    (left, right), (top, bottom) = corners[:2] / corners[2]
    height, width = _sides(image)
    above, below, before, after = (
        max(0, round(float(x))) for x in (-top, bottom - height, -left, right - width)
    )
    if not above + below + before + after:
        return image, matrix
    framed = cv2.copyMakeBorder(
        image, above, below, before, after, cv2.BORDER_CONSTANT, value=(0, 0, 0)
    )
    moved = np.array([[1, 0, -before], [0, 1, -above], [0, 0, 1.0]])
    return framed, matrix @ moved
