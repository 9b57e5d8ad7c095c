"""Color steps do what their names say, on color and on gray pictures."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from kanjian.augmentation.operations.equalize import equalized, spread
from kanjian.augmentation.steps import steps
from kanjian.images.convert import to_gray
from kanjian.recipes.augmentation import Augmentation
from variants_of import pictures, still, varied


def flat(level, channels=3):
    return np.full((1, 4, 4, channels), level, np.uint8)


@pytest.mark.parametrize(
    ("change", "before", "after"),
    [
        ({"brightness": 0.2}, 100, 151),
        ({"brightness": 0.9}, 100, 255),
        ({"contrast": 2.0}, 100, 72),
        ({"contrast": 0.5}, 0, 64),
        ({"gamma": 2.0}, 128, 64),
        ({"solarize_from": 100}, 100, 155),
        ({"solarize_from": 101}, 100, 100),
        ({"posterize_bits": 4}, 0xAB, 0xA0),
    ],
)
@pytest.mark.parametrize("channels", [1, 3])
def test_levels_become_what_the_step_says(change, before, after, channels):
    draws = still(1, **{name: np.array([value]) for name, value in change.items()})
    assert (varied(flat(before, channels), draws) == after).all()


def test_each_channel_is_shifted_by_its_own_levels():
    out = varied(flat(100), still(1, channels=np.array([[10.0, -20.0, 0.0]])))
    assert out[0, 0, 0].tolist() == [110, 80, 100]


@given(st.floats(0, 2), st.floats(-180, 180), st.booleans(), st.integers(0, 255))
def test_gray_stays_gray_under_saturation_and_hue(saturation, hue, gray, level):
    draws = still(
        1, saturation=np.array([saturation]), hue_deg=np.array([hue]), gray=np.array([gray])
    )
    assert abs(varied(flat(level), draws).astype(int) - level).max() <= 1


def test_without_color_is_what_to_gray_makes():
    images = pictures(2, (8, 8))
    out = varied(images, still(2, gray=np.ones(2, bool)))
    for before, after in zip(images, out, strict=True):
        assert abs(after.astype(int) - to_gray(before)[:, :, None]).max() <= 1


def test_a_third_of_a_turn_of_hue_exchanges_the_channels():
    images = pictures(1, (8, 8))
    out = varied(images, still(1, hue_deg=np.array([120.0])))
    assert abs(out.astype(int) - np.roll(images, 1, axis=3)).max() <= 1


def test_nothing_to_do_makes_no_steps():
    assert steps(still(3)) == []


def test_neighbors_are_one_table_and_one_matrix():
    draws = still(
        1, brightness=np.array([0.1]), solarize_from=np.array([200]), posterize_bits=np.array([7]),
        saturation=np.array([0.5]), hue_deg=np.array([20.0]), blur_px=np.array([1.0]),
    )  # fmt: skip
    assert len(draws.active) == 6
    assert len(steps(draws)) == 3


@given(arrays(np.uint8, (5, 4, 3)))
def test_spread_channels_reach_from_black_to_white(image):
    out = spread(image)
    for before, after in zip(np.moveaxis(image, 2, 0), np.moveaxis(out, 2, 0), strict=True):
        if before.min() == before.max():
            np.testing.assert_array_equal(after, before)
        else:
            assert (after.min(), after.max()) == (0, 255)
            order = np.argsort(before.ravel(), kind="stable")
            assert (np.diff(after.ravel()[order].astype(int)) >= 0).all()


def test_equalized_levels_are_spread_evenly():
    ramp = np.repeat(np.arange(100, 116, dtype=np.uint8), 16).reshape(16, 16, 1)
    levels = np.unique(equalized(ramp))
    assert (levels[0], levels[-1]) == (0, 255)
    assert np.ptp(np.diff(levels.astype(int))) <= 1


def test_jpeg_and_blur_and_sharpness_leave_a_flat_picture_flat():
    draws = still(
        1, jpeg_quality=np.array([30]), blur_px=np.array([2.0]), sharpness=np.array([1.8])
    )
    assert abs(varied(flat(100), draws, Augmentation()).astype(int) - 100).max() <= 2


def test_blur_lowers_and_sharpness_raises_the_spread_of_levels():
    image = np.tile(np.array([[90, 90, 160, 160]], np.uint8), (16, 4))[None, :, :, None]
    spread_of = [
        varied(image, still(1, **change)).std()
        for change in ({"blur_px": np.array([1.5])}, {}, {"sharpness": np.array([1.9])})
    ]
    assert spread_of == sorted(spread_of)
    assert spread_of[0] < 0.8 * spread_of[1] < spread_of[1] < 0.95 * spread_of[2]
