"""A small network to take features of, and a few photos."""

import numpy as np
import pytest

from kanjian.datasets.open_dataset import open_dataset
from kanjian.images.write import write_image
from kanjian.pipeline.input_shape import InputShape

SHAPE = InputShape((12, 20), 3)  # not square: a swap of height and width shows


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    """A cache of its own for each test."""
    monkeypatch.setenv("KANJIAN_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


@pytest.fixture
def folder(tmp_path):
    """Eleven pictures of two classes, of various sizes."""
    rng = np.random.default_rng(0)
    for number in range(11):
        picture = rng.integers(0, 256, (20 + number, 30, 3), np.uint8)
        path = tmp_path / "pictures" / ("cat", "dog")[number % 2] / f"{number:02}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        write_image(path, picture)
    return tmp_path / "pictures"


@pytest.fixture
def dataset(folder):
    return open_dataset(folder).train
