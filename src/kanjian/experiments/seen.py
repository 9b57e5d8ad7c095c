"""Which pictures a recognizer has seen before: told by their content, whatever they are called."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from kanjian.datasets.content import kind_of_content
from kanjian.datasets.dataset import Dataset
from kanjian.datasets.recorded import hashes_of
from kanjian.json_types import JsonObject
from kanjian.training.run_data import read_run_data
from kanjian.training.run_folder import run_of

# The first that knows a picture has it: what was trained on is never called a test
ORIGINS = ("train", "validation", "test", "new")
SEEN = ORIGINS[:2]
_CALLED = {
    "train": "its training part",
    "validation": "its validation part",
    "test": "its test part",
    "new": "new",
}
_MEASURES = {
    "train": "memory, not skill",
    "validation": "choice: weights or threshold were chosen by it",
    "test": "skill",
    "new": "skill",
}


@dataclass(frozen=True)
class Group:
    """Pictures of one origin, and how many of them were predicted right.

    Args:
        origin: The part of the run they were in: one of `ORIGINS`.
        pictures: How many.
        right: How many predictions were right.
    """

    origin: str
    pictures: int
    right: int

    @property
    def accuracy(self) -> float:
        """Share of right predictions."""
        return self.right / self.pictures

    @property
    def called(self) -> str:
        """What these pictures are to the recognizer."""
        return _CALLED[self.origin]

    @property
    def measures(self) -> str:
        """What their accuracy tells."""
        return _MEASURES[self.origin]

    def to_dict(self) -> JsonObject:
        """The group as plain values."""
        return asdict(self) | {"accuracy": self.accuracy, "measures": self.measures}


def origins_in(folder: Path, dataset: Dataset) -> tuple[np.ndarray | None, tuple[str, ...]]:
    """Which part of its run each picture was in, told by content.

    Args:
        folder: A run folder, or the recognizer folder in it.
        dataset: Any pictures.

    Returns:
        (n,) positions in `ORIGINS`, or None where it cannot be told; a note says why.
    """
    data = read_run_data(run_of(folder))
    if data is None:
        why = "the run wrote no list of its pictures"
    elif data.kind == "bytes" and kind_of_content(dataset) == "pixels":
        why = "these lie in arrays, those of the run in files"
    else:
        origin_of = {
            digest: ORIGINS.index(name)
            for name in reversed(ORIGINS)
            for digest in (data.parts[name].hashes if name in data.parts else ())
        }
        new = ORIGINS.index("new")
        hashes = hashes_of(dataset, data.kind)
        return np.array([origin_of.get(each, new) for each in hashes], np.int64), ()
    return None, (f"it is not known whether it was trained on some of these pictures: {why}",)


def groups_of(origins: np.ndarray, right: np.ndarray) -> tuple[Group, ...]:
    """The pictures of each origin that occurs, with how many were predicted right.

    Example:
        >>> [group.origin for group in groups_of(np.array([3, 0, 3]), np.array([True] * 3))]
        ['train', 'new']
    """
    return tuple(
        Group(name, int(here.sum()), int(right[here].sum()))
        for number, name in enumerate(ORIGINS)
        if (here := origins == number).any()
    )


def unseen(origins: np.ndarray | None) -> np.ndarray | None:
    """Which pictures measure skill, (n,) bool; None where all do, or none, or nobody knows.

    Example:
        >>> unseen(np.array([0, 3, 2]))
        array([False,  True,  True])
        >>> unseen(np.array([0, 0])) is None
        True
    """
    if origins is None:
        return None
    fresh: np.ndarray = origins >= len(SEEN)
    return None if fresh.all() or not fresh.any() else fresh


def said_of(groups: Sequence[Group]) -> tuple[str, ...]:
    """A sentence for each group, where one of them measures something else than skill."""
    if not any(group.origin in SEEN for group in groups):
        return ()
    return tuple(
        f"{group.called}: {group.pictures} pictures, {100 * group.accuracy:.1f} % right; this "
        f"measures {group.measures}"
        for group in groups
    )
