"""From labeled pictures to resized and augmented uint8 batches, each picture warped once."""

import numpy as np

from kanjian.augmentation.augmenter import Augmenter
from kanjian.augmentation.operation import AugmentationParams
from kanjian.datasets.dataset import ArrayImages, Dataset
from kanjian.pipeline.decoded_cache import HeldImages
from kanjian.pipeline.input_shape import InputShape
from kanjian.pipeline.resized import Mapper, fits_already
from kanjian.recipes.augmentation import Augmentation


def augmented_batch(
    dataset: Dataset,
    indices: np.ndarray,
    shape: InputShape,
    augmentation: Augmentation,
    draws: AugmentationParams,
    *,
    each: Mapper = map,
) -> np.ndarray:
    """The pictures with these numbers, each resized to the input and augmented, as one batch.

    Args:
        dataset: Where they come from.
        indices: (n,) picture numbers; the batch keeps their order.
        shape: What the network takes.
        augmentation: How they are augmented.
        draws: Those of these n pictures.
        each: How to go over pictures that must be decoded: `map`, or that of a thread pool.

    Returns:
        (n, height, width, channels) uint8.

    Example:
        >>> from kanjian.augmentation.sample_params import draw
        >>> pictures = ArrayImages.of(np.zeros((4, 9, 9), np.uint8))
        >>> data = Dataset(pictures, np.zeros(4, np.int64), ("zero",))
        >>> bounds = Augmentation(rotate_deg=10)
        >>> draws = draw(bounds, 2, seed=0, epoch=0)
        >>> augmented_batch(data, np.array([2, 0]), InputShape((8, 8), 1), bounds, draws).shape
        (2, 8, 8, 1)
    """
    images, n = dataset.images, len(indices)
    held = images if isinstance(images, HeldImages) else None
    augmenter = Augmenter(
        augmentation, draws, shape.size_hw, fit=shape.fit if held is None else held.fit,
        sides_hw=None if held is None else held.sides_hw[held.rows[indices]],
    )  # fmt: skip
    at_hand = isinstance(images, ArrayImages) and fits_already(images.array, shape)
    if at_hand and augmenter.whole_pixels:
        pixels = images.array[images.rows[indices]].reshape(n, *shape.shape_hwc)  # type: ignore[attr-defined]
        batch = augmenter.move_all(pixels)
        for k in range(n):
            augmenter.finish_into(batch[k], k)
        return batch
    batch = np.empty((n, *shape.shape_hwc), np.uint8)

    def one(k: int) -> np.ndarray:
        index = int(indices[k])
        if held is not None:
            image = held.photo(index)
        else:
            image = images.read(index, cover_hw=None if at_hand else augmenter.cover_hw(k))
        augmenter.vary_into(batch[k], image, k)
        row: np.ndarray = batch[k]
        return row

    # what already lies in memory is done in microseconds: handing it to threads costs more
    for _ in (map if at_hand else each)(one, range(n)):
        pass
    return batch
