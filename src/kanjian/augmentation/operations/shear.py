"""Shear, along x and along y."""

from typing import Annotated, ClassVar

import numpy as np
from pydantic import Field

from kanjian.augmentation.geometry import Linear, rows
from kanjian.augmentation.operation import AugmentationParams
from kanjian.augmentation.streams import Streams


class Shear(Linear):
    """Shear."""

    order = 140
    neutral: ClassVar = {"shear_deg": (0.0, 0.0)}

    shear_deg: Annotated[float, Field(ge=0, le=60)] = 0.0
    """Shear by up to this many degrees."""

    def draw(self, streams: Streams) -> dict[str, np.ndarray | None]:
        """An angle along x, and one along y."""
        return {"shear_deg": streams.signed("shear", self.shear_deg, 2)}

    def linear(self, params: AugmentationParams) -> np.ndarray:
        """Along x, then along y: both at once would fold the picture from 45° on."""
        slope = np.tan(np.deg2rad(params.shear_deg.astype(np.float64)))
        one, none = np.ones(len(params)), np.zeros(len(params))
        sheared: np.ndarray = rows(one, none, slope[:, 1], one) @ rows(one, slope[:, 0], none, one)
        return sheared
