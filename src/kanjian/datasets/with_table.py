"""A folder that holds a table of its pictures, alone or beside class folders."""

import os
from collections.abc import Collection, Sequence
from dataclasses import replace
from pathlib import Path

from kanjian.datasets.dataset import Splits
from kanjian.datasets.doubts import listed
from kanjian.datasets.folder import open_folder
from kanjian.datasets.leavings import is_hidden, is_ours
from kanjian.datasets.part_names import part_of
from kanjian.datasets.table import PARTS, TABLES, Table, read_table, splits_of
from kanjian.errors import DatasetError

_MOST = 20  # tables that are tried


def tables_in(folder: Path) -> list[Path]:
    """The tables in a folder, or else in the folders in it; one folder around is stepped into.

    Example:
        >>> import tempfile
        >>> folder = Path(tempfile.mkdtemp())
        >>> (folder / "set").mkdir()
        >>> (folder / "set" / "labels.CSV").touch()
        >>> [table.name for table in tables_in(folder)]
        ['labels.CSV']
    """
    here = _tables(folder)
    if here:
        return here
    folders = _folders(folder)
    if len(folders) == 1:
        return tables_in(folders[0])
    return [table for inner in folders for table in _tables(inner)][:_MOST]


def _tables(folder: Path) -> list[Path]:
    return [Path(entry.path) for entry in _entries(folder) if _is_table(entry)][:_MOST]


def _is_table(entry: "os.DirEntry[str]") -> bool:
    return entry.name.lower().endswith(TABLES) and entry.is_file()


def _folders(folder: Path) -> list[Path]:
    return [Path(entry.path) for entry in _entries(folder) if entry.is_dir(follow_symlinks=False)]


def _entries(folder: Path) -> "list[os.DirEntry[str]]":
    try:
        with os.scandir(folder) as found:
            entries = [entry for entry in found if not is_hidden(entry.name)]
    except OSError:  # opening it as a folder of pictures tells why
        return []
    if is_ours([entry.name for entry in entries]):  # its tables are figures
        return []
    return sorted(entries, key=lambda entry: entry.name)


def open_with_tables(
    folder: Path,
    tables: Sequence[Path],
    *,
    group_by: str | None = None,
    name: str = "",
    inside: Path | None = None,
    weights: str | None = None,
    known: Collection[str] | None = None,
) -> Splits:
    """The set in a folder with tables: by its table, or by its class folders where these say more.

    Class folders are taken where a table only repeats their names, or has no column that is
    called label or the like. Which was used is said in the notes.

    Args:
        folder: The folder.
        tables: What `tables_in` found in it, at least one.
        group_by: As for `open_folder`.
        name: What to call the set.
        inside: Pictures of a table must lie in this folder; anywhere by default.
        weights: As for `open_table`; the table is then what counts.
        known: See `open_dataset`.

    Raises:
        DatasetError: If there are neither class folders nor a table that is understood.
    """
    read, refused = _read(tables, inside, weights)
    if weights is not None and not read:
        raise next(iter(refused.values()))
    splits, failed = _by_tables(read, group_by, known)
    try:
        classes = open_folder(folder, group_by=group_by, name=name, known=known)
    except DatasetError as error:
        if splits is None:
            alone = [*refused.values(), *failed] if len(tables) == 1 else failed
            raise (alone or [error])[0] from error
        return _noted(splits, read, refused)
    if splits is None:
        return classes
    same = set(splits.classes) == set(classes.classes)
    if weights is None and (same or not all(table.named for table in read)):
        names = listed([table.path.name for table in read])
        note = f"classes are those of the folders; {names} beside them was not used"
        return replace(classes, notes=(*classes.notes, note))
    return _noted(splits, read, refused)


def _read(
    tables: Sequence[Path], inside: Path | None, weights: str | None
) -> tuple[list[Table], dict[Path, DatasetError]]:
    read: list[Table] = []
    refused: dict[Path, DatasetError] = {}
    for path in tables:
        part = part_of(path.stem)
        try:
            named = part if part in PARTS else "train"
            read.append(read_table(path, inside=inside, part=named, weights=weights))
        except DatasetError as error:
            refused[path] = error
    return read, refused


def _by_tables(
    read: Sequence[Table], group_by: str | None, known: Collection[str] | None
) -> tuple[Splits | None, list[DatasetError]]:
    """The set that the tables make; None and why where they make none."""
    parts = [{row.part for row in table.rows} for table in read]
    if sum(map(len, parts)) > len(set().union(*parts)):
        names = listed([table.path.name for table in read])
        return None, [
            DatasetError(f"{read[0].path.parent} holds several tables: {names}. Name one of them.")
        ]
    try:
        return (splits_of(read, group_by=group_by, known=known), []) if read else (None, [])
    except DatasetError as error:
        return None, [error]


def _noted(splits: Splits, read: Sequence[Table], refused: dict[Path, DatasetError]) -> Splits:
    notes = [f"classes are those of {listed([table.path.name for table in read])}"]
    if refused:
        names = listed([path.name for path in refused])
        notes.append(f"skipped {names}, which lists no labeled pictures")
    return replace(splits, notes=(*splits.notes, *notes))
