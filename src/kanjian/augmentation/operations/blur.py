"""Sharper and softer."""

from typing import Annotated, ClassVar

import numpy as np
from pydantic import Field

from kanjian.augmentation.operation import AugmentationParams, Pixels
from kanjian.augmentation.streams import Streams

# A kernel this narrow changes no pixel by more than a level
_LEAST_SIGMA = 0.2


class Sharpness(Pixels):
    """Sharper or softer; RandAugment chooses it, no key of the recipe does."""

    order = 400
    neutral: ClassVar = {"sharpness": 1.0}  # softer below 1

    def change(self, out: np.ndarray, params: AugmentationParams, k: int) -> None:
        """Where it is chosen."""
        if params.sharpness[k] != 1:
            out[...] = sharpened(out, float(params.sharpness[k]))


class Blur(Pixels):
    """Gaussian blur."""

    order = 410
    neutral: ClassVar = {"blur_px": 0.0}

    blur_px: Annotated[float, Field(ge=0, le=20)] = 0.0
    """Gaussian blur with a sigma of up to this many pixels."""

    def draw(self, streams: Streams) -> dict[str, np.ndarray | None]:
        """A sigma for each picture."""
        return {"blur_px": streams.up_to("blur", self.blur_px)}

    def change(self, out: np.ndarray, params: AugmentationParams, k: int) -> None:
        """The picture goes on mirrored beyond its border."""
        out[...] = blurred(out, params.blur_px[k])


def blurred(image: np.ndarray, sigma: float) -> np.ndarray:
    """Gaussian blur; the picture goes on mirrored beyond its border.

    Args:
        image: (height, width, channels) uint8.
        sigma: In pixels.

    Example:
        >>> blurred(np.full((4, 4, 3), 9, np.uint8), 1.0).max()
        np.uint8(9)
    """
    import cv2

    if sigma < _LEAST_SIGMA:
        return image
    soft: np.ndarray = cv2.GaussianBlur(image, (0, 0), float(sigma)).reshape(image.shape)
    return soft


def sharpened(image: np.ndarray, factor: float) -> np.ndarray:
    """Sharper above 1, softer below; 1 leaves it as it is.

    Example:
        >>> sharpened(np.full((4, 4, 1), 9, np.uint8), 1.5).max()
        np.uint8(9)
    """
    import cv2

    soft = blurred(image, 1.0)
    sharp: np.ndarray = cv2.addWeighted(image, factor, soft, 1 - factor, 0)
    return sharp.reshape(image.shape)
