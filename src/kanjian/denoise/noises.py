"""The kinds of noise a denoiser is taught to take away, by one number each."""

import numpy as np

from kanjian.imaging import noise
from kanjian.recipes.denoising import NoiseKind


def noisy(
    clean: np.ndarray, kind: NoiseKind, amount: float, rng: np.random.Generator
) -> np.ndarray:
    """A picture with noise made on it by `kanjian.imaging.noise`, in floats and not clipped.

    Args:
        clean: (height, width, channels) float32 gray levels.
        kind: Which noise.
        amount: How much of it, in the unit of its kind; see `recipes.denoising.Noise`.
        rng: What to draw with.

    Returns:
        float32, same shape.

    Example:
        >>> gray = np.full((64, 64, 1), 128, np.float32)
        >>> float(noisy(gray, "gaussian", 25, np.random.default_rng(0)).std().round())
        25.0
    """
    match kind:
        case "gaussian":
            return noise.gaussian(clean, sigma=amount, seed=rng)
        case "speckle":
            return noise.speckle(clean, sigma=amount, seed=rng)
        case "poisson":
            return noise.poisson(clean, photons=amount, seed=rng)
        case "salt-pepper":
            return noise.salt_pepper(clean, amount=amount, seed=rng)
        case "white":
            return noise.white(clean, amount=amount, seed=rng)
        case "jpeg":
            return noise.jpeg(clean, quality=max(1, round(amount)))
