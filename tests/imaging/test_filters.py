"""Filters that smooth: what they keep, what they take, and the setting that does nothing."""

import numpy as np
import pytest
from scipy import ndimage

from kanjian.errors import ImageError
from kanjian.imaging.filters import bilateral, mean, median, nonlocal_means

RNG = np.random.default_rng(1)
GRAY = RNG.integers(0, 256, (24, 31), dtype=np.uint8)
COLOR = RNG.integers(0, 256, (24, 31, 3), dtype=np.uint8)
IDLE = [
    (mean, {"size": 1}),
    (median, {"size": 1}),
    (bilateral, {"sigma_color": 0}),
    (bilateral, {"sigma_space": 0}),
    (nonlocal_means, {"strength": 0}),
]
ALL = (mean, median, bilateral, nonlocal_means)
FLOATS_TOO = [(mean, "uint16"), (mean, "float32"), (mean, "float64"), (median, "uint16"),
              (median, "float32"), (median, "float64"), (bilateral, "float32")]  # fmt: skip


@pytest.mark.parametrize(("filtered", "options"), IDLE)
@pytest.mark.parametrize("image", [GRAY, COLOR])
def test_a_setting_that_does_nothing_gives_a_copy(filtered, options, image):
    out = filtered(image, **options)
    np.testing.assert_array_equal(out, image)
    assert not np.shares_memory(out, image)


@pytest.mark.parametrize("filtered", ALL)
@pytest.mark.parametrize("image", [GRAY, COLOR, GRAY[:1, :1], COLOR[:1, :1], GRAY[:1], GRAY[:, :1]])
def test_shape_and_type_stay_and_the_input_is_not_touched(filtered, image):
    image, before = image.copy(), image.copy()
    out = filtered(image)
    assert out.shape == image.shape
    assert out.dtype == image.dtype
    np.testing.assert_array_equal(image, before)


@pytest.mark.parametrize(("filtered", "dtype"), FLOATS_TOO)
def test_other_types(filtered, dtype):
    for size in (3, 7) if filtered is median else (3,):
        options = {} if filtered is bilateral else {"size": size}
        out = filtered(GRAY.astype(dtype), **options)
        assert out.dtype == dtype
        if filtered is median:
            np.testing.assert_array_equal(out, median(GRAY, size=size))


@pytest.mark.parametrize("filtered", ALL)
def test_one_level_stays(filtered):
    for image in (np.full((15, 9), 77, np.uint8), np.full((9, 15, 3), 77, np.uint8)):
        np.testing.assert_array_equal(filtered(image), image)


@pytest.mark.parametrize("filtered", [mean, median, bilateral])
def test_turning_before_is_turning_after(filtered):
    turned = filtered(np.rot90(GRAY).copy()).astype(int)
    assert np.abs(turned - np.rot90(filtered(GRAY))).max() <= 1


def test_the_mean_by_hand_and_of_the_whole_picture():
    image = np.array([[1, 2, 3], [4, 5, 6], [7, 8, 9]], np.uint8)
    assert mean(image)[1, 1] == 5
    # mirrored at the border: 1 1 2 / 1 1 2 / 4 4 5
    assert mean(image.astype(np.float64))[0, 0] == pytest.approx(21 / 9)
    values = GRAY.astype(np.float64)
    assert mean(values, size=9).mean() == pytest.approx(values.mean())


@pytest.mark.parametrize("size", [3, 5, 9])
@pytest.mark.parametrize("dtype", ["uint8", "float64"])
def test_the_median_is_the_middle_one(size, dtype):
    expected = ndimage.median_filter(GRAY, size=size, mode="nearest")
    np.testing.assert_array_equal(median(GRAY.astype(dtype), size=size), expected)


def test_the_median_keeps_an_edge_and_takes_specks():
    step = np.zeros((12, 12), np.uint8)
    step[:, 6:] = 200
    specks = step.copy()
    specks[3, 3], specks[8, 9] = 255, 0
    np.testing.assert_array_equal(median(specks), step)


def test_bilateral_keeps_an_edge_that_a_mean_does_not_and_takes_noise():
    step = np.repeat(np.repeat([[60, 180]], 20, axis=1), 20, axis=0).astype(np.uint8)
    noisy = np.clip(step + RNG.normal(0, 8, step.shape), 0, 255).astype(np.uint8)
    out = bilateral(noisy, sigma_color=40, sigma_space=3).astype(float)
    assert out[:, :20].std() < noisy[:, :20].std() / 2
    assert (out[:, 20] - out[:, 19]).min() > 90


def test_nonlocal_means_takes_noise():
    flat = np.clip(RNG.normal(128, 10, (40, 40)), 0, 255).astype(np.uint8)
    assert nonlocal_means(flat, strength=15).std() < flat.std() / 3


@pytest.mark.parametrize(
    ("work", "message"),
    [
        (lambda: mean(GRAY, size=2), "size must be odd"),
        (lambda: median(GRAY, size=0), "size must be odd"),
        (lambda: bilateral(GRAY, sigma_color=-1), "sigma_color must be at least 0"),
        (lambda: bilateral(GRAY.astype(np.float64)), "image must be .* uint8 or float32"),
        (lambda: nonlocal_means(GRAY, patch=4), "patch must be odd"),
        (lambda: nonlocal_means(GRAY, search=4), "search must be odd"),
        (lambda: nonlocal_means(GRAY.astype(np.float32)), "image must be"),
        (lambda: median(GRAY[:0]), "It has no pixels"),
    ],
)
def test_mistakes(work, message):
    with pytest.raises(ImageError, match=message):
        work()
