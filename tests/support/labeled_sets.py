"""Small sets to test with; every picture is written by hand, without our own writer."""

import pickle
from pathlib import Path

import numpy as np

from kanjian.datasets.dataset import ArrayImages, Dataset


def labeled(labels, *, classes=None, groups=None) -> Dataset:
    """A set of blank pictures with these labels; picture i can be told by its row."""
    labels = np.array(labels, np.int64)
    count = int(labels.max(initial=-1)) + 1
    names = classes or tuple(f"c{number}" for number in range(count))
    images = ArrayImages.of(np.zeros((len(labels), 1, 1), np.uint8))
    return Dataset(images, labels, names, None if groups is None else np.array(groups, np.int64))


def rows(dataset: Dataset) -> list[int]:
    return dataset.images.rows.tolist()


def pgm(path: Path, pixels=None, *, level: int = 0) -> Path:
    """Write a gray picture as binary PGM, making its folders."""
    pixels = np.full((4, 4), level, np.uint8) if pixels is None else pixels
    path.parent.mkdir(parents=True, exist_ok=True)
    height, width = pixels.shape
    path.write_bytes(b"P5 %d %d 255\n" % (width, height) + pixels.tobytes())
    return path


def class_folders(folder: Path, **counts: int) -> Path:
    for name, count in counts.items():
        for number in range(count):
            pgm(folder / name / f"{number}.pgm", level=number)
    return folder


def cifar_batch(n, *, seed=0):
    rng = np.random.default_rng(seed)
    return rng.integers(0, 256, (n, 3072), np.uint8), rng.integers(0, 2, n).tolist()


def python_cifar10(folder, protocol):
    for number in range(6):
        rows, labels = cifar_batch(4, seed=number)
        name = f"data_batch_{number}" if number else "test_batch"
        content = {b"data": rows, b"labels": labels, b"filenames": [b"a.png"] * 4}
        (folder / name).write_bytes(pickle.dumps(content, protocol))
    (folder / "batches.meta").write_bytes(pickle.dumps({"label_names": ["cat", "dog"]}, protocol))
