"""Pictures fitted once and kept between epochs: in memory, or in a file mapped into it."""

import math
import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from typing import Any, Literal

import numpy as np

from kanjian.augmentation.registry import largest_zoom
from kanjian.datasets.dataset import ArrayImages, Dataset
from kanjian.datasets.fingerprint import fingerprint
from kanjian.images.resize import FitMode, resize_boxes, resize_image
from kanjian.pipeline.input_shape import InputShape
from kanjian.pipeline.resized import fits_already
from kanjian.recipes.augmentation import Augmentation
from kanjian.storage.arrays import open_array, store_array
from kanjian.storage.cache import Cache

Keep = Literal["auto", "disk", "none"]
# What they are called in the cache
FITTED = "fitted"
# Kept pictures are at most this much larger than the input, so that zooming in stays sharp
_MOST_ZOOM = 1.5
# Decoded by the threads before they are written
_TOGETHER = 256


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
    given = dataset.images
    if cache == "none" or isinstance(given, HeldImages):
        return dataset
    if isinstance(given, ArrayImages) and fits_already(given.array, shape):
        return dataset
    frame = _larger(shape, augmentation or Augmentation())
    if cache == "disk":
        rows: np.ndarray = _mapped(dataset, shape, frame)
    elif len(dataset) * np.prod(frame.shape_hwc) <= limit_mb * 2**20:
        rows, start = np.empty(len(dataset), _row(frame)), 0
        for batch in _packed(dataset, shape, frame):
            rows[start : start + len(batch)] = batch
            start += len(batch)
    else:
        return dataset
    kept = HeldImages.of(rows["pixels"], name=dataset.name)
    images = replace(kept, names=dataset.names, sides_hw=rows["sides_hw"], fit=frame.fit)
    return replace(dataset, images=images)


def _larger(shape: InputShape, augmentation: Augmentation) -> InputShape:
    """What each picture is kept as."""
    zoom = min(largest_zoom(augmentation), _MOST_ZOOM)
    height, width = (math.ceil(side * zoom) for side in shape.size_hw)
    # what is cut off is cut to the input's aspect first: the frame's is a pixel off
    fit: FitMode = "letterbox" if shape.fit == "letterbox" else "stretch"
    return replace(shape, size_hw=(height, width), fit=fit)


def _row(frame: InputShape) -> np.dtype[Any]:
    """What is kept of a picture: its pixels, and the sides it had."""
    return np.dtype([("pixels", np.uint8, frame.shape_hwc), ("sides_hw", np.int32, 2)])


def _packed(dataset: Dataset, shape: InputShape, frame: InputShape) -> Iterator[np.ndarray]:
    """All pictures in order, fitted, some at a time."""

    def packed(index: int) -> tuple[np.ndarray, tuple[int, ...]]:
        image = dataset.images.read(index, cover_hw=frame.size_hw)
        (top, left, height, width), _ = resize_boxes(image.shape[:2], shape.size_hw, shape.fit)
        part = image[top : top + height, left : left + width]
        fitted = resize_image(part, frame.size_hw, mode=frame.fit, channels=frame.channels)
        return fitted, image.shape[:2]

    with ThreadPoolExecutor(os.cpu_count()) as pool:
        for start in range(0, len(dataset), _TOGETHER):
            numbers = range(start, min(start + _TOGETHER, len(dataset)))
            rows = np.empty(len(numbers), _row(frame))
            for row, (fitted, sides) in enumerate(pool.map(packed, numbers)):
                rows["pixels"][row], rows["sides_hw"][row] = fitted, sides
            yield rows


def _mapped(dataset: Dataset, shape: InputShape, frame: InputShape) -> np.ndarray:
    """The fitted pictures as an entry of the cache, mapped into memory."""
    cache, height, width = Cache(), *frame.size_hw
    wanted = "x".join(map(str, shape.shape_hwc))
    key = f"{fingerprint(dataset)}-{height}x{width}-for-{wanted}-{shape.fit}"
    array = open_array(cache, FITTED, key)
    if array is None:
        about = {"data": dataset.name, "pictures": len(dataset), "size": f"{height}x{width}"}
        array = store_array(
            cache, FITTED, key, shape=(len(dataset),), dtype=_row(frame),
            chunks=_packed(dataset, shape, frame), about=about,
        )  # fmt: skip
    return array


@dataclass(frozen=True, eq=False)
class HeldImages(ArrayImages):
    """Pictures held in memory that still know what they were called and what sides they had.

    Args:
        names: One per row of the array.
        sides_hw: (n, 2) height and width before they were fitted, one per row of the array.
        fit: How they were fitted.
    """

    names: tuple[str, ...] = ()
    sides_hw: np.ndarray = field(default_factory=lambda: np.empty((0, 2), np.int32))
    fit: FitMode = "letterbox"

    def name_of(self, index: int) -> str:
        """The name it had before."""
        return self.names[int(self.rows[index])]

    def photo(self, index: int) -> np.ndarray:
        """A view of the picture without the bars of its letterbox."""
        row = int(self.rows[index])
        image: np.ndarray = self.array[row]
        sides = tuple(self.sides_hw[row].tolist())
        _, (top, left, height, width) = resize_boxes(sides, self.array.shape[1:3], self.fit)
        return image[top : top + height, left : left + width]
