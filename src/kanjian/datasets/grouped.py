"""Which pictures belong together, and cutting by whole groups: each on one side."""

import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from kanjian.datasets.dataset import Dataset
from kanjian.errors import DatasetError


class Groups:
    r"""Numbers groups over all parts of a set, so that a group met twice is known.

    Args:
        group_by: Regular expression over the path of a picture; what its first
            parenthesis matches (all of the match without one) names the group. None: no groups.

    Raises:
        DatasetError: If it is not a regular expression.

    Example:
        >>> groups = Groups(r"person(\d+)")
        >>> root = Path("faces")
        >>> groups.of([root / "person2/a.png", root / "person7/b.png"], root)
        array([0, 1])
    """

    def __init__(self, group_by: str | None) -> None:
        try:
            self._pattern = re.compile(group_by) if group_by else None
        except re.error as error:
            raise DatasetError(
                f"group_by {group_by!r} is not a regular expression: {error}. "
                r"An example that is: 'person(\d+)'."
            ) from error
        self._number: dict[str, int] = {}
        self._seen: list[set[int]] = []

    def of(self, paths: Sequence[Path], root: Path) -> np.ndarray | None:
        """The group of every path, (n,) int64; None where nothing is grouped."""
        if self._pattern is None:
            return None
        return self.number([self._name(path, root) for path in paths])

    def number(self, names: Sequence[str]) -> np.ndarray:
        """The number of every group name, (n,) int64; the names make one part of the set."""
        numbers = [self._number.setdefault(name, len(self._number)) for name in names]
        self._seen.append(set(numbers))
        return np.array(numbers, np.int64)

    def overlaps(self) -> list[str]:
        """A note if groups lie in two parts of the set."""
        shared = {number for part in self._seen for number in part if self._parts_with(number) > 1}
        if not shared:
            return []
        names = [name for name, number in self._number.items() if number in shared]
        return [f"{len(shared)} groups lie in more than one part, for example {names[0]!r}"]

    def _parts_with(self, number: int) -> int:
        return sum(number in part for part in self._seen)

    def _name(self, path: Path, root: Path) -> str:
        assert self._pattern is not None
        inside = path.relative_to(root).as_posix() if path.is_relative_to(root) else path.as_posix()
        match = self._pattern.search(inside)
        name = (match[1] if self._pattern.groups else match[0]) if match else None
        if name is None:
            raise DatasetError(
                f"group_by {self._pattern.pattern!r} does not fit {inside}. It must match the path "
                "of every picture, so that each belongs to a group."
            )
        return name


def _table(dataset: Dataset) -> tuple[np.ndarray, np.ndarray]:
    """The group of every picture as 0, 1, 2 …, and pictures by (group, class)."""
    if dataset.groups is None:
        raise DatasetError(
            f"{dataset.name} has no groups to keep together. Name them with [data] group_by, "
            "a regular expression over the path, or with a group column in a table."
        )
    names, group_of = np.unique(dataset.groups, return_inverse=True)
    cells = group_of * len(dataset.classes) + dataset.labels
    counts = np.bincount(cells, minlength=len(names) * len(dataset.classes))
    return group_of, counts.reshape(len(names), len(dataset.classes)).astype(np.int64)


def _shuffled(n: int, seed: int, attempt: int = 0) -> np.ndarray:
    keys = np.random.PCG64([seed, attempt]).random_raw(n)
    return np.argsort(keys, kind="stable")


def cut_groups(dataset: Dataset, count: int, *, seed: int) -> np.ndarray:
    """Which pictures to cut off, by whole groups, (n,) bool.

    The cut holds about `count` pictures, each class in proportion as far as groups allow.
    The rest keeps at least one group of every class; the cut gets one of each class that
    has two, wherever that leaves the rest one.

    Raises:
        DatasetError: If the set has no groups, or none can be taken.

    Example:
        >>> from kanjian.datasets.dataset import ArrayImages
        >>> pictures = ArrayImages.of(np.zeros((6, 8, 8), np.uint8))
        >>> person = np.array([7, 7, 8, 8, 9, 9])
        >>> data = Dataset(pictures, np.array([0, 1] * 3), ("no", "yes"), person)
        >>> taken = cut_groups(data, 2, seed=0)
        >>> len(set(person[taken])), taken.sum()
        (1, np.int64(2))
    """
    group_of, counts = _table(dataset)
    # the luck of one order can be bad, and many small groups need no luck
    attempts = 8 if len(counts) <= 2000 else 1
    tries = [_greedy(counts, count, _shuffled(len(counts), seed, i)) for i in range(attempts)]
    taken = min(tries, key=lambda chosen: _misfit(counts, chosen, count))
    if not taken.any():
        raise DatasetError(
            f"cannot hold out a group of {dataset.name}: with {len(counts)} groups, each holds all "
            "pictures of some class. Every class needs two groups, one to train on."
        )
    return np.asarray(taken[group_of])


def _distance(chosen: np.ndarray, totals: np.ndarray, count: int) -> int:
    """How far class counts are from their share; whole numbers, so every platform agrees."""
    return int(np.abs(chosen * totals.sum() - totals * count).sum())


def _misfit(counts: np.ndarray, taken: np.ndarray, count: int) -> tuple[int, int]:
    """Classes missing from the cut, then how far the others are from their share."""
    chosen = counts[taken].sum(0)
    could = (counts > 0).sum(0) > 1
    return int((could & (chosen == 0)).sum()), _distance(chosen, counts.sum(0), count)


def _greedy(counts: np.ndarray, count: int, order: np.ndarray) -> np.ndarray:
    totals = counts.sum(0)
    taken = np.zeros(len(counts), bool)
    chosen = np.zeros_like(totals)
    distance = _distance(chosen, totals, count)
    for group in order:
        after = chosen + counts[group]
        if _exhausts(after, counts[group], totals):
            continue
        if (nearer := _distance(after, totals, count)) < distance:
            taken[group], chosen, distance = True, after, nearer
    return _with_every_class(counts, taken, order)


def _exhausts(after: np.ndarray, group: np.ndarray, totals: np.ndarray) -> bool:
    """Whether taking a group leaves the rest without some class."""
    return bool(((after == totals) & (group > 0)).any())


def _with_every_class(counts: np.ndarray, taken: np.ndarray, order: np.ndarray) -> np.ndarray:
    totals, chosen = counts.sum(0), counts[taken].sum(0)
    for label in np.flatnonzero((totals > 0) & (chosen == 0)):
        if chosen[label]:
            continue  # came along with a group taken for another class
        holders = order[counts[order, label] > 0]
        for group in holders[np.argsort(counts[holders].sum(1), kind="stable")]:
            if not _exhausts(chosen + counts[group], counts[group], totals):
                taken[group] = True
                chosen = chosen + counts[group]
                break
    return taken


def deal_groups(dataset: Dataset, k: int, *, seed: int) -> np.ndarray:
    """The fold of every picture, (n,) int64, whole groups at a time; -1 for none.

    A group that alone holds some class lies in no fold: it is always in training.

    Raises:
        DatasetError: If the set has no groups, or fewer that can be dealt out than folds.

    Example:
        >>> from kanjian.datasets.dataset import ArrayImages
        >>> pictures = ArrayImages.of(np.zeros((4, 8, 8), np.uint8))
        >>> data = Dataset(pictures, np.array([0, 1, 0, 1]), ("no", "yes"), np.array([5, 5, 6, 6]))
        >>> sorted(deal_groups(data, 2, seed=0).tolist())
        [0, 0, 1, 1]
    """
    group_of, counts = _table(dataset)
    totals = counts.sum(0)
    free = ~((counts == totals) & (counts > 0)).any(1)
    if free.sum() < k:
        raise DatasetError(
            f"{dataset.name} has {int(free.sum())} groups that can be held out, "
            f"{k} folds need {k}. Take fewer folds or more groups; every class needs two."
        )
    order = _shuffled(len(counts), seed)
    order = order[np.argsort(-counts[order].sum(1), kind="stable")]  # the large ones first
    folds = np.zeros((k, len(totals)), np.int64)
    fold_of = np.full(len(counts), -1)
    for group in order[free[order]]:
        fold = min(range(k), key=lambda i: _cost(folds[i], counts[group], totals, k))
        folds[fold] += counts[group]
        fold_of[group] = fold
    return np.asarray(fold_of[group_of])


def _cost(
    fold: np.ndarray, group: np.ndarray, totals: np.ndarray, k: int
) -> tuple[bool, bool, int, int]:
    """Rather not all of a class in one fold; then empty folds; then even class shares."""
    after = fold + group
    before_off = int(np.abs(fold * k - totals).sum())
    after_off = int(np.abs(after * k - totals).sum())
    return (
        bool(((after == totals) & (group > 0)).any()),
        bool(fold.any()),
        after_off - before_off,
        int(after.sum()),
    )
