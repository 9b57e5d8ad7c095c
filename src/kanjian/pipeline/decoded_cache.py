"""Pictures fitted once and kept between epochs: in memory, or in a file mapped into it."""

import math
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from kanjian.datasets.dataset import ArrayImages, Dataset
from kanjian.datasets.fingerprint import fingerprint
from kanjian.pipeline.input_shape import InputShape
from kanjian.pipeline.resized import fits_already, fitted_batches
from kanjian.recipes.augmentation import Augmentation
from kanjian.storage.arrays import open_array, store_array
from kanjian.storage.cache import Cache

Keep = Literal["auto", "disk", "none"]
# What they are called in the cache
FITTED = "fitted"
# Kept pictures are at most this much larger than the input, so that zooming in stays sharp
_MOST_ZOOM = 1.5


def held(
    dataset: Dataset,
    shape: InputShape,
    *,
    cache: Keep = "auto",
    augmentation: Augmentation | None = None,
    limit_mb: int = 512,
) -> Dataset:
    """The same pictures, decoded and fitted once where they can be kept.

    Decoding 50 000 small JPEGs again in every epoch costs more than training on them. What
    zooms in is kept larger than the input by as much (up to 1.5 times), to stay sharp.

    Args:
        dataset: Pictures in memory already are given back as they are.
        shape: What the network takes.
        cache: "auto" keeps in memory what stays within `limit_mb` and decodes all else live;
            "disk" keeps a file in kanjian's cache folder, found again by name, size and
            time of change of the pictures; "none" always decodes live.
        augmentation: What the pictures will go through.
        limit_mb: Most memory to hold them in, in MB.

    Raises:
        ImageError: If a picture cannot be read.
        KanjianError: If the cache cannot be written, or has no room for them.

    Example:
        >>> pictures = ArrayImages.of(np.zeros((5, 8, 8), np.uint8))
        >>> data = Dataset(pictures, np.zeros(5, np.int64), ("zero",))
        >>> held(data, InputShape((4, 4), 1)).images.read(0).shape
        (4, 4)
    """
    images = dataset.images
    if cache == "none" or isinstance(images, HeldImages):
        return dataset
    if isinstance(images, ArrayImages) and fits_already(images.array, shape):
        return dataset
    shape = _larger(shape, augmentation or Augmentation())
    if cache == "disk":
        array: np.ndarray = _mapped(dataset, shape)
    elif len(dataset) * np.prod(shape.shape_hwc) <= limit_mb * 2**20:
        array = np.empty((len(dataset), *shape.shape_hwc), np.uint8)
        start = 0
        for batch in fitted_batches(dataset, shape):
            array[start : start + len(batch)] = batch
            start += len(batch)
    else:
        return dataset
    kept = HeldImages.of(array, name=dataset.name)
    return replace(dataset, images=replace(kept, names=dataset.names))


def _larger(shape: InputShape, augmentation: Augmentation) -> InputShape:
    zoom = (1 + augmentation.zoom_frac) / math.sqrt(augmentation.crop_area)
    zoom = min(zoom, _MOST_ZOOM)
    height, width = (math.ceil(side * zoom) for side in shape.size_hw)
    return replace(shape, size_hw=(height, width))


def _mapped(dataset: Dataset, shape: InputShape) -> np.ndarray:
    """The fitted pictures as an entry of the cache, mapped into memory."""
    cache, height, width = Cache(), *shape.size_hw
    key = f"{fingerprint(dataset)}-{height}x{width}x{shape.channels}-{shape.fit}"
    array = open_array(cache, FITTED, key)
    if array is None:
        about = {"data": dataset.name, "pictures": len(dataset), "size": f"{height}x{width}"}
        array = store_array(
            cache, FITTED, key, shape=(len(dataset), *shape.shape_hwc), dtype=np.uint8,
            chunks=fitted_batches(dataset, shape), about=about,
        )  # fmt: skip
    return array


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
