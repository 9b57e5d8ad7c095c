"""Saturation of colors, down to gray."""

from typing import Annotated, ClassVar

import numpy as np
from pydantic import Field

from kanjian.augmentation.color import ColorMatrix
from kanjian.augmentation.operation import AugmentationParams
from kanjian.augmentation.streams import Streams

_LUMA = np.array([0.299, 0.587, 0.114])  # ITU-R BT.601, as `to_gray`


class Saturation(ColorMatrix):
    """Saturation, and pictures without color."""

    order = 300
    neutral: ClassVar = {"saturation": 1.0, "gray": False}

    saturation_frac: Annotated[float, Field(ge=0, le=1)] = 0.0
    """Saturation of colors: a factor of up to this share more or less."""
    gray_share: Annotated[float, Field(ge=0, le=1)] = 0.0
    """Turn this share of the pictures gray."""

    def draw(self, streams: Streams) -> dict[str, np.ndarray | None]:
        """A factor about gray, and whether the picture has no color at all."""
        share = self.gray_share
        return {
            "saturation": streams.factor("saturation", self.saturation_frac),
            "gray": streams.uniform("gray") < share if share else None,
        }

    def colors(self, params: AugmentationParams) -> np.ndarray:
        """Between the picture and its gray, or beyond the picture."""
        kept = np.where(params.gray, 0.0, params.saturation)[:, None, None]
        mixed: np.ndarray = kept * np.eye(3) + (1 - kept) * _LUMA
        return mixed
