"""What the folders of a set mean: which are classes, which are parts, and which are neither.

One verdict on the whole: a layout that can be meant in two ways is refused with both ways
out, and whatever is not taken is kept with its reason, so that no picture is lost unsaid.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import NoReturn

from kanjian.datasets.part_names import UNLABELED, is_bare, is_container, part_of
from kanjian.datasets.suspicion import check_not_sets, check_not_turned, shown
from kanjian.datasets.tree import PassedOver, Tree, nfc
from kanjian.errors import DatasetError

LAYOUTS = (
    "Understood are: FOLDER/class/picture.jpg; FOLDER/train/class/picture.jpg with val/ and test/ "
    "beside train/ if there are any; a CSV or TSV file of path,label; .npz; IDX and CIFAR files; "
    "a zip or tar of any of these."
)
PARTS: tuple[str, ...] = ("train", "validation", "test")
STRAY = "pictures beside the class folders, in no class"
BESIDE = "pictures in folders beside the parts"
NO_LABELS = "pictures without class folders: no labels to judge by. 'kanjian predict' names them"

_PLAIN = {"train", "training", "val", "valid", "validation", "test", "testing"}


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
    passed: tuple[PassedOver, ...] = ()
    notes: tuple[str, ...] = ()


def layout_of(tree: Tree) -> Layout:
    """Classes and parts in a folder of pictures.

    Args:
        tree: As `scan` gives it.

    Raises:
        DatasetError: If the layout is not understood or can be meant in two ways.

    Example:
        >>> from kanjian.datasets.tree import scan
        >>> import tempfile
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
    top, around = _step_inside(tree)
    check_not_sets(top.path, top.filled)
    found = _split_inside_classes(top) or _parts_beside(top) or _only_classes(top)
    for part in found.parts.values():
        check_not_sets(found.root, part.classes)
        check_not_turned(found.root, part.classes)
    passed = (*tree.all_passed(), *around, *found.passed)
    return replace(found, passed=passed)


def _step_inside(tree: Tree) -> tuple[Tree, list[PassedOver]]:
    """Past the folders that archives like to put around everything."""
    around: list[PassedOver] = []
    while len(tree.filled) == 1 and not any(map(_is_missed, tree.empty.values())):
        (inner,) = tree.filled.values()
        if inner.pictures or (tree.pictures and len(inner.filled) < 2):
            break  # a class folder, be it the only one
        around += _strays(tree)
        tree = inner
    return tree, around


def _is_missed(tree: Tree) -> bool:
    """A folder without pictures that may be a class beside the one which has some."""
    return tree.gone or not tree.all_passed() or part_of(tree.path.name) is not None


def _strays(tree: Tree) -> list[PassedOver]:
    return [PassedOver(path, STRAY) for path in tree.pictures]


def _all_of(tree: Tree, reason: str) -> list[PassedOver]:
    return [PassedOver(path, reason) for path in tree.all_pictures()]


def _cannot_tell(top: Tree, why: str) -> NoReturn:
    raise DatasetError(
        f"cannot tell parts from classes in {top.path}: {why} {shown(top)}. {LAYOUTS}"
    )


def _only_classes(top: Tree) -> Layout:
    part = Part("", top.filled, _empty_classes(top))
    return Layout(top.path, {"train": part}, tuple(_strays(top)), _empty_parts(top))


def _empty_classes(tree: Tree) -> dict[str, Tree]:
    return {name: inner for name, inner in tree.empty.items() if inner.gone or not part_of(name)}


def _empty_parts(tree: Tree) -> tuple[str, ...]:
    names = [name for name, inner in tree.empty.items() if part_of(name) and not inner.gone]
    return tuple(f"{name}/ holds no pictures ({tree.empty[name].why_empty()})" for name in names)


# parts beside each other: train/cat, val/cat


def _parts_beside(top: Tree) -> Layout | None:
    """Folders named train, val, test with class folders in them; None if they are no parts."""
    roles = {name: role for name in top.filled if (role := part_of(name))}
    if not roles:
        return None
    deep = {name: role for name, role in roles.items()
            if role != UNLABELED and _holds_classes(top.filled[name])}  # fmt: skip
    flat = {name: role for name, role in roles.items() if name not in deep}
    others = [name for name in top.filled if name not in roles]
    if "train" in deep.values():
        if others and len(roles) == 1:
            (name,) = deep
            _cannot_tell(top, f"{name}/ is named like the training part and lies beside others.")
        return _as_parts(top, deep, {}, [*others, *flat])
    if deep:
        return _classes_and_parts(top, deep, flat, others)
    return _flat_roles(top, flat, others)


def _holds_classes(tree: Tree) -> bool:
    """Class folders lie in it; pictures of trains lie directly in a class folder train."""
    return len(tree.filled) > 1 or (len(tree.filled) == 1 and not tree.pictures)


def _classes_and_parts(
    top: Tree, deep: dict[str, str], flat: dict[str, str], others: list[str]
) -> Layout | None:
    """Class folders with test/ beside them, which holds the same class folders."""
    inside = {nfc(name) for part in deep for name in _inner(top, part).filled}
    classes = [*others, *(name for name in flat if nfc(name) in inside)]
    if (
        classes
        and inside <= set(map(nfc, classes))
        and "train" not in set(flat.values()) - set(classes)
    ):
        left = [name for name in flat if name not in classes]
        return _as_parts(top, deep, {name: top.filled[name] for name in classes}, left)
    if others and len(deep) == 1 and not flat and is_bare(next(iter(deep))):
        return None  # a person called Val, with folders of pictures
    names = ", ".join(f"{name}/" for name in (*deep, *flat))
    _cannot_tell(top, f"{names} say parts, but no folder for training holds class folders.")


def _as_parts(top: Tree, deep: dict[str, str], classes: dict[str, Tree], left: list[str]) -> Layout:
    """The parts of these roles; `classes` are the training part where no folder is."""
    named: dict[str, str] = {}
    for name, role in _with_eval_as_test(deep).items():
        if role in named:
            raise DatasetError(
                f"{top.path} has two folders for {role}: {named[role]}/ and {name}/. "
                "Keep one, or move the pictures together."
            )
        named[role] = name
    parts = {"train": Part("", classes, _empty_classes(top))} if classes else {}
    passed = _strays(top)
    for role in PARTS:
        if role in named:
            branch = _inner(top, named[role])
            parts[role] = Part(f"{named[role]}/", branch.filled, branch.empty)
            passed += _strays(branch)
    for name in left:
        passed += _all_of(top.filled[name], NO_LABELS if part_of(name) else BESIDE)
    _check_parts_whole(top)
    notes = (*_told(named, classes), *_empty_parts(top))
    return Layout(top.path, parts, tuple(passed), notes)


def _check_parts_whole(top: Tree) -> None:
    gone = next((name for name, tree in top.empty.items() if part_of(name) and tree.gone), None)
    if gone is not None:
        raise DatasetError(
            f"{gone}/ in {top.path} holds no picture that can be read: "
            f"{top.empty[gone].why_empty()}. Mend its files, or remove the folder."
        )


def _with_eval_as_test(deep: dict[str, str]) -> dict[str, str]:
    """Beside dev/ or val/, eval/ is to judge with; alone it is to choose by."""
    evals = [name for name in deep if "eval" in name.casefold()]
    roles = list(deep.values())
    if len(evals) == 1 and roles.count("validation") == 2 and "test" not in roles:
        return {**deep, evals[0]: "test"}
    return deep


def _told(named: dict[str, str], classes: dict[str, Tree]) -> list[str]:
    """How names that are not plain train, val and test were understood."""
    taken = [f"{named[role]}/ for {role}" for role in PARTS
             if role in named and (classes or named[role].casefold() not in _PLAIN)]  # fmt: skip
    return [f"taken by their names: {', '.join(taken)}"] if taken else []


def _inner(top: Tree, name: str) -> Tree:
    """The folder of a part, past one more of the same name: seg_train/seg_train/class."""
    tree = top.filled[name]
    while not tree.pictures and len(tree.filled) == 1:
        (inner,) = tree.filled
        again = inner.casefold() == tree.path.name.casefold() or part_of(inner) == part_of(name)
        if not (again or is_container(inner)):
            break
        tree = tree.filled[inner]
    return tree


def _flat_roles(top: Tree, flat: dict[str, str], others: list[str]) -> Layout | None:
    """Folders named like parts with pictures directly in them are classes by name at most."""
    names = ", ".join(f"{name}/" for name in flat)
    if len(others) < 1 or len(set(flat.values())) > 1:
        raise DatasetError(
            f"{names} in {top.path} are named like parts, not classes, and hold no class folders: "
            "nothing says what is on their pictures. Sort those to learn from as "
            f"{next(iter(flat))}/CLASS/picture.jpg, or list them in a CSV of path,label,split."
        )
    name = next((name for name in flat if not is_bare(name)), None)
    if name is None:
        return None
    raise DatasetError(
        f"{name}/ lies beside class folders in {top.path} and is named like a part: are its "
        f"pictures without labels, or is it a class? Move it out of {top.path.name}/ and ask for "
        f"its pictures with 'kanjian predict', or give the class another name. {shown(top)}."
    )


# parts inside each class: cat/train, cat/val


def _split_inside_classes(top: Tree) -> Layout | None:
    """Class folders that each hold train/ and val/; None if none does."""
    inside = {name: {inner: part_of(inner) for inner in tree.filled}
              for name, tree in top.filled.items()}  # fmt: skip
    split = [name for name, roles in inside.items() if _is_split(roles)]
    if not split or set(split) & {name for name in top.filled if part_of(name)}:
        return None
    whole = next((name for name in split if _holds_classes_below(top.filled[name])), None)
    if whole is not None:
        raise DatasetError(
            f"{whole}/ in {top.path} is a whole data set with parts and classes of its own. "
            f"Name it: {top.path / whole}. {shown(top)}."
        )
    mixed = [name for name, roles in inside.items()
             if top.filled[name].pictures or not roles or None in roles.values()]  # fmt: skip
    if mixed or not any("train" in roles.values() for roles in inside.values()):
        folder = mixed[0] if mixed else split[0]
        raise DatasetError(
            f"in {top.path}, {split[0]}/ holds {_folders(inside[split[0]])}, but "
            f"{folder}/ {'has no such parts' if mixed else 'has none to learn from'}: pictures "
            "would be learned from and judged by at once. Give every class the same parts, or "
            "none, or put the parts on top: train/CLASS/picture.jpg."
        )
    return _parts_inside(top, inside)


def _is_split(roles: Mapping[str, str | None]) -> bool:
    return len({role for role in roles.values() if role not in (None, UNLABELED)}) > 1


def _holds_classes_below(tree: Tree) -> bool:
    return any(_holds_classes(inner) for name, inner in tree.filled.items() if part_of(name))


def _folders(names: Mapping[str, object]) -> str:
    return " and ".join(f"{name}/" for name in names)


def _parts_inside(top: Tree, inside: Mapping[str, Mapping[str, str | None]]) -> Layout:
    branches: dict[str, dict[str, Tree]] = {}
    seen: dict[str, str] = {}
    passed = _strays(top)
    for name, roles in inside.items():
        for inner, role in roles.items():
            tree = top.filled[name].filled[inner]
            if role == UNLABELED:
                passed += _all_of(tree, NO_LABELS)
                continue
            assert role is not None
            if name in branches.setdefault(role, {}):
                raise DatasetError(
                    f"{top.path / name} has two folders for {role}. Keep one, or move the "
                    "pictures together."
                )
            branches[role][name] = tree
            seen.setdefault(role, inner)
    parts = {role: Part(f"*/{seen[role]}/", branches[role]) for role in PARTS if role in branches}
    parts["train"] = replace(parts["train"], empty=_empty_classes(top))
    names = _folders({seen[role]: None for role in parts})
    note = f"{names} lie inside each class folder and are used as the parts"
    return Layout(top.path, parts, tuple(passed), (note,))
