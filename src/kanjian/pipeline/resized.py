"""From labeled pictures to fitted uint8 batches: the one way pictures reach a network."""

import os
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from kanjian.datasets.dataset import ArrayImages, Dataset
from kanjian.images.resize import resize_image
from kanjian.pipeline.input_shape import InputShape

Mapper = Callable[[Callable[[int], np.ndarray], Iterable[int]], Iterable[np.ndarray]]


def fitted_batch(
    dataset: Dataset, indices: np.ndarray, shape: InputShape, *, each: Mapper = map
) -> np.ndarray:
    """The pictures with these numbers, each fitted to the input, as one batch.

    Args:
        dataset: Where they come from.
        indices: (n,) picture numbers; the batch keeps their order.
        shape: What the network takes.
        each: How to go over the pictures: `map`, or the `map` of a thread pool.

    Returns:
        (n, height, width, channels) uint8.

    Example:
        >>> pictures = ArrayImages.of(np.zeros((4, 8, 8), np.uint8))
        >>> data = Dataset(pictures, np.zeros(4, np.int64), ("zero",))
        >>> fitted_batch(data, np.array([2, 0]), InputShape((8, 8), 1)).shape
        (2, 8, 8, 1)
    """
    images = dataset.images
    if isinstance(images, ArrayImages) and fits_already(images.array, shape):
        batch: np.ndarray = images.array[images.rows[indices]]
        return batch.reshape(len(indices), *shape.shape_hwc)

    def fitted(index: int) -> np.ndarray:
        image = images.read(index, cover_hw=shape.size_hw)
        return resize_image(image, shape.size_hw, mode=shape.fit, channels=shape.channels)

    batch = np.empty((len(indices), *shape.shape_hwc), np.uint8)
    for row, image in zip(batch, each(fitted, indices), strict=True):
        row[...] = image
    return batch


def fits_already(array: np.ndarray, shape: InputShape) -> bool:
    """Whether an array of pictures has the size and the channels of the input.

    Example:
        >>> fits_already(np.zeros((5, 8, 8), np.uint8), InputShape((8, 8), 1))
        True
    """
    channels = array.shape[3] if array.ndim == 4 else 1
    return array.shape[1:3] == shape.size_hw and channels == shape.channels


def fitted_batches(
    dataset: Dataset, shape: InputShape, *, batch_size: int = 256
) -> Iterator[np.ndarray]:
    """All pictures in order, in batches; no more than one batch is held.

    Example:
        >>> pictures = ArrayImages.of(np.zeros((5, 8, 8), np.uint8))
        >>> data = Dataset(pictures, np.zeros(5, np.int64), ("zero",))
        >>> [len(batch) for batch in fitted_batches(data, InputShape((8, 8), 1), batch_size=2)]
        [2, 2, 1]
    """
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        for start in range(0, len(dataset), batch_size):
            indices = np.arange(start, min(start + batch_size, len(dataset)))
            yield fitted_batch(dataset, indices, shape, each=pool.map)
