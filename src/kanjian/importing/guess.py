"""What a file of others does not tell: names, pixels, probabilities, found or asked for."""

import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from kanjian.datasets.dataset import Dataset
from kanjian.datasets.prepare_splits import prepare_splits
from kanjian.errors import NetworkError
from kanjian.experiments.evaluate import by_name
from kanjian.export.own_images import spread
from kanjian.guard.text import read_text
from kanjian.importing.file_kinds import ForeignFile
from kanjian.importing.open_model import Opened, Wishes
from kanjian.inference.onnx_metadata import OnnxMetadata
from kanjian.inference.pixel_ranges import NAMED, Pixels, check_channels, pixels_of
from kanjian.pipeline.input_shape import InputShape
from kanjian.pipeline.resized import fitted_batch
from kanjian.recipes.recipe import Data

# Labeled pictures that are asked about at most
TRIED = 400
_SELFTEST = 8
_TEACHABLE_PIXELS = "-1..1"


def class_names_of(
    file: ForeignFile,
    k: int,
    wishes: Wishes,
    notes: list[str],
    metadata: OnnxMetadata | None = None,
) -> tuple[str, ...]:
    """The class names asked for, else those that came along, else numbers.

    Args:
        file: What came.
        k: How many outputs the network has; one stands for two classes.
        wishes: What was asked for.
        notes: Told of what was assumed.
        metadata: What the file itself says.

    Raises:
        NetworkError: If there are too few names or too many.
    """
    n = max(k, 2)
    names = wishes.classes
    if names is None:
        names = metadata.names if metadata else file.names
    if names is None and file.labels is not None:
        names = read_labels(file.labels)
        notes.append(f"class names from {file.labels.name}")
    if names is None:
        notes.append("the file has no class names; give them with --classes")
        return tuple(f"class {number}" for number in range(n))
    if len(names) != n:
        raise NetworkError(
            f"the network has {n} classes, got {len(names)} names. Name them all with --classes."
        )
    if len(set(names)) < n:
        notes.append("class names that came twice were numbered")
    return distinct(names)


def distinct(names: Sequence[str]) -> tuple[str, ...]:
    """The names, each of them once: one that came before is numbered.

    Example:
        >>> distinct(["crane", "cat", "crane"])
        ('crane', 'cat', 'crane (2)')
    """
    found: list[str] = []
    for name in names:
        number, one = 1, name
        while one in found:
            number += 1
            one = f"{name} ({number})"
        found.append(one)
    return tuple(found)


def read_labels(path: Path) -> tuple[str, ...]:
    r"""Class names of a text file, one a line; a leading number as Teachable Machine has is cut.

    Raises:
        NetworkError: If it cannot be read.

    Example:
        >>> import tempfile
        >>> path = Path(tempfile.mkdtemp()) / "labels.txt"
        >>> _ = path.write_text("0 cat\n1 big dog\n", encoding="utf-8")
        >>> read_labels(path)
        ('cat', 'big dog')
    """
    try:
        text = read_text(path, error=NetworkError)
    except OSError as error:
        raise NetworkError(f"cannot read class names from {path}: {error}.") from error
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    # only where every line has its own number in front: "7 up" alone is a name
    if all(re.match(rf"{number}\s+\S", line) for number, line in enumerate(lines)):
        lines = [line.partition(" ")[2].strip() for line in lines]
    return tuple(lines)


def labeled_of(wishes: Wishes, names: tuple[str, ...]) -> Dataset | None:
    """The labeled pictures that were named, in the order of the classes; None without any.

    Raises:
        DatasetError: If they cannot be opened, or are of other classes.
    """
    if wishes.pictures is None:
        return None
    section = Data(source=str(wishes.pictures), validation=0.0, test=0.0)
    splits = prepare_splits(section, seed=0, data_folder=wishes.data_folder)
    dataset, _ = by_name(splits.test or splits.train, names)
    return dataset


def pixels_for(
    file: ForeignFile,
    network: Opened,
    wishes: Wishes,
    labeled: Dataset | None,
    shape: InputShape,
) -> tuple[dict[str, float], Pixels]:
    """What pixels must be: told, known of the program, the network's own, or found by trying."""
    metadata = network.metadata
    colors = wishes.colors or (metadata.colors if metadata else None)
    if wishes.pixels is not None:
        chosen = pixels_of(wishes.pixels, colors=colors)
        if metadata and metadata.only and not chosen.same_scale(pixels_of(metadata.pixels or "")):
            raise NetworkError(
                f"the network takes {metadata.kind.casefold()} numbers, which hold pixels as "
                f"{metadata.pixels} and nothing else, got --pixels {wishes.pixels}. "
                "Leave --pixels out."
            )
        check_channels(chosen, shape.channels)
        return {}, chosen
    if metadata and metadata.pixels is not None:
        return {}, pixels_of(metadata.pixels, colors=colors)
    if file.teachable:
        return {}, pixels_of(_TEACHABLE_PIXELS, colors=wishes.colors)
    if network.own_scaling:
        return {}, pixels_of("0..255", colors=wishes.colors)
    if labeled is None:
        raise NetworkError(
            "the file does not say what pixels 0 to 255 were scaled to before the network saw "
            "them. Say it with --pixels (0..1, -1..1, 0..255, any LOW..HIGH, imagenet-torch, "
            "imagenet-caffe), or let labeled pictures show it: --pictures FOLDER."
        )
    return _tried(network, labeled, shape, wishes)


def _tried(
    network: Opened, labeled: Dataset, shape: InputShape, wishes: Wishes
) -> tuple[dict[str, float], Pixels]:
    """The scaling with which the network is right most often."""
    known = NAMED if shape.channels == 3 else NAMED[:4]
    candidates = [
        pixels_of(name, colors=colors)
        for name in known
        for colors in ([wishes.colors] if wishes.colors or shape.channels == 1 else ["rgb", "bgr"])
    ]
    scores = [accuracy_of(network, labeled, shape, each) for each in candidates]
    score_of = {f"{each.name} {each.colors}": s for each, s in zip(candidates, scores, strict=True)}
    best = int(np.argmax(scores))
    if scores[best] < 1.5 / len(labeled.classes):
        raise NetworkError(
            f"however pixels are scaled, the network is right on {scores[best]:.0%} of the labeled "
            "pictures at most, hardly more than chance. Check the order of --classes and the "
            "pictures, or say --pixels."
        )
    return score_of, candidates[best]


def accuracy_of(network: Opened, labeled: Dataset, shape: InputShape, pixels: Pixels) -> float:
    """The share of labeled pictures, 400 of them at most, that a network is right on."""
    chosen = spread(len(labeled), TRIED)
    right = 0
    for start in range(0, len(chosen), 32):
        indices = chosen[start : start + 32]
        outputs = network.ask(fitted_batch(labeled, indices, shape), pixels)
        if outputs.shape[1] == 1:
            # one sigmoid, or its logit
            cut = 0.5 if outputs.min() >= 0 and outputs.max() <= 1 else 0.0
            answers = (outputs[:, 0] > cut).astype(np.int64)
        else:
            answers = outputs.argmax(axis=1)
        right += int((answers == labeled.labels[indices]).sum())
    return right / len(chosen)


def selftest_images(labeled: Dataset | None, shape: InputShape, notes: list[str]) -> np.ndarray:
    """Pictures for the self-test, real ones where there are any; (8, h, w, c) uint8 at most."""
    if labeled is not None:
        return fitted_batch(labeled, spread(len(labeled), _SELFTEST), shape)
    notes.append("the self-test holds made-up pictures; give real ones with --pictures")
    height, width, channels = shape.shape_hwc
    numbers = np.random.default_rng(0)
    # patches and stripes: what a swapped axis, color or scale changes the output of
    coarse = numbers.integers(0, 256, (_SELFTEST, 4, 5, channels)).astype(np.uint8)
    rows, columns = np.arange(height) * 4 // height, np.arange(width) * 5 // width
    grain = numbers.integers(0, 32, (_SELFTEST, height, width, channels)).astype(np.uint8)
    return np.asarray(coarse[:, rows][:, :, columns] // 2 + grain, np.uint8)


def squash_for(outputs: np.ndarray, notes: list[str]) -> str | None:
    """What makes probabilities of the outputs; None if they are some already."""
    if not np.isfinite(outputs).all():
        raise NetworkError("the network gives nan or infinity. Check --pixels.")
    between = outputs.min() >= -1e-3 and outputs.max() <= 1 + 1e-3
    if outputs.shape[1] == 1:
        if between:
            return None
        notes.append("its output was no probability: a sigmoid was added")
        return "sigmoid"
    sums = outputs.sum(axis=1)
    if between and (np.abs(sums - 1).max() < 1e-2 or (outputs.max(axis=1) > 0.5).any()):
        return None
    notes.append("its outputs were no probabilities: a softmax was added")
    return "softmax"
