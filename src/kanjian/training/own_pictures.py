"""The pictures of a run, found again as they were: by name, and where that fails by content."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from kanjian.checks import plural
from kanjian.datasets.dataset import Dataset, FileImages, Splits
from kanjian.datasets.fingerprint import fingerprint
from kanjian.datasets.open_dataset import open_dataset, root_of
from kanjian.datasets.prepare_splits import prepare_splits
from kanjian.datasets.recorded import PARTS, Part, hashes_of, name_in, path_in, twins
from kanjian.datasets.tree import scan
from kanjian.errors import DatasetError
from kanjian.guard.text import read_json
from kanjian.recipes.codec import read_recipe
from kanjian.recipes.recipe import Recipe
from kanjian.storage.unpack import is_archive
from kanjian.threads import in_threads
from kanjian.training.places import hash_or_none, place_now, source_now
from kanjian.training.run_data import RunData, read_run_data
from kanjian.training.run_folder import ENVIRONMENT, RECIPE

_NAMED = 3  # pictures named in a message; the rest are counted
_CURE = "Put them back, or name other pictures."
Taken = tuple[Dataset, tuple[str, ...]]


@dataclass(frozen=True, eq=False)
class Found:
    """One part of a run's pictures, as far as it was found again.

    Args:
        dataset: Those that are there, in the order they were trained on or evaluated in.
        gone: Names of those that are not, with what became of them.
        notes: What else is to be said, as sentences.
    """

    dataset: Dataset
    gone: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class OwnPictures:
    """The pictures of a run; a part is looked for when it is asked for.

    Args:
        source: What the recipe calls them.
        names: The parts there are, the one to evaluate on first.
        find: Finds a part.
        notes: What is to be said of the whole, as sentences.
        new: Tells of pictures that have come since, as sentences.
    """

    source: str
    names: tuple[str, ...]
    find: Callable[[str], Found]
    notes: tuple[str, ...]
    new: Callable[[], tuple[str, ...]] = tuple

    def part(self, name: str, *, skip_gone: bool = False, cure: str = _CURE) -> Taken:
        """The pictures of one part, and what is to be said of them.

        Args:
            name: One of `names`.
            skip_gone: Go on without those that are gone or changed; a note names them.
            cure: What to do about those, for the message.

        Raises:
            DatasetError: If any are gone or changed since; says how many and which.
        """
        found = self.find(name)
        if not found.gone:
            return found.dataset, found.notes
        total = len(found.dataset) + len(found.gone)
        which = (
            f"{len(found.gone)} of the {total} {name} pictures of the run "
            f"{'is' if len(found.gone) == 1 else 'are'} gone or changed: "
            f"{_listed(found.gone)}"
        )
        if skip_gone and len(found.dataset):
            return found.dataset, (*found.notes, which)
        raise DatasetError(f"{which}. {cure}")

    def splits(self, *, cure: str = _CURE) -> Splits:
        """All parts, whole.

        Args:
            cure: See `part`.

        Raises:
            DatasetError: See `part`.
        """
        taken = {name: self.part(name, cure=cure) for name in self.names}
        notes = [note for _, said in taken.values() for note in said]
        parts = {name: dataset for name, (dataset, _) in taken.items()}
        return Splits(**parts, notes=(*self.notes, *notes))


def own_pictures(folder: Path, data_folder: Path | None = None) -> OwnPictures:
    """The pictures of a run in the parts they were in; whoever wants them asks here.

    Args:
        folder: The run folder.
        data_folder: Where to look for them first.

    Raises:
        DatasetError: If the run names none, or the place they lay in is gone.

    Example:
        >>> own_pictures(Path("nowhere"))
        Traceback (most recent call last):
        kanjian.errors.DatasetError: nowhere has no recipe.toml that says which pictures it was
            trained on. Name labeled pictures: kanjian evaluate RUN DATA.
    """
    path = folder / RECIPE
    if not path.is_file():
        raise DatasetError(
            f"{folder} has no {RECIPE} that says which pictures it was trained on. "
            "Name labeled pictures: kanjian evaluate RUN DATA."
        )
    recipe, data = read_recipe(path), read_run_data(folder)
    if data is None:
        return _cut_again(folder, recipe, data_folder)
    return found_again(data, data_folder)


def found_again(data: RunData, data_folder: Path | None = None) -> OwnPictures:
    """The pictures that a run wrote down, where they are now; see `own_pictures`.

    Raises:
        DatasetError: If the place they lay in is gone.
    """
    if data.kind == "bytes" and data.place.absolute is not None:
        return _in_files(data, data_folder)
    return _in_set(data, data_folder)


def _in_files(data: RunData, data_folder: Path | None) -> OwnPictures:
    """Each where its name says, without opening the set anew: that may have grown."""
    place = place_now(data, data_folder)
    root = root_of(place)
    below = _Below(root)

    def find(name: str) -> Found:
        part = data.parts[name]
        paths: list[Path | None] = [root / each for each in part.names]
        hashes = list(in_threads(hash_or_none, [root / each for each in part.names]))
        moved, gone = [], []
        for n in range(len(part)):
            if hashes[n] == part.hashes[n]:
                continue
            paths[n] = other = below.by_content.get(part.hashes[n])
            if other is None:
                gone.append(f"{part.names[n]} ({'gone' if hashes[n] is None else 'changed'})")
            else:
                moved.append(f"{part.names[n]} is {path_in(other, root)} now")
        images = FileImages(tuple(path for path in paths if path is not None))
        kept = np.flatnonzero([path is not None for path in paths])
        return Found(_dataset(data, name, images, kept), tuple(gone), _moved(moved))

    # a table may lie in any folder: what is new there is no matter of the table's
    whole = root == place or is_archive(place)
    return _own(data, find, lambda: _new(data, below) if whole else ())


def _in_set(data: RunData, data_folder: Path | None) -> OwnPictures:
    """Rows of arrays, and files of a built-in set: the set is opened, and searched by content."""
    source, folder = source_now(data.folder, data.place.source, data_folder)
    opened = open_dataset(source, data_folder=folder)
    there = [_Rows(part) for name in PARTS if (part := getattr(opened, name)) is not None]

    def find(name: str) -> Found:
        part = data.parts[name]
        answers = [(each.dataset, each.of(part)) for each in there]
        dataset, rows = max(answers, key=lambda pair: len(pair[1]))
        kept = np.array(sorted(rows), np.int64)
        images = dataset.images.subset(np.array([rows[n] for n in kept], np.int64))
        gone = tuple(f"{each} (gone)" for n, each in enumerate(part.names) if n not in rows)
        return Found(_dataset(data, name, images, kept), gone)

    return _own(data, find)


class _Rows:
    """Where in a set each picture lies: at its own name, else the first alike."""

    def __init__(self, dataset: Dataset) -> None:
        self.dataset, self.hashes = dataset, hashes_of(dataset)
        self.first = {digest: row for row, digest in reversed(list(enumerate(self.hashes)))}
        self.named = {name_in(dataset.images, row, None): row for row in range(len(dataset))}

    def of(self, part: Part) -> dict[int, int]:
        """The row of each picture of a part that is there, by its number in the part."""
        rows = {}
        for n, (name, digest) in enumerate(zip(part.names, part.hashes, strict=True)):
            row = self.named.get(name, -1)
            row = row if row >= 0 and self.hashes[row] == digest else self.first.get(digest, -1)
            if row >= 0:
                rows[n] = row
        return rows


def _own(
    data: RunData, find: Callable[[str], Found], new: Callable[[], tuple[str, ...]] = tuple
) -> OwnPictures:
    names = tuple(name for name in reversed(PARTS) if name in data.parts)
    counts = ", ".join(f"{len(data.parts[name])} {name}" for name in reversed(names))
    notes = (f"in the parts that the run wrote down: {counts}", *twins(data.parts))
    return OwnPictures(data.place.source, names, find, notes, new)


def _dataset(data: RunData, name: str, images: Any, kept: np.ndarray) -> Dataset:
    part = data.parts[name]
    groups = None if part.groups is None else part.groups[kept]
    weights = None if part.weights is None else part.weights[kept]
    called = f"{data.place.source} ({name})"
    return Dataset(images, part.labels[kept], data.classes, groups, called, weights)


class _Below:
    """The pictures in a folder by their content, read when they are first asked for."""

    def __init__(self, root: Path) -> None:
        self.root = root

    @cached_property
    def paths(self) -> list[Path]:
        return [path for tree in scan(self.root).walk() for path in tree.pictures]

    @cached_property
    def by_content(self) -> dict[str, Path]:
        hashes = in_threads(hash_or_none, self.paths)
        pairs = zip(hashes, self.paths, strict=True)
        # the first of those alike counts, whatever the order of the rest
        return {digest: path for digest, path in reversed(list(pairs)) if digest is not None}


def _new(data: RunData, below: _Below) -> tuple[str, ...]:
    """How many pictures lie in the folder that the run has not seen."""
    if data.place.limited:
        return ()
    known = {name for part in data.parts.values() for name in part.names}
    known |= {each.name for each in data.skipped}
    strange = [path for path in below.paths if path_in(path, below.root) not in known]
    seen = {digest for part in data.parts.values() for digest in part.hashes}
    count = sum(digest not in seen for digest in in_threads(hash_or_none, strange))
    if not count:
        return ()
    return (
        f"{plural(count, 'picture')} in {data.place.source} "
        f"{'has come since and is' if count == 1 else 'have come since and are'} not evaluated "
        "here; to evaluate on new pictures: kanjian evaluate RUN PICTURES",
    )


def _moved(moved: list[str]) -> tuple[str, ...]:
    if not moved:
        return ()
    return (f"{len(moved)} found under another name, by their content: {_listed(moved)}",)


def _listed(names: Sequence[str]) -> str:
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return ", ".join(names[:_NAMED]) + more


def _cut_again(folder: Path, recipe: Recipe, data_folder: Path | None) -> OwnPictures:
    """What a run of an earlier kanjian gets, which wrote no list: today's pictures, cut anew."""
    splits = prepare_splits(recipe.data, seed=recipe.training.seed, data_folder=data_folder)
    parts = {name: part for name in reversed(PARTS) if (part := getattr(splits, name)) is not None}
    then = _fingerprints(folder)
    changed = any(then.get(name) != fingerprint(part) for name, part in parts.items())
    said = (
        "and they are no longer those it was trained with: training pictures may be among them"
        if changed
        else "which gives the same parts as then"
    )
    note = f"this run wrote no list of its pictures; they were split anew from today's, {said}"
    return OwnPictures(
        recipe.data.source, tuple(parts), lambda name: Found(parts[name]), (*splits.notes, note)
    )


def _fingerprints(folder: Path) -> dict[str, str]:
    try:
        environment = read_json(folder / ENVIRONMENT, error=DatasetError)
        return {str(name): str(value) for name, value in environment["data"].items()}
    except (OSError, DatasetError, KeyError, TypeError, AttributeError):
        return {}
