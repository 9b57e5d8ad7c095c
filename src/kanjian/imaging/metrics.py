"""How far one picture is from another: MSE, MAE, PSNR, SSIM."""

import math
from typing import Literal

import numpy as np

from kanjian.checks import check_choice
from kanjian.errors import ImageError
from kanjian.images.pictures import takes_picture
from kanjian.imaging.operations import Drawn

TYPES = ("bool", "uint8", "uint16", "int16", "float32", "float64")
_WINDOW = 7


def mse(clean: np.ndarray, other: np.ndarray) -> float:
    """The mean of the squared differences, over all pixels and channels.

    Args:
        clean: (height, width) or (height, width, channels), bool, uint8, uint16, int16 or
            floats.
        other: The same shape and dtype.

    Raises:
        ImageError: If a picture is not as said, or has no pixels.

    Example:
        >>> mse(np.array([[0, 10]], np.uint8), np.array([[0, 250]], np.uint8))
        28800.0
    """
    difference = _difference(clean, other).ravel()
    return float(difference @ difference) / difference.size


def mae(clean: np.ndarray, other: np.ndarray) -> float:
    """The mean of the differences without their sign.

    Args:
        clean: As in `mse`.
        other: As in `mse`.

    Example:
        >>> mae(np.array([[0, 10]], np.uint8), np.array([[0, 250]], np.uint8))
        120.0
    """
    return float(np.abs(_difference(clean, other)).mean())


def psnr(clean: np.ndarray, other: np.ndarray, *, peak: float = 255) -> float:
    """Peak signal-to-noise ratio in decibels: 10 more is a tenth of the squared error.

    Args:
        clean: As in `mse`.
        other: As in `mse`.
        peak: The value of white: 255 for uint8, 1 for floats from 0 to 1.

    Returns:
        Infinity where the two are equal.

    Example:
        >>> black = np.zeros((2, 2), np.uint8)
        >>> psnr(black, black + 255), psnr(black, black)
        (0.0, inf)
    """
    _check_peak(peak)
    error = mse(clean, other)
    return 10 * math.log10(peak**2 / error) if error else math.inf


def ssim(
    clean: np.ndarray,
    other: np.ndarray,
    *,
    peak: float = 255,
    window: Literal["uniform", "gaussian"] = "uniform",
) -> float:
    """Structural similarity: 1 for equal pictures, about 0 where nothing is shared.

    Compares mean, contrast and pattern of small windows, which is nearer to what people see
    than PSNR. Color pictures are measured channel by channel, and averaged.

    Args:
        clean: As in `mse`, at least 7×7 pixels (11×11 with "gaussian").
        other: As in `mse`.
        peak: As in `psnr`.
        window: "uniform" for windows of 7×7, as scikit-image does; "gaussian" for the weights
            of the paper, sigma 1.5 in 11×11. Papers on denoising mostly mean the latter; the
            two differ, so say which.

    Raises:
        ImageError: If a picture is not as said or smaller than the window.

    Example:
        >>> ramp = np.arange(64, dtype=np.uint8).reshape(8, 8)
        >>> ssim(ramp, ramp)
        1.0

    Reference:
        Wang, Bovik, Sheikh and Simoncelli, Image quality assessment: from error visibility to
        structural similarity, 2004.
    """
    _check_peak(peak)
    _check_pair(clean, other)
    check_choice("window", window, ("uniform", "gaussian"), error=ImageError)
    side = _WINDOW if window == "uniform" else 11
    if min(clean.shape[:2]) < side:
        raise ImageError(
            f"pictures must be at least {side}×{side} for SSIM, got {clean.shape}. "
            "Use psnr() for smaller ones."
        )
    return float(_similarity(clean, other, peak, window).mean())


@takes_picture
def difference(image: np.ndarray, *, reference: np.ndarray, gain: float = 4) -> Drawn:
    """Where and how far a picture is from a reference: black is equal.

    Args:
        image: Gray or RGB, uint8.
        reference: Same shape and dtype; in a chain the name of a picture file.
        gain: How much brighter than the difference itself.

    Returns:
        facts: mse, mae, psnr in decibels (None where the two are equal) and ssim (None where
        they are smaller than 7×7).

    Raises:
        ImageError: If the two differ in size, channels or dtype.

    Example:
        >>> black = np.zeros((8, 8), np.uint8)
        >>> difference(black + 5, reference=black).facts["mae"]
        5.0
    """
    if image.dtype != np.uint8:
        raise ImageError(f"image must be uint8, got {image.shape} {image.dtype}.")
    if not 0 < gain < math.inf:
        raise ImageError(f"gain must be above 0, got {gain}.")
    apart = np.abs(_difference(reference, image))
    ratio = psnr(reference, image)
    facts: dict[str, object] = {
        "mse": round(mse(reference, image), 4),
        "mae": round(float(apart.mean()), 4),
        "psnr": None if math.isinf(ratio) else round(ratio, 4),
        "ssim": round(ssim(reference, image), 6) if min(image.shape[:2]) >= _WINDOW else None,
    }
    return Drawn(np.rint((apart * gain).clip(0, 255)).astype(np.uint8), facts)


def _similarity(clean: np.ndarray, other: np.ndarray, peak: float, window: str) -> np.ndarray:
    """SSIM of every whole window; what reaches over the border is left out."""
    import cv2

    # one wide picture of all channels: cv2 filters one of any number of them
    a, b = clean.astype(np.float64), other.astype(np.float64)
    if window == "uniform":
        half, unbiased = _WINDOW // 2, _WINDOW**2 / (_WINDOW**2 - 1)

        def mean(values: np.ndarray) -> np.ndarray:
            return np.asarray(cv2.blur(values, (_WINDOW, _WINDOW)))
    else:
        half, unbiased = 5, 1.0

        def mean(values: np.ndarray) -> np.ndarray:
            return np.asarray(cv2.GaussianBlur(values, (11, 11), 1.5))

    mean_a, mean_b = mean(a), mean(b)
    spread_a = unbiased * (mean(a * a) - mean_a**2)
    spread_b = unbiased * (mean(b * b) - mean_b**2)
    shared = unbiased * (mean(a * b) - mean_a * mean_b)
    first, second = (0.01 * peak) ** 2, (0.03 * peak) ** 2
    found: np.ndarray = ((2 * mean_a * mean_b + first) * (2 * shared + second)) / (
        (mean_a**2 + mean_b**2 + first) * (spread_a + spread_b + second)
    )
    return found[half : found.shape[0] - half, half : found.shape[1] - half]


def _difference(clean: np.ndarray, other: np.ndarray) -> np.ndarray:
    _check_pair(clean, other)
    return other.astype(np.float64) - clean.astype(np.float64)


def _check_pair(clean: np.ndarray, other: np.ndarray) -> None:
    for name, image in (("clean", clean), ("other", other)):
        known = isinstance(image, np.ndarray) and image.dtype.name in TYPES
        if not known or image.ndim not in (2, 3) or not image.size:
            got = f"{image.shape} {image.dtype}" if isinstance(image, np.ndarray) else repr(image)
            raise ImageError(
                f"{name} must be (height, width) or (height, width, channels) "
                f"{' or '.join(TYPES)} with at least one pixel, got {got}."
            )
    if clean.shape != other.shape or clean.dtype != other.dtype:
        raise ImageError(
            f"both pictures must have the same shape and dtype, got {clean.shape} {clean.dtype} "
            f"and {other.shape} {other.dtype}. Bring one to the other's size and colors first."
        )


def _check_peak(peak: float) -> None:
    if not 0 < peak < math.inf:
        raise ImageError(f"peak must be above 0, got {peak}.")
