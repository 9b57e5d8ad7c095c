"""Pictures that cannot be read: found before the first epoch, named, never altered."""

import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np

from kanjian.datasets.dataset import ArrayImages, Dataset
from kanjian.errors import ImageError

BATCH = 64


@dataclass(frozen=True)
class Damage:
    """A picture that cannot be read.

    Args:
        index: Its number in the set.
        name: Its file.
        reason: Why, as a sentence.
    """

    index: int
    name: str
    reason: str


def find_damaged(dataset: Dataset, *, workers: int | None = None) -> list[Damage]:
    """Every picture of a set that cannot be read, in order.

    Each one is decoded in full, since a file can be cut off behind a sound header.

    Args:
        dataset: Any set; arrays in memory have no damage.
        workers: Threads; as many as there are processors by default.

    Example:
        >>> import tempfile
        >>> from pathlib import Path
        >>> from kanjian.datasets.dataset import FileImages
        >>> path = Path(tempfile.mkdtemp()) / "1.jpg"
        >>> path.touch()
        >>> data = Dataset(FileImages((path,)), np.array([0]), ("cat",))
        >>> [damage.index for damage in find_damaged(data)]
        [0]
    """
    if isinstance(dataset.images, ArrayImages):
        return []

    def check(start: int) -> list[Damage]:
        found = []
        for index in range(start, min(start + BATCH, len(dataset))):
            try:
                dataset.images.read(index)
            except ImageError as error:
                found.append(Damage(index, dataset.images.name_of(index), str(error)))
        return found

    with ThreadPoolExecutor(workers or os.cpu_count()) as pool:
        batches = pool.map(check, range(0, len(dataset), BATCH))
        return [damage for batch in batches for damage in batch]


def drop_damaged(dataset: Dataset, *, workers: int | None = None) -> tuple[Dataset, list[Damage]]:
    """The set without the pictures that cannot be read, and which those are.

    Args:
        dataset: Any set; one without damage comes back as it is.
        workers: See `find_damaged`.

    Example:
        >>> pictures = ArrayImages.of(np.zeros((2, 8, 8), np.uint8))
        >>> whole, damaged = drop_damaged(Dataset(pictures, np.array([0, 0]), ("cat",)))
        >>> len(whole), damaged
        (2, [])
    """
    damaged = find_damaged(dataset, workers=workers)
    if not damaged:
        return dataset, []
    sound = np.ones(len(dataset), bool)
    sound[[damage.index for damage in damaged]] = False
    return dataset.subset(np.flatnonzero(sound)), damaged
