"""What the folders of a set mean: which are classes, which are parts, and which are neither.

One verdict on the whole: a layout that can be meant in two ways is refused with both ways
out, and whatever is not taken is kept with its reason, so that no picture is lost unsaid.
"""

from collections.abc import Collection
from dataclasses import replace

from kanjian.datasets.layout import (
    MASKS,
    Layout,
    Part,
    all_of,
    empty_classes,
    empty_parts,
    strays,
)  # fmt: skip
from kanjian.datasets.part_names import part_of
from kanjian.datasets.parts_beside import parts_beside
from kanjian.datasets.parts_inside import split_inside_classes
from kanjian.datasets.suspicion import (
    check_not_sets,
    check_not_turned,
    folds_inside,
    masks_beside_images,
)  # fmt: skip
from kanjian.datasets.tree import PassedOver, Tree, nfc
from kanjian.errors import DatasetError


def layout_of(tree: Tree, known: Collection[str] | None = None) -> Layout:
    """Classes and parts in a folder of pictures.

    Args:
        tree: As `scan` gives it.
        known: See `open_dataset`. A folder of such a name is a class wherever it lies, the
            whole folder included; parts need none to learn from.

    Raises:
        DatasetError: If the layout is not understood or can be meant in two ways.

    Example:
        >>> from kanjian.datasets.tree import scan
        >>> import tempfile
        >>> from pathlib import Path
        >>> folder = Path(tempfile.mkdtemp())
        >>> for path in ("seg_train/a/1.png", "seg_train/b/1.png", "seg_test/a/2.png"):
        ...     (folder / path).parent.mkdir(parents=True, exist_ok=True)
        ...     (folder / path).touch()
        >>> {name: part.where for name, part in layout_of(scan(folder)).parts.items()}
        {'train': 'seg_train/', 'test': 'seg_test/'}
    """
    if tree.ours:
        raise DatasetError(
            f"{tree.path} was written by kanjian: its pictures are charts and reports. "
            "Name the folder of your own pictures."
        )
    top, around = _step_inside(_as_class(tree, known or ()), known or ())
    check_not_sets(top.path, top.filled)
    found = (
        split_inside_classes(top)
        or parts_beside(top, judging=known is not None)
        or _only_classes(top)
    )
    found = _without_masks(found)
    for part in found.parts.values():
        check_not_sets(found.root, part.classes)
        check_not_turned(found.root, part.classes)
    passed = (*tree.all_passed(), *around, *found.passed)
    folds = folds_inside(found.parts["train"].classes) if "train" in found.parts else ()
    return replace(found, passed=passed, notes=(*found.notes, *folds))


def _as_class(tree: Tree, known: Collection[str]) -> Tree:
    """The folder of one class that a recognizer knows, seen as the folder around it."""
    name = tree.path.absolute().name
    if tree.pictures and not tree.filled and nfc(name) in known:
        return Tree(tree.path.parent, folders={name: tree})
    return tree


def _without_masks(layout: Layout) -> Layout:
    """Classes that hold images/ and masks/ are learned from images/."""
    parts, passed = {}, list(layout.passed)
    for role, part in layout.parts.items():
        classes = {}
        for name, tree in part.classes.items():
            masks = masks_beside_images(tree)
            passed += [each for mask in masks for each in all_of(tree.folders[mask], MASKS)]
            folders = {key: inner for key, inner in tree.folders.items() if key not in masks}
            classes[name] = replace(tree, folders=folders) if masks else tree
        parts[role] = replace(part, classes=classes)
    return replace(layout, parts=parts, passed=tuple(passed))


def _step_inside(tree: Tree, known: Collection[str]) -> tuple[Tree, list[PassedOver]]:
    """Past the folders that archives like to put around everything."""
    around: list[PassedOver] = []
    while len(tree.filled) == 1 and not any(map(_is_missed, tree.empty.values())):
        ((name, inner),) = tree.filled.items()
        if known and (nfc(name) in known or part_of(name)):
            break  # one class or one part is enough to judge
        if inner.pictures or (tree.pictures and len(inner.filled) < 2):
            break  # a class folder, be it the only one
        around += strays(tree)
        tree = inner
    return tree, around


def _is_missed(tree: Tree) -> bool:
    """A folder without pictures that may be a class beside the one which has some."""
    return tree.gone or not tree.all_passed() or part_of(tree.path.name) is not None


def _only_classes(top: Tree) -> Layout:
    part = Part("", top.filled, empty_classes(top))
    return Layout(top.path, {"train": part}, tuple(strays(top)), empty_parts(top))
