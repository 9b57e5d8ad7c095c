"""Folders of pictures drawn from the shared sets, for benchmarks on few pictures."""

from pathlib import Path

import numpy as np

from kanjian.datasets.dataset import Dataset
from kanjian.images.write import write_image

SETS = {"pets": "photos/cats-dogs.tar", "people": "faces/people-colour.tar",
        "cifar": "cifar10-jpeg.tar.xz", "orl": "faces/orl-faces.tar"}  # fmt: skip


def of_each_class(dataset: Dataset, rng: np.random.Generator) -> list[np.ndarray]:
    """The numbers of its pictures, shuffled, class by class."""
    labels = np.asarray(dataset.labels)
    return [rng.permutation(np.flatnonzero(labels == k)) for k in range(len(dataset.classes))]


def put(dataset: Dataset, numbers: np.ndarray, folder: Path) -> None:
    """Write these pictures into folders of their classes."""
    for number in map(int, numbers):
        picture = dataset.images.read(number)
        write_image(folder / dataset.classes[dataset.labels[number]] / f"{number}.png", picture)
