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
    check_not_nested,
    check_not_sets,
    check_not_turned,
    folds_inside,
    masks_beside_images,
)  # fmt: skip
from kanjian.datasets.tree import SkippedPath, Tree, nfc
from kanjian.errors import DatasetError


def layout_of(tree: Tree, *, known: Collection[str] | None = None) -> Layout:
    """Classes and parts in a folder of pictures.

    Args:
        tree: As `scan` gives it.
        known: The classes of a recognizer that is to be evaluated on these pictures, which need
            not hold a training part then; folders of these names are classes.

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
    top, around = _step_inside(tree, known or ())
    if known and {nfc(name) for name in top.filled} <= set(known):
        found = split_inside_classes(top, evaluating=True) or _only_classes(top)
    else:
        found = _guessed(top, evaluating=known is not None)
    found = _without_masks(found)
    notes = (*found.notes, *folds_inside(next(iter(found.parts.values())).classes))
    return replace(found, passed=(*tree.all_passed(), *around, *found.passed), notes=notes)


def _guessed(top: Tree, *, evaluating: bool) -> Layout:
    """What the names of the folders say, and that they do not say something else as well."""
    check_not_sets(top.path, top.filled)
    found = (
        split_inside_classes(top, evaluating=evaluating)
        or parts_beside(top, evaluating=evaluating)
        or _only_classes(top)
    )
    for part in found.parts.values():
        check_not_sets(found.root, part.classes)
        check_not_turned(found.root, part.classes)
        check_not_nested(found.root, part.classes)
    return found


def _without_masks(layout: Layout) -> Layout:
    """Classes that hold images/ and masks/ are trained on images/."""
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


def _step_inside(tree: Tree, known: Collection[str]) -> tuple[Tree, list[SkippedPath]]:
    """Past the folders that archives like to put around everything."""
    own = tree.path.absolute().name
    if nfc(own) in known and not any(nfc(name) in known or part_of(name) for name in tree.filled):
        return Tree(tree.path.parent, folders={own: tree}), []
    around: list[SkippedPath] = []
    while len(tree.filled) == 1 and not any(map(_is_missed, tree.empty.values())):
        ((name, inner),) = tree.filled.items()
        if nfc(name) in known or (known and part_of(name)):
            break
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
