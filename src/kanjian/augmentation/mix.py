"""Batches mixed with themselves, pictures and labels alike."""

import numpy as np
from pydantic import BaseModel

from kanjian.augmentation.operation import Mixing
from kanjian.augmentation.registry import OPERATIONS, operations_of

_STREAM = 0x313C
# The keys of a recipe that have to be 0 where nothing may be mixed
MIXING_KEYS = tuple(
    name for each in OPERATIONS if issubclass(each, Mixing) for name in each.model_fields
)


def mixing_of(augmentation: BaseModel) -> list[Mixing]:
    """The operations that mix the pictures of a batch, as far as they are switched on.

    Example:
        >>> from kanjian.recipes.augmentation import Augmentation
        >>> [type(each).__name__ for each in mixing_of(Augmentation(mixup_alpha=1))]
        ['MixUp']
    """
    return [each for each in operations_of(augmentation) if isinstance(each, Mixing) and each.on]


def mix_batch(
    images: np.ndarray, augmentation: BaseModel, *, seed: int, epoch: int, step: int
) -> tuple[np.ndarray, float]:
    """Every picture mixed with the one before it in the batch, the first with the last.

    One share for the whole batch, as in the papers: the mean of the answers stays what it was.

    Args:
        images: (n, height, width, channels) uint8; never altered.
        augmentation: The `[augmentation]` of a recipe that mixes; of several ways, chance takes
            one.
        seed: The run's seed.
        epoch: Counted from 0.
        step: The batch's number in the epoch.

    Returns:
        The mixed pictures, and the share that is still the picture's own; what goes with
        the pictures is to be mixed in the same shares, see `mixed_rows`.

    Example:
        >>> from kanjian.recipes.augmentation import Augmentation
        >>> images = np.zeros((2, 4, 4, 1), np.uint8)
        >>> images[1] = 200
        >>> bounds = Augmentation(mixup_alpha=1.0)
        >>> mixed, share = mix_batch(images, bounds, seed=0, epoch=0, step=0)
        >>> levels = mixed_rows(np.array([0, 200]), share)
        >>> bool(np.allclose(mixed.mean((1, 2, 3)), levels, atol=0.5))
        True
    """
    rng = np.random.default_rng([_STREAM, seed, epoch, step])
    on = mixing_of(augmentation)
    # counted from the last: so it has always been drawn
    images, kept = on[-1 - int(rng.random() * len(on))].mix(images, rng)
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
