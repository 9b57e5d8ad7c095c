"""A turn of the hue."""

from typing import Annotated, ClassVar

import numpy as np
from pydantic import Field

from kanjian.augmentation.color import ColorMatrix
from kanjian.augmentation.operation import AugmentationParams
from kanjian.augmentation.streams import Streams


class Hue(ColorMatrix):
    """A turn of the hue."""

    order = 310
    neutral: ClassVar = {"hue_deg": 0.0}

    hue_deg: Annotated[float, Field(ge=0, le=180)] = 0.0
    """Turn the hue by up to this many degrees on the color wheel."""

    def draw(self, streams: Streams) -> dict[str, np.ndarray | None]:
        """An angle for each picture."""
        return {"hue_deg": streams.signed("hue", self.hue_deg)}

    def colors(self, params: AugmentationParams) -> np.ndarray:
        """A turn about the axis (1, 1, 1), after Rodrigues."""
        angle = np.deg2rad(params.hue_deg.astype(np.float64))[:, None, None]
        cross = np.array([[0, -1, 1], [1, 0, -1], [-1, 1, 0]]) / np.sqrt(3)
        turn: np.ndarray = (
            np.cos(angle) * np.eye(3) + np.sin(angle) * cross + (1 - np.cos(angle)) / 3
        )
        return turn
