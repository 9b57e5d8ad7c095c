"""How labeled pictures show themselves in a notebook."""

import numpy as np

from kanjian.checks import plural
from kanjian.datasets.dataset import Dataset, Splits
from kanjian.errors import ImageError
from kanjian.notebook import pieces

_CLASSES, _EACH = 10, 8


def dataset_html(dataset: Dataset) -> str:
    """Some pictures of every class; of many classes the first ones."""
    about = f"{plural(len(dataset), 'picture')}, {plural(len(dataset.classes), 'class', 'classes')}"
    return pieces.frame(dataset.name, pieces.note(about), *_rows(dataset))


def splits_html(splits: Splits) -> str:
    """How many pictures of each class every part has, and some to learn from."""
    parts = {"train": splits.train, "validation": splits.validation, "test": splits.test}
    rows = [
        (name, len(part), *list(part.class_counts().values())[:_CLASSES])
        for name, part in parts.items()
        if part is not None
    ]
    return pieces.frame(
        splits.train.name,
        pieces.table(("part", "pictures", *splits.classes[:_CLASSES]), rows),
        *_rows(splits.train),
        *map(pieces.note, splits.notes),
    )


def _rows(dataset: Dataset) -> list[str]:
    counts = dataset.class_counts()
    rows = [
        pieces.labeled(
            name,
            f"{counts[name]}",
            (
                _thumbnail(dataset, int(index))
                for index in np.flatnonzero(dataset.labels == label)[:_EACH]
            ),
        )
        for label, name in enumerate(dataset.classes[:_CLASSES])
    ]
    more = len(dataset.classes) - len(rows)
    return [*rows, pieces.note(f"and {plural(more, 'class', 'classes')} more" if more else "")]


def _thumbnail(dataset: Dataset, index: int) -> str:
    name = dataset.images.name_of(index)
    try:
        image = dataset.images.read(index, cover_hw=(2 * pieces.TILE_PX,) * 2)
    except ImageError as error:
        return pieces.note(f"{name}: {error}")
    return pieces.picture(image, title=name)
