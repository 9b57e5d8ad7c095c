"""What the columns of a table are: told from its header and from what lies on the disk."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from kanjian.checks import unknown_name
from kanjian.datasets.part_names import part_of
from kanjian.datasets.table_files import Finder, Reading
from kanjian.datasets.table_text import Line
from kanjian.errors import DatasetError
from kanjian.images.sniff import PICTURE_SUFFIXES

# As people call the columns; capitals, blanks and underscores do not matter
_PATHS = frozenset(
    {
        "path", "paths", "file", "files", "filename", "filenames", "filepath", "filepaths",
        "fname", "fnames", "image", "images", "img", "imgs", "imagepath", "imgpath", "imagefile",
        "imgfile", "imagename", "imgname", "imageid", "imgid", "picture", "photo", "pic", "name",
        "id", "idcode", "uuid",
    }
)  # fmt: skip
_LABELS = frozenset(
    {
        "label", "labels", "class", "classes", "classname", "category", "categories", "target",
        "targets", "y", "tag", "tags", "breed", "species", "diagnosis", "dx", "finding",
        "findings", "labelname", "标签", "标籤", "类别", "類別",
    }
)  # fmt: skip
_SPLITS = frozenset(
    {
        "split", "splits", "part", "subset", "partition",
    }
)  # fmt: skip
# These, too, if all they say is train, val or test
_PERHAPS_SPLITS = frozenset(
    {
        "set", "dataset", "fold", "usage", "phase", "mode",
    }
)  # fmt: skip
_GROUPS = frozenset(
    {
        "group", "groups", "groupid", "person", "personid", "video", "videoid", "subject",
        "subjectid", "patient", "patientid",
    }
)  # fmt: skip
_WEIGHTS = frozenset({"weight", "weights", "sampleweight", "sampleweights"})
_NUMBERS = frozenset({"", "index", "unnamed0", "unnamed:0"})  # what pandas writes before a row
_FLAGS = {"isvalid": "validation", "isval": "validation", "istest": "test"}
_YES = {"1", "1.0", "true", "yes", "y", "t"}
_NO = {"0", "0.0", "-1", "-1.0", "false", "no", "n", "f", ""}
_LOOKED_AT = 200  # rows that show what a column is


@dataclass(frozen=True)
class Form:
    """What the columns of a table are, by number.

    Args:
        names: What they are called; without a header, "column 1" and so on.
        reading: How the paths are to be read.
        path: The pictures.
        label: The classes; None where each class has a column of its own.
        classes: The columns that say 1 where a picture is of the class they are called by.
        split: Words for parts; None where there are none.
        flag: Says yes or no to one part.
        group: Which pictures belong together.
        weight: How much a picture counts, where that was asked for.
        header: Whether the first line is one.
        named: Whether the header calls the label so.
    """

    names: tuple[str, ...]
    reading: Reading
    path: int
    label: int | None
    classes: tuple[int, ...] = ()
    split: int | None = None
    flag: int | None = None
    group: int | None = None
    weight: int | None = None
    header: bool = True
    named: bool = False


def form_of(
    lines: Sequence[Line], finder: Finder, table: Path, *, weights: str | None = None
) -> Form:
    """What the columns of a table are.

    The pictures are the column whose cells are files. The labels are called so, or are what is
    left over.

    Args:
        lines: Those of the table.
        finder: Finds its pictures.
        table: The file.
        weights: The column that says how much a picture counts.

    Raises:
        DatasetError: If it cannot be told; the message lists the columns.
    """
    width = len(lines[0][1])
    first = [cell.strip() for cell in lines[0][1]]
    body = [[cell.strip() for cell in cells] for _, cells in lines[1 : _LOOKED_AT + 1]] or [first]
    columns = [[row[i] if i < len(row) else "" for row in body] for i in range(width)]
    path, reading = _path_column(first, columns, finder)
    if path is None or reading is None:
        path, reading = _path_by_name(first, columns, table), Reading((table.parent,))
    header = _is_header(first[path], reading, finder)
    if header:
        return _with_header(first, columns, path, reading, table, weights)
    if weights is not None:
        raise DatasetError(
            f"{table} has no line that names its columns, so none is called {weights!r}."
        )
    return _without_header(first, columns, path, reading, table)


def _path_column(
    first: Sequence[str], columns: Sequence[Sequence[str]], finder: Finder
) -> tuple[int | None, Reading | None]:
    """The column with the most cells that are files."""
    best: tuple[tuple[float, ...], int, Reading] | None = None
    for number, cells in enumerate(columns):
        given = [cell for cell in cells if cell]
        if not given or set(map(str.casefold, given)) <= _YES | _NO:
            continue  # and not the pictures 0.png and 1.png
        reading = finder.reading_of(given)
        merits = (
            reading.hits / len(set(given)),
            reading.plain,
            _key(first[number]) in _PATHS,
            len(set(given)),
            -number,
        )
        if reading.hits and (best is None or merits > best[0]):
            best = merits, number, reading
    return (best[1], best[2]) if best else (None, None)


def _path_by_name(first: Sequence[str], columns: Sequence[Sequence[str]], table: Path) -> int:
    """Where nothing is on the disk, the column that is meant to be: its files will be missed."""
    for number, name in enumerate(first):
        if _is_picture(name) or _key(name) in _PATHS or any(map(_is_picture, columns[number])):
            return number
    raise DatasetError(
        f"{table} names no pictures: none of the cells in its columns {_listed(first)} is a file. "
        "It must hold path,label[,split][,group], and paths count from the table's folder."
    )


def _is_header(cell: str, reading: Reading, finder: Finder) -> bool:
    return not _is_picture(cell) and finder.find(cell, reading) is None


def _with_header(
    first: Sequence[str],
    columns: Sequence[Sequence[str]],
    path: int,
    reading: Reading,
    table: Path,
    weights: str | None,
) -> Form:
    keys = [_key(name) for name in first]
    weight = None if weights is None else _column(first, weights, table)
    others = [i for i in range(len(first)) if i not in (path, weight) and keys[i] not in _NUMBERS]
    split = next((i for i in others if keys[i] in _SPLITS), None)
    if split is None:
        split = next((i for i in others if keys[i] in _PERHAPS_SPLITS and _parts(columns[i])), None)
    flag = next((i for i in others if keys[i] in _FLAGS and _binary(columns[i])), None)
    others = [i for i in others if i not in (split, flag)]
    labels = [i for i in others if keys[i] in _LABELS]
    group = next((i for i in others if keys[i] in _GROUPS), None)
    if group is not None and not labels and len(others) > 1:
        others = [i for i in others if i != group]
    elif not labels:
        group = None  # it is all there is: which person is what is to be learned
    found = Form(
        tuple(first), reading, path, None, split=split, flag=flag, group=group, weight=weight
    )
    classes = [i for i in others if _binary(columns[i])]
    if not labels and len(classes) > 1:
        return replace(found, classes=tuple(classes))
    label = _label_column(labels or others, columns, found, table)
    return replace(found, label=label, named=bool(labels))


def unused_weights(form: Form) -> str | None:
    """A column that is called weight and that nobody asked for; None where there is none."""
    used = (form.path, form.label, form.split, form.flag, form.group, *form.classes)
    for number, name in enumerate(form.names):
        if form.weight is None and number not in used and _key(name) in _WEIGHTS:
            return name
    return None


def _column(first: Sequence[str], name: str, table: Path) -> int:
    """The column that is called so."""
    found = [i for i, known in enumerate(first) if _key(known) == _key(name)]
    if not found:
        where = f"the columns of {table}"
        raise DatasetError(unknown_name("column", name, filter(None, first), where=where))
    return found[0]


def _label_column(
    candidates: Sequence[int], columns: Sequence[Sequence[str]], found: Form, table: Path
) -> int:
    if len(candidates) > 1:  # the number of a class and its name say the same
        texts = [i for i in candidates if not all(map(_is_number, columns[i]))]
        if len(texts) == 1 and all(_same(columns[texts[0]], columns[i]) for i in candidates):
            return texts[0]
    if len(candidates) > 1:
        # as many values as rows are names or measures, one value is no label
        some = [i for i in candidates if 1 < len(set(columns[i])) <= max(2, len(columns[i]) // 2)]
        candidates = some if len(some) == 1 else candidates
    if len(candidates) == 1:
        return candidates[0]
    names = [found.names[i] for i in candidates]
    why = f"any of {_listed(names)} may hold the labels" if names else "none is left for the labels"
    raise DatasetError(
        f"{table} has the columns {_listed(found.names)}; "
        f"{found.names[found.path]!r} holds the pictures and {why}. Call the right one 'label'."
    )


def _without_header(
    first: Sequence[str], columns: Sequence[Sequence[str]], path: int, reading: Reading, table: Path
) -> Form:
    names = tuple(f"column {number}" for number in range(1, len(first) + 1))
    others = [i for i in range(len(first)) if i != path]
    split = next((i for i in others if _parts([first[i], *columns[i]])), None)
    if len(others) > 1 and split is None:
        split = others[1]
    rest = [i for i in others if i != split]
    if not rest:
        raise DatasetError(
            f"{table} must hold a path and a label in each line, got {','.join(first)!r}."
        )
    group = rest[1] if len(rest) > 1 else None
    return Form(names, reading, path, rest[0], split=split, group=group, header=False, named=True)


def class_of(row: Sequence[str], line: int, form: Form, table: Path) -> str:
    """The class whose column says yes.

    Raises:
        DatasetError: If none does, or several do.
    """
    said = {form.names[i]: row[i].strip().casefold() for i in form.classes}
    strange = [name for name, word in said.items() if word not in _YES | _NO]
    if strange:
        raise DatasetError(
            f"{table} line {line} says {said[strange[0]]!r} in the column {strange[0]!r}, which "
            "must be 1 where the picture is of that class and else 0."
        )
    named = [name for name, word in said.items() if word in _YES]
    if len(named) == 1:
        return named[0]
    if named:
        raise DatasetError(
            f"{table} line {line} says yes to several classes: {_listed(named)}. Several classes "
            "for one picture (multi-label) are not supported yet: leave one of them."
        )
    raise DatasetError(
        f"{table} line {line} says yes to none of its classes "
        f"{_listed([form.names[i] for i in form.classes])}. One of them must be 1, the others 0."
    )


def flagged_part(row: Sequence[str], form: Form) -> str | None:
    """The part that a column such as is_valid says; None where it says no, or there is none."""
    if form.flag is None or row[form.flag].strip().casefold() not in _YES:
        return None
    return _FLAGS[_key(form.names[form.flag])]


def _key(name: str) -> str:
    """A column's name as it is compared.

    Example:
        >>> _key(" Image_ID "), _key("data set")
        ('imageid', 'dataset')
    """
    return re.sub(r"[\s_\-./]", "", name.casefold())


def _is_picture(cell: str) -> bool:
    return Path(cell.replace("\\", "/")).suffix.lower() in PICTURE_SUFFIXES


def _is_number(cell: str) -> bool:
    return bool(re.fullmatch(r"[-+]?\d+(\.\d*)?", cell))


def _parts(cells: Sequence[str]) -> bool:
    return all(part_of(cell) in ("train", "validation", "test") for cell in cells)


def _binary(cells: Sequence[str]) -> bool:
    return any(cells) and set(map(str.casefold, cells)) <= _YES | _NO


def _same(one: Sequence[str], other: Sequence[str]) -> bool:
    """Whether each value of one goes with one value of the other."""
    return len(set(zip(one, other, strict=True))) == len(set(one)) == len(set(other))


def _listed(names: Sequence[str]) -> str:
    more = f" and {len(names) - 12} more" if len(names) > 12 else ""
    return ", ".join(map(repr, names[:12])) + more
