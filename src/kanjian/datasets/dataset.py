"""A `Dataset` is labeled pictures, read when asked for; `Splits` are the parts of one set."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, Self

import numpy as np
import numpy.typing as npt

from kanjian.errors import DatasetError
from kanjian.images.decode import read_image
from kanjian.images.pictures import Picture

if TYPE_CHECKING:
    from kanjian.datasets.arrays import Pair


class Images(Protocol):
    """Pictures by number. A batch never needs more than the pictures in it."""

    def __len__(self) -> int: ...

    def read(self, index: int, *, cover_hw: tuple[int, int] | None = None) -> np.ndarray:
        """One picture, RGB or gray uint8; may come smaller, but still covering `cover_hw`."""
        ...

    def name_of(self, index: int) -> str:
        """What to call the picture in a message or a report."""
        ...

    def subset(self, indices: np.ndarray) -> Self:
        """The pictures with these numbers, in this order, without reading or copying any."""
        ...


@dataclass(frozen=True, eq=False)
class ArrayImages:
    """Pictures of one size that already lie in memory.

    Args:
        array: (n, height, width) gray or (n, height, width, 3) RGB, uint8.
        rows: Which rows of `array` these pictures are, int64; all of them by default.
        name: What the array is called in messages.
    """

    array: np.ndarray
    rows: np.ndarray
    name: str = "array"

    @classmethod
    def of(cls, array: np.ndarray, *, name: str = "array") -> Self:
        """Take a whole array as pictures; (n, h, w, 1) is taken as gray.

        Raises:
            DatasetError: If the array is not uint8 pictures.

        Example:
            >>> len(ArrayImages.of(np.zeros((5, 28, 28), np.uint8)))
            5
        """
        if array.ndim == 4 and array.shape[3] == 1:
            array = array[..., 0]
        color = array.ndim == 4 and array.shape[3] == 3
        if array.dtype != np.uint8 or not (array.ndim == 3 or color):
            raise DatasetError(
                f"pictures must be (n, height, width) or (n, height, width, 3) uint8, "
                f"got {array.shape} {array.dtype} in {name}. Scale to 0..255 and convert first."
            )
        return cls(array, np.arange(len(array)), name)

    def __len__(self) -> int:
        return len(self.rows)

    def read(self, index: int, *, cover_hw: tuple[int, int] | None = None) -> np.ndarray:  # noqa: ARG002
        """A view of the picture in memory; `cover_hw` saves nothing here."""
        image: np.ndarray = self.array[self.rows[index]]
        return image

    def name_of(self, index: int) -> str:
        """The array's name and the row in it."""
        return f"{self.name}[{self.rows[index]}]"

    def subset(self, indices: np.ndarray) -> Self:
        """The same array, fewer rows."""
        return replace(self, rows=self.rows[indices])


@dataclass(frozen=True, eq=False)
class FileImages:
    """Pictures that lie in files and are decoded each time they are asked for."""

    paths: tuple[Path, ...]

    def __len__(self) -> int:
        return len(self.paths)

    def read(self, index: int, *, cover_hw: tuple[int, int] | None = None) -> np.ndarray:
        """The picture, decoded now; a large JPEG at a scale that still covers `cover_hw`."""
        image: np.ndarray = read_image(self.paths[index], cover_hw=cover_hw)
        return image

    def name_of(self, index: int) -> str:
        """The path."""
        return str(self.paths[index])

    def subset(self, indices: np.ndarray) -> Self:
        """The same files, fewer of them."""
        return replace(self, paths=tuple(self.paths[i] for i in indices))


@dataclass(frozen=True, eq=False)
class Dataset:
    """Labeled pictures.

    Args:
        images: The pictures.
        labels: (n,) int64, each the position of its class in `classes`.
        classes: Class names in stored order; sorted by name unless the source has its own.
        groups: (n,) int64 or None. Pictures of one group (one person, one video) must
            stay on one side of every split.
        name: What to call the set in messages.
        weights: (n,) float32 or None. How much each picture counts in the loss of a training;
            the evaluation is never weighted.

    Raises:
        DatasetError: If lengths differ or a label has no class.

    Example:
        >>> pictures = ArrayImages.of(np.zeros((4, 8, 8), np.uint8))
        >>> data = Dataset(pictures, np.array([0, 1, 1, 1]), ("cat", "dog"))
        >>> len(data), data.class_counts()
        (4, {'cat': 1, 'dog': 3})
        >>> data.subset(np.array([3, 0])).labels
        array([1, 0])
    """

    images: Images
    labels: np.ndarray
    classes: tuple[str, ...]
    groups: np.ndarray | None = None
    name: str = "dataset"
    weights: np.ndarray | None = None

    def __post_init__(self) -> None:
        if len(self.images) != len(self.labels):
            raise DatasetError(
                f"{self.name} has {len(self.images)} pictures but {len(self.labels)} labels. "
                "Each picture needs exactly one label."
            )
        if len(set(self.classes)) != len(self.classes):
            raise DatasetError(f"{self.name} names a class twice: {', '.join(self.classes)}.")
        if len(self.labels) and not (
            self.labels.min() >= 0 and self.labels.max() < len(self.classes)
        ):
            raise DatasetError(
                f"labels of {self.name} must be 0 to {len(self.classes) - 1}, "
                f"got {self.labels.min()} to {self.labels.max()}."
            )

    def __len__(self) -> int:
        return len(self.labels)

    def __iter__(self) -> Iterator[tuple[np.ndarray, int]]:
        for index in range(len(self)):
            yield self.images.read(index), int(self.labels[index])

    @classmethod
    def from_arrays(
        cls,
        images: np.ndarray | Sequence[Picture],
        labels: np.ndarray | Sequence[int] | Sequence[str],
        *,
        classes: tuple[str, ...] | None = None,
        name: str = "arrays",
    ) -> "Dataset":
        """A set of pictures and labels that lie in memory.

        Args:
            images: (n, h, w), (n, h, w, 1) or (n, h, w, 3) uint8; or a list of pictures of one
                size, each a path, bytes, a PIL image or an array.
            labels: (n,) whole numbers, or names.
            classes: Names of the labels 0, 1, 2 …; by default the labels are the names.
            name: What to call the set in messages.

        Raises:
            DatasetError: If an array is not pictures, or labels do not fit.

        Example:
            >>> Dataset.from_arrays(np.zeros((2, 8, 8), np.uint8), ["dog", "cat"]).classes
            ('cat', 'dog')
        """
        from kanjian.datasets.arrays import from_arrays

        return from_arrays(images, labels, classes=classes, name=name).train

    def _repr_html_(self) -> str:
        """Some pictures of every class, in a notebook."""
        from kanjian.datasets.shown import dataset_html

        return dataset_html(self)

    def subset(self, indices: np.ndarray) -> "Dataset":
        """The pictures with these numbers, in this order; nothing is read or copied."""
        return replace(
            self,
            images=self.images.subset(indices),
            labels=self.labels[indices],
            groups=None if self.groups is None else self.groups[indices],
            weights=None if self.weights is None else self.weights[indices],
        )

    def weighted(self, weights: npt.ArrayLike, *, by: str = "weights") -> "Dataset":
        """The same pictures with a weight for each in the loss.

        Args:
            weights: (n,) numbers, none below 0 and not all 0.
            by: What to call them in messages.

        Raises:
            DatasetError: If they are not that.

        Example:
            >>> data = Dataset(ArrayImages.of(np.zeros((2, 8, 8), np.uint8)), np.array([0, 1]),
            ...                ("cat", "dog"))
            >>> data.weighted([1, 2]).weights
            array([1., 2.], dtype=float32)
        """
        found = np.asarray(weights)
        if found.shape != (len(self),) or found.dtype.kind not in "iufb":
            raise DatasetError(
                f"{by} of {self.name} must be ({len(self)},) numbers, one for each picture, got "
                f"{found.shape} {found.dtype}."
            )
        found = found.astype(np.float32)
        if not (np.isfinite(found).all() and (found >= 0).all() and found.any()):
            raise DatasetError(
                f"{by} of {self.name} must be numbers from 0 on, and not all 0, got "
                f"{found.min():g} to {found.max():g}."
            )
        return replace(self, weights=found)

    def class_counts(self) -> dict[str, int]:
        """How many pictures each class has, in class order."""
        counts = np.bincount(self.labels, minlength=len(self.classes))
        return {name: int(count) for name, count in zip(self.classes, counts, strict=True)}

    @cached_property
    def names(self) -> tuple[str, ...]:
        """What each picture is called, in order."""
        return tuple(self.images.name_of(index) for index in range(len(self)))


@dataclass(frozen=True, eq=False)
class Splits:
    """The parts of one set, with the same classes; no picture lies in two of them.

    Args:
        train: To train on.
        validation: To choose and calibrate with, or None.
        test: To evaluate on, once, at the end, or None.
        notes: What was found and how it was split, as sentences for the user.
    """

    train: Dataset
    validation: Dataset | None = None
    test: Dataset | None = None
    notes: tuple[str, ...] = ()

    @classmethod
    def of(cls, parts: Mapping[str, Dataset], *, notes: tuple[str, ...]) -> "Splits":
        """The parts by name; without training pictures that one is there, empty."""
        train = parts.get("train")
        if train is None:
            train = next(iter(parts.values())).subset(np.arange(0))
        return cls(train, parts.get("validation"), parts.get("test"), notes)

    @classmethod
    def from_arrays(
        cls,
        images: np.ndarray | Sequence[Picture],
        labels: np.ndarray | Sequence[int] | Sequence[str],
        *,
        validation: "Pair | None" = None,
        test: "Pair | None" = None,
        classes: tuple[str, ...] | None = None,
        name: str = "arrays",
    ) -> "Splits":
        """The parts of a set that lies in memory; the classes are those of the training labels.

        Args:
            images: Training pictures, as for `Dataset.from_arrays`.
            labels: Their labels.
            validation: The same two for the validation part.
            test: The same two for the test part.
            classes: Names of the labels 0, 1, 2 …; by default the labels are the names.
            name: What to call the set in messages.

        Raises:
            DatasetError: If an array is not pictures, or labels do not fit.

        Example:
            >>> pixels = np.zeros((2, 8, 8), np.uint8)
            >>> len(Splits.from_arrays(pixels, ["a", "b"], test=(pixels, ["b", "b"])).test)
            2
        """
        from kanjian.datasets.arrays import from_arrays

        return from_arrays(
            images, labels, validation=validation, test=test, classes=classes, name=name
        )

    def _repr_html_(self) -> str:
        """How many pictures each part has, and some of them, in a notebook."""
        from kanjian.datasets.shown import splits_html

        return splits_html(self)

    @property
    def classes(self) -> tuple[str, ...]:
        """The class names, the same in every part."""
        return self.train.classes

    def __post_init__(self) -> None:
        for part in (self.validation, self.test):
            if part is not None and part.classes != self.train.classes:
                raise DatasetError(
                    f"classes differ between parts: {self.train.name} has "
                    f"{', '.join(self.train.classes)}, {part.name} has {', '.join(part.classes)}."
                )
