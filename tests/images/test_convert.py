"""Converting is exact where it can be, and never guesses."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from PIL import Image

from kanjian.errors import ImageError
from kanjian.images import check_image, to_float01, to_gray, to_rgb, to_uint8
from kanjian.images.convert import over_white

sizes = st.tuples(st.integers(1, 9), st.integers(1, 9))
gray_images = sizes.flatmap(lambda hw: arrays(np.uint8, hw))


def test_every_level_survives_the_way_to_floats_and_back():
    levels = np.arange(256, dtype=np.uint8).reshape(16, 16)
    floats = to_float01(levels)
    assert floats.dtype == np.float32
    assert (floats.min(), floats.max()) == (0, 1)
    np.testing.assert_array_equal(to_uint8(floats), levels)


@given(gray_images)
def test_gray_to_rgb_to_gray_is_the_same(image):
    np.testing.assert_array_equal(to_gray(to_rgb(image)), image)


def test_what_is_right_already_comes_back_as_it_is():
    gray, rgb = np.zeros((2, 2), np.uint8), np.zeros((2, 2, 3), np.uint8)
    assert to_gray(gray) is gray
    assert to_rgb(rgb) is rgb
    assert check_image(rgb) is rgb


@given(sizes.flatmap(lambda hw: arrays(np.uint8, (*hw, 4))))
def test_over_white_is_the_exact_mean_rounded(image):
    color, alpha = image[:, :, :3].astype(float), image[:, :, 3:].astype(float) / 255
    exact = color * alpha + 255 * (1 - alpha)
    assert np.abs(over_white(image) - exact).max() <= 0.5 + 1e-9
    np.testing.assert_array_equal(to_rgb(image), over_white(image))


def test_over_white_in_blocks_equals_over_white_at_once():
    tall = np.random.default_rng(1).integers(0, 256, (600, 3, 4), np.uint8)
    rows = np.concatenate([over_white(row[None]) for row in tall])
    np.testing.assert_array_equal(over_white(tall), rows)


def test_gray_equals_pillows_within_rounding():
    image = np.random.default_rng(0).integers(0, 256, (20, 20, 3), np.uint8)
    theirs = np.asarray(Image.fromarray(image).convert("L")).astype(int)
    assert np.abs(to_gray(image) - theirs).max() <= 1


def test_booleans_are_black_and_white():
    assert to_uint8(np.array([[True, False]])).tolist() == [[255, 0]]


@pytest.mark.parametrize(
    ("function", "array", "message"),
    [
        (to_uint8, np.array([[0.0, 255.0]]), r"floats in 0\.\.1, got values from 0 to 255"),
        (to_uint8, np.array([[-0.5, 0.5]]), r"got values from -0\.5 to 0\.5"),
        (to_uint8, np.array([[np.nan]]), r"got values from nan to nan"),
        (to_uint8, np.array([[3]]), r"floats in 0\.\.1, got \(1, 1\) int64"),
        (to_float01, np.array([[0.5]]), r"must be uint8, got \(1, 1\) float64"),
        (to_gray, np.zeros((2, 2, 2), np.uint8), r"got \(2, 2, 2\) uint8"),
        (to_rgb, np.zeros((2, 2, 3)), r"got \(2, 2, 3\) float64\. Use to_uint8\(\)"),
    ],
)
def test_no_range_or_shape_is_guessed(function, array, message):
    with pytest.raises(ImageError, match=message):
        function(array)


def test_the_check_names_the_argument():
    with pytest.raises(ImageError, match=r"^mask must be \(height, width\)"):
        check_image(np.zeros(3, np.uint8), name="mask")
