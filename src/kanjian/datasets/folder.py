"""Folders of class folders, with or without train/, val/ and test/ above or inside them."""

from collections.abc import Collection, Iterable
from pathlib import Path

import numpy as np

from kanjian.checks import nearest, plural
from kanjian.datasets.dataset import Dataset, FileImages, Splits
from kanjian.datasets.doubts import doubtful_names, listed
from kanjian.datasets.grouped import Groups
from kanjian.datasets.layout import LAYOUTS, Layout, Part
from kanjian.datasets.suspicion import shown
from kanjian.datasets.tree import SkippedPath, counted, nfc, scan, with_reason
from kanjian.datasets.verdict import layout_of
from kanjian.errors import DatasetError
from kanjian.names import readable
from kanjian.paths import AnyPath


def open_folder(
    folder: AnyPath,
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
        folder: FOLDER/class/…, or FOLDER/train/class/… with folders for validation and test
            beside it, or FOLDER/class/train/… with those inside each class; `part_of` knows
            their names. One folder around it is stepped into.
        group_by: Regular expression over the path inside `folder`; see `recipes.Data`.
        name: What to call the set; the folder's name by default.
        known: See `open_dataset`; the folder may then also be that of a single class.

    Raises:
        DatasetError: If the layout is not understood or can be meant in two ways, a class
            folder has no picture that can be read, the parts do not have the same classes,
            or `group_by` does not fit every path.

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
    folder = Path(folder)
    tree = scan(folder)
    if not tree.count and not tree.ours:
        raise DatasetError(f"no pictures in {folder}: {shown(tree)}. {LAYOUTS}")
    layout = layout_of(tree, known=known)
    classes = _class_names(layout, least=2 if known is None else 1)
    groups = Groups(group_by)
    datasets = {
        role: _dataset(
            part, classes, groups, name=_titled(name or folder.name, part), root=layout.root
        )
        for role, part in layout.parts.items()
    }
    return Splits.of(
        datasets,
        notes=(
            _found(layout, datasets),
            *layout.notes,
            *_empty(layout),
            *doubtful_names(classes),
            *_passed_over(layout.passed, folder),
            *groups.overlaps(),
        ),
    )


def _titled(name: str, part: Part) -> str:
    return f"{name} {part.where}" if part.where else name


def _class_names(layout: Layout, *, least: int) -> tuple[str, ...]:
    """The classes of the training part; where there is none to learn, of all parts."""
    first = next(iter(layout.parts.values()))
    if first.empty and least > 1:
        gone = [f"{name}/ ({tree.why_empty()})" for name, tree in first.empty.items()]
        raise DatasetError(
            f"class folders in {layout.root / first.where} without a picture that can be read: "
            f"{listed(gone)}. Convert or mend their files; remove a folder that is no class."
        )
    parts = [first] if least > 1 else layout.parts.values()
    for part in parts:
        _check_text(part.classes, layout.root / part.where)
    classes = tuple(sorted({nfc(name) for part in parts for name in part.classes}))
    if len(classes) < least:
        wanted = "two class folders" if least == 2 else "one class folder"
        raise DatasetError(
            f"{layout.root / first.where} must have at least {wanted} with pictures, "
            f"got {len(classes)}{f': {classes[0]}/' if classes else ''}"
            f"{''.join(f', {each}' for each in counted(layout.passed))}. {LAYOUTS}"
        )
    return classes


def _check_text(names: Iterable[str], where: Path) -> None:
    """Two spellings of one name are one class; two that are no text only look the same."""
    named: dict[str, str] = {}
    for name in names:
        if named.setdefault(nfc(name), name) != name and readable(name) != name:
            raise DatasetError(
                f"{where} has two class folders that are both read as {nfc(name)!r}: their "
                "names are not UTF-8. Rename them."
            )


def _dataset(
    part: Part, classes: tuple[str, ...], groups: Groups, *, name: str, root: Path
) -> Dataset:
    strangers = sorted({nfc(name) for name in part.classes} - set(classes))
    if strangers:
        close = nearest(strangers[0], classes)
        raise DatasetError(
            f"{root / part.where} has the class {strangers[0]!r}, which the training part has not"
            f"{f' (there it may be {close!r})' if close else ''}. "
            f"Classes must agree across parts; training has {', '.join(classes[:12])}."
        )
    paths: list[Path] = []
    labels: list[int] = []
    at = {name: position for position, name in enumerate(classes)}
    for folder in sorted(part.classes, key=lambda name: (nfc(name), name)):
        inside = part.classes[folder].all_pictures()
        paths += inside
        labels += [at[nfc(folder)]] * len(inside)
    return Dataset(
        FileImages(tuple(paths)),
        np.array(labels, np.int64),
        classes,
        groups.of(paths, root),
        name=name,
    )


def _empty(layout: Layout) -> list[str]:
    """Which folders of the parts are without pictures, and why; for training, none may be."""
    return [
        f"{part.where}{folder}/ holds no picture that can be read ({tree.why_empty()})"
        for part in layout.parts.values()
        for folder, tree in part.empty.items()
    ]


def _found(layout: Layout, datasets: dict[str, Dataset]) -> str:
    (first, part), *more = layout.parts.items()
    count = f"found {plural(len(datasets[first].classes), 'class', 'classes')}"
    if not more and not part.where:
        return f"{count}, {plural(len(datasets[first]), 'picture')}"
    counts = [
        f"{plural(len(datasets[name]), 'picture')} in {part.where or 'class folders'}"
        for name, part in layout.parts.items()
    ]
    return f"{count}, {', '.join(counts)}"


def _passed_over(passed: tuple[SkippedPath, ...], folder: Path) -> list[str]:
    """A note for each reason, with how many there are and the first of them."""
    by_reason: dict[str, list[str]] = {}
    for each in passed:
        by_reason.setdefault(each.reason, []).append(str(each.path.relative_to(folder)))
    return [
        f"skipped {with_reason(len(names), reason)} ({listed(names, most=3)})"
        for reason, names in by_reason.items()
    ]
