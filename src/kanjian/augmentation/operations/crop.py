"""Random crop: a part of the picture fills the input."""

from math import sqrt
from typing import Annotated, ClassVar

import numpy as np
from pydantic import Field

from kanjian.augmentation.geometry import Window
from kanjian.augmentation.operation import AugmentationParams
from kanjian.augmentation.streams import Streams


class Crop(Window):
    """Random crop."""

    order = 100
    neutral: ClassVar = {"crop": (0.0, 0.0, 1.0, 1.0)}  # x, y, width and height, of the sides

    crop_area: Annotated[float, Field(gt=0, le=1)] = 1.0
    """Random crop: a part of at least this share of the area fills the input; 1 is off."""
    crop_aspect: Annotated[float, Field(ge=1, le=4)] = 1.33
    """The largest ratio of the sides of such a crop."""

    def draw(self, streams: Streams) -> dict[str, np.ndarray | None]:
        """Its area, then the ratio of its sides, then its place."""
        if self.crop_area == 1:
            return {}
        uniform = streams.uniform("crop", 4)
        area = self.crop_area + (1 - self.crop_area) * uniform[:, 0]
        # a ratio at which the part still lies within the picture
        most = np.minimum(np.log(self.crop_aspect), -np.log(area))
        root = np.exp((uniform[:, 1] - 0.5) * most)
        sides = np.stack([np.sqrt(area) * root, np.sqrt(area) / root], 1)
        return {"crop": np.concatenate([uniform[:, 2:] * (1 - sides), sides], 1)}

    def window(self, params: AugmentationParams) -> np.ndarray:
        """As it is drawn."""
        return params.crop

    def enlarged(self, zoom: float) -> float:
        """The smallest part fills the whole."""
        return zoom / sqrt(self.crop_area)
