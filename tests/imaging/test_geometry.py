"""Turned, mirrored, resized and cut: quarter turns are exact, nothing is lost where all is kept."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kanjian.errors import ImageError
from kanjian.imaging.geometry import crop, flip, resize, rotate
from kanjian.imaging.warping import TYPES

RNG = np.random.default_rng(6)
GRAY = RNG.integers(0, 256, (12, 17), dtype=np.uint8)
COLOR = RNG.integers(0, 256, (12, 17, 3), dtype=np.uint8)
PICTURES = [GRAY, COLOR, GRAY[:1, :1], COLOR[:1, :1], GRAY[:1], GRAY[:, :1]]


def as_type(image, dtype):
    return image > 127 if dtype == "bool" else image.astype(dtype)


@pytest.mark.parametrize("image", PICTURES)
@pytest.mark.parametrize("quarters", [-3, -1, 0, 1, 2, 3, 4, 5])
def test_quarter_turns_that_grow_are_rot90(image, quarters):
    before = image.copy()
    out = rotate(image, angle=90 * quarters, canvas="grow")
    np.testing.assert_array_equal(out, np.rot90(image, quarters))
    np.testing.assert_array_equal(image, before)
    assert not np.shares_memory(out, image)


@pytest.mark.parametrize("canvas", ["keep", "grow", "zoom"])
@pytest.mark.parametrize("angle", [0, 360, -720])
def test_whole_turns_change_nothing(canvas, angle):
    np.testing.assert_array_equal(rotate(COLOR, angle=angle, canvas=canvas), COLOR)


@pytest.mark.parametrize("dtype", TYPES)
@pytest.mark.parametrize("canvas", ["keep", "grow", "zoom"])
@pytest.mark.parametrize("angle", [30, 90, 135, -7.5])
def test_every_type_comes_back_as_it_was(dtype, canvas, angle):
    for image in PICTURES:
        given = as_type(image, dtype)
        before = given.copy()
        out = rotate(given, angle=angle, canvas=canvas)
        assert out.dtype == dtype
        assert out.shape[2:] == image.shape[2:]
        assert canvas == "grow" or out.shape == image.shape
        np.testing.assert_array_equal(given, before)


@given(st.floats(-400, 400), st.integers(1, 40), st.integers(1, 40))
def test_growing_cuts_nothing_off_and_adds_no_more_than_needed(angle, height, width):
    out = rotate(np.full((height, width), 1.0), angle=angle, canvas="grow")
    turn = math.radians(angle)
    needed = (
        abs(math.cos(turn)) * height + abs(math.sin(turn)) * width,
        abs(math.cos(turn)) * width + abs(math.sin(turn)) * height,
    )
    for side, least in zip(out.shape, needed, strict=True):
        assert least - 1e-5 <= side < least + 1 + 1e-5
    # all of it is there: the sum is the area, but for what linear steps make of the border
    if min(height, width) > 8:
        assert out.sum() == pytest.approx(height * width, rel=0.02)


@given(st.floats(-400, 400), st.integers(1, 40), st.integers(1, 40))
def test_zooming_shows_no_border(angle, height, width):
    image = np.full((height, width), 200, np.uint8)
    assert rotate(image, angle=angle, canvas="zoom", fill=0).min() == 200


def test_keeping_the_size_cuts_corners_off_and_fills():
    out = rotate(np.full((20, 20), 200, np.uint8), angle=45, fill=9)
    assert out[0, 0] == out[-1, -1] == 9
    assert out[10, 10] == 200


def test_turns_go_counterclockwise_about_the_middle():
    image = np.zeros((41, 41), np.uint8)
    image[20, 38] = 255  # at the right
    for angle, place in ((90, (2, 20)), (30, (11, 35.6)), (-90, (38, 20))):
        out = rotate(image, angle=angle).astype(float)
        rows, columns = np.indices(out.shape)
        found = (rows * out).sum() / out.sum(), (columns * out).sum() / out.sum()
        assert found == pytest.approx(place, abs=0.1)


def test_there_and_back_is_the_picture():
    x, y = np.meshgrid(np.linspace(0, 3, 60), np.linspace(0, 2, 50))
    smooth = 100 + 50 * np.sin(x) + 40 * np.cos(y)
    back = rotate(rotate(smooth, angle=25), angle=-25)
    np.testing.assert_allclose(back[18:-18, 18:-18], smooth[18:-18, 18:-18], atol=1)


def test_the_nearest_makes_no_new_values():
    image = np.where(GRAY > 127, 255, 0).astype(np.uint8)
    assert set(np.unique(rotate(image, angle=33, method="nearest"))) <= {0, 255}
    assert set(np.unique(resize(image, scale=2.7, method="nearest"))) <= {0, 255}


@pytest.mark.parametrize("dtype", TYPES)
@pytest.mark.parametrize("direction", ["horizontal", "vertical", "both"])
def test_a_flip_twice_is_the_picture(dtype, direction):
    for image in PICTURES:
        given = as_type(image, dtype)
        out = flip(given, direction=direction)
        assert out.dtype == dtype
        assert not np.shares_memory(out, given)
        np.testing.assert_array_equal(flip(out, direction=direction), given)
    np.testing.assert_array_equal(flip(COLOR, direction="both"), np.rot90(COLOR, 2))


@pytest.mark.parametrize("method", ["auto", "nearest", "linear", "cubic", "area", "lanczos"])
@pytest.mark.parametrize("image", PICTURES)
def test_the_same_size_is_the_same_picture(method, image):
    for options in ({"size": image.shape[:2]}, {"scale": 1}, {"longest": max(image.shape[:2])}):
        out = resize(image, method=method, **options)
        np.testing.assert_array_equal(out, image)
        assert not np.shares_memory(out, image)


@pytest.mark.parametrize("dtype", TYPES)
@pytest.mark.parametrize("size", [(1, 1), (5, 40), (40, 5), (24, 34)])
def test_sizes_types_and_levels_of_resized_pictures(dtype, size):
    for image in PICTURES:
        out = resize(as_type(image, dtype), size=size)
        assert out.shape == (*size, *image.shape[2:])
        assert out.dtype == dtype
    level = np.ones((6, 7), np.bool_) if dtype == "bool" else np.full((6, 7), 99).astype(dtype)
    np.testing.assert_allclose(resize(level, size=size), level[0, 0], rtol=1e-6)


def test_shrinking_by_hand_averages():
    image = np.array([[0, 100, 10, 30], [100, 200, 50, 70]], np.uint8)
    assert resize(image, scale=0.5).tolist() == [[100, 40]]
    assert resize(image, size=(2, 8), method="nearest").tolist() == np.repeat(image, 2, 1).tolist()
    assert resize(GRAY, longest=34).shape == (24, 34)
    assert resize(GRAY.astype(float), size=(4, 1)).mean() == pytest.approx(GRAY.mean())


def test_crops():
    np.testing.assert_array_equal(crop(COLOR, box=(2, 3, 9, 12)), COLOR[3:12, 2:9])
    np.testing.assert_array_equal(crop(GRAY, box=(0, 0, 17, 12)), GRAY)
    np.testing.assert_array_equal(crop(GRAY, size=(2, 3)), GRAY[5:7, 7:10])
    assert not np.shares_memory(crop(GRAY, size=(12, 17)), GRAY)


@pytest.mark.parametrize(
    ("work", "message"),
    [
        (lambda: rotate(GRAY, angle=float("nan")), "angle must be a number of degrees"),
        (lambda: rotate(GRAY, canvas="groww"), "Did you mean 'grow'"),
        (lambda: rotate(GRAY, method="liner"), "Did you mean 'linear'"),
        (lambda: rotate(np.zeros((1, 40000), np.uint8), angle=5), "at most 32766 pixels"),
        (lambda: rotate(GRAY[:0]), "It has no pixels"),
        (lambda: flip(GRAY, direction="up"), "unknown direction 'up'"),
        (lambda: flip(np.zeros((2, 2, 4), np.uint8)), "image must be"),
        (lambda: resize(GRAY), "give size .* one of them"),
        (lambda: resize(GRAY, scale=2, longest=5), "one of them"),
        (lambda: resize(GRAY, scale=0), "scale must be above 0"),
        (lambda: resize(GRAY, size=(0, 5)), "size must be from 1×1"),
        (lambda: resize(GRAY, scale=1e6), "size must be from 1×1"),
        (lambda: resize(GRAY, scale=2, method="best"), "unknown method 'best'"),
        (lambda: crop(GRAY), "give box .* or size"),
        (lambda: crop(GRAY, box=(0, 0, 18, 12)), "box must lie inside the picture"),
        (lambda: crop(GRAY, box=(5, 0, 5, 12)), "box must lie inside the picture"),
        (lambda: crop(GRAY, size=(13, 3)), "box must lie inside the picture"),
    ],
)
def test_mistakes(work, message):
    with pytest.raises(ImageError, match=message):
        work()
