"""A CSV or TSV file that lists pictures with their labels."""

import csv
import io
from collections import Counter
from os.path import isfile
from pathlib import Path

import numpy as np

from kanjian.checks import nearest
from kanjian.datasets.dataset import Dataset, FileImages, Splits
from kanjian.datasets.folder import PART_OF
from kanjian.datasets.groups import Groups
from kanjian.errors import DatasetError
from kanjian.images.sniff import PICTURE_SUFFIXES

COLUMNS = ("path", "label", "split", "group")
ALIASES = {
    "path": "path", "file": "path", "filename": "path", "file_name": "path", "image": "path",
    "image_path": "path", "picture": "path",
    "label": "label", "class": "label", "category": "label", "target": "label",
    "split": "split", "part": "split", "subset": "split",
    "group": "group", "person": "group", "video": "group", "subject": "group",
}  # fmt: skip
Row = dict[str, str]


def open_table(table: Path, *, group_by: str | None = None) -> Splits:
    r"""The parts that a table of pictures names.

    Args:
        table: UTF-8 text, a byte-order mark or not, split by tabs, semicolons or commas. Columns
            path, label, and maybe split (train, val, test …) and group; without a header they
            come in this order. Paths count from the table's own folder.
        group_by: Regular expression over the path; goes before a group column.

    Raises:
        DatasetError: If the table is not understood, names a file that is missing, or has
            a class outside training that training has not.

    Example:
        >>> import tempfile
        >>> table = Path(tempfile.mkdtemp()) / "labels.csv"
        >>> _ = table.write_text("path,label\n1.png,dog\n2.png,cat\n")
        >>> (table.parent / "1.png").touch(), (table.parent / "2.png").touch()
        (None, None)
        >>> splits = open_table(table)
        >>> splits.classes, splits.train.labels
        (('cat', 'dog'), array([1, 0]))
    """
    rows = _rows(table)
    _check_files(rows, table)
    parts: dict[str, list[Row]] = {}
    for row in rows:
        parts.setdefault(_part(row, table), []).append(row)
    if "train" not in parts:
        raise DatasetError(f"{table} has no row for training; its split column must say 'train'.")
    classes = tuple(sorted({row["label"] for row in parts["train"]}))
    if len(classes) < 2:
        raise DatasetError(f"{table} must name at least two classes, got only {classes[0]!r}.")
    groups = Groups(group_by)
    datasets = {
        part: _dataset(parts[part], part, classes, groups, table)
        for part in ("train", "validation", "test")
        if part in parts
    }
    counts = ", ".join(f"{len(dataset)} pictures for {part}" for part, dataset in datasets.items())
    return Splits(
        datasets["train"],
        datasets.get("validation"),
        datasets.get("test"),
        notes=(f"found {len(classes)} classes, {counts}", *_repeated(rows), *groups.overlaps()),
    )


def _rows(table: Path) -> list[Row]:
    try:
        text = table.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise DatasetError(f"{table} is not UTF-8 text. Save it as 'CSV UTF-8'.") from error
    except OSError as error:
        raise DatasetError(f"cannot read {table}: {error.strerror}.") from error
    first = text.partition("\n")[0]
    delimiter = next((mark for mark in "\t;," if mark in first), ",")
    try:
        reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
        cells = [(reader.line_num, [cell.strip() for cell in row]) for row in reader if any(row)]
    except csv.Error as error:
        raise DatasetError(f"{table} is not a table: {error}.") from error
    if not cells:
        raise DatasetError(f"{table} is empty; it must list pictures as path,label.")
    columns = _header(cells[0][1], table)
    if columns is not None:
        cells = cells[1:]
    return [_row(columns or list(COLUMNS), row, line, table) for line, row in cells]


def _header(cells: list[str], table: Path) -> list[str] | None:
    """The columns' names, or None if the first line is a picture already."""
    if Path(cells[0]).suffix.lower() in PICTURE_SUFFIXES:
        return None
    columns = [ALIASES.get(cell.casefold(), cell) for cell in cells]
    if "path" not in columns or "label" not in columns:
        raise DatasetError(
            f"{table} must begin with the columns path,label[,split][,group], or with a picture's "
            f"path and label, got {','.join(cells)!r}."
        )
    return columns


def _row(columns: list[str], cells: list[str], line: int, table: Path) -> Row:
    row = dict(zip(columns, cells, strict=False))
    if not row.get("path") or not row.get("label"):
        raise DatasetError(
            f"{table} line {line} must have a path and a label, got {','.join(cells)!r}."
        )
    return row


def _check_files(rows: list[Row], table: Path) -> None:
    # Path.is_file() raises where a name is longer than the system takes
    missing = [row["path"] for row in rows if not isfile(table.parent / row["path"])]  # noqa: PTH113
    if missing:
        shown = ", ".join(missing[:5]) + (" …" if len(missing) > 5 else "")
        raise DatasetError(
            f"{len(missing)} of {len(rows)} files in {table} do not exist: {shown}. "
            f"Paths count from {table.parent}."
        )


def _part(row: Row, table: Path) -> str:
    name = row.get("split") or "train"
    if name.casefold() not in PART_OF:
        close = nearest(name, PART_OF)
        raise DatasetError(
            f"{table} has the split {name!r} for {row['path']}; "
            f"{f'did you mean {close!r}?' if close else 'use train, val or test.'}"
        )
    return PART_OF[name.casefold()]


def _dataset(
    rows: list[Row], part: str, classes: tuple[str, ...], groups: Groups, table: Path
) -> Dataset:
    at = {name: position for position, name in enumerate(classes)}
    strange = next((row for row in rows if row["label"] not in at), None)
    if strange is not None:
        raise DatasetError(
            f"{table} has the class {strange['label']!r} in {part} ({strange['path']}), "
            f"which training has not: {', '.join(classes[:12])}."
        )
    paths = [table.parent / row["path"] for row in rows]
    numbers = groups.of(paths, table.parent)
    if numbers is None and any(row.get("group") for row in rows):
        # a row without a group is a group of its own
        numbers = groups.number([row.get("group") or f"\0{row['path']}" for row in rows])
    return Dataset(
        FileImages(tuple(paths)),
        np.array([at[row["label"]] for row in rows], np.int64),
        classes,
        numbers,
        name=f"{table.name} {part}",
    )


def _repeated(rows: list[Row]) -> list[str]:
    twice = [path for path, count in Counter(row["path"] for row in rows).items() if count > 1]
    return [f"{len(twice)} pictures are listed more than once, such as {twice[0]}"] if twice else []
