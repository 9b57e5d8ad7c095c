"""From labeled pictures to fitted uint8 batches: the one way pictures reach a network."""

import os
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from kanjian.datasets.dataset import ArrayImages, Dataset
from kanjian.images.fit import fit_image

Mapper = Callable[[Callable[[int], np.ndarray], Iterable[int]], Iterable[np.ndarray]]


@dataclass(frozen=True)
class InputShape:
    """What a network takes: size, channels, and how pictures are brought to it.

    Example:
        >>> InputShape((28, 28), 1).shape_hwc
        (28, 28, 1)
    """

    size_hw: tuple[int, int]
    channels: Literal[1, 3]
    fit: Literal["letterbox", "crop", "stretch"] = "letterbox"

    @property
    def shape_hwc(self) -> tuple[int, int, int]:
        """Height, width and channels."""
        return (*self.size_hw, self.channels)


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
    if isinstance(images, ArrayImages) and _fits_already(images.array, shape):
        batch: np.ndarray = images.array[images.rows[indices]]
        return batch.reshape(len(indices), *shape.shape_hwc)

    def fitted(index: int) -> np.ndarray:
        image = images.read(index, cover_hw=shape.size_hw)
        return fit_image(image, shape.size_hw, mode=shape.fit, channels=shape.channels)

    batch = np.empty((len(indices), *shape.shape_hwc), np.uint8)
    for row, image in zip(batch, each(fitted, indices), strict=True):
        row[...] = image
    return batch


def _fits_already(array: np.ndarray, shape: InputShape) -> bool:
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


def held_in_memory(dataset: Dataset, shape: InputShape, *, limit_mb: int = 512) -> Dataset:
    """The same pictures, fitted once and kept as one array if that stays within `limit_mb`.

    Decoding 50 000 small JPEGs again in every epoch costs more than training on them;
    a folder too large for memory is given back as it is and decoded batch by batch.

    Example:
        >>> pictures = ArrayImages.of(np.zeros((5, 8, 8), np.uint8))
        >>> data = Dataset(pictures, np.zeros(5, np.int64), ("zero",))
        >>> held_in_memory(data, InputShape((4, 4), 1)).images.read(0).shape
        (4, 4)
    """
    images = dataset.images
    if isinstance(images, ArrayImages) and _fits_already(images.array, shape):
        return dataset
    if len(dataset) * np.prod(shape.shape_hwc) > limit_mb * 2**20:
        return dataset
    array = np.empty((len(dataset), *shape.shape_hwc), np.uint8)
    start = 0
    for batch in fitted_batches(dataset, shape):
        array[start : start + len(batch)] = batch
        start += len(batch)
    held = HeldImages.of(array, name=dataset.name)
    return replace(dataset, images=replace(held, names=dataset.names))


@dataclass(frozen=True, eq=False)
class HeldImages(ArrayImages):
    """Pictures held in memory that still know what they were called.

    Args:
        names: One per row of the array.
    """

    names: tuple[str, ...] = ()

    def name_of(self, index: int) -> str:
        """The name it had before."""
        return self.names[int(self.rows[index])]
