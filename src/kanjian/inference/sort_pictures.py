"""Pictures copied into class folders by what a recognizer sees in them."""

import filecmp
import os
import shutil
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kanjian.errors import RecognizerError
from kanjian.inference.find_images import pictures_in
from kanjian.inference.prediction import UnreadableImage
from kanjian.inference.recognizer import Recognizer
from kanjian.names import file_name, file_name_besides, file_names
from kanjian.paths import AnyPath
from kanjian.storage.csv_rows import csv_line, csv_text
from kanjian.storage.files import replacing, write_text
from kanjian.storage.locks import alone

UNSURE = "unsure"
_HEADER = ("path", "class", "confidence", "copied to")


@dataclass(frozen=True)
class Sorted:
    """Where one picture went.

    Args:
        picture: The file.
        label: The most probable class; None where the picture cannot be read.
        confidence: The probability of that class.
        target: The copy; in a dry run where it would be; None where it cannot be read.
        unsure: Whether the confidence is below the threshold, or the picture is unlike those that
            the recognizer was trained on.
        there: Whether an earlier run had copied it already.
        reason: Why it cannot be read.
    """

    picture: Path
    label: str | None = None
    confidence: float | None = None
    target: Path | None = None
    unsure: bool = False
    there: bool = False
    reason: str = ""


@dataclass(frozen=True)
class SortedPictures:
    """What came of all pictures, none of them left out.

    Args:
        pictures: One for each, in the order they were found.
        into: The folder with the class folders.
        table: The CSV beside it; None in a dry run.
        threshold: Below this confidence a picture is unsure; None: only
            one unlike the training pictures is.
        unsure_folder: What the folder of those is called.
    """

    pictures: tuple[Sorted, ...]
    into: Path
    table: Path | None
    threshold: float | None
    unsure_folder: str

    @property
    def unreadable(self) -> tuple[Sorted, ...]:
        """Those that cannot be read; they stay where they are."""
        return tuple(each for each in self.pictures if each.target is None)

    @property
    def counts(self) -> dict[str, int]:
        """How many pictures went into each folder, by its name."""
        folders = (each.target.parent.name for each in self.pictures if each.target is not None)
        return dict(sorted(Counter(folders).items()))

    def to_dict(self) -> dict[str, Any]:
        """Everything as plain values for JSON."""
        return {
            "into": str(self.into),
            "table": None if self.table is None else str(self.table),
            "threshold": self.threshold,
            "counts": self.counts,
            "unreadable": len(self.unreadable),
            "pictures": [
                {"path": str(each.picture), "class": each.label, "confidence": each.confidence,
                 "copied_to": None if each.target is None else str(each.target),
                 "unsure": each.unsure, "reason": each.reason or None}
                for each in self.pictures
            ],
        }  # fmt: skip


def sort_pictures(
    recognizer: Recognizer | AnyPath,
    pictures: AnyPath | Iterable[AnyPath],
    into: AnyPath,
    *,
    confidence: float | None = None,
    dry_run: bool = False,
) -> SortedPictures:
    """Copy pictures into class folders by what a recognizer sees in them.

    Nothing is moved and no file is written over. Doubtful pictures and those unlike the training
    pictures go to `unsure`, those that cannot be read are named and stay. Beside `into` a CSV of
    the same name says where each went. Stopped half-way and called again it goes on: a copy that is
    there already counts.

    Args:
        recognizer: One, a run, or the folder of either.
        pictures: Files, folders with all below them, patterns.
        into: The folder for the class folders; made if missing.
        confidence: Below this probability a picture is unsure; by default the recognizer's own
            threshold, where it has one.
        dry_run: Only say what would be done.

    Raises:
        RecognizerError: If there is no recognizer, `into` holds the pictures themselves, or
            `confidence` is no share.
        KanjianError: If there are no pictures, or a copy cannot be written.

    Example:
        >>> import tempfile
        >>> import kanjian
        >>> import numpy as np
        >>> from kanjian.images.write import write_image
        >>> run = kanjian.train(kanjian.Recipe.shipped("mnist-demo").quick(),
        ...                     out=tempfile.mkdtemp())
        >>> folder = Path(tempfile.mkdtemp())
        >>> _ = write_image(folder / "shots" / "1.png", np.zeros((28, 28), np.uint8))
        >>> found = sort_pictures(run, folder / "shots", folder / "sorted", confidence=1.0)
        >>> found.counts, found.table.name
        ({'unsure': 1}, 'sorted.csv')
    """
    if confidence is not None and not 0 <= confidence <= 1:
        raise RecognizerError(f"confidence must be 0 to 1, got {confidence:g}.")
    into = Path(into)
    paths = _to_sort(pictures, into)
    if not isinstance(recognizer, Recognizer):
        recognizer = Recognizer.load(recognizer)
    threshold = recognizer.abstain_threshold if confidence is None else confidence
    folders = file_names(recognizer.classes)
    unsure = file_name_besides(UNSURE, {name.casefold() for name in folders.values()})
    table = into.with_name(f"{into.name}.csv")
    if not dry_run:
        _check_table(table)
    with nullcontext() if dry_run else alone(into):
        placed = _Placed(into, folders, unsure, threshold, dry_run)
        done = tuple(placed.all(recognizer, paths))
        if not dry_run:
            write_text(table, csv_text([_HEADER, *map(_row, done)]))
    return SortedPictures(done, into, None if dry_run else table, threshold, unsure)


def _to_sort(pictures: AnyPath | Iterable[AnyPath], into: Path) -> list[Path]:
    """Each picture once, without those that lie in the folder they are sorted into."""
    places = [pictures] if isinstance(pictures, str | os.PathLike) else list(pictures)
    target = into.resolve()
    for place in places:
        if Path(place).is_dir() and Path(place).resolve().is_relative_to(target):
            raise RecognizerError(
                f"the pictures of {place} lie in {into}, where their copies would mix with them. "
                "Choose another folder with --into."
            )
    if into.exists() and not into.is_dir():
        raise RecognizerError(f"--into must be a folder, got the file {into}.")
    found = dict.fromkeys(pictures_in(places))
    paths = [path for path in found if not path.resolve().is_relative_to(target)]
    if not paths:
        raise RecognizerError(f"no pictures to sort: all lie in {into} already.")
    return paths


def _check_table(table: Path) -> None:
    """Refuse to write over a table that is not ours."""
    if not table.exists():
        return
    ours = False
    if table.is_file():
        with table.open("rb") as stream:
            ours = stream.readline() == csv_line(_HEADER).encode()
    if not ours:
        raise RecognizerError(
            f"{table} is in the way of the list of what goes where. Move it, or choose another "
            "folder with --into."
        )


def _row(each: Sorted) -> tuple[object, ...]:
    confidence = None if each.confidence is None else round(each.confidence, 4)
    target = f"not copied: {each.reason}" if each.target is None else str(each.target)
    return str(each.picture), each.label, confidence, target


@dataclass(frozen=True, eq=False)
class _Placed:
    """Finds the place of each picture and copies it there."""

    into: Path
    folders: dict[str, str]
    unsure: str
    threshold: float | None
    dry_run: bool

    def all(self, recognizer: Recognizer, paths: list[Path]) -> Iterator[Sorted]:
        taken: set[str] = set()
        answers = recognizer.predict_many(iter(paths), on_error="report")
        for path, answer in zip(paths, answers, strict=True):
            if isinstance(answer, UnreadableImage):
                yield Sorted(path, reason=answer.reason)
                continue
            sure = self.threshold is None or answer.probability >= self.threshold
            sure = sure and not answer.unlike
            folder = self.folders[answer.best_label] if sure else self.unsure
            target, there = _free(path, self.into / folder, taken)
            if not there and not self.dry_run:
                with replacing(target) as temporary:
                    shutil.copy2(path, temporary)
            yield Sorted(path, answer.best_label, answer.probability, target, not sure, there)


def _free(picture: Path, folder: Path, taken: set[str]) -> tuple[Path, bool]:
    """The first name in a folder that no other file has; whether the picture is there already.

    Args:
        picture: What is to be copied.
        folder: Where.
        taken: What this run used, also where case makes no difference; the new one is added.
    """
    number = 1
    while True:
        mark = "" if number == 1 else f"-{number}"
        target = folder / file_name(picture.stem, suffix=f"{mark}{picture.suffix}")
        key = str(target).casefold()
        free = not os.path.lexists(target)
        if key not in taken and (free or _same(picture, target)):
            taken.add(key)
            return target, not free
        number += 1


def _same(picture: Path, target: Path) -> bool:
    """Whether the copy is there; a link is none."""
    return target.is_file() and not target.is_symlink() and filecmp.cmp(picture, target,
                                                                       shallow=False)  # fmt: skip
