"""How labeled pictures show themselves in a notebook."""

import numpy as np

from kanjian.datasets.dataset import Dataset, Splits
from kanjian.errors import ImageError
from kanjian.i18n import _, ngettext
from kanjian.notebook import pieces
from kanjian.spoken import heading, spoken

_CLASSES, _EACH = 10, 8


def dataset_html(dataset: Dataset) -> str:
    """Some pictures of every class; of many classes the first ones."""
    about = (
        ngettext("{n} picture", "{n} pictures", len(dataset)),
        ngettext("{n} class", "{n} classes", len(dataset.classes)),
    )
    return pieces.frame(dataset.name, pieces.note(", ".join(about)), *_rows(dataset))


def splits_html(splits: Splits) -> str:
    """How many pictures of each class every part has, and some to learn from."""
    parts = {"train": splits.train, "validation": splits.validation, "test": splits.test}
    rows = [
        (heading(name), len(part), *list(part.class_counts().values())[:_CLASSES])
        for name, part in parts.items()
        if part is not None
    ]
    return pieces.frame(
        splits.train.name,
        pieces.table((_("part"), _("pictures"), *splits.classes[:_CLASSES]), rows),
        *_rows(splits.train),
        *(pieces.note(spoken(note)) for note in splits.notes),
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
    left = ngettext("and {n} class more", "and {n} classes more", more)
    return [*rows, pieces.note(left if more else "")]


def _thumbnail(dataset: Dataset, index: int) -> str:
    name = dataset.images.name_of(index)
    try:
        image = dataset.images.read(index, cover_hw=(2 * pieces.TILE_PX,) * 2)
    except ImageError as error:
        return pieces.note(f"{name}: {spoken(str(error))}")
    return pieces.picture(image, title=name)
