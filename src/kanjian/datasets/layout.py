"""How the folders of a set are understood: the record, and the ways to say what is not taken."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import NoReturn

from kanjian.datasets.part_names import part_of
from kanjian.datasets.suspicion import shown
from kanjian.datasets.tree import SkippedPath, Tree
from kanjian.errors import DatasetError

LAYOUTS = (
    "Understood are: FOLDER/class/picture.jpg; FOLDER/train/class/picture.jpg with val/ and test/ "
    "beside train/ if there are any; a CSV or TSV file of path,label; .npz; IDX and CIFAR files; "
    "a zip or tar of any of these."
)
PARTS: tuple[str, ...] = ("train", "validation", "test")
STRAY = "pictures beside the class folders, in no class"
BESIDE = "pictures in folders beside the parts"
MASKS = "masks beside pictures"
NO_LABELS = "pictures without class folders: no labels. 'kanjian predict' classifies them"


@dataclass(frozen=True)
class Part:
    """One part of a set.

    Args:
        where: The folder it lies in, as in "val/"; "" for a set without parts.
        classes: The class folders by name.
        empty: Folders that would be classes, and hold no picture.
    """

    where: str
    classes: Mapping[str, Tree]
    empty: Mapping[str, Tree] = field(default_factory=dict)


@dataclass(frozen=True)
class Layout:
    """How the folders of a set are understood.

    Args:
        root: The folder that holds the classes or the parts.
        parts: "train" and maybe "validation" and "test".
        passed: Files and folders that are not taken, and why.
        notes: What else should be said.
    """

    root: Path
    parts: Mapping[str, Part]
    passed: tuple[SkippedPath, ...] = ()
    notes: tuple[str, ...] = ()


def strays(tree: Tree) -> list[SkippedPath]:
    """The pictures that lie beside the class folders of a folder."""
    return [SkippedPath(path, STRAY) for path in tree.pictures]


def all_of(tree: Tree, reason: str) -> list[SkippedPath]:
    """All pictures of a folder, skipped for one reason."""
    return [SkippedPath(path, reason) for path in tree.all_pictures()]


def cannot_tell(top: Tree, why: str) -> NoReturn:
    """Refuse a layout that can be meant in two ways."""
    raise DatasetError(
        f"cannot tell parts from classes in {top.path}: {why} {shown(top)}. {LAYOUTS}"
    )


def empty_classes(tree: Tree) -> dict[str, Tree]:
    """The folders without pictures that would be classes."""
    return {name: inner for name, inner in tree.empty.items() if inner.gone or not part_of(name)}


def empty_parts(tree: Tree) -> tuple[str, ...]:
    """Notes on the folders named like parts in which nothing was meant to be."""
    names = [name for name, inner in tree.empty.items() if part_of(name) and not inner.gone]
    return tuple(f"{name}/ holds no pictures ({tree.empty[name].why_empty()})" for name in names)


def holds_classes(tree: Tree) -> bool:
    """Class folders lie in it; pictures of trains lie directly in a class folder train."""
    return len(tree.filled) > 1 or (len(tree.filled) == 1 and not tree.pictures)
