"""From what a recipe asks of its data to the parts of a set, cut and ready."""

from dataclasses import replace

from kanjian.checks import plural
from kanjian.datasets.dataset import Dataset, Splits
from kanjian.datasets.doubts import class_notes, missing_classes
from kanjian.datasets.open_dataset import open_dataset
from kanjian.datasets.splitting import cut, k_folds, picture_count, take_stratified
from kanjian.errors import DatasetError
from kanjian.paths import AnyPath, as_path
from kanjian.recipes.recipe import Data
from kanjian.storage.download import Progress

__all__ = ["cut", "k_folds", "prepare_splits", "take_stratified"]


def prepare_splits(
    data: Data,
    *,
    seed: int,
    data_folder: AnyPath | None = None,
    opened: Splits | None = None,
    progress: Progress | None = None,
) -> Splits:
    """The parts of a recipe's data: opened, limited, and cut where a part is missing.

    A validation or test part that the source has is taken as it is. One that it has not is
    cut from the training part alone, test first; shares count from the training part as it
    was before either cut, so that 0.1 and 0.1 leave 0.8. `limit` takes a part of each part;
    numbers of pictures that would then take most of what is left shrink by as much.

    Args:
        data: The recipe's section.
        seed: What the cuts depend on.
        data_folder: Where sets are looked for first.
        opened: A set that is open already, in place of `data.source`.
        progress: See `open_dataset`.

    Raises:
        DatasetError: If the source cannot be opened, or has too few pictures to cut.

    Example:
        >>> import numpy as np
        >>> from kanjian.datasets.arrays import from_arrays
        >>> x, y = np.zeros((20, 8, 8), np.uint8), np.arange(20) % 2
        >>> parts = prepare_splits(Data(validation=0.2, test=2), seed=0, opened=from_arrays(x, y))
        >>> len(parts.train), len(parts.validation), len(parts.test)
        (14, 4, 2)
    """
    data_folder = as_path(data_folder)
    if opened is None:
        if not data.source:
            raise DatasetError(
                "the recipe names no data. Set [data] source to a built-in set, a folder, an "
                "archive or a table."
            )
        opened = open_dataset(
            data.source,
            data_folder=data_folder,
            group_by=data.group_by,
            weights=data.weights,
            progress=progress,
        )
    opened = replace(opened, notes=(*opened.notes, *class_notes(opened)))
    splits = _limited(opened, data.limit, seed)
    missing = {
        part: wanted
        for part, wanted in (("test", data.test), ("validation", data.validation))
        if wanted and getattr(splits, part) is None
    }
    missing, notes = _shrunk(missing, before=len(opened.train), now=len(splits.train))
    splits = replace(splits, notes=(*splits.notes, *notes))
    sizes = {part: picture_count(splits.train, wanted) for part, wanted in missing.items()}
    _check_enough(splits.train, sizes)
    for part, size in sizes.items():
        splits = _cut_off(splits, part, size, data, seed)
    return splits


def _limited(splits: Splits, limit: int | None, seed: int) -> Splits:
    if limit is None:
        return splits

    def part(dataset: Dataset | None) -> Dataset | None:
        return None if dataset is None else take_stratified(dataset, limit, seed)

    train = take_stratified(splits.train, limit, seed)
    note = f"limited to {plural(limit, 'picture')} of each part, by class"
    return Splits(train, part(splits.validation), part(splits.test), notes=(*splits.notes, note))


def _shrunk(
    wanted: dict[str, float], *, before: int, now: int
) -> tuple[dict[str, float], tuple[str, ...]]:
    """Parts that a recipe counts out for all pictures, made to fit those that a limit left."""
    counted = {part: int(size) for part, size in wanted.items() if size >= 1}
    if now == before or 2 * sum(counted.values()) <= now:
        return wanted, ()
    smaller = {part: max(1, size * now // before) for part, size in counted.items()}
    told = ", ".join(f"{part} {counted[part]} to {size}" for part, size in smaller.items())
    return wanted | smaller, (f"the parts shrink with the limit: {told}",)


def _check_enough(train: Dataset, sizes: dict[str, int]) -> None:
    if sum(sizes.values()) >= len(train):
        asked = " and ".join(f"{size} for {part}" for part, size in sizes.items())
        raise DatasetError(
            f"{train.name} has {plural(len(train), 'picture')}; {asked} leave none to train on. "
            "Add pictures or split off less."
        )


def _cut_off(splits: Splits, part: str, size: int, data: Data, seed: int) -> Splits:
    rest, held_out = cut(splits.train, size, split=data.split, seed=seed)
    held_out = replace(held_out, name=f"{splits.train.name} ({part})")
    grouped = splits.train.groups is not None and data.split in ("stratified", "grouped")
    how = {
        "stratified": "by class" if not grouped else "by class, groups kept together",
        "grouped": "groups kept together",
        "random": "at random",
        "first": "the first ones",
        "last": "the last ones",
    }[data.split]
    return replace(
        splits,
        train=rest,
        **{part: held_out},
        notes=(
            *splits.notes,
            f"split off {len(held_out)} of {len(splits.train)} pictures for {part}, {how}",
            *_too_few(splits.train, held_out, part),
        ),
    )


def _too_few(whole: Dataset, held_out: Dataset, part: str) -> list[str]:
    """A note on classes that are there and of which nothing could be cut off."""
    there = [name for name, count in whole.class_counts().items() if count]
    missing = [name for name in there if not held_out.class_counts()[name]]
    return missing_classes(held_out, part=part) if missing else []
