"""Shift, by whole pixels or by a share of the sides."""

from typing import Annotated, ClassVar

import numpy as np
from pydantic import Field

from kanjian.augmentation.geometry import Translation
from kanjian.augmentation.operation import AugmentationParams
from kanjian.augmentation.streams import Streams


class Shift(Translation):
    """Shift."""

    order = 170
    neutral: ClassVar = {"shift_px": (0, 0), "shift_frac": (0.0, 0.0)}  # to the right and down

    shift_px: Annotated[int, Field(ge=0)] = 0
    """Shift by up to this many whole pixels along each axis."""
    shift_frac: Annotated[float, Field(ge=0, lt=1)] = 0.0
    """Shift by up to this share of width and height."""

    def draw(self, streams: Streams) -> dict[str, np.ndarray | None]:
        """Along x and along y."""
        most = self.shift_px
        # floor of a uniform over 2k + 1 values: rounding would draw the ends half as often
        whole = (
            (streams.uniform("shift px", 2) * (2 * most + 1)).astype(int) - most if most else None
        )
        return {"shift_px": whole, "shift_frac": streams.signed("shift", self.shift_frac, 2)}

    def translation(self, params: AugmentationParams) -> tuple[np.ndarray, np.ndarray]:
        """As it is drawn."""
        return params.shift_px, params.shift_frac
