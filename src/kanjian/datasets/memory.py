"""Small pictures decoded once, so that training reads memory and not 50 000 files an epoch."""

import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from itertools import islice

import numpy as np

from kanjian.datasets.dataset import ArrayImages, Dataset, FileImages
from kanjian.errors import ImageError
from kanjian.images.sniff import image_info

# Below this a task costs more than the picture in it.
BATCH = 256


@dataclass(frozen=True, eq=False)
class NamedArrayImages(ArrayImages):
    """Pictures in memory that still know the files they came from.

    Args:
        names: One per row of `array`.
    """

    names: tuple[str, ...] = ()

    def name_of(self, index: int) -> str:
        """The file it came from."""
        name: str = self.names[self.rows[index]]
        return name


def load_into_memory(dataset: Dataset, limit_bytes: int = 512 << 20) -> Dataset:
    """The same pictures as one uint8 array, if all are of one size and fit the limit.

    Otherwise, or where a picture cannot be read, the set comes back as it is: a damaged
    picture is named when damage is looked for, not here.

    Args:
        dataset: Pictures in files; one already in memory comes back as it is.
        limit_bytes: Most bytes that the array may take.

    Example:
        >>> import tempfile
        >>> from pathlib import Path
        >>> path = Path(tempfile.mkdtemp()) / "1.pgm"
        >>> _ = path.write_bytes(b"P5 2 1 255 " + bytes([7, 9]))
        >>> data = Dataset(FileImages((path,)), np.array([0]), ("cat",))
        >>> load_into_memory(data).images.array
        array([[[7, 9]]], dtype=uint8)
    """
    if not isinstance(dataset.images, FileImages) or not len(dataset):
        return dataset
    paths = dataset.images.paths
    try:
        info = image_info(paths[0])
        shape = info.size_hw if info.channels == 1 else (*info.size_hw, 3)
        if len(dataset) * int(np.prod(shape)) > limit_bytes:
            return dataset
        array = np.empty((len(dataset), *shape), np.uint8)
        alike = _fill(array, dataset)
    except ImageError:
        return dataset
    if not alike:
        return dataset
    images = NamedArrayImages(array, np.arange(len(array)), dataset.name, dataset.names)
    return replace(dataset, images=images)


def _fill(array: np.ndarray, dataset: Dataset) -> bool:
    """Decode every picture into its row; False as soon as one has another size or color."""

    def decode(indices: range) -> bool:
        for index in indices:
            image = dataset.images.read(index)
            if image.shape != array.shape[1:]:
                return False
            array[index] = image
        return True

    starts = iter(range(0, len(array), BATCH))
    workers = min(os.cpu_count() or 1, 16)
    with ThreadPoolExecutor(workers) as pool:
        # a few batches at a time: a set of mixed sizes is known after the first of them
        while batch := list(islice(starts, 4 * workers)):
            ranges = [range(start, min(start + BATCH, len(array))) for start in batch]
            if not all(pool.map(decode, ranges)):
                return False
    return True
