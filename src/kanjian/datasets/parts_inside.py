"""Parts inside each class: cat/train, cat/val, dog/train, dog/val."""

from collections.abc import Mapping
from dataclasses import replace

from kanjian.datasets.layout import (
    NO_LABELS,
    PARTS,
    Layout,
    Part,
    all_of,
    empty_classes,
    holds_classes,
    strays,
)  # fmt: skip
from kanjian.datasets.part_names import UNLABELED, part_of
from kanjian.datasets.suspicion import shown
from kanjian.datasets.tree import Tree
from kanjian.errors import DatasetError


def split_inside_classes(top: Tree, *, evaluating: bool) -> Layout | None:
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
    if mixed or not (evaluating or any("train" in roles.values() for roles in inside.values())):
        folder = mixed[0] if mixed else split[0]
        raise DatasetError(
            f"in {top.path}, {split[0]}/ holds {_folders(inside[split[0]])}, but "
            f"{folder}/ {'has no such parts' if mixed else 'has none for training'}: pictures "
            "would be in training and test at once. Give every class the same parts, or "
            "none, or put the parts on top: train/CLASS/picture.jpg."
        )
    return _parts_inside(top, inside)


def _is_split(roles: Mapping[str, str | None]) -> bool:
    return len({role for role in roles.values() if role not in (None, UNLABELED)}) > 1


def _holds_classes_below(tree: Tree) -> bool:
    return any(holds_classes(inner) for name, inner in tree.filled.items() if part_of(name))


def _folders(names: Mapping[str, object]) -> str:
    return " and ".join(f"{name}/" for name in names)


def _parts_inside(top: Tree, inside: Mapping[str, Mapping[str, str | None]]) -> Layout:
    branches: dict[str, dict[str, Tree]] = {}
    seen: dict[str, str] = {}
    passed = strays(top)
    for name, roles in inside.items():
        for inner, role in roles.items():
            tree = top.filled[name].filled[inner]
            if role == UNLABELED:
                passed += all_of(tree, NO_LABELS)
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
    first = next(iter(parts))
    parts[first] = replace(parts[first], empty=empty_classes(top))
    names = _folders({seen[role]: None for role in parts})
    note = f"{names} lie inside each class folder and are used as the parts"
    return Layout(top.path, parts, tuple(passed), (note,))
