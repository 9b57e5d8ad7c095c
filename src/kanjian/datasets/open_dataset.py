"""One door to every kind of set: a built-in name, a folder, an archive, a table, arrays."""

import os
from collections.abc import Collection
from dataclasses import replace
from pathlib import Path

from kanjian.checks import nearest, plural
from kanjian.datasets.archive import unpacked
from kanjian.datasets.arrays import open_npz
from kanjian.datasets.builtin import BUILTIN, open_builtin
from kanjian.datasets.cifar import find_cifar, open_cifar
from kanjian.datasets.dataset import Dataset, Splits
from kanjian.datasets.folder import open_folder
from kanjian.datasets.idx import NAME as IDX_NAME
from kanjian.datasets.idx import find_idx, open_idx
from kanjian.datasets.layout import LAYOUTS
from kanjian.datasets.table import TABLES, open_table
from kanjian.datasets.with_table import open_with_tables, tables_in
from kanjian.errors import DatasetError
from kanjian.paths import AnyPath, as_path
from kanjian.storage.download import Progress
from kanjian.storage.failures import check_ordinary
from kanjian.storage.files import expanded
from kanjian.storage.unpack import is_archive


def open_dataset(
    source: str | Path,
    *,
    data_folder: AnyPath | None = None,
    group_by: str | None = None,
    weights: str | None = None,
    progress: Progress | None = None,
    known: Collection[str] | None = None,
) -> Splits:
    """Open a set of labeled pictures, whatever form it has.

    A name such as "mnist" is the built-in set; a folder of that name is "./mnist" or a
    `Path`. What was found is said in `Splits.notes`.

    Args:
        source: A built-in name; a folder of class folders, of a table and its pictures, of IDX
            or of CIFAR files; a zip or tar of one; a CSV or TSV table; an .npz file. Looked
            for here, then in `data_folder` and in `$KANJIAN_DATA`.
        data_folder: Where sets are looked for, and where a download goes.
        group_by: Regular expression over the path of a picture whose first parenthesis
            names its group.
        weights: The column of a table that says how much each training picture counts.
        progress: Called with (file name, bytes so far, bytes in all) during a download.
        known: The classes of a recognizer that is to be evaluated on these pictures. What only
            training needs is not asked for then: two classes, and a training part.

    Raises:
        DatasetError: If there is no such set, its form is not understood, or it is damaged.
        DownloadError: If a built-in set is nowhere and cannot be fetched.

    Example:
        >>> open_dataset("minst")
        Traceback (most recent call last):
        kanjian.errors.DatasetError: no data set 'minst': it is no file or folder here and no
            built-in set. Did you mean 'mnist'?
    """
    data_folder = as_path(data_folder)
    place = place_of(source, data_folder)
    if place is None:
        name = str(source).casefold()
        splits = open_builtin(name, data_folder=data_folder, group_by=group_by, progress=progress)
    else:
        splits = open_path(place, group_by=group_by, weights=weights, known=known)
    if group_by and splits.train.groups is None:
        raise DatasetError(
            f"group_by {group_by!r} needs pictures in files; {source} holds arrays without names."
        )
    if weights is not None and splits.train.weights is None:
        raise DatasetError(
            f"weights {weights!r} names a column, but {source} has no table of its pictures."
        )
    return splits if splits.notes else replace(splits, notes=(_counted(splits),))


def place_of(source: str | Path, data_folder: Path | None = None) -> Path | None:
    """Where a set lies, as `open_dataset` finds it; None for a built-in one.

    Raises:
        DatasetError: If there is none.

    Example:
        >>> place_of("mnist") is None
        True
    """
    if isinstance(source, str) and source.casefold() in BUILTIN:
        return None
    return _find(source, data_folder)


def root_of(place: Path) -> Path:
    """The folder that the names of a set's pictures count from.

    Of a folder it is the folder, of an archive the one it is unpacked in, of a table the one
    that the table lies in.

    Raises:
        DatasetError: If the archive cannot be unpacked.

    Example:
        >>> root_of(Path("photos/labels.csv")).name
        'photos'
    """
    if place.is_dir():
        return place
    return unpacked(place) if is_archive(place) else place.parent


def open_path(
    path: AnyPath,
    *,
    group_by: str | None = None,
    weights: str | None = None,
    known: Collection[str] | None = None,
) -> Splits:
    """Open a set that lies at a path; see `open_dataset`.

    Example:
        >>> import tempfile
        >>> import numpy as np
        >>> path = Path(tempfile.mkdtemp()) / "a.npz"
        >>> np.savez(path, images=np.zeros((4, 8, 8), np.uint8), labels=np.array([0, 1, 0, 1]))
        >>> len(open_path(path).train)
        4
    """
    path = Path(path)
    if path.is_dir():
        return _open_folder(path, group_by, weights, known)
    try:
        check_ordinary(path)
    except OSError as error:
        raise DatasetError(f"cannot read {path}: {error.strerror or error}.") from error
    suffix = path.suffix.lower()
    if suffix in TABLES:
        return open_table(path, group_by=group_by, weights=weights, known=known)
    if suffix == ".npz":
        return open_npz(path, known=known)
    if IDX_NAME.fullmatch(path.name):
        return open_idx(path.parent)
    if is_archive(path):
        folder = unpacked(path)
        try:
            splits = _open_folder(folder, group_by, weights, known, name=path.name, inside=folder)
        except DatasetError as error:  # the user knows the archive, not where we unpacked it
            told = str(error).replace(str(folder), str(path))
            hint = " Unpack it first." if f"kanjian train '{path}{os.sep}" in told else ""
            raise DatasetError(f"{told}{hint}") from error
        return replace(splits, notes=(*splits.notes, f"read from {path.name}"))
    raise DatasetError(f"{path} is not a data set. {LAYOUTS}")


def _open_folder(
    folder: Path,
    group_by: str | None,
    weights: str | None,
    known: Collection[str] | None,
    *,
    name: str = "",
    inside: Path | None = None,
) -> Splits:
    special = _special(folder)
    if special is None:
        if tables := tables_in(folder):
            return open_with_tables(
                folder,
                tables,
                group_by=group_by,
                name=name,
                inside=inside,
                weights=weights,
                known=known,
            )
        return open_folder(folder, group_by=group_by, name=name, known=known)
    inner, kind = special
    return (open_idx if kind == "idx" else open_cifar)(inner, name=name)


def _special(folder: Path) -> tuple[Path, str] | None:
    """The folder with IDX or CIFAR files, this one or the only one in it."""
    try:
        inside = [path for path in sorted(folder.iterdir()) if path.name[0] != "."]
    except OSError as error:
        raise DatasetError(f"cannot look into {folder}: {error.strerror}.") from error
    only = [path for path in inside if path.is_dir()] if len(inside) <= 3 else []
    for place in (folder, *only):
        if ("train", "images") in (found := find_idx(place)) or ("train", "labels") in found:
            return place, "idx"
        if find_cifar(place):
            return place, "cifar"
    return None


def _find(source: str | Path, data_folder: Path | None) -> Path:
    if not str(source).strip():
        raise DatasetError("the name of the data set is empty. Give a name, a folder or a file.")
    given = expanded(source)
    places = [Path(), data_folder, os.environ.get("KANJIAN_DATA")]
    for place in places:
        if place is not None and (Path(place) / given).exists():
            return Path(place) / given
    looked = [str(place) for place in places[1:] if place is not None]
    also = f" or in {' or '.join(looked)}" if looked else ""
    close = nearest(str(source), BUILTIN)
    hint = f"Did you mean {close!r}?" if close else f"Built in are {', '.join(sorted(BUILTIN))}."
    raise DatasetError(
        f"no data set {str(source)!r}: it is no file or folder here{also} "
        f"and no built-in set. {hint}"
    )


def _counted(splits: Splits) -> str:
    parts: list[tuple[str, Dataset | None]] = [
        ("training", splits.train),
        ("validation", splits.validation),
        ("test", splits.test),
    ]
    counts = ", ".join(
        f"{plural(len(part), 'picture')} for {name}" for name, part in parts if part is not None
    )
    return f"found {plural(len(splits.classes), 'class', 'classes')}, {counts}"
