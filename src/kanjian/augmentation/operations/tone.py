"""Brightness, contrast and gamma, and a shift of each channel."""

from typing import Annotated, ClassVar

import numpy as np
from pydantic import Field

from kanjian.augmentation.color import Levels
from kanjian.augmentation.operation import AugmentationParams
from kanjian.augmentation.streams import Streams


class Tone(Levels):
    """Brightness, contrast and gamma, and a shift of each channel."""

    order = 220
    neutral: ClassVar = {
        "brightness": 0.0,
        "contrast": 1.0,
        "gamma": 1.0,
        "channels": (0.0, 0.0, 0.0),
    }

    brightness_frac: Annotated[float, Field(ge=0, lt=1)] = 0.0
    """Brightness: add up to this share of the full range, or subtract it."""
    contrast_frac: Annotated[float, Field(ge=0, lt=1)] = 0.0
    """Contrast: a factor of up to this share more or less."""
    gamma: Annotated[float, Field(ge=1, le=4)] = 1.0
    """Gamma: an exponent from 1/gamma to gamma; 1 is off."""
    channel_shift_levels: Annotated[float, Field(ge=0, le=255)] = 0.0
    """Add up to this many gray levels to each color channel, or subtract them."""

    def draw(self, streams: Streams) -> dict[str, np.ndarray | None]:
        """Share of the full range, factor about middle gray, exponent, gray levels."""
        exponent = streams.signed("gamma", float(np.log(self.gamma)))
        return {
            "brightness": streams.signed("brightness", self.brightness_frac),
            "contrast": streams.factor("contrast", self.contrast_frac),
            "gamma": None if exponent is None else np.exp(exponent),
            "channels": streams.signed("channels", self.channel_shift_levels, 3),
        }

    def levels(self, levels: np.ndarray, params: AugmentationParams) -> np.ndarray:
        """Gamma, contrast, brightness, then the shift of each channel."""
        level = (levels / 255) ** params.gamma[:, None, None]
        level = (level - 0.5) * params.contrast[:, None, None] + 0.5
        level = level + params.brightness[:, None, None]
        shifted: np.ndarray = 255 * level + params.channels[:, None, :]
        return shifted
