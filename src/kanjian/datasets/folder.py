"""Folders of class folders, with or without train/, val/ and test/ above them."""

import os
import unicodedata
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import numpy as np

from kanjian.checks import nearest
from kanjian.datasets.dataset import Dataset, FileImages, Splits
from kanjian.datasets.groups import Groups
from kanjian.errors import DatasetError
from kanjian.images.sniff import PICTURE_SUFFIXES

PART_OF = {
    "train": "train",
    "training": "train",
    "val": "validation",
    "valid": "validation",
    "validation": "validation",
    "test": "test",
    "testing": "test",
}
DEEPEST = 100  # folders above a picture, those above the data set included
LAYOUTS = (
    "Understood are: FOLDER/class/picture.jpg; FOLDER/train/class/picture.jpg with val/ and test/ "
    "beside train/ if there are any; a CSV or TSV file of path,label; .npz; IDX and CIFAR files; "
    "a zip or tar of any of these."
)


@dataclass
class Tree:
    """One folder as found: its pictures, its subfolders, and how much was passed over."""

    path: Path
    pictures: list[Path] = field(default_factory=list)
    folders: dict[str, "Tree"] = field(default_factory=dict)
    foreign: int = 0
    hidden: int = 0

    @cached_property
    def count(self) -> int:
        """Pictures here and below."""
        return len(self.pictures) + sum(tree.count for tree in self.folders.values())

    @property
    def filled(self) -> dict[str, "Tree"]:
        """The subfolders that hold pictures."""
        return {name: tree for name, tree in self.folders.items() if tree.count}

    def walk(self) -> Iterator["Tree"]:
        """This folder and all below."""
        yield self
        for tree in self.folders.values():
            yield from tree.walk()


def _key(name: str) -> str:
    """Names compare as NFC: the same name typed on a Mac and on Linux is one name."""
    return unicodedata.normalize("NFC", name)


def scan(folder: Path) -> Tree:
    """Everything below a folder, in an order that does not depend on the file system.

    A link to a folder is followed, but not back up and not from inside another link, so
    that loops end. Hidden files, and what systems leave behind (__MACOSX, Thumbs.db,
    desktop.ini), are passed over.

    Raises:
        DatasetError: If a folder cannot be read.

    Example:
        >>> import tempfile
        >>> folder = Path(tempfile.mkdtemp())
        >>> (folder / "cat").mkdir()
        >>> (folder / "cat" / "1.JPG").touch()
        >>> scan(folder).filled["cat"].count
        1
    """
    try:
        return _scan(folder, tuple(_identity(path) for path in folder.resolve().parents))
    except OSError as error:
        raise DatasetError(f"cannot look into {error.filename}: {error.strerror}.") from error


Identity = tuple[int, int]


def _identity(path: "Path | os.DirEntry[str]") -> Identity:
    status = path.stat()
    return status.st_dev, status.st_ino


def _scan(folder: Path, above: tuple[Identity, ...], *, linked: bool = False) -> Tree:
    tree = Tree(folder)
    above = (*above, _identity(folder))
    with os.scandir(folder) as found:
        entries = sorted(found, key=lambda entry: (_key(entry.name), entry.name))
    for entry in entries:
        if entry.name[0] == "." or entry.name in {"__MACOSX", "Thumbs.db", "desktop.ini"}:
            tree.hidden += 1
        elif _is_folder(entry):
            link = entry.is_symlink()
            if (link and (linked or _identity(entry) in above)) or len(above) > DEEPEST:
                tree.foreign += 1
            else:
                tree.folders[entry.name] = _scan(Path(entry.path), above, linked=linked or link)
        elif _is_picture(entry):
            tree.pictures.append(Path(entry.path))
        else:
            tree.foreign += 1
    return tree


def _is_folder(entry: "os.DirEntry[str]") -> bool:
    try:
        return entry.is_dir()
    except OSError:  # a link to itself is no folder
        return False


def _is_picture(entry: "os.DirEntry[str]") -> bool:
    suffix = entry.name[entry.name.rfind(".") :].lower()
    try:
        return suffix in PICTURE_SUFFIXES and entry.is_file()  # no pipe, no device
    except OSError:
        return False


def open_folder(
    folder: Path,
    *,
    group_by: str | None = None,
    name: str = "",
    known: Collection[str] | None = None,
) -> Splits:
    """The parts and classes in a folder of class folders.

    A class is a folder, named by its whole name, never by how the name ends; pictures may
    lie deeper inside it. Classes are sorted by name (Unicode NFC), whatever order the
    file system gives.

    Args:
        folder: FOLDER/class/…, or FOLDER/train/class/… with val, valid or validation and
            test or testing beside it, in any case; one folder around either is stepped into.
        group_by: Regular expression over the path inside `folder`; see `recipes.Data`.
        name: What to call the set; the folder's name by default.
        known: See `open_dataset`; the folder may then also be that of a single class.

    Raises:
        DatasetError: If the layout is not understood, the parts do not have the same
            classes, or `group_by` does not fit every path.

    Example:
        >>> import tempfile
        >>> folder = Path(tempfile.mkdtemp())
        >>> for path in ("dog/1.png", "cat/1.png", "cat/b/2.png"):
        ...     (folder / path).parent.mkdir(parents=True, exist_ok=True)
        ...     (folder / path).touch()
        >>> splits = open_folder(folder)
        >>> splits.train.class_counts()
        {'cat': 2, 'dog': 1}
    """
    tree = scan(folder)
    if not tree.count:
        raise DatasetError(f"no pictures in {folder}: {_shown(tree)}. {LAYOUTS}")
    top = _step_inside(tree, known or ())
    parts, notes = _parts(top, judging=known is not None)
    classes = _class_names([parts["train"]] if known is None else parts.values())
    _check_classes(next(iter(parts.values())), classes, least=2 if known is None else 1)
    groups = Groups(group_by)
    datasets: dict[str, Dataset] = {}
    for part, branch in parts.items():
        datasets[part] = _dataset(branch, classes, groups, name=name or folder.name, root=top.path)
        notes += _missing_classes(datasets[part], branch)
    return Splits(
        train_or_empty(datasets),
        datasets.get("validation"),
        datasets.get("test"),
        notes=(_found(classes, parts, datasets), *notes, *_passed_over(tree), *groups.overlaps()),
    )


def train_or_empty(datasets: Mapping[str, Dataset]) -> Dataset:
    """The training part; no picture of it where pictures came without, to be judged."""
    return datasets.get("train") or next(iter(datasets.values())).subset(np.arange(0))


def _step_inside(tree: Tree, known: Collection[str]) -> Tree:
    """Past the folders that archives like to put around everything."""
    name = tree.path.absolute().name
    inside = {_key(each) for each in tree.filled}
    if _key(name) in known and not inside & {*known, *PART_OF}:  # the folder of one class
        return Tree(tree.path.parent, folders={name: tree})
    while not tree.pictures and len(tree.filled) == 1:
        ((name, inner),) = tree.filled.items()
        if inner.pictures or _key(name) in known:  # a class folder, be it the only one
            break
        if known and name.casefold() in PART_OF:  # a part, be it the only one
            break
        tree = inner
    return tree


def _parts(top: Tree, *, judging: bool) -> tuple[dict[str, Tree], list[str]]:
    """Which branch is which part; a folder named train is a part only if classes lie in it.

    Pictures of trains lie in a class folder named train, too: there, directly.
    """
    named: dict[str, Tree] = {}
    others: list[str] = []
    for name, tree in top.filled.items():
        part = PART_OF.get(name.casefold())
        if part is None or tree.pictures:
            others.append(name)
        elif part in named:
            raise DatasetError(
                f"{top.path} has two folders for {part}: {named[part].path.name}/ and {name}/. "
                "Keep one, or move the pictures together."
            )
        else:
            named[part] = tree
    if "train" in named and (not others or len(named) > 1):
        ignored = [f"passed over beside the parts: {', '.join(others)}"] if others else []
        return named, ignored
    if named and judging and not others:
        return named, []
    if named and not (others and "train" not in named):
        raise DatasetError(
            f"cannot tell parts from classes in {top.path}: {_shown(top)}. {LAYOUTS}"
        )
    return {"train": top}, []


def _class_names(branches: Iterable[Tree]) -> tuple[str, ...]:
    return tuple(sorted({_key(name) for branch in branches for name in branch.filled}))


def _check_classes(branch: Tree, classes: tuple[str, ...], *, least: int) -> None:
    if len(classes) < least:
        wanted = "two class folders" if least == 2 else "one class folder"
        raise DatasetError(
            f"{branch.path} must have at least {wanted} with pictures, got "
            f"{len(classes)}: {_shown(branch)}. {LAYOUTS}"
        )


def _dataset(
    branch: Tree, classes: tuple[str, ...], groups: Groups, *, name: str, root: Path
) -> Dataset:
    strangers = sorted({_key(name) for name in branch.filled} - set(classes))
    if strangers:
        close = nearest(strangers[0], classes)
        raise DatasetError(
            f"{branch.path} has the class {strangers[0]!r}, which the training part has not"
            f"{f' (there it may be {close!r})' if close else ''}. "
            f"Classes must agree across parts; training has {', '.join(classes[:12])}."
        )
    paths: list[Path] = []
    labels: list[int] = []
    at = {name: position for position, name in enumerate(classes)}
    for folder in sorted(branch.filled, key=lambda name: (_key(name), name)):
        inside = [path for tree in branch.filled[folder].walk() for path in tree.pictures]
        paths += inside
        labels += [at[_key(folder)]] * len(inside)
    part = f" {branch.path.name}/" if branch.path != root else ""
    return Dataset(
        FileImages(tuple(paths)),
        np.array(labels, np.int64),
        classes,
        groups.of(paths, root),
        name=f"{name}{part}",
    )


def _missing_classes(dataset: Dataset, branch: Tree) -> list[str]:
    missing = [name for name, count in dataset.class_counts().items() if not count]
    return [f"{branch.path.name}/ has no picture of {', '.join(missing)}"] if missing else []


def _found(classes: tuple[str, ...], parts: dict[str, Tree], datasets: dict[str, Dataset]) -> str:
    (part, branch), *more = parts.items()
    if not more and PART_OF.get(branch.path.name.casefold()) is None:
        return f"found {len(classes)} classes, {len(datasets[part])} pictures"
    counts = [
        f"{len(datasets[part])} pictures in {parts[part].path.name}/"
        for part in ("train", "validation", "test")
        if part in parts
    ]
    return f"found {len(classes)} classes, {', '.join(counts)}"


def _passed_over(tree: Tree) -> list[str]:
    notes = []
    hidden = sum(part.hidden for part in tree.walk())
    foreign = sum(part.foreign for part in tree.walk())
    if hidden or foreign:
        notes.append(f"passed over {foreign} files that are not pictures and {hidden} hidden ones")
    return notes


def _shown(tree: Tree) -> str:
    """What lies in a folder, in a few words."""
    shown = [f"{name}/ ({inner.count} pictures)" for name, inner in tree.folders.items()]
    if tree.pictures:
        shown.append(f"{len(tree.pictures)} pictures in no folder")
    if tree.foreign:
        suffixes = Counter(path.suffix for path in tree.path.iterdir() if path.is_file())
        kinds = ", ".join(f"{suffix or 'no suffix'}" for suffix, _ in suffixes.most_common(3))
        shown.append(f"{tree.foreign} other files ({kinds})")
    more = f" and {len(shown) - 8} more" if len(shown) > 8 else ""
    return f"found {', '.join(shown[:8]) or 'nothing'}{more}"
