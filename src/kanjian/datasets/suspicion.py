"""Folders that look like classes and are none: folds, masks, copies, whole sets side by side."""

import math
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path

from kanjian.checks import plural
from kanjian.datasets.part_names import is_container, part_of, part_twins
from kanjian.datasets.tree import Tree, counted, nfc
from kanjian.errors import DatasetError

_FOLD = re.compile(r"(?:k?folds?|split|cv|partition|shard|chunk|折)[\s_.\-]*\d+|第?\d+折")
_MASK = re.compile(
    r"(?:.*[\s_\-])?(?:masks?|annotations?|segmentations?|labels?|annots?|ground[\s_\-]?truths?|gt|"
    r"bboxes|segmentationclass|segmentationobject)(?:[\s_\-].*)?"
)
_IMAGES = re.compile(
    r"(?:.*[\s_\-])?(?:images?|imgs?|photos?|pictures?|jpegimages|rgb)(?:[\s_\-].*)?"
)
_VARIED = re.compile(r"(?:.*[\s_\-])?(?:augmented|augmentations?|augments?|aug)(?:[\s_\-].*)?")
_ORIGINAL = re.compile(
    r"(?:.*[\s_\-])?(?:originals?|orig|raw|base|source|unaugmented|images?|data)(?:[\s_\-].*)?"
)
_DATE = re.compile(r"(?:19|20)\d\d(?:[\s_.\-]?\d\d?){0,2}")


def check_not_sets(root: Path, folders: Mapping[str, Tree]) -> None:
    """Refuse where the folders' names say that none of them is a class.

    Raises:
        DatasetError: If all are folds, or pictures and their masks, or originals and copies.
    """
    names = {name: name.strip().casefold() for name in folders}
    if len(names) < 2:
        return
    listed = " and ".join(f"{name}/" for name in list(names)[:4])
    if all(_FOLD.fullmatch(plain) for plain in names.values()):
        raise DatasetError(
            f"{listed} in {root} are named like folds of one set, not classes. Put the class "
            f"folders of all folds together, as {root.name}/CLASS/picture.jpg: "
            "'kanjian crossval' makes folds itself."
        )
    masks = [name for name, plain in names.items() if _MASK.fullmatch(plain)]
    images = [name for name, plain in names.items() if _IMAGES.fullmatch(plain)]
    if masks and images and len({*masks, *images}) == len(names):
        (first, *_) = [name for name in images if name not in masks] or images
        raise DatasetError(
            f"{listed} in {root} are pictures and their masks or annotations, not classes. "
            f"{_way(first, folders[first])}"
        )
    varied = [name for name, plain in names.items() if _VARIED.fullmatch(plain)]
    rest = [name for name in names if name not in varied]
    if varied and rest and all(_ORIGINAL.fullmatch(names[name]) for name in rest):
        raise DatasetError(
            f"{listed} in {root} are one set and augmented copies of it, not classes. Copies of a "
            f"picture must not be in training and test at once; training augments pictures itself "
            f"(--augment). {_way(rest[0], folders[rest[0]])}"
        )


def _way(name: str, tree: Tree) -> str:
    """What to do with the one folder that may hold classes."""
    if tree.filled:
        return f"Train on one: kanjian train '{tree.path}'."
    return (
        f"kanjian learns what is on a whole picture: sort those of {name}/ as CLASS/picture.jpg, "
        "or list them in a CSV of path,label."
    )


def masks_beside_images(tree: Tree) -> list[str]:
    """The folders of masks in a class folder that holds images/ and masks/ and nothing else.

    Example:
        >>> inner = Tree(Path("x"), pictures=[Path("1.png")])
        >>> masks_beside_images(Tree(Path("cat"), folders={"images": inner, "masks": inner}))
        ['masks']
    """
    masks = [name for name in tree.filled if _MASK.fullmatch(name.strip().casefold())]
    images = [name for name in tree.filled if _IMAGES.fullmatch(name.strip().casefold())]
    whole = not tree.pictures and len({*masks, *images}) == len(tree.filled)
    return [name for name in masks if name not in images] if whole and images else []


def folds_inside(classes: Mapping[str, Tree]) -> list[str]:
    """A note if the class folders hold folds: they are taken together."""
    inside = {name for tree in classes.values() for name in tree.filled}
    if len(inside) < 2 or not all(_FOLD.fullmatch(name.strip().casefold()) for name in inside):
        return []
    return [f"{_row(sorted(inside)[:2], len(inside))} inside the class folders are taken together"]


def check_not_turned(root: Path, classes: Mapping[str, Tree]) -> None:
    """Refuse where all supposed classes hold the same subfolders: those seem to be the classes.

    Folders that say nothing, such as images/, and dates may repeat.

    Raises:
        DatasetError: If they do.
    """
    if len(classes) < 2 or any(tree.pictures for tree in classes.values()):
        return
    held = Counter(
        name
        for tree in classes.values()
        for name in _only_inside(tree).filled
        if _says_a_class(name)
    )
    nearly_all = max(2, math.ceil(0.7 * len(classes)))  # a fold can lack a rare class
    same = [name for name, count in held.items() if count >= nearly_all]
    if len(same) < 2 or 2 * len(same) < len(held):
        return
    outer, inner = list(classes)[:2], sorted(same)[:3]
    varied = [name for name in same if _VARIED.fullmatch(name.strip().casefold())]
    if varied:
        raise DatasetError(
            f"class folders in {root} hold {_row(inner, len(same))}: a picture and its copies "
            "would be in training and test at once. Move "
            f"{_row(varied, len(varied))} out; training augments pictures itself (--augment)."
        )
    raise DatasetError(
        f"all supposed classes in {root} ({_row(outer, len(classes))}) hold the same subfolders "
        f"({_row(inner, len(same))}): which are the classes? If {inner[0]}/ is one, put the "
        f"pictures of all of them together, as {inner[0]}/picture.jpg, or name one folder, as in "
        f"{next(iter(classes.values())).path}. If {outer[0]}/ is one, put its pictures directly "
        "into it."
    )


def check_not_nested(root: Path, classes: Mapping[str, Tree]) -> None:
    """Refuse a folder among the classes that holds those classes again, as a copy of the set does.

    Raises:
        DatasetError: If there is one.
    """
    names = {nfc(name) for name in classes}
    for name, tree in classes.items():
        inside = [inner for inner in tree.filled if nfc(inner) in names - {nfc(name)}]
        if len(inside) > 1 and 2 * len(inside) > len(tree.filled):
            raise DatasetError(
                f"{name}/ in {root} holds {_row(inside[:2], len(inside))}, which are classes "
                "beside it. If it is more of the set, put its pictures into those folders; if it "
                "is a copy or was made from them, move it elsewhere."
            )


def _only_inside(tree: Tree) -> Tree:
    """Past folders that have one folder in them, such as amazon/images/."""
    while not tree.pictures and len(tree.filled) == 1:
        (tree,) = tree.filled.values()
    return tree


def _says_a_class(name: str) -> bool:
    plain = name.strip().casefold()
    known = is_container(name) or part_of(name) or _FOLD.fullmatch(plain)
    return not (known or _DATE.fullmatch(plain))


def check_not_twins(root: Path, folders: Iterable[str]) -> None:
    """Refuse classes whose names differ only in the word for a part: cat_train and cat_test.

    Raises:
        DatasetError: If there are any.
    """
    for twins in part_twins(folders).values():
        names = " and ".join(f"{name}/" for name in twins)
        raise DatasetError(
            f"{names} in {root} are named like parts of one class. Put the parts on top, as "
            "train/CLASS/picture.jpg and test/CLASS/picture.jpg, or rename the classes."
        )


def _row(names: list[str], count: int) -> str:
    return ", ".join(f"{name}/" for name in names) + (" …" if count > len(names) else "")


def shown(tree: Tree) -> str:
    """What lies in a folder, in a few words.

    Example:
        >>> from kanjian.datasets.tree import Tree
        >>> shown(Tree(Path("x"), folders={"cat": Tree(Path("x/cat"), pictures=[Path("1.jpg")])}))
        'found cat/ (1 picture)'
    """
    found = [f"{name}/ ({plural(inner.count, 'picture')})" for name, inner in tree.folders.items()]
    if tree.pictures:
        found.append(f"{plural(len(tree.pictures), 'picture')} in no folder")
    found += counted(tree.passed)
    more = f" and {len(found) - 8} more" if len(found) > 8 else ""
    return f"found {', '.join(found[:8]) or 'nothing'}{more}"
