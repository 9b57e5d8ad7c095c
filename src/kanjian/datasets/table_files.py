"""Which files the cells of a table mean: written on another system, without suffix, elsewhere."""

import os
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path

from kanjian.datasets.leavings import is_hidden
from kanjian.datasets.tree import nfc
from kanjian.errors import DatasetError
from kanjian.images.sniff import PICTURE_SUFFIXES

_SAMPLE = 100  # rows that show how a table writes its paths
_MOST_FOLDERS = 200  # beside a table that are looked into
_DRIVE = re.compile(r"^[A-Za-z]:")
# If the same names lie in several folders, the first of these is meant
_PREFERRED = ("train", "training", "images", "image", "imgs", "img", "pictures", "photos", "jpg")


@dataclass(frozen=True)
class Reading:
    """How the paths of a table are to be read.

    Args:
        folders: They count from the first of these in which they lie.
        dropped: Folders at their beginning that are not there.
        hits: Rows of the sample that were found so.
        plain: Rows of the sample that are there letter for letter, suffix and all.
        rivals: Other folders in which they all lie as well.
    """

    folders: tuple[Path, ...]
    dropped: int = 0
    hits: int = 0
    plain: int = 0
    rivals: tuple[Path, ...] = ()


@dataclass
class Listing:
    """The names in a folder as they may be written: in another Unicode form, case, or stem."""

    folder: Path
    names: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        try:
            self.names = sorted(os.listdir(self.folder))  # noqa: PTH208 - names, and many
        except OSError:  # a folder that may not be read holds nothing for us
            self.names = []

    @cached_property
    def _by_form(self) -> dict[str, list[str]]:
        return _by(self.names, nfc)

    @cached_property
    def _by_case(self) -> dict[str, list[str]]:
        return _by(self.names, lambda name: nfc(name).casefold())

    @cached_property
    def _by_stem(self) -> dict[str, list[str]]:
        pictures = [name for name in self.names if Path(name).suffix.lower() in PICTURE_SUFFIXES]
        return _by(pictures, lambda name: nfc(Path(name).stem))

    def meant(self, name: str, *, file: bool) -> Iterator[list[str]]:
        """The names that may be meant by this one, the likeliest first."""
        wanted = nfc(name)
        yield self._by_form.get(wanted, [])
        yield self._by_case.get(wanted.casefold(), [])
        if file:
            yield self._by_stem.get(wanted, [])


def _by(names: Iterable[str], key: Callable[[str], str]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for name in names:
        found.setdefault(key(name), []).append(name)
    return found


class Finder:
    """Finds the pictures that a table names.

    A path is looked up letter for letter, then in the other Unicode form and in another case,
    then as a name without suffix. It counts from the table's folder, else from a folder in it,
    else from the folder above. Folders at its beginning that are not there (those of
    another computer) are left out. One reading holds for all rows.

    Args:
        table: The table.
        inside: Nothing outside of this folder is taken; None: anything is, as the table says.
    """

    def __init__(self, table: Path, inside: Path | None = None) -> None:
        self._table = table
        self._inside = inside.resolve() if inside else None
        self._listings: dict[Path, Listing] = {}

    def reading_of(self, cells: Sequence[str]) -> Reading:
        """How most of these cells can be read; `hits` is 0 where none can."""
        sample = list(dict.fromkeys(cells))[:_SAMPLE]
        deepest = max((len(_pieces(cell)) for cell in sample), default=1)
        here, *others = self._folders
        best = Reading((here,))
        for dropped in range(deepest):
            found = [self._tried(here, dropped, sample)]
            if found[0].hits < len(sample):
                found += [self._tried(folder, dropped, sample) for folder in others]
            best = max(best, self._joined(found, sample), key=lambda reading: reading.hits)
            if best.hits == len(sample):
                break
        return best

    def find(self, cell: str, reading: Reading) -> Path | None:
        """The file that a cell means."""
        for folder in reading.folders:
            path = self._plain(cell, folder, reading.dropped) or self._searched(
                _pieces(cell)[reading.dropped :], folder
            )
            if path is not None:
                return path
        return None

    def notes(self, reading: Reading) -> list[str]:
        """What was guessed about where the pictures lie.

        Raises:
            DatasetError: If they may as well lie elsewhere.
        """
        here, notes = self._table.parent, []
        if reading.rivals:
            folders = [f"{each.name}/" for each in (reading.folders[0], *reading.rivals)]
            raise DatasetError(
                f"the pictures of {self._table} may be those in {' or in '.join(folders)}, under "
                f"the same names. Write the folder into its paths: {folders[0]}…"
            )
        elsewhere = [f"{os.path.relpath(each, here)}/" for each in reading.folders if each != here]
        if elsewhere:
            notes.append(f"the pictures of {self._table.name} are in {', '.join(elsewhere)}")
        if reading.dropped:
            first = "folder" if reading.dropped == 1 else f"{reading.dropped} folders"
            notes.append(
                f"the paths in {self._table.name} were read without their first {first}, "
                "not to be found here"
            )
        return notes

    def _tried(self, folder: Path, dropped: int, sample: Sequence[str]) -> Reading:
        reading = Reading((folder,), dropped)
        plain = [self._plain(cell, folder, dropped) is not None for cell in sample]
        found = [
            there or self.find(cell, reading) is not None
            for cell, there in zip(sample, plain, strict=True)
        ]
        return Reading((folder,), dropped, sum(found), sum(plain))

    def _joined(self, found: Sequence[Reading], sample: Sequence[str]) -> Reading:
        """One folder with all of the sample, or several that have it together."""
        whole = [reading for reading in found if reading.hits == len(sample)]
        if whole:
            best = min(whole, key=lambda reading: self._rank(reading.folders[0]))
            alike = [
                each.folders[0]
                for each in whole
                if self._rank(each.folders[0]) == self._rank(best.folders[0])
            ]
            return replace(best, rivals=tuple(alike[1:]))
        some = sorted((each for each in found if each.hits), key=lambda each: -each.hits)
        if not some:
            return found[0]
        together = replace(some[0], folders=tuple(reading.folders[0] for reading in some))
        return replace(together, hits=sum(self.find(cell, together) is not None for cell in sample))

    def _rank(self, folder: Path) -> int:
        """Which of several folders with all the same names is meant: the lowest."""
        if folder == self._table.parent:
            return 0
        wanted = [self._table.stem.casefold(), *_PREFERRED]
        name = folder.name.casefold()
        inner = folder.parent == self._table.parent
        return 1 + (wanted.index(name) if name in wanted and inner else len(wanted) + (not inner))

    @cached_property
    def _folders(self) -> list[Path]:
        here = self._table.parent
        above = [here.resolve().parent]
        if self._inside is not None and not above[0].is_relative_to(self._inside):
            above = []
        try:
            inner = sorted(
                Path(entry.path)
                for entry in os.scandir(here)
                if not is_hidden(entry.name) and entry.is_dir()
            )
        except OSError:
            inner = []
        return [here, *inner[:_MOST_FOLDERS], *above]

    def _plain(self, cell: str, folder: Path, dropped: int) -> Path | None:
        """The file that is called so, letter for letter."""
        if dropped == 0 and (path := self._file(folder / cell)) is not None:
            return path
        pieces = _pieces(cell)[dropped:]
        return self._file(folder.joinpath(*pieces)) if pieces else None

    def _searched(self, pieces: Sequence[str], folder: Path) -> Path | None:
        """The only file that is called so in another form, case, or without its suffix."""
        found = self._matches(pieces, folder)
        return found[0] if len(found) == 1 else None

    def _matches(self, pieces: Sequence[str], folder: Path) -> list[Path]:
        if not pieces:
            return [folder] if self._file(folder) else []
        if pieces[0] == "..":
            return self._matches(pieces[1:], folder.parent)
        if folder not in self._listings:
            self._listings[folder] = Listing(folder)
        for names in self._listings[folder].meant(pieces[0], file=len(pieces) == 1):
            found = [match for name in names for match in self._matches(pieces[1:], folder / name)]
            if found:
                return found
        return []

    def _file(self, path: Path) -> Path | None:
        try:
            there = path.is_file() and (
                self._inside is None or path.resolve().is_relative_to(self._inside)
            )
        except (OSError, ValueError):  # a name too long, or a folder that may not be read
            return None
        return path if there else None


def _pieces(cell: str) -> list[str]:
    r"""A path of any system in pieces.

    Example:
        >>> _pieces(r"C:\data\cat\1.png"), _pieces("./cat/1.png")
        (['data', 'cat', '1.png'], ['cat', '1.png'])
    """
    text = _DRIVE.sub("", cell).replace("\\", "/")
    return [piece for piece in text.split("/") if piece not in ("", ".")]
