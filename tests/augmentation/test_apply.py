"""Augmentation: what is drawn repeats, and every step does what its name says."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from kanjian.augmentation.apply import augment_batch, matrices
from kanjian.augmentation.draw import Draws, draw
from kanjian.recipes.recipe import Augmentation


def still(n, **changes):
    """Draws that change nothing, but for what is named."""
    fields = {
        "flip": np.zeros(n, bool),
        "shift_xy": np.zeros((n, 2), int),
        "angle_deg": np.zeros(n, np.float32),
        "zoom": np.ones(n, np.float32),
        "erase_xy": np.zeros((n, 2), np.float32),
    }
    return Draws(**(fields | changes))


def pictures(n=3, size=9, channels=3, seed=0):
    shape = (n, size, size, channels)
    return np.random.default_rng(seed).integers(0, 256, shape).astype(np.uint8)


@given(st.integers(0, 2**31), st.integers(0, 1000), st.integers(1, 50))
def test_draws_depend_on_seed_epoch_and_picture_alone(seed, epoch, n):
    bounds = Augmentation(flip_horizontal=True, shift_px=3, rotate_deg=10, zoom=0.2, erase_px=2)
    whole = draw(bounds, n, seed=seed, epoch=epoch)
    picked = np.arange(n)[::-2]
    some = draw(bounds, n, seed=seed, epoch=epoch).of(picked)
    for name in vars(whole):
        np.testing.assert_array_equal(getattr(whole, name)[picked], getattr(some, name))


def test_draws_differ_between_epochs():
    bounds = Augmentation(shift_px=5)
    first, second = (draw(bounds, 100, seed=0, epoch=epoch) for epoch in (0, 1))
    assert (first.shift_xy != second.shift_xy).any()


def test_draws_keep_their_bounds_and_reach_both_ends():
    bounds = Augmentation(shift_px=2, rotate_deg=7, zoom=0.25)
    drawn = draw(bounds, 5000, seed=3, epoch=0)
    assert set(np.unique(drawn.shift_xy)) == {-2, -1, 0, 1, 2}
    counts = np.unique(drawn.shift_xy, return_counts=True)[1]
    assert counts.min() > 0.9 * counts.max(), "the ends are drawn as often as the middle"
    assert abs(drawn.angle_deg).max() <= 7
    assert 0.75 <= drawn.zoom.min() < drawn.zoom.max() <= 1.25


def test_nothing_asked_changes_nothing():
    images = pictures()
    out = augment_batch(images, Augmentation(), draw(Augmentation(), 3, seed=0, epoch=0))
    assert out is images


@given(arrays(np.uint8, (2, 6, 5, 1)))
def test_flipping_twice_is_the_identity(images):
    bounds, draws = Augmentation(flip_horizontal=True), still(2, flip=np.ones(2, bool))
    flipped = augment_batch(images, bounds, draws)
    np.testing.assert_array_equal(flipped, images[:, :, ::-1])
    np.testing.assert_array_equal(augment_batch(flipped, bounds, draws), images)


def test_a_shift_moves_right_and_down_and_fills_with_black():
    image = np.arange(1, 10, dtype=np.uint8).reshape(1, 3, 3, 1)
    out = augment_batch(image, Augmentation(shift_px=1), still(1, shift_xy=np.array([[1, 0]])))
    np.testing.assert_array_equal(out[0, :, :, 0], [[0, 1, 2], [0, 4, 5], [0, 7, 8]])
    out = augment_batch(image, Augmentation(shift_px=1), still(1, shift_xy=np.array([[0, 1]])))
    np.testing.assert_array_equal(out[0, :, :, 0], [[0, 0, 0], [1, 2, 3], [4, 5, 6]])


@pytest.mark.parametrize("fill", ["constant", "reflect", "nearest"])
@pytest.mark.parametrize("channels", [1, 3])
def test_the_gather_and_the_warp_agree(fill, channels):
    images = pictures(8, channels=channels)
    bounds = Augmentation(flip_horizontal=True, shift_px=3, fill=fill)
    draws = draw(bounds, 8, seed=5, epoch=1)
    # a zoom bound that is never drawn sends the same draws through the warp
    warped = augment_batch(images, bounds.model_copy(update={"zoom": 0.5}), draws)
    np.testing.assert_array_equal(augment_batch(images, bounds, draws), warped)


def test_a_quarter_turn_is_rot90():
    images = pictures(2)
    draws = still(2, angle_deg=np.full(2, 90.0))
    turned = augment_batch(images, Augmentation(rotate_deg=90), draws)
    np.testing.assert_array_equal(turned, np.rot90(images, axes=(1, 2)))


def test_zoom_two_about_the_center_keeps_the_center():
    matrix = matrices(still(1, zoom=np.array([2.0])), (5, 7))[0]
    np.testing.assert_allclose(matrix @ [3, 2, 1], [3, 2])
    np.testing.assert_allclose(matrix @ [4, 2, 1], [5, 2])


def test_erasing_blanks_one_square_and_reaches_every_pixel():
    images = np.full((2000, 6, 6, 1), 7, np.uint8)
    bounds = Augmentation(erase_px=3)
    out = augment_batch(images, bounds, draw(bounds, 2000, seed=0, epoch=0))
    blank = (out == 0).sum(axis=(1, 2, 3))
    assert blank.min() >= 1
    assert blank.max() == 9
    often = (out == 0).mean(axis=0)
    assert often.min() > 0.8 * often.max(), "corners are erased as often as the middle"
    assert (images == 7).all(), "the pictures given are never altered"
