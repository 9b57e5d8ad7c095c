"""The Gaussian filter: its weights, the filter itself, and wide ones at no greater cost.

Beyond the border a picture goes on mirrored, its last pixel twice, unless said otherwise: so
smoothing keeps the mean of the whole picture.
"""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from kanjian.errors import ImageError
from kanjian.images.pictures import takes_picture
from kanjian.imaging.binary import check_picture
from kanjian.imaging.borders import Border, with_border
from kanjian.imaging.levels import check_at_least, check_odd, in_type_of
from kanjian.imaging.operations import Drawn
from kanjian.imaging.overlay import viewable

TYPES = ("uint8", "uint16", "float32", "float64")
ADVICE = "Use to_uint8() for values in 0..1, or another number type."
# Up to here the filter itself costs less than the way around it, in a 1024×1024 picture
_SMALL_SIGMA, _SUMS_PER_SIGMA, _SUMS_IN_A_BAND = 7.0, 1.75, 24
_SIGMA = 2.0
# So many sigmas away less than a 10 000th of a Gaussian's sum is left
_WIDE_REACH = 4.5


def gaussian_kernel(*, sigma: float | None = None, size: int | None = None) -> np.ndarray:
    """The weights of a Gaussian filter along one axis; the filter is these down and across.

    Args:
        sigma: In pixels; by default 2, or of a given size OpenCV's, 0.15 · size + 0.35. 0
            leaves the middle alone.
        size: Odd number of weights; by default four sigmas to each side.

    Returns:
        (size,) float64, symmetric, of sum 1.

    Raises:
        ImageError: If a number is not as said.

    Example:
        >>> gaussian_kernel(size=3, sigma=1).round(3)
        array([0.274, 0.452, 0.274])
    """
    import cv2

    # without a sigma OpenCV has whole 2ⁿ-ths for up to 7 weights
    by_size = sigma is None and size is not None
    sigma, size = _sigma_and_size(sigma, size)
    if not sigma:
        return np.asarray(np.eye(size)[size // 2])
    weights: np.ndarray = np.ravel(cv2.getGaussianKernel(size, -1 if by_size else sigma))
    return weights


@takes_picture
def kernel(
    image: np.ndarray,  # noqa: ARG001 - a step of a chain is given a picture
    *,
    sigma: float | None = None,
    size: int | None = None,
) -> Drawn:
    """The weights of a Gaussian filter as a picture, the largest white; the input is not used.

    Args:
        image: Any picture: only its place in a chain counts.
        sigma: As in `gaussian_kernel`.
        size: As in `gaussian_kernel`.

    Returns:
        Squares of whole pixels for small kernels; facts tell size, sigma and largest weight;
        data["kernel"] is (size, size), data["row"] the weights along one axis.

    Example:
        >>> kernel(np.zeros((1, 1), np.uint8), size=3).data["kernel"].shape
        (3, 3)
    """
    sigma, size = _sigma_and_size(sigma, size)
    if size > 2001:
        raise ImageError(f"a kernel of {size}×{size} is too large to show; sigma 250 is the most.")
    row = gaussian_kernel(sigma=sigma, size=size)
    weights = np.outer(row, row)
    times = max(1, 256 // size)
    picture = viewable(weights).repeat(times, axis=0).repeat(times, axis=1)
    facts: dict[str, object] = {"size": size, "sigma": sigma, "largest": float(weights.max())}
    return Drawn(picture, facts, {"kernel": weights, "row": row})


@takes_picture
def blur(
    image: np.ndarray,
    *,
    sigma: float | None = None,
    size: int | None = None,
    border: Border = "reflect",
) -> np.ndarray:
    """Gaussian filter: every pixel the weighted mean of those around it.

    A sigma above 7 goes another way than that of OpenCV, which costs less the larger sigma
    is; it differs from the filter itself by less than a 10 000th of the picture's range.

    Args:
        image: Gray or RGB; uint8, uint16 or floats.
        sigma: In pixels; by default 2, or what goes with `size`; 0 changes nothing.
        size: Odd; the kernel is cut to this size. See `gaussian_kernel`.
        border: How the picture goes on beyond its border. See `with_border`.

    Returns:
        New array, same shape and dtype.

    Raises:
        ImageError: If the picture or a number is not as said.

    Example:
        >>> blur(np.array([[0, 0, 90, 0, 0]], np.uint8), size=3, sigma=100)
        array([[ 0, 30, 30, 30,  0]], dtype=uint8)
    """
    check_picture(image, types=TYPES, advice=ADVICE)
    if size is None and sigma is not None and sigma > _SMALL_SIGMA:
        check_at_least(0, sigma=sigma)
        reach = math.ceil(_WIDE_REACH * sigma)
        return with_border(
            lambda wide: _blurred_wide(wide, sigma), image, reach=reach, border=border
        )
    row = gaussian_kernel(sigma=sigma, size=size)
    return with_border(
        lambda wide: _separable(wide, row), image, reach=len(row) // 2, border=border
    )


def _separable(image: np.ndarray, row: np.ndarray) -> np.ndarray:
    import cv2

    out: np.ndarray = cv2.sepFilter2D(image, -1, row, row, borderType=cv2.BORDER_REFLECT)
    return out


def _blurred_wide(image: np.ndarray, sigma: float) -> np.ndarray:
    """A Gaussian filter in two halves: few wide sums, and the picture from them.

    A Gaussian is a sum of narrower ones: g(x - y) = step · Σ h(x - k · step) · h(k · step - y)
    over all k, where h has sigma / √2. It holds to 2 · exp(-2π² · (sigma / 2 / step)²), a
    millionth at the step taken. The wider the filter, the fewer the sums and the more pixels in
    each: the work is the same, and no picture is made smaller and larger again.
    """
    import cv2

    kind = np.float64 if image.dtype == np.float64 else np.float32
    height, width = image.shape[:2]
    down, across = _bands(height, sigma, kind), _bands(width, sigma, kind)
    rows = _summed(down, image.reshape(height, -1).astype(kind))
    # (sums, width, channels) with the width in front, there and back
    columns = rows.reshape(len(rows), width, -1).swapaxes(0, 1)
    sums = _summed(across, columns.reshape(width, -1))
    columns = _spread(across, sums, width).reshape(columns.shape)
    rows = columns.swapaxes(0, 1).reshape(len(rows), -1)
    values = _spread(down, rows, height).reshape(image.shape)
    if image.dtype == np.uint8:
        # rounds as `in_type_of` does, in a fortieth of the time; no mean lies below 0
        pixels: np.ndarray = cv2.convertScaleAbs(values)
        return pixels
    return in_type_of(values, image)


_Band = tuple[slice, slice, np.ndarray]


def _bands(side: int, sigma: float, kind: type[np.floating[Any]]) -> list[_Band]:
    """What every pixel of an axis gives to every sum, mirrored at both ends, band by band.

    Returns:
        Which sums, which pixels, and (sums, pixels) weights; all others are 0.
    """
    # at four times the side all has become the mean: nothing wider need be summed
    sigma = min(sigma, 4.0 * side)
    count = math.ceil(side * _SUMS_PER_SIGMA / sigma)
    step, narrow = side / count, sigma / math.sqrt(2)
    places = (np.arange(count) + 0.5) * step
    found: list[_Band] = []
    for start in range(0, count, _SUMS_IN_A_BAND):
        band = places[start : start + _SUMS_IN_A_BAND]
        far = np.arange(math.floor(band[0] - 6 * narrow), math.ceil(band[-1] + 6 * narrow))
        weights = np.exp(-0.5 * ((band[:, None] - (far + 0.5)) / narrow) ** 2)
        first, mirrored = _folded(weights, far, side)
        scaled = mirrored * (math.sqrt(step / (2 * math.pi)) / narrow)
        pixels = slice(first, first + mirrored.shape[1])
        found.append((slice(start, start + len(band)), pixels, scaled.astype(kind)))
    return found


def _folded(weights: np.ndarray, far: np.ndarray, side: int) -> tuple[int, np.ndarray]:
    """Weights of pixels beyond both ends given to those they mirror, and the first of these."""
    place = far % (2 * side)
    place = np.where(place < side, place, 2 * side - 1 - place)
    first = int(place.min())
    folded = np.zeros((len(weights), int(place.max()) + 1 - first), np.float64)
    # between two mirrors no pixel is met twice
    turns = np.flatnonzero(far % side == 0)
    for part in np.split(np.arange(len(far)), turns):
        folded[:, place[part] - first] += weights[:, part]
    return first, folded


def _summed(bands: Sequence[_Band], values: np.ndarray) -> np.ndarray:
    """The sums along the first axis."""
    return np.concatenate([weights @ values[pixels] for _, pixels, weights in bands])


def _spread(bands: Sequence[_Band], sums: np.ndarray, side: int) -> np.ndarray:
    """Pixels along the first axis from the sums."""
    if len(bands) == 1 and bands[0][2].shape[1] == side:
        return np.asarray(bands[0][2].T @ sums)
    out = np.zeros((side, sums.shape[1]), sums.dtype)
    for rows, pixels, weights in bands:
        out[pixels] += weights.T @ sums[rows]
    return out


def _sigma_and_size(sigma: float | None, size: int | None) -> tuple[float, int]:
    if size is not None:
        check_odd(size)
        if sigma is None:
            return (0.15 * size + 0.35 if size > 1 else 0.0), size  # OpenCV's rule
    sigma = _SIGMA if sigma is None else sigma
    check_at_least(0, sigma=sigma)
    return sigma, size or 2 * math.ceil(4 * sigma) + 1
