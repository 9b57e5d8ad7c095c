"""Rotation about the center."""

from typing import Annotated, ClassVar

import numpy as np
from pydantic import Field

from kanjian.augmentation.geometry import Linear, rows
from kanjian.augmentation.operation import AugmentationParams
from kanjian.augmentation.streams import Streams


class Rotate(Linear):
    """Rotation about the center."""

    order = 150
    neutral: ClassVar = {"angle_deg": 0.0}  # counterclockwise

    rotate_deg: Annotated[float, Field(ge=0, le=180)] = 0.0
    """Rotate by up to this many degrees either way."""

    def draw(self, streams: Streams) -> dict[str, np.ndarray | None]:
        """An angle for each picture."""
        return {"angle_deg": streams.signed("angle", self.rotate_deg)}

    def linear(self, params: AugmentationParams) -> np.ndarray:
        """As y points down, counterclockwise to the eye is (cos, sin; -sin, cos)."""
        angle = np.deg2rad(params.angle_deg.astype(np.float64))
        return rows(np.cos(angle), np.sin(angle), -np.sin(angle), np.cos(angle))
