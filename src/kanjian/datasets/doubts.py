"""What is doubtful about the classes of a set, as notes: names, and classes of few pictures."""

import re
import unicodedata
from collections.abc import Sequence

from kanjian.datasets.dataset import Dataset, Splits
from kanjian.i18n import _

FEW = 5  # pictures below which a class can hardly be learned and evaluated
_ACCIDENT = re.compile(
    r"(?:copy of |copia de |copie de |kopie von ).+"
    r"|.+?\s*-\s*(?:copy|kopie|copie|copia|副本)(?:\s*\(\d+\))?|.+\scopy(?: \d+)?"
    r"|.+\s\(\d\d?\)|.+的?副本"
    r"|(?:new|untitled) folder.*|neuer ordner.*|nouveau dossier.*|nueva carpeta.*|新建文件夹.*",
    re.IGNORECASE,
)


def doubtful_names(classes: Sequence[str]) -> list[str]:
    """Notes on names of classes that look like an accident.

    Example:
        >>> for note in doubtful_names(("Cat", "cat", "dog", "dog - Copy")):
        ...     print(note)
        class names that differ only in how they are written: 'Cat' and 'cat'. Put the pictures in
            one folder if they are one class
        class names like those of copies or of new folders: 'dog - Copy'. Rename or delete them
    """
    notes = []
    alike: dict[str, list[str]] = {}
    for name in classes:
        alike.setdefault(as_meant(name), []).append(name)
    twins = [" and ".join(map(repr, names)) for names in alike.values() if len(names) > 1]
    if twins:
        notes.append(
            _(
                "class names that differ only in how they are written: {names}. Put the pictures "
                "in one folder if they are one class",
                names=listed(twins),
            )
        )
    blank = [repr(name) for name in classes if name != name.strip()]
    if blank:
        notes.append(
            _(
                "class names that begin or end with a blank, kept as it is: {names}",
                names=listed(blank),
            )
        )
    copies = [repr(name) for name in classes if _ACCIDENT.fullmatch(name.strip())]
    if copies:
        notes.append(
            _(
                "class names like those of copies or of new folders: {names}. Rename or delete "
                "them",
                names=listed(copies),
            )
        )
    return notes


def as_meant(name: str) -> str:
    """A name without how it is written: capitals, blanks, full width, hyphens."""
    plain = unicodedata.normalize("NFKC", name).strip()
    if len(plain) == 1:  # letters as classes: a is not A
        return plain
    return re.sub(r"(?<=[^\W_])[\s_\-]+(?=[^\W_])", " ", plain).casefold()


def listed(names: Sequence[str], *, most: int = 8) -> str:
    """Names in a row, the first few of many.

    Example:
        >>> listed(["a", "b", "c"], most=2)
        'a, b and 1 more'
    """
    few = ", ".join(names[:most])
    left = len(names) - most
    return _("{few} and {n} more", few=few, n=left) if left > 0 else few


def class_notes(splits: Splits) -> list[str]:
    """Notes on classes that a part lacks, and on classes of few pictures in all parts together.

    Example:
        >>> import numpy as np
        >>> from kanjian.datasets.arrays import from_arrays
        >>> x, y = np.zeros((7, 8, 8), np.uint8), np.array([0, 0, 0, 0, 0, 0, 1])
        >>> class_notes(from_arrays(x, y, classes=("cat", "rare")))
        ['classes with fewer than 5 pictures: rare (1). One picture cannot be in both training and
            test. Add pictures']
    """
    notes = []
    counts = splits.train.class_counts()
    for name, part in (("validation", splits.validation), ("test", splits.test)):
        if part is not None:
            notes += missing_classes(part, part=name)
            counts = {each: counts[each] + more for each, more in part.class_counts().items()}
    few = [f"{name} ({count})" for name, count in counts.items() if 0 < count < FEW]
    if few and 1 in counts.values():
        notes.append(
            _(
                "classes with fewer than {n} pictures: {names}. One picture cannot be in both "
                "training and test. Add pictures",
                n=FEW,
                names=listed(few),
            )
        )
    elif few:
        notes.append(
            _(
                "classes with fewer than {n} pictures: {names}. Add pictures",
                n=FEW,
                names=listed(few),
            )
        )
    return notes


def missing_classes(dataset: Dataset, *, part: str) -> list[str]:
    """A note if the validation or test part has no picture of some classes.

    Example:
        >>> import numpy as np
        >>> from kanjian.datasets.dataset import ArrayImages
        >>> images = ArrayImages.of(np.zeros((1, 8, 8), np.uint8))
        >>> missing_classes(Dataset(images, np.array([0]), ("cat", "rare")), part="validation")
        ['validation has no picture of rare']
    """
    missing = [name for name, count in dataset.class_counts().items() if not count]
    return (
        [_("{part} has no picture of {names}", part=part, names=listed(missing))] if missing else []
    )
