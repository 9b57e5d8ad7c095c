"""A run owns its data: which picture was in which part is written down, and where they lay."""

import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path

from kanjian.datasets.content import KINDS, Kind, kind_of_content
from kanjian.datasets.corrupt import Damage
from kanjian.datasets.dataset import Splits
from kanjian.datasets.open_dataset import place_of, root_of
from kanjian.datasets.recorded import Part, parts_of, path_in, read_parts, write_parts
from kanjian.errors import DatasetError
from kanjian.guard.text import read_json
from kanjian.json_types import JsonObject
from kanjian.storage import files

FORMAT = 1
DATA, SPLITS = "pictures.json", "splits.csv"


@dataclass(frozen=True)
class Place:
    """Where the pictures of a run lay.

    Args:
        source: As the recipe names them.
        absolute: The whole path; None for a built-in set.
        from_run: The same as it counts from the run folder; None where no path leads there.
        data_folder: Where built-in sets were looked for first, if that was said.
        limited: Whether the run took only some of them.
    """

    source: str
    absolute: str | None = None
    from_run: str | None = None
    data_folder: str | None = None
    limited: bool = False


@dataclass(frozen=True, eq=False)
class RunData:
    """What a run wrote down of its pictures.

    Args:
        folder: The run folder.
        place: Where they lay.
        kind: What they are told apart by.
        classes: In the order that labels count in.
        parts: Those of "train", "validation" and "test" there are.
        skipped: Damaged ones that were left out.
        notes: What was found and how it was parted, as sentences.
    """

    folder: Path
    place: Place
    kind: Kind
    classes: tuple[str, ...]
    parts: dict[str, Part]
    skipped: tuple[Damage, ...]
    notes: tuple[str, ...]


def place_for(
    folder: Path, source: str, data_folder: Path | None, *, limited: bool = False
) -> Place:
    """Where the pictures lie that a run in this folder is about to train on.

    Raises:
        DatasetError: If they are nowhere.

    Example:
        >>> place_for(Path("runs/digits"), "digits", None)
        Place(source='digits', absolute=None, from_run=None, data_folder=None, limited=False)
    """
    found = place_of(source, data_folder)
    # what the environment says today it need not say when the run goes on
    kept = data_folder or os.environ.get("KANJIAN_DATA")
    return Place(
        source,
        None if found is None else str(found.absolute()),
        None if found is None else _from(folder, found),
        None if not kept else str(files.expanded(kept).absolute()),
        limited,
    )


def _from(folder: Path, place: Path) -> str | None:
    try:
        # resolved: a link on the way would send ".." elsewhere
        return Path(os.path.relpath(place.resolve(), folder.resolve())).as_posix()
    except ValueError:  # another drive
        return None


def write_place(folder: Path, place: Place) -> None:
    """Write down where the pictures lie, for what keeps no list of them.

    Example:
        >>> import tempfile
        >>> folder = Path(tempfile.mkdtemp())
        >>> write_place(folder, Place("digits", data_folder="/data"))
        >>> read_place(folder)
        Place(source='digits', absolute=None, from_run=None, data_folder='/data', limited=False)
    """
    _write(folder, {"format": FORMAT, **asdict(place)})


def _write(folder: Path, record: JsonObject) -> None:
    # in ASCII: a name that is no UTF-8 goes in and comes out as it is
    files.write_text(folder / DATA, json.dumps(record, indent=2) + "\n")


def write_run_data(
    folder: Path,
    place: Place,
    splits: Splits,
    parts: dict[str, Part],
    damaged: list[Damage],
) -> None:
    """Write down which pictures a run has, in which part, and where they lie.

    Args:
        folder: The run folder.
        place: Where they lie.
        splits: The parts, as they will be trained with.
        parts: The same, as `describe` gives them.
        damaged: What was left out.
    """
    digest = write_parts(folder / SPLITS, parts, splits.classes)
    root = _root(None if place.absolute is None else Path(place.absolute), splits)
    _write(folder, {
        "format": FORMAT,
        **asdict(place),
        "told_apart_by": kind_of_content(splits.train),
        "classes": list(splits.classes),
        "parts": {name: len(part) for name, part in parts.items()},
        "notes": list(splits.notes),
        "skipped": [
            {"path": each.name if root is None else path_in(Path(each.name).absolute(), root),
             "reason": each.reason}
            for each in damaged
        ],
        "sha256": digest,
    })  # fmt: skip


def describe(splits: Splits, source: str, data_folder: Path | None) -> dict[str, Part]:
    """The pictures of a set as they are written down; every file is read for that.

    Raises:
        ImageError: If one cannot be read.
    """
    if kind_of_content(splits.train) != "bytes":  # rows of arrays count from nowhere
        return parts_of(splits, None)
    return parts_of(splits, _root(place_of(source, data_folder), splits))


def _root(place: Path | None, splits: Splits) -> Path | None:
    """What names of files count from; an .npz is an archive, too, but holds no files."""
    if place is None or kind_of_content(splits.train) != "bytes":
        return None
    return root_of(place)


def read_place(folder: Path) -> Place | None:
    """Where the pictures of a run lay; None for a run that wrote nothing down.

    Raises:
        DatasetError: If the file is damaged.
    """
    record = _read(folder)
    return None if record is None else _place_of(folder, record)


def read_run_data(folder: Path) -> RunData | None:
    """What a run wrote down of its pictures; None for one that wrote no list of them.

    Raises:
        DatasetError: If what it wrote is damaged.

    Example:
        >>> read_run_data(Path("nowhere")) is None
        True
    """
    record = _read(folder)
    place = None if record is None else _place_of(folder, record)
    if record is None or place is None or "parts" not in record:
        return None
    try:
        classes = tuple(str(name) for name in record["classes"])
        skipped = [(str(each["path"]), str(each["reason"])) for each in record["skipped"]]
        return RunData(
            folder,
            place,
            KINDS[KINDS.index(record["told_apart_by"])],
            classes,
            read_parts(folder / SPLITS, classes, str(record["sha256"])),
            tuple(Damage(-1, *each) for each in skipped),
            tuple(str(note) for note in record["notes"]),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise _damaged(folder, error) from error


def _read(folder: Path) -> JsonObject | None:
    path = folder / DATA
    try:
        record = read_json(path, error=DatasetError)
    except FileNotFoundError:
        return None
    except (OSError, DatasetError) as error:
        raise _damaged(folder, error) from error
    if not isinstance(record, dict) or record.get("format") != FORMAT:
        raise _damaged(folder, f"format must be {FORMAT}")
    return record


def _place_of(folder: Path, record: JsonObject) -> Place:
    empty = asdict(Place(""))
    try:
        place = Place(**{key: record[key] for key in empty})
    except KeyError as error:
        raise _damaged(folder, f"key {error} is missing") from error
    paths = (place.absolute, place.from_run, place.data_folder)
    if not all(isinstance(each, str) for each in (place.source, *filter(None, paths))):
        raise _damaged(folder, "a path is no text")
    return place


def _damaged(folder: Path, reason: object) -> DatasetError:
    return DatasetError(
        f"{folder / DATA} is damaged ({reason}): it says which pictures the run was trained on. "
        "Copy the run folder again, as a whole."
    )
