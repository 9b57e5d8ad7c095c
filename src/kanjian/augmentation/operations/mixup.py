"""MixUp: pictures blended.

Source: Zhang et al., mixup: Beyond empirical risk minimization, 2017.
"""

from typing import Annotated

import numpy as np
from pydantic import Field

from kanjian.augmentation.operation import Mixing


class MixUp(Mixing):
    """MixUp."""

    order = 600

    mixup_alpha: Annotated[float, Field(ge=0)] = 0.0
    """MixUp: blend pictures of a batch and their labels; the alpha of the Beta distribution of
    the shares. Together with cutmix_alpha, one of the two by chance."""

    @property
    def on(self) -> bool:
        """Whether the shares have a distribution."""
        return bool(self.mixup_alpha)

    def mix(self, images: np.ndarray, rng: np.random.Generator) -> tuple[np.ndarray, float]:
        """One share for all of the picture."""
        kept = rng.beta(self.mixup_alpha, self.mixup_alpha)
        other = np.roll(images, 1, 0)
        mixed = images * np.float32(kept) + other * np.float32(1 - kept)
        return np.rint(mixed).astype(np.uint8), kept
