"""Zoom, in and out."""

from typing import Annotated, ClassVar

import numpy as np
from pydantic import Field

from kanjian.augmentation.geometry import Linear, diagonal
from kanjian.augmentation.operation import AugmentationParams
from kanjian.augmentation.streams import Streams


class Zoom(Linear):
    """Zoom."""

    order = 130
    neutral: ClassVar = {"zoom_xy": (1.0, 1.0)}  # above 1 enlarges

    zoom_frac: Annotated[float, Field(ge=0, lt=1)] = 0.0
    """Zoom in or out by up to this share: 0.1 is a factor of 0.9 to 1.1."""
    zoom_separate: bool = False
    """Zoom each axis by a factor of its own."""

    def draw(self, streams: Streams) -> dict[str, np.ndarray | None]:
        """A factor along x, and one along y."""
        if self.zoom_separate:
            return {"zoom_xy": streams.factor("zoom", self.zoom_frac, 2)}
        both = streams.factor("zoom", self.zoom_frac)
        return {} if both is None else {"zoom_xy": np.stack([both, both], 1)}

    def linear(self, params: AugmentationParams) -> np.ndarray:
        """The factors."""
        return diagonal(params.zoom_xy)

    def enlarged(self, zoom: float) -> float:
        """The largest factor."""
        return zoom * (1 + self.zoom_frac)
