"""Decoded live or kept between epochs, one by one or all at once: the same varied pictures."""

import cv2
import numpy as np
import pytest

from kanjian.augmentation.sample_params import draw
from kanjian.datasets.dataset import ArrayImages, Dataset
from kanjian.datasets.open_dataset import open_dataset
from kanjian.images.write import write_image
from kanjian.pipeline.augmented import augmented_batch
from kanjian.pipeline.decoded_cache import HeldImages, held
from kanjian.pipeline.input_shape import InputShape
from kanjian.recipes.augmentation import Augmentation, preset

SIDES = [(60, 60), (50, 83), (83, 50), (33, 99), (99, 33), (61, 63), (40, 41), (90, 70)]
BOUNDS = {
    "light": preset("light"),
    "moved": Augmentation(flip_horizontal=True, flip_vertical=True, shift_px=3, fill="reflect"),
    "cut out": Augmentation(crop_area=0.5, fill="wrap"),
    "turned": Augmentation(quarter_turns=True, rotate_deg=20, fill="nearest"),
    "corners": Augmentation(perspective_frac=0.1, shift_frac=0.2, fill_level=200),
    "brighter": Augmentation(brightness_frac=0.4, contrast_frac=0.2, erase_px=5, fill_level=90),
    "still": Augmentation(),
}


@pytest.fixture(scope="module")
def photos(tmp_path_factory):
    """Bright, smooth pictures of many sides."""
    place, rng = tmp_path_factory.mktemp("photos"), np.random.default_rng(0)
    for number, (height, width) in enumerate(SIDES):
        small = rng.integers(120, 256, (4, 4, 3)).astype(np.uint8)
        image = cv2.resize(small, (width, height), interpolation=cv2.INTER_LINEAR)
        write_image(place / "ab"[number % 2] / f"{number}.png", image)
    return open_dataset(place).train


def batch_of(dataset, shape, bounds, epoch=0):
    draws = draw(bounds, len(dataset), seed=0, epoch=epoch)
    return augmented_batch(dataset, np.arange(len(dataset)), shape, bounds, draws)


@pytest.mark.parametrize("bounds", BOUNDS.values(), ids=BOUNDS)
@pytest.mark.parametrize("fit", ["letterbox", "crop", "stretch"])
@pytest.mark.parametrize(("size_hw", "cache"), [((24, 24), "auto"), ((20, 31), "disk")])
def test_kept_pictures_are_varied_as_decoded_ones(
    photos, bounds, fit, size_hw, cache, tmp_path, monkeypatch
):
    monkeypatch.setenv("KANJIAN_HOME", str(tmp_path))
    shape = InputShape(size_hw, 3, fit)
    kept = held(photos, shape, cache=cache, augmentation=bounds)
    assert isinstance(kept.images, HeldImages)
    for epoch in range(3):
        live, again = (batch_of(data, shape, bounds, epoch) for data in (photos, kept))
        if fit == "letterbox":
            np.testing.assert_array_equal(live.any(-1), again.any(-1), "the bars lie alike")
        difference = np.abs(live.astype(int) - again.astype(int))
        assert difference.mean() < 2, "but for interpolation"


@pytest.mark.parametrize("bounds", BOUNDS.values(), ids=BOUNDS)
def test_kept_pictures_of_the_inputs_sides_are_varied_as_arrays(bounds):
    array = np.random.default_rng(0).integers(0, 256, (6, 12, 15, 3)).astype(np.uint8)
    data = Dataset(ArrayImages.of(array), np.arange(6) % 2, ("a", "b"))
    sides = np.full((6, 2), (12, 15), np.int32)
    kept = HeldImages(array, np.arange(6), names=data.names, sides_hw=sides)
    shape = InputShape((12, 15), 3)
    np.testing.assert_array_equal(
        batch_of(data, shape, bounds),
        batch_of(Dataset(kept, data.labels, data.classes), shape, bounds),
    )


def test_a_part_of_the_kept_pictures_keeps_each_its_sides(photos):
    shape, bounds = InputShape((24, 24), 3), BOUNDS["light"]
    kept = held(photos, shape, augmentation=bounds)
    some = np.array([5, 1, 4])
    draws = draw(bounds, 3, seed=0, epoch=0)
    whole = augmented_batch(kept, some, shape, bounds, draws)
    part = augmented_batch(kept.subset(some), np.arange(3), shape, bounds, draws)
    np.testing.assert_array_equal(whole, part)
