"""Cutting a set in parts that share no picture: stratified, grouped, k-fold.

What falls where depends on the seed and the labels alone: the raw numbers of PCG64, which
NumPy promises not to change, put the pictures in an order, and whole-number arithmetic
does the rest. Every platform cuts alike.
"""

from typing import Literal

import numpy as np

from kanjian.checks import check_choice
from kanjian.datasets.dataset import Dataset
from kanjian.datasets.grouped import cut_groups, deal_groups
from kanjian.errors import DatasetError

Split = Literal["stratified", "grouped", "random", "first", "last"]
SPLITS = ("stratified", "grouped", "random", "first", "last")


def random_keys(n: int, *, seed: int) -> np.ndarray:
    """One random number per picture, (n,) uint64; sorting by them is a fair shuffle.

    Example:
        >>> random_keys(2, seed=0) // 10**15
        array([11749,  4976], dtype=uint64)
    """
    return np.random.PCG64(seed).random_raw(n).astype(np.uint64, copy=False)


def cut(dataset: Dataset, size: float | int, *, split: Split, seed: int) -> tuple[Dataset, Dataset]:
    """Part a set in two that share no picture: the rest, and what was cut off.

    Both keep the order of the pictures. Where the set has groups, "stratified" keeps them
    together, too.

    Args:
        dataset: What to cut.
        size: Share of the pictures, above 0 and below 1, or their number.
        split: "stratified" takes from each class its share, at most one picture off, and at
            least one from each class that has two, even if that makes the cut larger;
            "grouped" takes whole groups, with class shares as near as they allow;
            "random" draws freely; "first" and "last" take an end as it lies.
        seed: What the draw depends on; "first" and "last" draw nothing.

    Raises:
        DatasetError: If there are too few pictures or groups, or an end is asked of pictures
            that lie in order of class.

    Example:
        >>> from kanjian.datasets.dataset import ArrayImages
        >>> pictures = ArrayImages.of(np.zeros((10, 8, 8), np.uint8))
        >>> data = Dataset(pictures, np.array([0] * 8 + [1] * 2), ("cat", "dog"))
        >>> rest, held_out = cut(data, 0.3, split="stratified", seed=0)
        >>> rest.class_counts(), held_out.class_counts()
        ({'cat': 6, 'dog': 1}, {'cat': 2, 'dog': 1})
    """
    check_choice("split", split, SPLITS, error=DatasetError)
    count = picture_count(dataset, size)
    if split in ("first", "last"):
        taken = np.zeros(len(dataset), bool)
        taken[:count] = True
        taken = taken if split == "first" else taken[::-1]
        _check_not_in_order(dataset, taken, split)
    elif split == "random":
        taken = np.zeros(len(dataset), bool)
        taken[np.argsort(random_keys(len(dataset), seed=seed), kind="stable")[:count]] = True
    elif split == "grouped" or dataset.groups is not None:
        taken = cut_groups(dataset, count, seed=seed)
    else:
        taken = _cut_stratified(dataset, count, seed=seed)
    return dataset.subset(np.flatnonzero(~taken)), dataset.subset(np.flatnonzero(taken))


def picture_count(dataset: Dataset, size: float | int) -> int:
    """How many pictures a share or a number means: at least one, and fewer than all.

    Example:
        >>> from kanjian.datasets.dataset import ArrayImages
        >>> pictures = ArrayImages.of(np.zeros((10, 8, 8), np.uint8))
        >>> picture_count(Dataset(pictures, np.zeros(10, np.int64), ("zero",)), 0.25)
        3
    """
    n = len(dataset)
    whole = isinstance(size, int | np.integer) or size >= 1
    count = int(size) if whole else max(1, int(size * n + 0.5))
    if size <= 0 or count >= n:
        raise DatasetError(
            f"cannot split {size} off the {n} pictures of {dataset.name}: "
            f"it must be a share between 0 and 1 or a number from 1 to {n - 1}."
        )
    return count


def _check_not_in_order(dataset: Dataset, taken: np.ndarray, split: str) -> None:
    """An end of pictures that lie class by class holds few classes, and takes some whole."""
    counts = np.bincount(dataset.labels, minlength=len(dataset.classes))
    held_out = np.bincount(dataset.labels[taken], minlength=len(counts))
    classes = int((counts > 0).sum())
    # so few pictures can lack a class, or have all of a small one, by chance
    enough = taken.sum() >= 5 * classes > 5
    lost = (counts > 0) & (counts == held_out)
    if enough and (lost.any() or (held_out > 0).sum() <= classes // 2):
        shown = ", ".join(name for name, n in zip(dataset.classes, held_out, strict=True) if n)
        raise DatasetError(
            f"split '{split}' takes {int(taken.sum())} pictures of {shown} and leaves too few: the "
            f"pictures of {dataset.name} lie in order of class. Use split 'stratified'."
        )


def _quotas(counts: np.ndarray, total: int) -> np.ndarray:
    """Shares of `total` in proportion to `counts`, each rounded up or down (largest remainder)."""
    exact = counts.astype(object) * total  # Python's integers: no overflow, no rounding
    n = int(counts.sum())
    quotas = np.array([int(value // n) for value in exact], np.int64)
    remainders = np.array([int(value % n) for value in exact], np.int64)
    quotas[np.argsort(-remainders, kind="stable")[: total - int(quotas.sum())]] += 1
    return quotas


def _ranks(labels: np.ndarray, keys: np.ndarray) -> np.ndarray:
    """The place of each picture in the shuffled queue of its class, (n,) int64."""
    order = np.lexsort((keys, labels))
    start = np.concatenate([[0], np.cumsum(np.bincount(labels))])
    ranks = np.empty(len(labels), np.int64)
    ranks[order] = np.arange(len(labels)) - start[labels[order]]
    return ranks


def _cut_stratified(dataset: Dataset, count: int, *, seed: int) -> np.ndarray:
    counts = np.bincount(dataset.labels, minlength=len(dataset.classes))
    # a class with one picture keeps it for learning
    quotas = _quotas(counts, count).clip(np.minimum(counts // 2, 1), np.maximum(counts - 1, 0))
    if not quotas.sum():
        raise DatasetError(
            f"no class of {dataset.name} has two pictures, one to train on and one to hold out. "
            "Add pictures, or split nothing off (validation = 0)."
        )
    ranks = _ranks(dataset.labels, random_keys(len(dataset), seed=seed))
    return np.asarray(ranks < quotas[dataset.labels])


def k_folds(
    dataset: Dataset, k: int, *, split: Split = "stratified", seed: int
) -> list[tuple[Dataset, Dataset]]:
    """Part a set k times in (rest, fold), so that each picture lies in one fold.

    Pictures whose class has no second picture (grouped: no second group) lie in no fold:
    a network cannot be evaluated on a class that it never saw.

    Args:
        dataset: What to part.
        k: Number of folds, 2 or more.
        split: "stratified", "grouped" or "random"; where the set has groups, "stratified"
            keeps them together, too. "first" and "last" make folds of neighbors.
        seed: What the draw depends on.

    Raises:
        DatasetError: If there are fewer pictures or groups than folds.

    Example:
        >>> from kanjian.datasets.dataset import ArrayImages
        >>> pictures = ArrayImages.of(np.zeros((6, 8, 8), np.uint8))
        >>> data = Dataset(pictures, np.array([0, 0, 0, 1, 1, 1]), ("cat", "dog"))
        >>> [fold.class_counts() for rest, fold in k_folds(data, 3, seed=0)]
        [{'cat': 1, 'dog': 1}, {'cat': 1, 'dog': 1}, {'cat': 1, 'dog': 1}]
    """
    fold_of = fold_numbers(dataset, k, split=split, seed=seed)
    return [
        (
            dataset.subset(np.flatnonzero(fold_of != fold)),
            dataset.subset(np.flatnonzero(fold_of == fold)),
        )
        for fold in range(k)
    ]


def fold_numbers(dataset: Dataset, k: int, *, split: Split = "stratified", seed: int) -> np.ndarray:
    """The fold that each picture lies in, (n,) from 0 to k - 1, and -1 for none; see `k_folds`.

    Raises:
        DatasetError: As for `k_folds`.

    Example:
        >>> from kanjian.datasets.dataset import ArrayImages
        >>> pictures = ArrayImages.of(np.zeros((5, 8, 8), np.uint8))
        >>> data = Dataset(pictures, np.array([0, 0, 0, 0, 1]), ("cat", "dog"))
        >>> sorted(map(int, fold_numbers(data, 2, seed=0)))
        [-1, 0, 0, 1, 1]
    """
    check_choice("split", split, SPLITS, error=DatasetError)
    if k < 2:
        raise DatasetError(f"k must be 2 or more folds, got {k}.")
    if split == "grouped" or (split == "stratified" and dataset.groups is not None):
        fold_of = deal_groups(dataset, k, seed=seed)
    else:
        fold_of = _deal_pictures(dataset, k, split, seed)
    if len(np.unique(fold_of[fold_of >= 0])) < k:
        raise DatasetError(
            f"{dataset.name} has too few pictures for {k} folds: {len(dataset)}, of classes with "
            f"two or more {int((fold_of >= 0).sum())}. Take fewer folds."
        )
    return fold_of


def _deal_pictures(dataset: Dataset, k: int, split: str, seed: int) -> np.ndarray:
    """The fold of every picture, -1 for none."""
    n = len(dataset)
    if split in ("first", "last"):
        return np.arange(n) * k // max(n, 1)
    keys = random_keys(n, seed=seed)
    if split == "random":
        order, dealt = np.argsort(keys, kind="stable"), n
    else:
        single = np.bincount(dataset.labels, minlength=len(dataset.classes))[dataset.labels] < 2
        # class after class, the single ones last: dealing them out in turn gives each fold
        # as many of a class as any other, or one more
        order, dealt = np.lexsort((keys, dataset.labels, single)), n - int(single.sum())
    fold_of = np.full(n, -1)
    fold_of[order[:dealt]] = np.arange(dealt) % k
    return fold_of


def take_stratified(dataset: Dataset, n: int, seed: int) -> Dataset:
    """At most n pictures of a set, for trying things out, with its class shares.

    Every class keeps two pictures if it has them, one to train on and one to hold out;
    where n is too small for that, some classes are left without any.

    Args:
        dataset: What to take from; one that is small enough comes back as it is.
        n: How many pictures, 2 or more.
        seed: What the draw depends on.

    Raises:
        DatasetError: If n is below 2.

    Example:
        >>> from kanjian.datasets.dataset import ArrayImages
        >>> pictures = ArrayImages.of(np.zeros((10, 8, 8), np.uint8))
        >>> data = Dataset(pictures, np.array([0] * 8 + [1] * 2), ("cat", "dog"))
        >>> take_stratified(data, 5, seed=0).class_counts()
        {'cat': 3, 'dog': 2}
    """
    if n < 2:
        raise DatasetError(f"a part to try things out on needs 2 or more pictures, got {n}.")
    if n >= len(dataset):
        return dataset
    counts = np.bincount(dataset.labels, minlength=len(dataset.classes))
    quotas = _paired(counts, n, random_keys(len(counts), seed=seed))
    ranks = _ranks(dataset.labels, random_keys(len(dataset), seed=seed))
    return dataset.subset(np.flatnonzero(ranks < quotas[dataset.labels]))


def _paired(counts: np.ndarray, n: int, keys: np.ndarray) -> np.ndarray:
    """Quotas that sum to n, two at least for each class while n lasts."""
    low: np.ndarray = np.minimum(counts, 2)
    if int(low.sum()) > n:
        # first come the classes that can be parted at all
        order = np.lexsort((keys, -low))
        low[order[np.cumsum(low[order]) > n]] = 0
        return low
    quotas: np.ndarray = np.maximum(_quotas(counts, n), low)
    while (excess := int(quotas.sum()) - n) > 0:
        # the small classes were lifted; the largest pay for it, picture by picture
        spare = quotas - low
        payers = np.argsort(-spare, kind="stable")[:excess]
        quotas[payers[spare[payers] > 0]] -= 1
    return quotas
