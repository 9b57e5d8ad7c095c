"""Noise of cameras and wires."""

from typing import Annotated, ClassVar

import numpy as np
from pydantic import Field

from kanjian.augmentation.operation import AugmentationParams, Pixels
from kanjian.augmentation.streams import Streams


class Noise(Pixels):
    """Gaussian noise, then white and black pixels, half of each."""

    order = 420
    neutral: ClassVar = {"noise_levels": 0.0, "salt_pepper": 0.0, "noise_seed": 0}

    noise_levels: Annotated[float, Field(ge=0, le=255)] = 0.0
    """Gaussian noise with a sigma of up to this many gray levels."""
    salt_pepper_frac: Annotated[float, Field(ge=0, lt=1)] = 0.0
    """Salt-and-pepper noise: up to this share of the pixels become black or white."""

    def draw(self, streams: Streams) -> dict[str, np.ndarray | None]:
        """Sigma, share, and a seed for what is drawn pixel by pixel."""
        on = self.noise_levels or self.salt_pepper_frac
        return {
            "noise_levels": streams.up_to("noise", self.noise_levels),
            "salt_pepper": streams.up_to("salt and pepper", self.salt_pepper_frac),
            "noise_seed": streams.seeds() if on else None,
        }

    def change(self, out: np.ndarray, params: AugmentationParams, k: int) -> None:
        """One generator for both: the same noise for the same seed."""
        from kanjian.imaging import noise  # late: it brings the decoders of pictures

        rng = np.random.Generator(np.random.SFC64(int(params.noise_seed[k])))
        noisy = noise.gaussian(out, sigma=params.noise_levels[k], seed=rng)
        out[...] = noise.salt_pepper(noisy, amount=params.salt_pepper[k], seed=rng)
