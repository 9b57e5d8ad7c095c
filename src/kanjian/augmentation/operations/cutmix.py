"""CutMix: a part of one picture pasted into another.

Source: Yun et al., CutMix: Regularization strategy to train strong classifiers, 2019.
"""

from typing import Annotated

import numpy as np
from pydantic import Field

from kanjian.augmentation.operation import Mixing


class CutMix(Mixing):
    """CutMix."""

    order = 610

    cutmix_alpha: Annotated[float, Field(ge=0)] = 0.0
    """CutMix: paste a rectangle of one picture into another and mix the labels by area; the
    alpha of the Beta distribution of the shares."""

    @property
    def on(self) -> bool:
        """Whether the shares have a distribution."""
        return bool(self.cutmix_alpha)

    def mix(self, images: np.ndarray, rng: np.random.Generator) -> tuple[np.ndarray, float]:
        """A rectangle of the other picture in its place; the true share of the pixels counts."""
        (height, width), kept = images.shape[1:3], rng.beta(self.cutmix_alpha, self.cutmix_alpha)
        half = np.sqrt(1 - kept) / 2
        y, x = rng.random(2)
        top, bottom = (round(float(np.clip(y + side, 0, 1)) * height) for side in (-half, half))
        left, right = (round(float(np.clip(x + side, 0, 1)) * width) for side in (-half, half))
        mixed = images.copy()
        mixed[:, top:bottom, left:right] = np.roll(images, 1, 0)[:, top:bottom, left:right]
        return mixed, 1 - (bottom - top) * (right - left) / (height * width)
