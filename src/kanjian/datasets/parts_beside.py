"""Parts side by side: train/class, val/class, test/class."""

from collections.abc import Iterable

from kanjian.datasets.layout import (
    BESIDE,
    NO_LABELS,
    PARTS,
    Layout,
    Part,
    all_of,
    cannot_tell,
    empty_classes,
    empty_parts,
    holds_classes,
    strays,
)  # fmt: skip
from kanjian.datasets.part_names import UNLABELED, is_bare, is_container, part_of, parts_among
from kanjian.datasets.suspicion import check_not_twins, shown
from kanjian.datasets.tree import Tree, nfc
from kanjian.errors import DatasetError

_PLAIN = {"train", "training", "val", "valid", "validation", "test", "testing"}


def parts_beside(top: Tree, *, evaluating: bool) -> Layout | None:
    """Folders named train, val, test with class folders in them; None if they are no parts."""
    roles = parts_among(top.filled)
    if not roles:
        return None
    deep = {name: role for name, role in roles.items()
            if role != UNLABELED and holds_classes(_inner(top, name, role))}  # fmt: skip
    flat = {name: role for name, role in roles.items() if name not in deep}
    others = [name for name in top.filled if name not in roles]
    if "train" in deep.values():
        if others and len(roles) == 1:
            (name,) = deep
            cannot_tell(top, f"{name}/ is named like the training part and lies beside others.")
        return _as_parts(top, deep, {}, flat, others)
    if deep and evaluating and not others:
        return _as_parts(top, deep, {}, flat)
    if deep:
        return _classes_and_parts(top, deep, flat, others)
    check_not_twins(top.path, [name for name in flat if not part_of(name)])
    return _flat_roles(top, flat, others)


def _classes_and_parts(
    top: Tree, deep: dict[str, str], flat: dict[str, str], others: list[str]
) -> Layout | None:
    """Class folders with test/ beside them, which holds the same class folders."""
    inside = {nfc(name) for part in deep.items() for name in _inner(top, *part).filled}
    classes = [*others, *(name for name in flat if nfc(name) in inside)]
    left = [name for name in flat if name not in classes]
    to_learn = any(flat[name] == "train" for name in left)
    if classes and inside <= set(map(nfc, classes)) and not to_learn:
        return _as_parts(top, deep, {name: top.filled[name] for name in classes}, left)
    if not (others and len(deep) == 1 and not flat and is_bare(next(iter(deep)))):
        names = ", ".join(f"{name}/" for name in (*deep, *flat))
        cannot_tell(top, f"{names} say parts, but no folder for training holds class folders.")
    return None  # a person called Val, with folders of pictures


def _as_parts(
    top: Tree,
    deep: dict[str, str],
    classes: dict[str, Tree],
    flat: Iterable[str],
    others: Iterable[str] = (),
) -> Layout:
    """The parts of these roles; `classes` are the training part where no folder is."""
    named: dict[str, str] = {}
    for name, role in _with_eval_as_test(deep).items():
        if role in named:
            raise DatasetError(
                f"{top.path} has two folders for {role}: {named[role]}/ and {name}/. "
                "Keep one, or move the pictures together."
            )
        named[role] = name
    parts = {"train": Part("", classes, empty_classes(top))} if classes else {}
    passed = strays(top)
    for role in PARTS:
        if role in named:
            branch = _inner(top, named[role], role)
            parts[role] = Part(f"{named[role]}/", branch.filled, branch.empty)
            passed += strays(branch)
    passed += [each for name in flat for each in all_of(top.filled[name], NO_LABELS)]
    passed += [each for name in others for each in all_of(top.filled[name], BESIDE)]
    _check_parts_whole(top)
    notes = (*_told(named, classes), *empty_parts(top))
    return Layout(top.path, parts, tuple(passed), notes)


def _check_parts_whole(top: Tree) -> None:
    gone = next((name for name, tree in top.empty.items() if part_of(name) and tree.gone), None)
    if gone is not None:
        raise DatasetError(
            f"{gone}/ in {top.path} holds no picture that can be read: "
            f"{top.empty[gone].why_empty()}. Mend its files, or remove the folder."
        )


def _with_eval_as_test(deep: dict[str, str]) -> dict[str, str]:
    """Beside dev/ or val/, eval/ is the test part; alone it is the validation part."""
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


def _inner(top: Tree, name: str, role: str) -> Tree:
    """The folder of a part, past one more of the same name: seg_train/seg_train/class."""
    tree = top.filled[name]
    while not tree.pictures and len(tree.filled) == 1:
        (inner,) = tree.filled
        again = inner.casefold() == tree.path.name.casefold() or part_of(inner) == role
        if not (again or is_container(inner)):
            break
        tree = tree.filled[inner]
    return tree


def _flat_roles(top: Tree, flat: dict[str, str], others: list[str]) -> Layout | None:
    """Folders named like parts with pictures directly in them are classes by name at most."""
    names = ", ".join(f"{name}/" for name in flat)
    if len(others) < 1 or len(set(flat.values())) > 1:
        learned = next((name for name, role in flat.items() if role == "train"), "train")
        raise DatasetError(
            f"{names} in {top.path} are named like parts, not classes, and hold no class folders: "
            "nothing says what is on their pictures. Sort those for training as "
            f"{learned}/CLASS/picture.jpg, or list them in a CSV of path,label,split."
        )
    name = next((name for name in flat if not is_bare(name)), None)
    if name is None:
        return None
    raise DatasetError(
        f"{name}/ lies beside class folders in {top.path} and is named like a part: are its "
        f"pictures without labels, or is it a class? Move it out of {top.path.name}/ and ask for "
        f"its pictures with 'kanjian predict', or give the class another name. {shown(top)}."
    )
