"""Gray, channels and negatives."""

import numpy as np
import pytest

from kanjian.errors import ImageError
from kanjian.imaging.color import TYPES, channel, gray, negative

COLOR = np.random.default_rng(5).integers(0, 256, (7, 9, 3), dtype=np.uint8)


@pytest.mark.parametrize("dtype", TYPES)
def test_gray_is_the_weighted_sum_and_of_gray_a_copy(dtype):
    image = COLOR.astype(dtype)
    out = gray(image)
    assert out.dtype == dtype
    np.testing.assert_allclose(out, COLOR @ [0.299, 0.587, 0.114], atol=0.51)
    np.testing.assert_array_equal(gray(out), out)
    assert not np.shares_memory(gray(out), out)
    level = np.full((2, 2, 3), 200).astype(dtype)
    np.testing.assert_allclose(gray(level), 200, rtol=1e-6)


def test_gray_agrees_with_what_prediction_does():
    from kanjian.images.convert import to_gray

    assert np.abs(gray(COLOR).astype(int) - to_gray(COLOR)).max() <= 1


def test_channels():
    for place, name in enumerate(("red", "green", "blue")):
        np.testing.assert_array_equal(channel(COLOR, name=name), COLOR[:, :, place])
    np.testing.assert_array_equal(channel(COLOR[:, :, 0], name="blue"), COLOR[:, :, 0])
    assert not np.shares_memory(channel(COLOR), COLOR)


@pytest.mark.parametrize("dtype", ["bool", "uint8", "uint16"])
def test_a_negative_twice_is_the_picture(dtype):
    image = COLOR.astype(dtype)
    out = negative(image)
    assert out.dtype == dtype
    np.testing.assert_array_equal(negative(out), image)
    top = 1 if dtype == "bool" else np.iinfo(dtype).max
    np.testing.assert_array_equal(out.astype(int), top - image.astype(int))


@pytest.mark.parametrize("work", [gray, channel, negative])
def test_the_smallest_and_the_empty_picture(work):
    assert work(np.array([[7]], np.uint8)).shape == (1, 1)
    with pytest.raises(ImageError, match="It has no pixels"):
        work(np.zeros((0, 3, 3), np.uint8))
    with pytest.raises(ImageError, match="image must be"):
        work(np.zeros((3, 3, 4), np.uint8))


def test_unknown_channels_are_refused():
    with pytest.raises(ImageError, match="Did you mean 'green'"):
        channel(COLOR, name="gren")
