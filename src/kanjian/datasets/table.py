"""CSV and TSV files that list pictures with their labels."""

import math
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from kanjian.checks import nearest, plural
from kanjian.datasets.dataset import Dataset, FileImages, Splits
from kanjian.datasets.grouped import Groups
from kanjian.datasets.part_names import PART_OF, part_of
from kanjian.datasets.table_files import Finder
from kanjian.datasets.table_forms import Form, class_of, flagged_part, form_of, unused_weights
from kanjian.datasets.table_labels import MULTI_LABEL, labels_of
from kanjian.datasets.table_text import Line, read_cells
from kanjian.errors import DatasetError
from kanjian.paths import AnyPath, as_path

TABLES = (".csv", ".tsv")
PARTS = ("train", "validation", "test")


@dataclass(frozen=True)
class Row:
    """One picture of a table.

    Args:
        line: Where it stands in the file.
        path: The picture.
        label: Its class.
        part: The part of the set it belongs to.
        group: What it belongs together with; empty where it stands alone.
        weight: How much it counts in the loss; None where the table was not asked.
    """

    line: int
    path: Path
    label: str
    part: str
    group: str = ""
    weight: float | None = None


@dataclass(frozen=True)
class Table:
    """What a table says.

    Args:
        path: The file.
        rows: Its pictures.
        named: Whether its header says which column is the label.
        notes: What is to be said about it.
    """

    path: Path
    rows: tuple[Row, ...]
    named: bool
    notes: tuple[str, ...]


def open_table(
    table: AnyPath,
    *,
    group_by: str | None = None,
    weights: str | None = None,
    known: Collection[str] | None = None,
) -> Splits:
    r"""The parts that a table of pictures names.

    Args:
        table: A CSV or TSV file; see `read_table`.
        group_by: Regular expression over the path; goes before a group column.
        weights: The column that says how much each picture counts in the loss.
        known: See `open_dataset`.

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
    table = Path(table)
    return splits_of([read_table(table, weights=weights)], group_by=group_by, known=known)


def read_table(
    table: AnyPath,
    *,
    inside: AnyPath | None = None,
    part: str = "train",
    weights: str | None = None,
) -> Table:
    """The pictures of a table, with their classes and parts.

    The pictures are the column whose cells are files, the classes the one that its header calls
    so or that is left over; a column of 0 and 1 for each class will do. A column split says
    train, val or test, is_valid says yes for validation, a column group what belongs
    together. Without a header they come as label, split, group. Paths may be written on
    another system, without suffix, or count from a folder beside the table; see `Finder`.

    Args:
        table: The file; see `read_cells` for what it may look like.
        inside: Pictures must lie in this folder; anywhere by default.
        part: What rows belong to that name no part.
        weights: The column that says how much each picture counts in the loss.

    Raises:
        DatasetError: If it is not understood, a picture is missing, or has several classes.
    """
    table, inside = Path(table), as_path(inside)
    lines = read_cells(table)
    if not lines:
        raise DatasetError(f"{table} is empty; it must list pictures as path,label.")
    finder = Finder(table, inside)
    form = form_of(lines, finder, table, weights=weights)
    lines = [(line, _fitted(cells, line, form, table)) for line, cells in lines[form.header :]]
    paths = _paths(lines, form, finder, table)
    labels, notes = _labels(lines, form, table)
    rows = [
        Row(
            line,
            path,
            label,
            _part(cells, form, part, table),
            _cell(cells, form.group),
            _weight(cells, line, form, table),
        )
        for (line, cells), path, label in zip(lines, paths, labels, strict=True)
    ]
    _check_one_label(rows, table)
    notes = [*_understood(form, table), *finder.notes(form.reading), *notes, *_repeated(rows)]
    return Table(table, tuple(rows), form.named, tuple(notes))


def splits_of(
    tables: Sequence[Table], *, group_by: str | None = None, known: Collection[str] | None = None
) -> Splits:
    """The parts of a set that one table lists, or several together.

    Args:
        tables: As `read_table` gives them.
        group_by: As for `open_table`.
        known: See `open_dataset`.

    Raises:
        DatasetError: If there is no training part, or it has too few classes, or fewer than others.
    """
    name = " and ".join(table.path.name for table in tables)
    root = tables[0].path.parent
    parts = {
        part: [row for table in tables for row in table.rows if row.part == part] for part in PARTS
    }
    rows = parts["train"] if known is None else [row for rows in parts.values() for row in rows]
    classes = _classes(rows, tables[0].path, least=2 if known is None else 1)
    groups = Groups(group_by)
    datasets = {
        part: _dataset(rows, part, classes, groups, name=name, root=root)
        for part, rows in parts.items()
        if rows
    }
    counts = ", ".join(
        f"{plural(len(data), 'picture')} for {part}" for part, data in datasets.items()
    )
    return Splits.of(
        datasets,
        notes=(
            f"found {plural(len(classes), 'class', 'classes')}, {counts}",
            *(note for table in tables for note in table.notes),
            *groups.overlaps(),
        ),
    )


def _classes(rows: Sequence[Row], table: Path, *, least: int) -> tuple[str, ...]:
    if not rows:
        raise DatasetError(f"{table} has no row for training; its split column must say 'train'.")
    classes = tuple(sorted({row.label for row in rows}))
    if len(classes) < least:
        raise DatasetError(f"{table} must name at least two classes, got only {classes[0]!r}.")
    return classes


def _fitted(cells: list[str], line: int, form: Form, table: Path) -> list[str]:
    """The cells of a line, as many as there are columns."""
    width = len(form.names)
    if any(map(str.strip, cells[width:])):
        raise DatasetError(
            f"{table} line {line} has {len(cells)} cells and the first line {width}. "
            "Put cells that hold the separator into quotes."
        )
    return [*cells, *[""] * (width - len(cells))][:width]


def _cell(cells: Sequence[str], column: int | None) -> str:
    return "" if column is None else cells[column].strip()


def _called(folder: Path) -> str:
    return "this folder" if folder == Path() else str(folder)


def _paths(lines: Sequence[Line], form: Form, finder: Finder, table: Path) -> list[Path]:
    names = [_cell(cells, form.path) for _, cells in lines]
    for (line, cells), name in zip(lines, names, strict=True):
        if not name:
            raise DatasetError(
                f"{table} line {line} must have a path and a label, got {','.join(cells)!r}."
            )
    found = [finder.find(name, form.reading) for name in names]
    missing = [name for name, path in zip(names, found, strict=True) if path is None]
    if missing:
        shown = ", ".join(name[:99] for name in missing[:5]) + (" …" if len(missing) > 5 else "")
        raise DatasetError(
            f"{len(missing)} of {len(names)} files in {table} do not exist: {shown}. "
            f"Paths count from {' and '.join(_called(each) for each in form.reading.folders[:3])}."
        )
    return [path for path in found if path is not None]


def _labels(lines: Sequence[Line], form: Form, table: Path) -> tuple[list[str], list[str]]:
    if form.label is None:
        return [class_of(cells, line, form, table) for line, cells in lines], []
    return labels_of([(line, cells[form.label]) for line, cells in lines], table)


def _part(cells: Sequence[str], form: Form, default: str, table: Path) -> str:
    name = _cell(cells, form.split)
    if not name:
        return flagged_part(cells, form) or default
    part = part_of(name)
    if part not in PARTS:
        close = nearest(name, PART_OF)
        raise DatasetError(
            f"{table} has the split {name!r} for {_cell(cells, form.path)}; "
            f"{f'did you mean {close!r}?' if close else 'use train, val or test.'}"
        )
    return part


def _weight(cells: Sequence[str], line: int, form: Form, table: Path) -> float | None:
    if form.weight is None:
        return None
    try:
        weight = float(_cell(cells, form.weight))
    except ValueError:
        weight = math.nan
    if not 0 <= weight < math.inf:
        raise DatasetError(
            f"{table} line {line} has the weight {_cell(cells, form.weight)!r} in the column "
            f"{form.names[form.weight]!r}, which must be a number from 0 on."
        )
    return weight


def _understood(form: Form, table: Path) -> list[str]:
    """What was guessed about the columns."""
    said = []
    if form.classes:
        names = ", ".join(form.names[i] for i in form.classes[:8])
        more = " …" if len(form.classes) > 8 else ""
        said.append(f"classes are the columns of {table.name} that say 1: {names}{more}")
    elif not form.named and form.label is not None:
        said.append(f"classes are in the column {form.names[form.label]!r} of {table.name}")
    weights = unused_weights(form)
    if weights is not None:
        said.append(
            f"the column {weights!r} of {table.name} is not used; to let pictures count by it: "
            f"--set data.weights={weights}"
        )
    return said


def _check_one_label(rows: Sequence[Row], table: Path) -> None:
    seen: dict[Path, Row] = {}
    for row in rows:
        first = seen.setdefault(row.path, row)
        if first.label != row.label:
            raise DatasetError(
                f"{table} calls {row.path.name} {first.label!r} in line {first.line} and "
                f"{row.label!r} in line {row.line}. {MULTI_LABEL}."
            )


def _repeated(rows: Sequence[Row]) -> list[str]:
    counts = Counter(row.path for row in rows)
    twice = [path.name for path, count in counts.items() if count > 1]
    if not twice:
        return []
    are = plural(len(twice), "picture is", "pictures are")
    return [f"{are} listed more than once, such as {twice[0]}"]


def _dataset(
    rows: Sequence[Row],
    part: str,
    classes: tuple[str, ...],
    groups: Groups,
    *,
    name: str,
    root: Path,
) -> Dataset:
    at: Mapping[str, int] = {label: position for position, label in enumerate(classes)}
    strange = next((row for row in rows if row.label not in at), None)
    if strange is not None:
        raise DatasetError(
            f"{name} has the class {strange.label!r} in {part} ({strange.path.name}), "
            f"which training has not: {', '.join(classes[:12])}."
        )
    paths = [row.path for row in rows]
    numbers = groups.of(paths, root)
    if numbers is None and any(row.group for row in rows):
        # a row without a group is a group of its own
        numbers = groups.number([row.group or f"\0{row.path}" for row in rows])
    dataset = Dataset(
        FileImages(tuple(paths)),
        np.array([at[row.label] for row in rows], np.int64),
        classes,
        numbers,
        name=f"{name} {part}",
    )
    weights = [row.weight for row in rows]
    if part != "train" or None in weights:
        return dataset
    return dataset.weighted(np.array(weights, float))
