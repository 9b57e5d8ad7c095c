"""Draws repeat, keep their bounds and do not disturb each other."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kanjian.augmentation.operations.randaugment import OPS
from kanjian.augmentation.registry import OPERATIONS
from kanjian.augmentation.sample_params import draw
from kanjian.recipes.augmentation import PRESETS, Augmentation, preset

EVERYTHING = Augmentation(
    flip_horizontal=True, flip_vertical=True, quarter_turns=True, rotate_deg=10, shift_px=3,
    shift_frac=0.1, shear_deg=5, zoom_frac=0.2, zoom_separate=True, perspective_frac=0.1,
    crop_area=0.4, brightness_frac=0.2, contrast_frac=0.2, saturation_frac=0.3, gamma=1.5,
    hue_deg=20, channel_shift_levels=10, gray_share=0.2, blur_px=1, noise_levels=5,
    salt_pepper_frac=0.01, jpeg_quality=40, erase_px=2, erase_area=0.2, randaugment_ops=2,
)  # fmt: skip
# The last number drawn for two pictures of seed 7 and epoch 1: a run that is repeated after years
# sees the same pictures
DRAWN = {
    "crop": (0.608418, 0.654196), "flip_xy": (False, True), "quarters": (1, 1),
    "zoom_xy": (1.169667, 1.044315), "shear_deg": (1.702633, 3.260947),
    "angle_deg": (-6.452665, -8.718333), "corners": (0.055464, 0.016317), "shift_px": (0, -1),
    "shift_frac": (0.013925, -0.086681), "brightness": (0.100542, -0.072716),
    "contrast": (0.935694, 1.136473), "gamma": (1.283527, 0.874789),
    "channels": (0.207905, 6.631618), "saturation": (1.141323, 0.818297), "gray": (False, False),
    "hue_deg": (3.169687, 2.805848), "blur_px": (0.921843, 0.227202),
    "noise_levels": (3.725498, 3.509878), "salt_pepper": (0.000583, 0.006242),
    "noise_seed": (276668851681135854, 7341690396319252774), "jpeg_quality": (50, 62),
    "erase_xy": (0.75626, 0.33092), "erase_box": (0.341403, 0.384456),
}  # fmt: skip
BY_RANDAUGMENT = {
    "autocontrast": (True, False, True, True, True), "equalize": (False, False, False, False, True),
    "solarize_from": (256, 256, 128, 256, 256), "saturation": (1, 1, 0.55, 1, 1),
    "sharpness": (1, 1, 1, 1.45, 1), "angle_deg": (0, 0, 0, 0, -15),
    "shear_deg": (0, -8.5, 0, -8.5, 0), "shift_frac": (0, 0.225, 0, 0, 0),
}  # fmt: skip
NAMES = [name for operation in OPERATIONS for name in operation.neutral]


def last_of(values):
    return values.reshape(len(values), -1)[:, -1]


@pytest.mark.parametrize("name", DRAWN)
def test_draws_stay_what_they_were(name):
    drawn = draw(EVERYTHING.model_copy(update={"randaugment_ops": 0}), 5, seed=7, epoch=1)
    assert last_of(getattr(drawn, name))[3:] == pytest.approx(DRAWN[name], abs=2e-6)


@pytest.mark.parametrize("name", BY_RANDAUGMENT)
def test_draws_of_randaugment_stay_what_they_were(name):
    bounds = Augmentation(randaugment_ops=3, randaugment_magnitude=0.5)
    drawn = draw(bounds, 5, seed=7, epoch=1)
    assert last_of(getattr(drawn, name)) == pytest.approx(BY_RANDAUGMENT[name])


@given(st.integers(0, 2**31), st.integers(0, 1000), st.integers(1, 30))
def test_draws_depend_on_seed_epoch_and_picture_alone(seed, epoch, n):
    whole = draw(EVERYTHING, n, seed=seed, epoch=epoch)
    picked = np.arange(n)[::-2]
    some = draw(EVERYTHING, n, seed=seed, epoch=epoch).of(picked)
    for name in NAMES:
        np.testing.assert_array_equal(getattr(whole, name)[picked], getattr(some, name))


@pytest.mark.parametrize("name", NAMES)
def test_what_is_drawn_differs_between_pictures_and_epochs(name):
    bounds = EVERYTHING
    if name in {"posterize_bits", "solarize_from", "autocontrast", "equalize", "sharpness"}:
        bounds = Augmentation(randaugment_ops=3, randaugment_magnitude=0.5)
    first, second = (getattr(draw(bounds, 200, seed=0, epoch=e), name) for e in (0, 1))
    assert len(np.unique(first)) > 1
    assert (first != second).any()


def test_draws_keep_their_bounds_and_reach_both_ends():
    bounds = Augmentation(shift_px=2, rotate_deg=7, zoom_frac=0.25, gamma=2, jpeg_quality=30)
    drawn = draw(bounds, 5000, seed=3, epoch=0)
    values, counts = np.unique(drawn.shift_px, return_counts=True)
    assert set(values) == {-2, -1, 0, 1, 2}
    assert counts.min() > 0.9 * counts.max(), "the ends are drawn as often as the middle"
    assert 6.9 < abs(drawn.angle_deg).max() <= 7
    assert 0.75 <= drawn.zoom_xy.min() < 0.76 < 1.24 < drawn.zoom_xy.max() <= 1.25
    assert (drawn.zoom_xy[:, 0] == drawn.zoom_xy[:, 1]).all()
    assert 0.5 <= drawn.gamma.min() < 0.51 < 1.97 < drawn.gamma.max() <= 2.0001
    assert (drawn.jpeg_quality.min(), drawn.jpeg_quality.max()) == (30, 100)


def test_flips_that_alternate_show_every_picture_both_ways_in_two_epochs():
    bounds = Augmentation(flip_horizontal=True, flip_vertical=True, flip_alternates=True)
    first, second, third = (draw(bounds, 300, seed=0, epoch=e).flip_xy for e in range(3))
    np.testing.assert_array_equal(first, ~second)
    np.testing.assert_array_equal(first, third)
    assert 0.4 < first[:, 0].mean() < 0.6
    assert (first[:, 0] != first[:, 1]).any()
    assert not draw(Augmentation(flip_alternates=True), 9, seed=0, epoch=1).flip_xy.any()


def test_switching_one_variation_on_leaves_the_others_as_they_were():
    plain = draw(Augmentation(rotate_deg=10), 20, seed=0, epoch=0)
    more = draw(Augmentation(rotate_deg=10, shift_px=3, flip_horizontal=True), 20, seed=0, epoch=0)
    np.testing.assert_array_equal(plain.angle_deg, more.angle_deg)


def test_parts_cut_out_lie_within_the_picture_and_have_the_area_asked_for():
    crop = draw(Augmentation(crop_area=0.3, crop_aspect=2), 5000, seed=0, epoch=0).crop
    area, aspect = crop[:, 2] * crop[:, 3], crop[:, 2] / crop[:, 3]
    assert (crop >= 0).all()
    assert (crop[:, :2] + crop[:, 2:] <= 1 + 1e-6).all()
    assert 0.3 - 1e-6 <= area.min() < 0.31 < 0.98 < area.max() <= 1 + 1e-6
    assert 0.499 < aspect.min() < 0.55 < 1.8 < aspect.max() < 2.001


def test_randaugment_takes_as_many_different_steps_as_asked():
    bounds = Augmentation(randaugment_ops=len(OPS), randaugment_magnitude=1)
    drawn = draw(bounds, 3, seed=0, epoch=0)
    assert drawn.autocontrast.all()
    assert (abs(drawn.angle_deg) == 30).all()
    assert (drawn.posterize_bits == 4).all()
    assert (drawn.solarize_from == 0).all()


def test_randaugment_without_magnitude_turns_nothing():
    drawn = draw(Augmentation(randaugment_ops=14, randaugment_magnitude=0), 3, seed=0, epoch=0)
    assert not drawn.angle_deg.any()
    assert (drawn.contrast == 1).all()
    assert (drawn.solarize_from == 256).all()


def test_presets_get_stronger_and_can_leave_mirroring_out():
    assert PRESETS["none"] == Augmentation()
    turns = [PRESETS[name].rotate_deg for name in ("none", "light", "standard", "strong")]
    assert turns == sorted(set(turns))
    for name in PRESETS:
        assert not preset(name, mirror=False).flip_horizontal
