"""Points come where they shall."""

import numpy as np
import pytest

from kanjian.errors import ImageError
from kanjian.imaging.warping import TYPES, matrix_between, warp

RNG = np.random.default_rng(7)
GRAY = RNG.integers(0, 256, (12, 17), dtype=np.uint8)
COLOR = RNG.integers(0, 256, (12, 17, 3), dtype=np.uint8)
THREE = (1, 2, 9, 3, 4, 10)
FOUR = (1, 2, 9, 3, 11, 10, 2, 8)


def moved(matrix, points):
    flat = np.reshape(points, (-1, 2))
    found = np.column_stack([flat, np.ones(len(flat))]) @ matrix.T
    return (found[:, :2] / found[:, 2:] if len(matrix) == 3 else found).ravel()


@pytest.mark.parametrize(
    ("source", "target"),
    [(THREE, (5, 5, 20, 0, 3, 30)), (FOUR, (0, 0, 17, 0, 17, 12, 0, 12)), (FOUR, FOUR)],
)
def test_a_matrix_brings_points_to_their_places(source, target):
    np.testing.assert_allclose(moved(matrix_between(source, target), source), target, atol=1e-6)
    there, back = matrix_between(source, target), matrix_between(target, source)
    np.testing.assert_allclose(moved(back, moved(there, source)), source, atol=1e-6)


def test_more_points_than_needed_are_met_as_well_as_can_be():
    source = RNG.random(16) * 50
    target = source * 2 + RNG.normal(0, 0.01, 16)
    np.testing.assert_allclose(moved(matrix_between(source, target), source), target, atol=0.1)


@pytest.mark.parametrize("dtype", TYPES)
@pytest.mark.parametrize("points", [THREE, FOUR])
def test_points_that_stay_leave_the_picture_as_it_was(dtype, points):
    for picture in (GRAY, COLOR):
        image = picture > 127 if dtype == "bool" else picture.astype(dtype)
        before = image.copy()
        out = warp(image, source=points, target=points, method="nearest")
        assert out.dtype == dtype
        np.testing.assert_array_equal(out, before)
        np.testing.assert_array_equal(image, before)


def test_a_shift_by_hand_and_its_fill():
    out = warp(GRAY, source=(0, 0, 5, 0, 0, 5), target=(2, 1, 7, 1, 2, 6), fill=9)
    np.testing.assert_array_equal(out[1:, 2:], GRAY[:-1, :-2])
    assert (out[0] == 9).all()
    assert (out[:, :2] == 9).all()


def test_four_corners_cut_a_part_out_and_put_it_upright():
    part = warp(COLOR, source=(3, 2, 13, 2, 13, 10, 3, 10), size=(8, 10))
    np.testing.assert_array_equal(part, COLOR[2:10, 3:13])
    turned = warp(GRAY, source=(17, 0, 17, 12, 0, 12, 0, 0), size=(17, 12))
    np.testing.assert_array_equal(turned, np.rot90(GRAY))


def test_a_photographed_page_is_put_upright():
    page = np.full((80, 60), 230, np.uint8)
    page[10:20, 10:50] = 20
    corners = (40, 30, 150, 50, 140, 190, 25, 160)
    photo = warp(page, source=(0, 0, 60, 0, 60, 80, 0, 80), target=corners, size=(220, 180))
    back = warp(photo, source=corners, size=(80, 60)).astype(float)
    assert np.abs(back - page)[2:-2, 2:-2].mean() < 3


def test_a_picture_of_one_pixel():
    assert warp(np.array([[7]], np.uint8), source=THREE, target=THREE).tolist() == [[7]]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"source": (0, 0, 1, 1)}, "target must be given for all but 4 points"),
        ({"source": (0, 0, 1, 1), "target": (0, 0, 1, 1)}, "of three points or more, got 4"),
        ({"source": THREE, "target": FOUR}, "as many target as source points"),
        ({"source": (0, 0, 1, 1, 2, 2), "target": THREE}, "source points must not all lie on one"),
        ({"source": THREE, "target": (3, 0, 3, 1, 3, 5)}, "target points must not all lie on one"),
        ({"source": (0, 0, 1, float("nan"), 2, 2), "target": THREE}, "source must be x1, y1"),
        ({"source": FOUR, "size": (0, 4)}, "size must be from 1×1"),
        ({"source": FOUR, "method": "best"}, "unknown method 'best'"),
    ],
)
def test_mistakes(options, message):
    with pytest.raises(ImageError, match=message):
        warp(GRAY, **options)


def test_empty_pictures_are_refused():
    with pytest.raises(ImageError, match="It has no pixels"):
        warp(np.zeros((0, 3), np.uint8), source=FOUR)
