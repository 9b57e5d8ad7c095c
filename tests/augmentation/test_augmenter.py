"""Geometry is one warp that does what its steps say, and nothing leaks in."""

from dataclasses import replace

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from kanjian.augmentation.augmenter import Augmenter
from kanjian.augmentation.geometry import Geometry
from kanjian.augmentation.sample_params import draw
from kanjian.images.resize import resize_boxes, resize_image
from kanjian.recipes.augmentation import Augmentation, preset
from variants_of import pictures, still, varied

SIZES = [(1, 1), (1, 5000), (5000, 1), (3, 2), (40, 61)]
EVERY_GEOMETRY = Augmentation(
    flip_horizontal=True, flip_vertical=True, quarter_turns=True, rotate_deg=30, shift_frac=0.1,
    shear_deg=10, zoom_frac=0.3, zoom_separate=True, perspective_frac=0.1, crop_area=0.5,
)  # fmt: skip


@pytest.mark.parametrize("size_hw", SIZES)
@pytest.mark.parametrize("fit", ["letterbox", "crop", "stretch"])
@pytest.mark.parametrize("channels", [1, 3])
def test_no_variation_is_the_fitted_picture_bit_for_bit(size_hw, fit, channels):
    image = pictures(1, size_hw)[0]
    out = varied([image], still(1), size_hw=(12, 16), fit=fit, channels=channels)
    expected = resize_image(image, (12, 16), mode=fit, channels=channels)
    np.testing.assert_array_equal(out[0], expected)


@given(arrays(np.uint8, (2, 6, 5, 1)), st.sampled_from([0, 1]))
def test_flipping_twice_is_the_identity(images, axis):
    flip = np.zeros((2, 2), bool)
    flip[:, axis] = True
    flipped = varied(images, still(2, flip_xy=flip))
    np.testing.assert_array_equal(flipped, np.flip(images, 2 - axis))
    np.testing.assert_array_equal(varied(flipped, still(2, flip_xy=flip)), images)


@given(arrays(np.uint8, (1, 7, 7, 3)))
def test_four_quarter_turns_are_the_identity_and_each_is_rot90(images):
    quarter = still(1, quarters=np.array([1]))
    turned = images
    for k in range(1, 5):
        turned = varied(turned, quarter)
        np.testing.assert_array_equal(turned, np.rot90(images, k, axes=(1, 2)))
        once = varied(images, still(1, quarters=np.array([k % 4])))
        np.testing.assert_array_equal(once, turned)
    np.testing.assert_array_equal(turned, images)


def test_rotating_by_90_degrees_is_a_quarter_turn():
    images = pictures(2)
    turned = varied(images, still(2, angle_deg=np.full(2, 90.0)))
    np.testing.assert_array_equal(turned, np.rot90(images, axes=(1, 2)))


def test_a_shift_moves_right_and_down_and_fills_with_the_level():
    image = np.arange(1, 10, dtype=np.uint8).reshape(1, 3, 3, 1)
    bounds = Augmentation(fill_level=7)
    out = varied(image, still(1, shift_px=np.array([[1, 0]])), bounds)
    np.testing.assert_array_equal(out[0, :, :, 0], [[7, 1, 2], [7, 4, 5], [7, 7, 8]])
    third = still(1, shift_frac=np.array([[0, 1 / 3]]))
    out = varied(image, third)
    np.testing.assert_array_equal(out[0, :, :, 0], [[0, 0, 0], [1, 2, 3], [4, 5, 6]])


@pytest.mark.parametrize("fill", ["constant", "reflect", "nearest", "wrap"])
@pytest.mark.parametrize("channels", [1, 3])
def test_the_gather_of_whole_pixels_and_the_warp_agree(fill, channels):
    images = pictures(8, channels=channels)
    bounds = Augmentation(
        flip_horizontal=True, flip_vertical=True, shift_px=3, fill=fill, fill_level=9
    )
    draws = draw(bounds, 8, seed=5, epoch=1)
    variations = Augmenter(bounds, draws, (9, 9))
    assert variations.whole_pixels
    np.testing.assert_array_equal(variations.move_all(images), varied(images, draws, bounds))


def test_turns_and_zooms_are_not_whole_pixels():
    for change in ({"angle_deg": np.array([1.0])}, {"zoom_xy": np.array([[1.1, 1.1]])},
                   {"shift_frac": np.array([[0.01, 0]])}, {"quarters": np.array([1])}):  # fmt: skip
        assert not Augmenter(Augmentation(), still(1, **change), (9, 9)).whole_pixels


def test_zoom_two_about_the_center_keeps_the_center():
    matrix = Geometry(still(1, zoom_xy=np.array([[2.0, 2.0]]))).matrices((5, 7))[0]
    np.testing.assert_allclose(matrix @ [3.5, 2.5, 1], [3.5, 2.5, 1])
    np.testing.assert_allclose(matrix @ [4.5, 2.5, 1], [5.5, 2.5, 1])


def test_the_part_cut_out_fills_the_whole():
    matrix = Geometry(still(1, crop=np.array([[0.25, 0.5, 0.5, 0.25]]))).matrices((100, 200))[0]
    np.testing.assert_allclose(matrix @ [50, 50, 1], [0, 0, 1])
    np.testing.assert_allclose(matrix @ [150, 75, 1], [200, 100, 1])


def test_corners_move_inward_to_where_they_are_sent():
    corners = np.array([[[0.1, 0.2], [0.3, 0.0], [0.05, 0.1], [0.0, 0.25]]])
    matrix = Geometry(still(1, corners=corners)).matrices((100, 200))[0]
    for source, target in [((0, 0), (20, 20)), ((200, 0), (140, 0)),
                           ((200, 100), (190, 90)), ((0, 100), (0, 75))]:  # fmt: skip
        place = matrix @ [*source, 1]
        np.testing.assert_allclose(place[:2] / place[2], target, atol=1e-9)


@pytest.mark.parametrize("seed", range(5))
def test_one_composed_warp_equals_the_chained_ones_within_interpolation(seed):
    small = np.random.default_rng(seed).integers(0, 256, (6, 6, 3)).astype(np.uint8)
    image = cv2.resize(small, (96, 96), interpolation=cv2.INTER_CUBIC)  # smooth
    steps = [
        {"zoom_xy": np.array([[0.9, 1.1]])}, {"shear_deg": np.array([[7.0, -4.0]])},
        {"angle_deg": np.array([12.0])}, {"shift_frac": np.array([[0.05, -0.03]])},
    ]  # fmt: skip
    at_once = still(1, **{name: value for step in steps for name, value in step.items()})
    chained = [image]
    for step in steps:
        chained = varied(chained, still(1, **step))
    composed = varied([image], at_once)
    inner = (slice(None), slice(20, 76), slice(20, 76))
    difference = np.abs(composed[inner].astype(int) - chained[inner].astype(int))
    assert difference.mean() < 1.5
    assert difference.max() < 20


def smooth(height, width, *, seed=0, least=0):
    small = np.random.default_rng(seed).integers(least, 256, (5, 5, 3)).astype(np.uint8)
    return cv2.resize(small, (width, height), interpolation=cv2.INTER_LINEAR)


@pytest.mark.parametrize(("height", "width"), [(96, 96), (200, 120), (90, 333)])
@pytest.mark.parametrize("fit", ["letterbox", "crop", "stretch"])
def test_fitting_and_turning_at_once_is_fitting_then_turning(height, width, fit):
    image, turn = smooth(height, width), still(1, angle_deg=np.array([10.0]))
    at_once = varied([image], turn, size_hw=(64, 64), fit=fit)
    (top, left, down, across), (above, before, *inner_hw) = resize_boxes(
        (height, width), (64, 64), fit
    )
    part = image[top : top + down, left : left + across]
    fitted = resize_image(part, tuple(inner_hw), mode="stretch", channels=3)
    after = np.zeros((1, 64, 64, 3), np.uint8)
    inner = (slice(None), slice(above, above + inner_hw[0]), slice(before, before + inner_hw[1]))
    after[inner] = varied([fitted], turn)
    difference = np.abs(at_once.astype(int) - after.astype(int))
    assert difference.mean() < 2.5


@pytest.mark.parametrize("fill", ["constant", "reflect", "nearest", "wrap"])
@pytest.mark.parametrize("size_hw", [(32, 32), (24, 40)])
@pytest.mark.parametrize(("height", "width"), [(20, 61), (61, 20), (200, 333), (48, 80)])
def test_a_letterboxed_picture_is_the_varied_picture_between_bars(fill, size_hw, height, width):
    bounds = EVERY_GEOMETRY.model_copy(
        update={"fill": fill, "fill_level": 90, "brightness_frac": 0.3, "blur_px": 1.0,
                "erase_px": 3, "erase_area": 0.1, "shift_px": 2}
    )  # fmt: skip
    image, draws = smooth(height, width), draw(bounds, 12, seed=0, epoch=0)
    for k, out in enumerate(varied([image] * 12, draws, bounds, size_hw=size_hw)):
        one, turned = draws.of(np.array([k])), draws.quarters[k] % 2
        sides = (width, height) if turned else (height, width)
        _, (top, left, *inner_hw) = resize_boxes(sides, size_hw)
        inner = (slice(top, top + inner_hw[0]), slice(left, left + inner_hw[1]))
        if not turned:  # alone, it would be stretched the other way round
            alone = varied([image], one, bounds, size_hw=tuple(inner_hw), fit="stretch")[0]
            np.testing.assert_array_equal(out[inner], alone)
        assert out[inner].any()
        out[inner] = 0
        assert not out.any(), "bars are black"


@pytest.mark.parametrize("fill", ["reflect", "nearest", "wrap"])
def test_a_fill_from_the_picture_never_repeats_the_bars(fill):
    image = smooth(60, 100, least=150)
    bounds = EVERY_GEOMETRY.model_copy(update={"fill": fill, "shift_px": 3})
    bars = int((resize_image(image, (40, 40), channels=3) < 100).all(-1).sum())
    assert bars == 40 * 16
    for out in varied([image] * 50, draw(bounds, 50, seed=0, epoch=0), bounds, (40, 40)):
        assert int((out < 100).all(-1).sum()) == bars


@pytest.mark.parametrize("quarters", [1, 2, 3])
def test_a_quarter_turn_is_the_turned_picture_letterboxed(quarters):
    image = smooth(60, 100)
    out = varied([image], still(1, quarters=np.array([quarters])), size_hw=(30, 50))[0]
    turned = resize_image(np.rot90(image, quarters), (30, 50), channels=3)
    assert np.abs(out.astype(int) - turned.astype(int)).mean() < 1.0
    np.testing.assert_array_equal(out.any(-1), turned.any(-1))


def test_shrinking_averages_instead_of_picking_pixels():
    stripes = np.zeros((512, 512, 3), np.uint8)
    stripes[:, ::2] = 255  # finer than the result can show: it must come out gray
    turned = varied([stripes], still(1, angle_deg=np.array([3.0])), size_hw=(64, 64))
    inner = turned[0, 16:48, 16:48].astype(int)
    assert abs(inner - 127).max() < 12


def test_zooming_in_asks_for_more_pixels_than_the_input_has():
    half = still(1, crop=np.array([[0.25, 0.25, 0.5, 0.5]]))
    assert Augmenter(Augmentation(), half, (32, 48)).cover_hw(0) == (64, 96)
    assert Augmenter(Augmentation(), still(1), (32, 48)).cover_hw(0) == (32, 48)


@pytest.mark.parametrize("fill", ["reflect", "nearest", "wrap"])
def test_bars_stay_black_whatever_the_fill(fill):
    """A network sees bars when it is asked, so it must see them when it learns."""
    wide = np.full((20, 40, 3), 200, np.uint8)
    flip = still(1, flip_xy=np.array([[True, False]]))
    out = varied([wide], flip, Augmentation(fill=fill), size_hw=(32, 32))
    np.testing.assert_array_equal(out[0], resize_image(wide, (32, 32), channels=3))


@pytest.mark.parametrize("fill", ["constant", "reflect", "nearest", "wrap"])
def test_the_fill_never_leaks_from_another_picture(fill):
    bright, dark = np.full((30, 20, 3), 250, np.uint8), np.full((30, 20, 3), 10, np.uint8)
    bounds = EVERY_GEOMETRY.model_copy(update={"fill": fill, "fill_level": 10})
    draws = draw(bounds, 40, seed=0, epoch=0)
    images = [bright if k % 2 else dark for k in range(40)]
    assert varied(images, draws, bounds, size_hw=(16, 16))[::2].max() <= 10


@pytest.mark.parametrize("size_hw", SIZES)
@pytest.mark.parametrize("gray", [True, False])
@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("fill", ["constant", "reflect"])
def test_pictures_of_any_size_and_kind_pass_through_every_step(size_hw, gray, channels, fill):
    bounds = EVERY_GEOMETRY.model_copy(
        update={"brightness_frac": 0.3, "hue_deg": 30, "blur_px": 2, "noise_levels": 9,
                "jpeg_quality": 20, "salt_pepper_frac": 0.1, "erase_area": 0.3, "erase_px": 3,
                "randaugment_ops": 5, "fill": fill}
    )  # fmt: skip
    image = pictures(1, size_hw, channels=1 if gray else 3)[0]
    before = image.copy()
    out = varied([image] * 6, draw(bounds, 6, seed=1, epoch=0), bounds, (13, 8), channels=channels)
    assert out.shape == (6, 13, 8, channels)
    np.testing.assert_array_equal(image, before, "the picture given is never altered")


def test_erasing_blanks_one_square_and_reaches_every_pixel():
    images = np.full((2000, 6, 6, 1), 7, np.uint8)
    bounds = Augmentation(erase_px=3)
    out = varied(images, draw(bounds, 2000, seed=0, epoch=0), bounds)
    blank = (out == 0).sum(axis=(1, 2, 3))
    assert blank.min() >= 1
    assert blank.max() == 9
    often = (out == 0).mean(axis=0)
    assert often.min() > 0.8 * often.max(), "corners are erased as often as the middle"


def test_rectangles_blank_up_to_their_share():
    images = np.full((500, 40, 40, 3), 7, np.uint8)
    bounds = Augmentation(erase_area=0.25)
    out = varied(images, draw(bounds, 500, seed=0, epoch=0), bounds)
    share = (out[..., 0] == 0).mean(axis=(1, 2))
    assert 0.2 < share.max() <= 0.27
    assert share.min() < 0.02


@pytest.mark.parametrize("other", [{"seed": 1}, {"epoch": 1}])
def test_noise_is_drawn_from_seed_and_epoch(other):
    images, bounds = pictures(2), Augmentation(noise_levels=20, salt_pepper_frac=0.1)

    def noised(given):
        return varied(images, draw(bounds, 2, **({"seed": 0, "epoch": 0} | given)), bounds)

    np.testing.assert_array_equal(noised({}), noised({}))
    assert (noised({}) != noised(other)).any()


# The mean level of each of eight pictures; libraries of images may differ in the last bit
MEANS = {
    "light": (131.6, 125.7, 130.8, 127.4, 124.0, 125.9, 125.8, 128.3),
    "standard": (134.8, 149.0, 112.5, 86.7, 111.1, 133.3, 166.7, 106.6),
    "strong": (135.3, 151.4, 91.5, 61.9, 99.9, 112.3, 183.5, 93.1),
    "randaugment": (123.0, 113.5, 46.8, 77.5, 98.6, 92.1, 171.7, 120.3),
}


@pytest.mark.parametrize("name", MEANS)
def test_pictures_stay_what_they_were(name):
    y, x = np.mgrid[0:45, 0:60]
    image = np.stack([4 * x, 5 * y, 255 - 2 * x - 2 * y], 2).astype(np.uint8)
    random = Augmentation(randaugment_ops=4, randaugment_magnitude=0.8, noise_levels=20)
    bounds = random if name == "randaugment" else preset(name)
    out = varied([image] * 8, draw(bounds, 8, seed=3, epoch=1), bounds, (24, 32))
    assert out.mean((1, 2, 3)) == pytest.approx(MEANS[name], abs=0.3)


def test_half_turns_are_whole_pixels_too():
    images = pictures(3)
    halves = still(3, quarters=np.array([2, 0, 2]))
    variations = Augmenter(Augmentation(), halves, (9, 9))
    assert variations.whole_pixels
    np.testing.assert_array_equal(variations.move_all(images), varied(images, halves))


def test_parts_of_parts_and_moves_add_up():
    """Two operations of one kind, as another file may bring one more."""
    crop = still(1, crop=np.array([[0.25, 0.25, 0.5, 0.5]]))
    twice = replace(crop, operations=crop.operations * 2)
    matrix = Geometry(twice).matrices((16, 16))[0]
    np.testing.assert_allclose(matrix @ [6, 6, 1], [0, 0, 1])
    np.testing.assert_allclose(matrix @ [10, 10, 1], [16, 16, 1])
    shift = still(1, shift_px=np.array([[1, 2]]))
    moved = Geometry(replace(shift, operations=shift.operations * 2)).matrices((16, 16))[0]
    np.testing.assert_allclose(moved @ [0, 0, 1], [2, 4, 1])
