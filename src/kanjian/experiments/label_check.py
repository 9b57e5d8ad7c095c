"""Which pictures are likely labeled wrong: by what a trained network sees in all the others."""

import os
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from kanjian import extras
from kanjian.datasets.dataset import Dataset, Splits
from kanjian.datasets.health import HealthReport, check
from kanjian.datasets.open_dataset import open_dataset
from kanjian.errors import DatasetError
from kanjian.evaluation.label_errors import confidently_other, label_quality, suggested
from kanjian.features.cache import FeatureCache
from kanjian.features.engine import FeatureEngine
from kanjian.features.features import features_of
from kanjian.features.known import known_backbone
from kanjian.features.one_pass import Progress
from kanjian.i18n import _, ngettext
from kanjian.paths import AnyPath, as_path
from kanjian.pipeline.input_shape import InputShape
from kanjian.storage.csv_rows import csv_text
from kanjian.storage.files import write_text
from kanjian.training.out_of_fold import FOLDS, deal_folds, out_of_fold, principal

# Found 31 of 32 flipped labels among the first 38 of 640 cats and dogs, Lite0 30; joined they
# find no more and cost both
USUAL_FOR_LABELS = "efficientnet-lite2"
# Where the probe agrees with fewer labels, most of its doubts are its own mistakes: on
# 96 faces of athletes it is right on 75 %, and sure of seven wrong labels where none is wrong
POOR = 0.8
_NEIGHBORS = 3


@dataclass(frozen=True)
class Suspect:
    """A picture that looks like another class than its own.

    Args:
        name: Its file.
        part: The part of the set that it lies in.
        label: Its class.
        suggestion: The class that it looks like.
        probability: Of that class.
        score: How good the label is, 0..1; near 0 it is likely wrong.
        sure: Whether the probability is as high as is normal for pictures of that class, and
            both classes have pictures enough to tell. Never where `agreement` is below 0.8.
        neighbors: The pictures of that class that look most like it.
    """

    name: str
    part: str
    label: str
    suggestion: str
    probability: float
    score: float
    sure: bool
    neighbors: tuple[str, ...]


@dataclass(frozen=True)
class LabelCheck:
    """What a look at all labels found.

    Args:
        suspects: The likeliest mistakes first.
        checked: How many labels were looked at.
        agreement: The share of them that the network agrees with.
        backbone: The network.
        notes: What limits the result, as sentences.
    """

    suspects: tuple[Suspect, ...]
    checked: int
    agreement: float
    backbone: str
    notes: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """Everything as plain values for JSON."""
        return asdict(self)

    def write(self, path: AnyPath) -> Path:
        """Write the suspects as CSV: path, label, suggestion, score; the likeliest first.

        Raises:
            StorageError: If it cannot be written.
        """
        rows: list[tuple[object, ...]] = [("path", "label", "suggestion", "score")]
        rows += [(one.name, one.label, one.suggestion, round(one.score, 4))
                 for one in self.suspects]  # fmt: skip
        write_text(path := Path(path), csv_text(rows))
        return path


@dataclass(frozen=True, eq=False)
class _Looked:
    """All pictures of all parts that can be read."""

    names: tuple[str, ...]
    parts: tuple[str, ...]
    labels: np.ndarray
    groups: np.ndarray
    rows: np.ndarray
    notes: tuple[str, ...]


def check_labels(
    source: Splits | AnyPath,
    *,
    backbone: str | None = None,
    weights: str = "imagenet",
    report: HealthReport | None = None,
    data_folder: AnyPath | None = None,
    cache: FeatureCache | None = None,
    progress: Progress | None = None,
) -> LabelCheck:
    """Name the pictures whose label is likely wrong.

    Five times a linear probe is fitted on the features of four fifths of the pictures and asked
    about the others; the same or nearly the same pictures stay together. Where it finds another
    class more probable than the label, the picture is a suspect. Nothing is changed.

    Args:
        source: A set, or anything that `open_dataset` opens; all parts of it are checked.
        backbone: The trained network, as in `kanjian models`; efficientnet-lite2 by default.
        weights: "imagenet", a file or the name of imported ones, or "none" for random ones.
        report: What `datasets.health.check` gives for these pictures, if that is known already.
        data_folder: Where built-in sets are looked for first.
        cache: Where features are kept; kanjian's own by default.
        progress: Called with how many pictures of a part are done and how many there are.

    Raises:
        DatasetError: If there are too few pictures or classes to compare.
        KanjianError: If the source cannot be opened, or the weights are not at hand.

    Example:
        >>> import tempfile
        >>> from kanjian.images.write import write_image
        >>> folder, noise = Path(tempfile.mkdtemp()), np.random.default_rng(0)
        >>> for number in range(24):  # one bright picture lies among the dark ones
        ...     level, name = (200, "light") if number % 2 else (20, "dark")
        ...     image = noise.integers(level, level + 50, (32, 32, 3), np.uint8)
        ...     write_image(folder / ("dark" if number == 1 else name) / f"{number}.png", image)
        >>> found = check_labels(folder, backbone="mobilenet-v3-small", weights="none",
        ...     cache=FeatureCache(Path(tempfile.mkdtemp()), limit_gb=1))
        >>> [(Path(one.name).name, one.label, one.suggestion) for one in found.suspects]
        [('1.png', 'dark', 'light')]
    """
    extras.need("keras", "sklearn")  # both come with the extra that brings the weights, too
    if isinstance(source, Splits):
        splits = source
    else:
        splits = open_dataset(os.fspath(source), data_folder=as_path(data_folder))
    _check_classes(splits)
    report = report or check(splits)
    name = backbone or USUAL_FOR_LABELS
    seen = _looked(splits, report, name, weights, cache or FeatureCache(), progress)
    together = [*_together(seen.names, report), *_grouped(seen.groups)]
    folds = deal_folds(seen.rows, seen.labels, together)
    judged = np.flatnonzero(folds >= 0)
    if not len(judged):
        raise DatasetError(
            f"labels of {splits.train.name} cannot be compared: no class has two pictures that "
            "are not the same. Add pictures."
        )
    chances = out_of_fold(seen.rows, seen.labels, folds, n_classes=len(splits.classes))
    suspects = tuple(_suspects(seen, judged, chances[judged], splits.classes))
    agreement = 1 - len(suspects) / len(judged)
    if agreement < POOR:
        suspects = tuple(replace(one, sure=False) for one in suspects)
    notes = (*seen.notes, *_limits(len(seen.labels) - len(judged), agreement, name))
    return LabelCheck(suspects, len(judged), agreement, name, notes)


def _check_classes(splits: Splits) -> None:
    used = {label for _, part in _parts(splits) for label in np.unique(part.labels)}
    if len(used) < 2:
        raise DatasetError(
            f"labels can be checked from two classes on, {splits.train.name} has pictures of "
            f"{len(used)}. Add pictures of another class."
        )


def _parts(splits: Splits) -> list[tuple[str, Dataset]]:
    named = (("train", splits.train), ("validation", splits.validation), ("test", splits.test))
    return [(name, part) for name, part in named if part is not None and len(part)]


def _looked(
    splits: Splits, report: HealthReport, backbone: str, weights: str, cache: FeatureCache,
    progress: Progress | None,
) -> _Looked:  # fmt: skip
    network = known_backbone(backbone, weights=weights, store=cache.cache)
    _, height, width, _ = network.inputs[0].shape
    assert height and width
    shape, engine = (
        InputShape((height, width), 3, "stretch"),
        FeatureEngine(network, cache=cache.cache),
    )
    damaged, about = {each.name for each in report.damaged}, {"backbone": backbone}
    found: list[tuple[str, Dataset, np.ndarray]] = []
    notes: list[str] = []
    for part, dataset in _parts(splits):
        sound = np.array([name not in damaged for name in dataset.names])
        read = dataset if sound.all() else dataset.subset(np.flatnonzero(sound))
        if not len(read):
            continue
        features = features_of(read, network, shape, engine=lambda: engine, cache=cache,
                               about=dict(about), progress=progress)  # fmt: skip
        found.append((part, read, features.rows(np.arange(len(read)))))
        notes += features.notes
    if not found:
        raise DatasetError(f"no picture of {splits.train.name} can be read.")
    return _Looked(
        tuple(name for _, data, _ in found for name in data.names),
        tuple(part for part, data, _ in found for _ in data.labels),
        np.concatenate([data.labels for _, data, _ in found]),
        np.concatenate([np.full(len(data), -1) if data.groups is None else data.groups
                        for _, data, _ in found]),
        principal(np.concatenate([rows for _, _, rows in found])),
        tuple(dict.fromkeys(notes)),
    )  # fmt: skip


def _together(names: tuple[str, ...], report: HealthReport) -> Iterator[list[int]]:
    """Numbers of pictures that are the same or nearly, found when they were looked at."""
    places: dict[str, list[int]] = {}
    for number, name in enumerate(names):
        places.setdefault(name, []).append(number)
    for copies in (*report.exact, *report.near):
        yield [number for name in dict.fromkeys(copies.names) for number in places.get(name, ())]


def _grouped(groups: np.ndarray) -> Iterator[list[int]]:
    for group in np.unique(groups[groups >= 0]):
        yield np.flatnonzero(groups == group).tolist()


def _suspects(
    seen: _Looked, judged: np.ndarray, chances: np.ndarray, classes: tuple[str, ...]
) -> Iterator[Suspect]:
    labels = seen.labels[judged]
    quality, other = label_quality(chances, labels), suggested(chances, labels)
    enough = np.bincount(labels, minlength=len(classes)) >= FOLDS
    sure = confidently_other(chances, labels) & enough[labels] & enough[other]
    wrong = np.flatnonzero(quality < 0.5)
    names = [seen.names[number] for number in judged]
    sound = np.setdiff1d(np.arange(len(seen.names)), judged[wrong])
    for at in sorted(wrong, key=lambda at: (quality[at], names[at])):
        yield Suspect(
            names[at],
            seen.parts[judged[at]],
            classes[labels[at]],
            classes[other[at]],
            float(chances[at, other[at]]),
            float(quality[at]),
            bool(sure[at]),
            tuple(seen.names[i] for i in _nearest(seen, judged[at], other[at], sound)),
        )


def _nearest(seen: _Looked, asked: int, label: int, among: np.ndarray) -> np.ndarray:
    """The pictures of a class, whose own labels are not in doubt, that look most like one."""
    those = among[seen.labels[among] == label]
    rows = seen.rows[those]
    lengths = np.linalg.norm(rows, axis=1)
    likeness = rows @ seen.rows[asked] / np.where(lengths > 0, lengths, 1)
    found: np.ndarray = those[np.argsort(-likeness, kind="stable")[:_NEIGHBORS]]
    return found


def _limits(left_out: int, agreement: float, backbone: str) -> Iterator[str]:
    if left_out:
        yield ngettext(
            "{n} label cannot be checked: its class has no second picture to compare with",
            "{n} labels cannot be checked: their classes have no second picture to compare with",
            left_out,
        )
    if agreement < POOR:
        yield _(
            "{backbone} agrees with only {share} of the labels: either many are wrong, or it sees "
            "too little in such pictures (few, small, gray, all of one kind) to doubt them; most "
            "of its doubts may be its own mistakes",
            backbone=backbone,
            share=_("{n} %", n=f"{100 * agreement:.0f}"),
        )
