"""Turns by quarters."""

from typing import ClassVar

import numpy as np

from kanjian.augmentation.geometry import Linear
from kanjian.augmentation.operation import AugmentationParams
from kanjian.augmentation.streams import Streams

# Counterclockwise; exact, where cos(90°) would be 6e-17
_TURNS = np.array(
    [[[1, 0], [0, 1]], [[0, 1], [-1, 0]], [[-1, 0], [0, -1]], [[0, -1], [1, 0]]], np.float64
)


class QuarterTurns(Linear):
    """Turns by quarters."""

    order = 120
    neutral: ClassVar = {"quarters": 0}

    quarter_turns: bool = False
    """Turn by 0, 90, 180 or 270 degrees."""

    def draw(self, streams: Streams) -> dict[str, np.ndarray | None]:
        """How many quarters, 0 to 3."""
        on = self.quarter_turns
        return {"quarters": (streams.uniform("quarters") * 4).astype(int) if on else None}

    def linear(self, params: AugmentationParams) -> np.ndarray:
        """Counterclockwise."""
        turns: np.ndarray = _TURNS[params.quarters]
        return turns

    def swaps_sides(self, params: AugmentationParams) -> np.ndarray:
        """After one quarter and after three, a wide picture is a high one."""
        odd: np.ndarray = params.quarters % 2 == 1
        return odd
