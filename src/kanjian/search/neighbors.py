"""Pictures with their features, asked which are nearest to a row of features."""

import contextlib
import os
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np

from kanjian.datasets.dataset import FileImages, Images
from kanjian.search.image_sets import Part
from kanjian.search.nearest import cosine_similarities, largest


@dataclass(frozen=True, eq=False)
class Neighbor:
    """A picture that looks like the one asked about.

    Args:
        name: Its file, or the array and its row there.
        similarity: Cosine of the angle between the features of both, −1 to 1.
        label: Its class; empty where it has none.
        same_file: Whether it is the picture asked about: that very file, or one with the
            same bytes.
        images: Where it is read from.
        index: Its number there.
    """

    name: str
    similarity: float
    label: str
    same_file: bool
    images: Images
    index: int


@dataclass(frozen=True, eq=False)
class Searched:
    """All pictures of all parts, numbered through.

    Args:
        parts: At least one.
    """

    parts: Sequence[Part]

    def __len__(self) -> int:
        return sum(len(part.dataset) for part in self.parts)

    def same_as(self, path: Path) -> np.ndarray:
        """The numbers of this very file, and of files with the same bytes."""
        asked = path.stat()
        size, content = asked.st_size, None
        found = []
        for number, (other, status) in self._files.items():
            if (status.st_dev, status.st_ino) == (asked.st_dev, asked.st_ino):
                found.append(number)
            elif status.st_size == size:
                content = path.read_bytes() if content is None else content
                if other.read_bytes() == content:
                    found.append(number)
        return np.array(found, np.int64)

    @cached_property
    def _files(self) -> dict[int, tuple[Path, os.stat_result]]:
        found: dict[int, tuple[Path, os.stat_result]] = {}
        start = 0
        for part in self.parts:
            images = part.dataset.images
            paths = images.paths if isinstance(images, FileImages) else ()
            for number, path in enumerate(paths, start):
                with contextlib.suppress(OSError):  # gone meanwhile
                    found[number] = path, path.stat()
            start += len(part.dataset)
        return found

    def row(self, number: int) -> np.ndarray:
        """The features of one picture."""
        part, index = self._place(number)
        found: np.ndarray = part.features.rows(np.array([index]))[0]
        return found

    def nearest(
        self, rows: np.ndarray, same: Sequence[np.ndarray], count: int
    ) -> list[list[Neighbor]]:
        """The `count` pictures nearest to each row, or all there are; the nearest first.

        Of equally near ones the same file comes first, then they go by name.

        Args:
            rows: (q, …), features of the pictures asked about.
            same: For each of them the numbers of the same file, whose similarity is 1.
            count: At least 1.
        """
        similarities = np.concatenate(
            [cosine_similarities(part.features.rows, len(part.dataset), rows)
             for part in self.parts], axis=1,
        )  # fmt: skip
        found = []
        for values, alike in zip(similarities, same, strict=True):
            values[alike] = 1.0  # also of a row without a direction
            near = [self._neighbor(int(number), values, alike) for number in largest(values, count)]
            near.sort(key=lambda each: (-each.similarity, not each.same_file, each.name))
            found.append(near[:count])
        return found

    def _neighbor(self, number: int, values: np.ndarray, same: np.ndarray) -> Neighbor:
        part, index = self._place(number)
        dataset = part.dataset
        label = dataset.classes[int(dataset.labels[index])]
        return Neighbor(
            dataset.images.name_of(index),
            float(values[number]),
            label,
            bool(number in same),
            dataset.images,
            index,
        )

    def _place(self, number: int) -> tuple[Part, int]:
        for part in self.parts:
            if number < len(part.dataset):
                return part, number
            number -= len(part.dataset)
        raise IndexError(number)
