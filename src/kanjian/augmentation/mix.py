"""MixUp and CutMix: batches mixed with themselves, pictures and answers alike.

Sources: Zhang et al., mixup: Beyond empirical risk minimization, 2017; Yun et al., CutMix, 2019.
"""

import numpy as np

from kanjian.recipes.augmentation import Augmentation

_STREAM = 0x313C


def mix_batch(
    images: np.ndarray, augmentation: Augmentation, *, seed: int, epoch: int, step: int
) -> tuple[np.ndarray, float]:
    """Every picture mixed with the one before it in the batch, the first with the last.

    One share for the whole batch, as in the papers: the mean of the answers stays what it was.

    Args:
        images: (n, height, width, channels) uint8; never altered.
        augmentation: `mixup_alpha` and `cutmix_alpha`.
        seed: The run's seed.
        epoch: Counted from 0.
        step: The batch's number in the epoch.

    Returns:
        The mixed pictures, and the share that is still the picture's own; what goes with
        the pictures is to be mixed in the same shares, see `mixed_rows`.

    Example:
        >>> images = np.zeros((2, 4, 4, 1), np.uint8)
        >>> images[1] = 200
        >>> bounds = Augmentation(mixup_alpha=1.0)
        >>> mixed, share = mix_batch(images, bounds, seed=0, epoch=0, step=0)
        >>> levels = mixed_rows(np.array([0, 200]), share)
        >>> bool(np.allclose(mixed.mean((1, 2, 3)), levels, atol=0.5))
        True
    """
    rng = np.random.default_rng([_STREAM, seed, epoch, step])
    cut, both = rng.random() < 0.5, augmentation.mixup_alpha and augmentation.cutmix_alpha
    if augmentation.cutmix_alpha and (cut or not both):
        kept = rng.beta(augmentation.cutmix_alpha, augmentation.cutmix_alpha)
        images, kept = _cut(images, kept, rng)
    else:
        kept = rng.beta(augmentation.mixup_alpha, augmentation.mixup_alpha)
        other = np.roll(images, 1, 0)
        mixed = images * np.float32(kept) + other * np.float32(1 - kept)
        images = np.rint(mixed).astype(np.uint8)
    return images, float(kept)


def mixed_rows(rows: np.ndarray, share: float) -> np.ndarray:
    """Every row mixed with the one before it, as `mix_batch` mixed the pictures.

    Example:
        >>> mixed_rows(np.eye(2, dtype=np.float32), 0.75)
        array([[0.75, 0.25],
               [0.25, 0.75]], dtype=float32)
    """
    kept = np.float32(share)
    mixed: np.ndarray = kept * rows + (1 - kept) * np.roll(rows, 1, 0)
    return mixed


def _cut(images: np.ndarray, kept: float, rng: np.random.Generator) -> tuple[np.ndarray, float]:
    """A rectangle of the other picture in its place; its true share of the pixels is given back."""
    height, width = images.shape[1:3]
    half = np.sqrt(1 - kept) / 2
    y, x = rng.random(2)
    top, bottom = (round(float(np.clip(y + side, 0, 1)) * height) for side in (-half, half))
    left, right = (round(float(np.clip(x + side, 0, 1)) * width) for side in (-half, half))
    mixed = images.copy()
    mixed[:, top:bottom, left:right] = np.roll(images, 1, 0)[:, top:bottom, left:right]
    return mixed, 1 - (bottom - top) * (right - left) / (height * width)
