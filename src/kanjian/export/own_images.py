"""The pictures of a recognizer's own run: to compare with, to calibrate and to evaluate on."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from kanjian.datasets.builtin import at_hand
from kanjian.datasets.dataset import Dataset
from kanjian.datasets.prepare_splits import prepare_splits
from kanjian.errors import ExportError, ImageError, KanjianError
from kanjian.experiments.evaluate import by_name
from kanjian.inference.card import Card
from kanjian.paths import AnyPath
from kanjian.pipeline.input_shape import InputShape
from kanjian.pipeline.resized import fitted_batch
from kanjian.recipes.codec import read_recipe
from kanjian.recipes.recipe import Data
from kanjian.training.own_pictures import own_pictures
from kanjian.training.places import source_now
from kanjian.training.run_folder import RECIPE, run_of


@dataclass(frozen=True)
class Parts:
    """Labeled pictures that share none.

    Args:
        learned: What the network was trained on; quantization is calibrated on it.
        judged: What it is evaluated on.
        part: What the evaluated part is called.
    """

    learned: Dataset
    judged: Dataset
    part: str


def shape_of(card: Card) -> InputShape:
    """What a recognizer takes."""
    return InputShape(card.size_hw, card.channels, card.fit)


def parts_of(folder: Path, card: Card, pictures: AnyPath | None, data_folder: Path | None) -> Parts:
    """Pictures to calibrate on and others to evaluate on, with labels in the card's order.

    Args:
        folder: A run folder, or the recognizer folder in it.
        card: Of the recognizer.
        pictures: Labeled pictures instead of the run's own; they are cut in two.
        data_folder: Where built-in data sets are looked for first.

    Raises:
        KanjianError: If the pictures cannot be opened, or nothing was held back.
    """
    if pictures is None and not (run_of(folder) / RECIPE).is_file():
        raise ExportError(
            f"{folder} has no {RECIPE} that says which pictures it was trained on. Name labeled "
            "pictures with --pictures."
        )
    if pictures is None:
        own = own_pictures(run_of(folder), data_folder)
        part = own.names[0]
        if part == "train":
            raise ExportError(
                "the run held no pictures back, so nothing can measure what quantization costs. "
                "Name labeled pictures with --pictures."
            )
        cure = "Put them back, or name labeled pictures with --pictures."
        learned, held = (own.part(name, cure=cure)[0] for name in ("train", part))
    else:
        section = Data(source=str(pictures), validation=0.5, test=0.0)
        splits = prepare_splits(section, seed=0, data_folder=data_folder)
        learned, part = splits.train, "validation" if splits.test is None else "test"
        other = splits.test or splits.validation
        assert other is not None, "half of them were cut off"
        held = other
    return Parts(by_name(learned, card.classes)[0], by_name(held, card.classes)[0], part)


def own_sample(folder: Path, card: Card, n: int, data_folder: Path | None) -> np.ndarray:
    """Up to n fitted pictures of the run, of those it held back; none where they are gone.

    Args:
        folder: A run folder, or the recognizer folder in it.
        card: Of the recognizer.
        n: How many.
        data_folder: Where built-in data sets are looked for first.

    Returns:
        (0 to n, height, width, channels) uint8.
    """
    nothing = np.empty((0, *card.size_hw, card.channels), np.uint8)
    run = run_of(folder)
    try:
        source, data_folder = source_now(run, read_recipe(run / RECIPE).data.source, data_folder)
        # a comparison is no reason to download 170 MB
        if at_hand(data_folder=data_folder).get(source, "in files") is None:
            return nothing
        own = own_pictures(run, data_folder)
        held, _ = own.part(own.names[0], skip_gone=True)
    except KanjianError:
        # a recognizer that came alone, or whose pictures lie elsewhere by now
        return nothing
    sample = list(_read(held, spread(len(held), n), card))
    return np.stack(sample) if sample else nothing


def _read(dataset: Dataset, indices: np.ndarray, card: Card) -> Iterator[np.ndarray]:
    for index in indices:
        try:
            yield fitted_batch(dataset, np.array([index]), shape_of(card))[0]
        except ImageError:
            continue


def spread(n: int, most: int) -> np.ndarray:
    """Up to `most` numbers of 0 to n - 1, evenly spread.

    Example:
        >>> spread(10, 3), spread(2, 3)
        (array([0, 4, 9]), array([0, 1]))
    """
    return np.linspace(0, n - 1, min(most, n)).astype(int)
