"""Pictures that cannot be read, or hold next to nothing: found before the first epoch, named.

None is ever altered. Every picture is decoded once, and that pass finds all of it.
"""

import os
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from kanjian.datasets.dataset import ArrayImages, Dataset, FileImages
from kanjian.errors import ImageError
from kanjian.i18n import _, ngettext
from kanjian.images.sniff import image_info

BATCH = 64
_ROWS = 4096  # of an array, looked at together
DARKEST = 31  # no pixel brighter than this: fewer than 6 of 8 bits


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


@dataclass(frozen=True)
class NarrowRange:
    """A picture that uses few of the values its file can hold, and is nearly black.

    Args:
        name: Its file.
        bits: Bits of one value in the file, 8 or 16.
        used: The lowest bits that are used.
    """

    name: str
    bits: int
    used: int


@dataclass(frozen=True)
class Inspection:
    """What one look at every picture of a set finds.

    Args:
        damaged: Pictures that cannot be read.
        blank: Files of a single color.
        narrow: Files that are nearly black.
    """

    damaged: tuple[Damage, ...] = ()
    blank: tuple[str, ...] = ()
    narrow: tuple[NarrowRange, ...] = ()

    @classmethod
    def joined(cls, found: Iterable["Inspection"]) -> "Inspection":
        """All of them as one, in order."""
        found = tuple(found)
        return cls(
            tuple(each for one in found for each in one.damaged),
            tuple(each for one in found for each in one.blank),
            tuple(each for one in found for each in one.narrow),
        )

    def notes(self) -> tuple[str, ...]:
        """What is doubtful, as sentences with what to do.

        Example:
            >>> Inspection(narrow=(NarrowRange("a.png", 16, 12),)).notes()
            ('1 16-bit picture uses only the lowest 12 bits: nearly black (a.png). Multiply their
                values by 16 and save them anew',)
        """
        notes = []
        if self.blank:
            notes.append(
                _(
                    "pictures of a single color: {n} ({names})",
                    n=len(self.blank),
                    names=_some(self.blank),
                )
            )
        deep = [each for each in self.narrow if each.bits > 8]
        if deep:
            used = max(each.used for each in deep)
            notes.append(
                ngettext(
                    "{n} 16-bit picture uses only the lowest {bits} bits: nearly black ({names}). "
                    "Multiply their values by {times} and save them anew",
                    "{n} 16-bit pictures use only the lowest {bits} bits: nearly black ({names}). "
                    "Multiply their values by {times} and save them anew",
                    len(deep),
                    bits=used,
                    names=_some([each.name for each in deep]),
                    times=2 ** (16 - used),
                )
            )
        dark = [each.name for each in self.narrow if each.bits <= 8]
        if dark:
            notes.append(
                _(
                    "nearly black pictures, no pixel brighter than {darkest} of 255: {n} ({names})",
                    darkest=DARKEST,
                    n=len(dark),
                    names=_some(dark),
                )
            )
        return tuple(notes)


def _some(names: Sequence[str]) -> str:
    return ", ".join(names[:3]) + (" …" if len(names) > 3 else "")


def inspect(dataset: Dataset, *, workers: int | None = None) -> Inspection:
    """Look at every picture of a set once.

    Each one is decoded in full, since a file can be cut off behind a sound header.

    Args:
        dataset: Any set; arrays in memory have no damage.
        workers: Threads; as many as there are processors by default.

    Example:
        >>> pictures = ArrayImages.of(np.zeros((1, 8, 8), np.uint8))
        >>> inspect(Dataset(pictures, np.array([0]), ("cat",))).blank
        ('array[0]',)
    """
    images = dataset.images
    if isinstance(images, ArrayImages):
        return Inspection(blank=tuple(images.name_of(index) for index in _blank_rows(images)))

    def inspect_batch(start: int) -> Inspection:
        found = []
        for index in range(start, min(start + BATCH, len(dataset))):
            try:
                found.append(doubts_of(dataset, index, images.read(index)))
            except ImageError as error:
                found.append(Inspection((Damage(index, images.name_of(index), str(error)),)))
        return Inspection.joined(found)

    with ThreadPoolExecutor(workers or os.cpu_count()) as pool:
        return Inspection.joined(pool.map(inspect_batch, range(0, len(dataset), BATCH)))


def doubts_of(dataset: Dataset, index: int, image: np.ndarray) -> Inspection:
    """Whether a picture that was read is blank or nearly black.

    Args:
        dataset: Where it lies.
        index: Its number there.
        image: The picture, as read.
    """
    name = dataset.images.name_of(index)
    largest, blank = int(image.max()), is_blank(image)
    if largest > DARKEST or not isinstance(dataset.images, FileImages):
        return Inspection(blank=(name,) if blank else ())
    bits = image_info(Path(dataset.images.paths[index])).bits
    if bits > 8:  # what came is the high byte
        return Inspection(narrow=(NarrowRange(name, bits, 8 + largest.bit_length()),))
    if blank or bits < 8:
        return Inspection(blank=(name,) if blank else ())
    return Inspection(narrow=(NarrowRange(name, bits, largest.bit_length()),))


def is_blank(image: np.ndarray) -> bool:
    """Whether every pixel of a picture has the same color.

    Example:
        >>> is_blank(np.full((2, 2, 3), (1, 2, 3), np.uint8)), is_blank(np.eye(2, dtype=np.uint8))
        (True, False)
    """
    color = image[0, 0]
    return bool((image[0] == color).all() and (image == color).all())


def _blank_rows(images: ArrayImages) -> list[int]:
    found: list[int] = []
    for start in range(0, len(images), _ROWS):
        some = images.array[images.rows[start : start + _ROWS]]
        pixels = some.reshape(len(some), -1, some.shape[3] if some.ndim == 4 else 1)
        same = (pixels.max(axis=1) == pixels.min(axis=1)).all(axis=1)
        found += (np.flatnonzero(same) + start).tolist()
    return found


def find_damaged(dataset: Dataset, *, workers: int | None = None) -> list[Damage]:
    """Every picture of a set that cannot be read, in order.

    Args:
        dataset: Any set; arrays in memory have no damage.
        workers: Threads; as many as there are processors by default.

    Example:
        >>> import tempfile
        >>> from pathlib import Path
        >>> path = Path(tempfile.mkdtemp()) / "1.jpg"
        >>> path.touch()
        >>> data = Dataset(FileImages((path,)), np.array([0]), ("cat",))
        >>> [damage.index for damage in find_damaged(data)]
        [0]
    """
    if isinstance(dataset.images, ArrayImages):
        return []
    return list(inspect(dataset, workers=workers).damaged)


def without(dataset: Dataset, damaged: Sequence[Damage]) -> Dataset:
    """The set without these pictures of it.

    Example:
        >>> pictures = ArrayImages.of(np.zeros((2, 8, 8), np.uint8))
        >>> data = Dataset(pictures, np.array([0, 0]), ("cat",))
        >>> len(without(data, [Damage(1, "b.png", "it is empty")]))
        1
    """
    if not damaged:
        return dataset
    sound = np.ones(len(dataset), bool)
    sound[[damage.index for damage in damaged]] = False
    return dataset.subset(np.flatnonzero(sound))


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
    return without(dataset, damaged), damaged


def classes_lost(before: Dataset, after: Dataset) -> list[str]:
    """The classes that had pictures and have none left.

    Example:
        >>> pictures = ArrayImages.of(np.zeros((2, 8, 8), np.uint8))
        >>> data = Dataset(pictures, np.array([0, 1]), ("cat", "dog"))
        >>> classes_lost(data, data.subset(np.array([0])))
        ['dog']
    """
    left = after.class_counts()
    return [name for name, count in before.class_counts().items() if count and not left[name]]
