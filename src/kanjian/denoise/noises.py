"""The kinds of noise a denoiser is taught to take away."""

from collections.abc import Callable

import numpy as np

from kanjian.augmentation import damage
from kanjian.recipes.denoising import NoiseKind


def noisy(
    clean: np.ndarray, kind: NoiseKind, amount: float, rng: np.random.Generator
) -> np.ndarray:
    """A picture with noise made on it.

    Gaussian, Poisson and speckle noise stay floats, and go beyond 0 and 255; the others
    give what a picture of 8 bits holds.

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
    return _MAKERS[kind](clean, amount, rng).astype(np.float32, copy=False)


def _gaussian(clean: np.ndarray, amount: float, rng: np.random.Generator) -> np.ndarray:
    into: np.ndarray = clean + np.float32(amount) * rng.standard_normal(clean.shape, np.float32)
    return into


def _speckle(clean: np.ndarray, amount: float, rng: np.random.Generator) -> np.ndarray:
    """In proportion to the brightness; `amount` at 255."""
    into: np.ndarray = clean * (1 + rng.standard_normal(clean.shape, np.float32) * (amount / 255))
    return into


def _poisson(clean: np.ndarray, amount: float, rng: np.random.Generator) -> np.ndarray:
    """Counted photons, `amount` of them for white; none at all leave the dark."""
    if amount == 0:
        return np.zeros_like(clean)
    into: np.ndarray = rng.poisson(clean.clip(0) * (amount / 255)) * (255 / amount)
    return into


def _salt_pepper(clean: np.ndarray, amount: float, rng: np.random.Generator) -> np.ndarray:
    return damage.noisy(_levels(clean), 0.0, amount, int(rng.integers(2**63)))


def _white(clean: np.ndarray, amount: float, rng: np.random.Generator) -> np.ndarray:
    return np.where(rng.random((*clean.shape[:2], 1)) < amount, np.float32(255), clean)


def _jpeg(clean: np.ndarray, amount: float, rng: np.random.Generator) -> np.ndarray:  # noqa: ARG001
    return damage.jpeg(_levels(clean), max(1, round(amount)))


def _levels(clean: np.ndarray) -> np.ndarray:
    levels: np.ndarray = np.rint(clean.clip(0, 255)).astype(np.uint8)
    return levels


_MAKERS: dict[NoiseKind, Callable[[np.ndarray, float, np.random.Generator], np.ndarray]] = {
    "gaussian": _gaussian,
    "salt-pepper": _salt_pepper,
    "white": _white,
    "poisson": _poisson,
    "speckle": _speckle,
    "jpeg": _jpeg,
}
