"""The kinds of noise a denoiser is taught to take away."""

import numpy as np

from kanjian.recipes.denoising import NoiseKind


def noisy(
    clean: np.ndarray, kind: NoiseKind, amount: float, rng: np.random.Generator
) -> np.ndarray:
    """A picture with noise made on it.

    Gaussian noise is added in floats and goes beyond 0 and 255; all others give what an
    8-bit picture can hold, as `kanjian.imaging.noise` makes them.

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
    if kind == "gaussian":
        into: np.ndarray = clean + np.float32(amount) * rng.standard_normal(clean.shape, np.float32)
        return into
    raise NotImplementedError(kind)
