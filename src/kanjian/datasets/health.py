"""Is a set fit for training? Damage, copies, leaks, balance and sizes, with the files' names."""

import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field
from pathlib import Path

import numpy as np

from kanjian.datasets.corrupt import (
    Damage,
    Inspection,
    NarrowRange,
    doubts_of,
    drop_damaged,
    find_damaged,
)  # fmt: skip
from kanjian.datasets.dataset import Dataset, FileImages, Splits
from kanjian.datasets.doubts import class_notes
from kanjian.datasets.duplicates import alike, clusters, near_pairs, perceptual_hash, pixel_hash
from kanjian.datasets.open_dataset import open_dataset
from kanjian.errors import ImageError
from kanjian.i18n import _
from kanjian.images.flaws import flaws_seen
from kanjian.images.plugins import PLUGINS
from kanjian.images.sniff import image_info
from kanjian.json_types import JsonObject

__all__ = ["Damage", "DuplicateSet", "HealthReport", "check", "drop_damaged", "find_damaged"]

BATCH = 64
SUFFIXES_OF = {
    "jpeg": {".jpg", ".jpeg", ".jpe", ".jfif"},
    "png": {".png"},
    "webp": {".webp"},
    "bmp": {".bmp", ".dib"},
    "tiff": {".tif", ".tiff"},
    "gif": {".gif"},
    "pnm": {".pbm", ".pgm", ".ppm", ".pnm"},
    **{plugin.kind: set(plugin.suffixes) for plugin in PLUGINS.values()},
}


@dataclass(frozen=True)
class DuplicateSet:
    """Pictures that are the same, or nearly.

    Args:
        names: Their files.
        parts: For each, the part of the set that it lies in.
        labels: For each, its class.
    """

    names: tuple[str, ...]
    parts: tuple[str, ...]
    labels: tuple[str, ...]

    @property
    def across_parts(self) -> bool:
        """Whether a held-out picture is also a training picture."""
        return len(set(self.parts)) > 1

    @property
    def conflicting(self) -> bool:
        """Whether the same picture is called by two names."""
        return len(set(self.labels)) > 1


@dataclass(frozen=True)
class HealthReport:
    """What was found in a set.

    Args:
        name: The set.
        counts: Pictures by part and class.
        damaged: Pictures that cannot be read.
        flawed: (file, flaw) where a file has one and every pixel was read; harmless here.
        wrong_suffix: (file, what it really is) where the name says something else; harmless here.
        exact: Pictures that are the same to the last pixel.
        near: Pictures that look the same: saved anew, scaled, a little brighter.
        smallest_hw: Least height and least width.
        median_hw: Middle height and middle width.
        largest_hw: Greatest height and greatest width.
        tiny: Pictures much smaller than the others, or below 8 pixels.
        blank: Pictures of a single color.
        narrow: Pictures that use fewer than 6 bits of their range, and are nearly black.
        gray: How many pictures are gray.
        color: How many are in color.
        notes: How the set was understood.
    """

    name: str
    counts: dict[str, dict[str, int]]
    damaged: tuple[Damage, ...] = ()
    flawed: tuple[tuple[str, str], ...] = ()
    wrong_suffix: tuple[tuple[str, str], ...] = ()
    exact: tuple[DuplicateSet, ...] = ()
    near: tuple[DuplicateSet, ...] = ()
    smallest_hw: tuple[int, int] = (0, 0)
    median_hw: tuple[int, int] = (0, 0)
    largest_hw: tuple[int, int] = (0, 0)
    tiny: tuple[str, ...] = ()
    blank: tuple[str, ...] = ()
    narrow: tuple[NarrowRange, ...] = ()
    gray: int = 0
    color: int = 0
    notes: tuple[str, ...] = ()

    @property
    def leaked(self) -> tuple[DuplicateSet, ...]:
        """Same or nearly same pictures in more than one part."""
        return tuple(copies for copies in (*self.exact, *self.near) if copies.across_parts)

    @property
    def conflicting(self) -> tuple[DuplicateSet, ...]:
        """Same pictures, to the last pixel, under more than one class."""
        return tuple(copies for copies in self.exact if copies.conflicting)

    @property
    def imbalance(self) -> float:
        """How many times larger the largest class of the training part is than the smallest."""
        counts = [count for count in self.counts["train"].values() if count]
        return max(counts) / min(counts) if counts else 1.0

    @property
    def ok(self) -> bool:
        """Nothing that would spoil training or make its result a lie."""
        return not (self.damaged or self.leaked or self.conflicting)

    def copies_within(self) -> tuple[list[DuplicateSet], list[DuplicateSet]]:
        """Exact and near copies that are neither across parts nor under two classes."""
        graver = {*self.leaked, *self.conflicting}
        exact, near = ([one for one in found if one not in graver]
                       for found in (self.exact, self.near))  # fmt: skip
        return exact, near

    def figures(self) -> list[tuple[str, str]]:
        """Sizes, colors and balance, in words."""
        low, middle, high = (
            f"{height}×{width}"
            for height, width in (self.smallest_hw, self.median_hw, self.largest_hw)
        )
        many = _("{low} to {high}, median {middle}", low=low, high=high, middle=middle)
        return [
            (_("sizes"), low if low == high else many),
            (_("colors"), _("{color} in color, {gray} gray", color=self.color, gray=self.gray)),
            (
                _("balance"),
                _("largest class {times} × the smallest", times=f"{self.imbalance:.1f}"),
            ),
        ]

    def problems(self) -> list[str]:
        """What must be mended before training, counted."""
        found = {
            _("damaged pictures: {n}", n=len(self.damaged)): self.damaged,
            _("pictures that lie in more than one class: {n}", n=len(self.conflicting)):
                self.conflicting,
            _("pictures that lie in more than one part: {n}", n=len(self.leaked)): self.leaked,
        }  # fmt: skip
        return [what for what, each in found.items() if each]

    def doubts(self) -> list[str]:
        """What may be meant so, counted."""
        exact, near = self.copies_within()
        found = {
            _("pictures with exact copies in their part: {n}", n=len(exact)): exact,
            _("pictures with near copies in their part: {n}", n=len(near)): near,
            _("pictures of a single color: {n}", n=len(self.blank)): self.blank,
            _("nearly black pictures: {n}", n=len(self.narrow)): self.narrow,
            _("pictures much smaller than the others: {n}", n=len(self.tiny)): self.tiny,
        }
        return [what for what, each in found.items() if each]

    def to_dict(self) -> JsonObject:
        """Everything as plain dicts, lists, texts and numbers, ready for JSON."""
        return {
            **asdict(self),
            "leaked": [asdict(copies) for copies in self.leaked],
            "conflicting": [asdict(copies) for copies in self.conflicting],
            "imbalance": round(self.imbalance, 3),
            "ok": self.ok,
        }


@dataclass
class _Facts:
    """What one look at each picture gives."""

    names: list[str] = field(default_factory=list)
    parts: list[str] = field(default_factory=list)
    labels: list[str] = field(default_factory=list)
    pixels: list[bytes] = field(default_factory=list)
    hashes: list[int] = field(default_factory=list)
    thumbnails: list[np.ndarray] = field(default_factory=list)
    shapes: list[tuple[int, ...]] = field(default_factory=list)
    inspections: list[Inspection] = field(default_factory=list)
    wrong_suffix: list[tuple[str, str]] = field(default_factory=list)

    def duplicate_set(self, indices: list[int]) -> DuplicateSet:
        return DuplicateSet(
            *(tuple(values[i] for i in indices) for values in (self.names, self.parts, self.labels))
        )


def check(
    source: Splits | str | Path, *, name: str = "", workers: int | None = None
) -> HealthReport:
    """Look at every picture of a set once and say what is wrong with it.

    Nothing is changed or removed.

    Args:
        source: A set, or anything that `open_dataset` opens.
        name: What to call it; as it calls itself by default.
        workers: Threads; as many as there are processors by default.

    Raises:
        DatasetError: If the source cannot be opened.

    Example:
        >>> from kanjian.datasets.arrays import from_arrays
        >>> x = np.zeros((3, 8, 8), np.uint8)
        >>> x[2] = 200
        >>> report = check(from_arrays(x, np.array([0, 1, 1])))
        >>> report.exact[0].names, report.conflicting == report.exact, report.ok
        (('arrays train[0]', 'arrays train[1]'), True, False)
    """
    splits = source if isinstance(source, Splits) else open_dataset(source)
    facts = _Facts()
    parts = {"train": splits.train, "validation": splits.validation, "test": splits.test}
    present = {part: dataset for part, dataset in parts.items() if dataset is not None}
    with flaws_seen() as flaws:
        for part, dataset in present.items():
            _gather(facts, dataset, part, workers)
    exact, inspection = _exact(facts), Inspection.joined(facts.inspections)
    return HealthReport(
        name=name or (splits.train.name if isinstance(source, Splits) else str(source)),
        counts={part: dataset.class_counts() for part, dataset in present.items()},
        damaged=inspection.damaged,
        flawed=tuple(sorted(flaws.items())),
        blank=inspection.blank,
        narrow=inspection.narrow,
        wrong_suffix=tuple(facts.wrong_suffix),
        exact=tuple(facts.duplicate_set(indices) for indices in exact),
        near=tuple(facts.duplicate_set(indices) for indices in _near(facts, exact)),
        **_sizes(facts),
        gray=sum(len(shape) == 2 for shape in facts.shapes),
        color=sum(len(shape) == 3 for shape in facts.shapes),
        notes=(*splits.notes, *class_notes(splits), *inspection.notes()),
    )


Examined = tuple[int, bytes, int, np.ndarray, tuple[int, ...], str | None, Inspection]


def _gather(facts: _Facts, dataset: Dataset, part: str, workers: int | None) -> None:
    def examine(start: int) -> list[Examined | Damage]:
        return [_examined(dataset, i) for i in range(start, min(start + BATCH, len(dataset)))]

    with ThreadPoolExecutor(workers or os.cpu_count()) as pool:
        for seen in _flat(pool.map(examine, range(0, len(dataset), BATCH))):
            if isinstance(seen, Damage):
                facts.inspections.append(Inspection((seen,)))
                continue
            index, pixels, bits, thumbnail, shape, really, doubts = seen
            facts.inspections.append(doubts)
            name = dataset.images.name_of(index)
            facts.names.append(name)
            facts.parts.append(part)
            facts.labels.append(dataset.classes[dataset.labels[index]])
            facts.pixels.append(pixels)
            facts.hashes.append(bits)
            facts.thumbnails.append(thumbnail)
            facts.shapes.append(shape)
            if really is not None:
                facts.wrong_suffix.append((name, really))


def _flat(batches: Iterator[list[Examined | Damage]]) -> Iterator[Examined | Damage]:
    for batch in batches:
        yield from batch


def _examined(dataset: Dataset, index: int) -> Examined | Damage:
    images = dataset.images
    try:
        image = images.read(index)
        really = _wrong_suffix(images.paths[index]) if isinstance(images, FileImages) else None
    except ImageError as error:
        return Damage(index, images.name_of(index), str(error))
    bits, thumbnail = perceptual_hash(image)
    doubts = doubts_of(dataset, index, image)
    return index, pixel_hash(image), bits, thumbnail, image.shape, really, doubts


def _wrong_suffix(path: Path) -> str | None:
    """What the picture really is, if its name says something else."""
    kind = image_info(path).format
    return None if path.suffix.lower() in SUFFIXES_OF.get(kind, {path.suffix.lower()}) else kind


def _exact(facts: _Facts) -> list[list[int]]:
    same: dict[bytes, list[int]] = {}
    for index, pixels in enumerate(facts.pixels):
        same.setdefault(pixels, []).append(index)
    return [indices for indices in same.values() if len(indices) > 1]


def _near(facts: _Facts, exact: list[list[int]]) -> list[list[int]]:
    """Clusters of pictures that look alike; one of each part stands for its exact copies."""
    stand_in = np.ones(len(facts.names), bool)
    for indices in exact:
        first = {facts.parts[i]: i for i in reversed(indices)}
        stand_in[[i for i in indices if i not in first.values()]] = False
    kept = np.flatnonzero(stand_in)
    if not len(kept):
        return []
    pairs = near_pairs(np.array([facts.hashes[i] for i in kept], np.uint64))
    pairs = pairs[alike(np.stack([facts.thumbnails[i] for i in kept]), pairs)]
    found = clusters((int(kept[a]), int(kept[b])) for a, b in pairs)
    return [cluster for cluster in found if len({facts.pixels[i] for i in cluster}) > 1]


def _sizes(facts: _Facts) -> JsonObject:
    if not facts.shapes:
        return {}
    sizes = np.array([shape[:2] for shape in facts.shapes])
    short = sizes.min(1)
    tiny = np.flatnonzero(short < max(8, int(np.median(short)) // 8))

    def pair(values: np.ndarray) -> tuple[int, int]:
        return int(values[0]), int(values[1])

    return {
        "smallest_hw": pair(sizes.min(0)),
        "median_hw": pair(np.median(sizes, axis=0)),
        "largest_hw": pair(sizes.max(0)),
        "tiny": tuple(facts.names[i] for i in tiny),
    }
