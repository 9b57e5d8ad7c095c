"""AugmentationParams that change one thing, and a batch varied by them."""

import numpy as np

from kanjian.augmentation.augmenter import Augmenter
from kanjian.augmentation.sample_params import draw
from kanjian.recipes.augmentation import Augmentation


def still(n, **changes):
    """AugmentationParams that change nothing, but for what is named."""
    return draw(Augmentation(), n, seed=0, epoch=0).changed(**changes)


def pictures(n=3, size_hw=(9, 9), channels=3, seed=0):
    shape = (n, *size_hw, channels)
    return np.random.default_rng(seed).integers(0, 256, shape).astype(np.uint8)


def varied(images, draws, bounds=None, size_hw=None, *, fit="letterbox", channels=None):
    """Every picture through `vary_into`."""
    size_hw = size_hw or images[0].shape[:2]
    channels = channels or images[0].shape[2]
    variations = Augmenter(bounds or Augmentation(), draws, size_hw, fit=fit)
    out = np.empty((len(images), *size_hw, channels), np.uint8)
    for k, image in enumerate(images):
        plain = image[:, :, 0] if image.ndim == 3 and image.shape[2] == 1 else image
        variations.vary_into(out[k], plain, k)
    return out
