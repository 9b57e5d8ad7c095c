"""Perspective: the corners move, each by itself."""

from typing import Annotated, ClassVar

import numpy as np
from pydantic import Field

from kanjian.augmentation.geometry import Projective
from kanjian.augmentation.operation import AugmentationParams
from kanjian.augmentation.streams import Streams


class Perspective(Projective):
    """Perspective."""

    order = 160
    neutral: ClassVar = {"corners": np.zeros((4, 2))}  # how far each moves inward, of the sides

    perspective_frac: Annotated[float, Field(ge=0, lt=0.5)] = 0.0
    """Perspective: move each corner by up to this share of the sides."""

    def draw(self, streams: Streams) -> dict[str, np.ndarray | None]:
        """For each of the four corners how far along x, and along y."""
        most = self.perspective_frac
        return {"corners": most * streams.uniform("corners", 4, 2) if most else None}

    def unit(self, params: AugmentationParams) -> np.ndarray:
        """Eight equations for the eight unknowns of each matrix."""
        source = np.array([[0, 0], [1, 0], [1, 1], [0, 1]], np.float64)
        inward = 1 - 2 * source
        target = source + inward * params.corners
        n = len(params)
        # target · (g x + h y + 1) = a x + b y + c, for x and y
        equations, values = np.zeros((n, 8, 8)), np.empty((n, 8))
        for k, (x, y) in enumerate(source):
            for axis in (0, 1):
                row = 2 * k + axis
                equations[:, row, 3 * axis : 3 * axis + 3] = x, y, 1
                equations[:, row, 6] = -x * target[:, k, axis]
                equations[:, row, 7] = -y * target[:, k, axis]
                values[:, row] = target[:, k, axis]
        solved = np.linalg.solve(equations, values[:, :, None])[:, :, 0]
        return np.concatenate([solved, np.ones((n, 1))], 1).reshape(n, 3, 3)
