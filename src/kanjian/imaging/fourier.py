"""Filtering in the Fourier domain: a picture as waves, some of which are kept.

Frequencies are waves per pixel: 0 is the mean, 0.5 black and white by turns. A Gaussian
low-pass at frequency f is the Gaussian filter of sigma 1 / (2π f).
"""

from typing import Literal, get_args

import numpy as np

from kanjian.checks import check_choice
from kanjian.errors import ImageError
from kanjian.images.pictures import takes_picture
from kanjian.imaging.binary import check_picture
from kanjian.imaging.operations import Drawn

Keep = Literal["low", "high", "band"]
Shape = Literal["gaussian", "butterworth", "ideal"]


@takes_picture
def spectrum(image: np.ndarray) -> Drawn:
    """How strong each wave is in a picture: the mean in the middle, fine detail outside.

    Args:
        image: Gray or RGB (its channels are averaged); uint8 or floats.

    Returns:
        picture: the logarithm of the amplitude, the strongest white. data["amplitude"] holds
        it as it is, float64, the mean at (height // 2, width // 2).

    Example:
        >>> flat = spectrum(np.full((4, 6), 10, np.uint8))
        >>> flat.data["amplitude"][2, 3], flat.data["amplitude"].sum()
        (np.float64(10.0), np.float64(10.0))
    """
    check_picture(image, types=("uint8", "float32", "float64"))
    values = image.astype(np.float64)
    flat = values.mean(axis=2) if image.ndim == 3 else values
    amplitude = np.abs(np.fft.fftshift(np.fft.fft2(flat))) / flat.size
    level = np.log1p(amplitude * 100)
    largest = level.max() or 1.0
    return Drawn(np.rint(level * (255 / largest)).astype(np.uint8), {}, {"amplitude": amplitude})


@takes_picture
def frequency_filter(
    image: np.ndarray,
    *,
    keep: Keep = "low",
    cutoff: float = 0.1,
    upper: float = 0.25,
    shape: Shape = "gaussian",
) -> Drawn:
    """The picture from some of its waves only.

    Beyond the border the picture goes on mirrored: the plain transform would let the left
    border bleed into the right one.

    Args:
        image: Gray or RGB, each channel for itself; uint8 or floats.
        keep: "low" the coarse waves, "high" the fine ones, "band" those between two
            frequencies.
        cutoff: Frequency in waves per pixel, above 0. A Gaussian lets 61 % of it pass,
            Butterworth 71 %, and ideal stops right there.
        upper: The upper frequency of a band, above `cutoff`.
        shape: How it passes from kept to not: "gaussian" and "butterworth" (of order 2)
            softly, "ideal" at once, which rings at edges.

    Returns:
        picture: of the input's dtype; without its mean ("high" and "band") uint8 comes around
        middle gray. data["values"] holds the filtered values themselves, float64, and
        data["response"] what was kept of each wave, the mean in the middle.

    Raises:
        ImageError: If the picture or a number is not as said.

    Example:
        >>> flat = np.full((4, 6), 10, np.uint8)
        >>> frequency_filter(flat).picture.max(), frequency_filter(flat, keep="high").picture.max()
        (np.uint8(10), np.uint8(128))
    """
    check_picture(image, types=("uint8", "float32", "float64"))
    _check(keep, cutoff, upper, shape)
    height, width = image.shape[:2]
    # mirrored to twice the size, which makes it whole at every border
    around = np.concatenate([image, image[::-1]])
    around = np.concatenate([around, around[:, ::-1]], axis=1).astype(np.float64)
    down, across = np.fft.fftfreq(2 * height), np.fft.rfftfreq(2 * width)
    kept = _response(np.hypot(down[:, None], across), keep, cutoff, upper, shape)
    factors = kept if image.ndim == 2 else kept[:, :, None]
    waves = np.fft.rfft2(around, axes=(0, 1)) * factors
    values = np.fft.irfft2(waves, s=around.shape[:2], axes=(0, 1))[:height, :width]
    centered = np.hypot(
        np.fft.fftshift(np.fft.fftfreq(height))[:, None], np.fft.fftshift(np.fft.fftfreq(width))
    )
    data = {"values": values, "response": _response(centered, keep, cutoff, upper, shape)}
    return Drawn(_as_picture(values, image, keep), {}, data)


def _response(
    frequency: np.ndarray, keep: Keep, cutoff: float, upper: float, shape: Shape
) -> np.ndarray:
    """What is kept of each wave, 0 to 1."""
    low = _low(frequency, cutoff, shape)
    if keep == "band":
        low = _low(frequency, upper, shape) - low
    return 1 - low if keep == "high" else low


def _low(frequency: np.ndarray, cutoff: float, shape: Shape) -> np.ndarray:
    share = frequency / cutoff
    if shape == "gaussian":
        return np.asarray(np.exp(-0.5 * share**2))
    if shape == "butterworth":
        return np.asarray(1 / np.sqrt(1 + share**4))
    return np.asarray(share <= 1, np.float64)


def _as_picture(values: np.ndarray, image: np.ndarray, keep: Keep) -> np.ndarray:
    if image.dtype != np.uint8:
        return values.astype(image.dtype)
    levels = values if keep == "low" else values + 128
    pixels: np.ndarray = np.rint(levels.clip(0, 255)).astype(np.uint8)
    return pixels


def _check(keep: str, cutoff: float, upper: float, shape: str) -> None:
    check_choice("keep", keep, get_args(Keep), error=ImageError)
    check_choice("shape", shape, get_args(Shape), error=ImageError)
    if not 0 < cutoff < np.inf:
        raise ImageError(f"cutoff must be above 0, got {cutoff}.")
    if keep == "band" and not cutoff < upper < np.inf:
        raise ImageError(f"upper must be above cutoff, got {upper} and {cutoff}.")
