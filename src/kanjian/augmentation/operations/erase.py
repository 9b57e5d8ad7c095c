"""Parts of the picture blanked: a square (Cutout), or a rectangle of any shape."""

from typing import Annotated, ClassVar

import numpy as np
from pydantic import Field

from kanjian.augmentation.operation import AugmentationParams, Pixels
from kanjian.augmentation.operations.border import Border
from kanjian.augmentation.streams import Streams


class Cutout(Pixels, Border):
    """A square blanked, of one size for all pictures."""

    order = 500
    neutral: ClassVar = {"erase_xy": (0.0, 0.0)}

    erase_px: Annotated[int, Field(ge=0)] = 0
    """Cutout: blank a square of this many pixels a side."""

    def draw(self, streams: Streams) -> dict[str, np.ndarray | None]:
        """In 0…1, where the square lies."""
        return {"erase_xy": streams.uniform("erase xy", 2) if self.erase_px else None}

    def change(self, out: np.ndarray, params: AugmentationParams, k: int) -> None:
        """It may reach over the border, so that the border is erased as often."""
        (height, width), side = out.shape[:2], self.erase_px
        x, y = params.erase_xy[k]
        left = int(x * (width + side - 1)) - side + 1
        top = int(y * (height + side - 1)) - side + 1
        out[max(0, top) : top + side, max(0, left) : left + side] = self.fill_level


class RandomErasing(Pixels, Border):
    """A rectangle blanked, of any size up to a share of the area."""

    order = 510
    neutral: ClassVar = {"erase_box": (0.0, 0.0, 0.0, 0.0)}  # x, y, width and height, of the sides

    erase_area: Annotated[float, Field(ge=0, lt=1)] = 0.0
    """Random erasing: blank a rectangle of up to this share of the area."""

    def draw(self, streams: Streams) -> dict[str, np.ndarray | None]:
        """Sides in a ratio of up to 3, wherever it finds room."""
        if not self.erase_area:
            return {}
        uniform = streams.uniform("erase box", 4)
        area = self.erase_area * uniform[:, 0]
        root = np.exp((uniform[:, 1] - 0.5) * np.log(3))
        sides = np.minimum(np.stack([np.sqrt(area) * root, np.sqrt(area) / root], 1), 1)
        return {"erase_box": np.concatenate([uniform[:, 2:] * (1 - sides), sides], 1)}

    def change(self, out: np.ndarray, params: AugmentationParams, k: int) -> None:
        """As it is drawn."""
        height, width = out.shape[:2]
        x, y, w, h = params.erase_box[k]
        left, top = round(x * width), round(y * height)
        out[top : top + round(h * height), left : left + round(w * width)] = self.fill_level
