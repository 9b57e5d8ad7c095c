"""Mirroring, left to right and top to bottom."""

from typing import ClassVar

import numpy as np

from kanjian.augmentation.geometry import Linear, diagonal
from kanjian.augmentation.operation import AugmentationParams
from kanjian.augmentation.streams import Streams


class Flip(Linear):
    """Mirroring."""

    order = 110
    neutral: ClassVar = {"flip_xy": (False, False)}

    flip_horizontal: bool = False
    """Mirror half of the pictures left to right."""
    flip_vertical: bool = False
    """Mirror half of the pictures top to bottom."""
    flip_alternates: bool = False
    """Mirror the other half in every other epoch, so that two epochs show every picture both
    ways."""

    def draw(self, streams: Streams) -> dict[str, np.ndarray | None]:
        """Whether each is mirrored along x, and along y."""
        if not (self.flip_horizontal or self.flip_vertical):
            return {}
        along_x = self._flipped("flip x", streams, on=self.flip_horizontal)
        along_y = self._flipped("flip y", streams, on=self.flip_vertical)
        return {"flip_xy": np.stack([along_x, along_y], 1)}

    def _flipped(self, name: str, streams: Streams, *, on: bool) -> np.ndarray:
        if not on:
            return np.zeros(streams.n, bool)
        if not self.flip_alternates:
            return streams.uniform(name) < 0.5
        return (streams.uniform(name, epoch=0) < 0.5) ^ bool(streams.epoch % 2)

    def linear(self, params: AugmentationParams) -> np.ndarray:
        """-1 along the axis that is mirrored."""
        return diagonal(np.where(params.flip_xy, -1.0, 1.0))
