from typing import get_args

import numpy as np
import pytest
from hypothesis import given

from binary_pictures import masks
from kanjian.errors import ImageError
from kanjian.imaging.changes import Operation, changes, compared
from kanjian.imaging.morphology import dilate, top_hat
from kanjian.imaging.operations import SHAPES
from kanjian.imaging.overlay import colors, viewable, with_color_bar, with_legend
from kanjian.imaging.thinning import thin

GREEN, RED, DARK = [46, 160, 67], [217, 72, 48], [52, 58, 64]


@given(masks)
def test_kept_added_and_removed_are_counted(mask):
    other = np.roll(mask, 1, axis=1)
    facts = compared(mask, other, pixel=2).facts
    assert facts["kept"] + facts["removed"] == mask.sum()
    assert facts["kept"] + facts["added"] == other.sum()
    assert compared(mask, mask).facts == {"kept": mask.sum(), "added": 0, "removed": 0}


def test_each_pixel_is_a_square_of_its_color():
    before = np.array([[1, 1, 0, 0]], np.uint8)
    picture = compared(before, np.array([[1, 0, 1, 0]], np.uint8), pixel=6).picture
    middles = picture[2, [2, 8, 14]].tolist()
    assert middles == [DARK, RED, GREEN]
    assert picture[2, 5].tolist() == [255, 255, 255]  # the line between squares
    small = compared(before, before, pixel=1).picture
    assert small[0, :2].tolist() == [DARK, DARK]


def test_pictures_of_any_size_come_out_of_a_size_to_look_at():
    for side in (1, 50, 1500):
        mask = np.ones((side, side), np.bool_)
        assert 24 <= max(compared(mask, mask).picture.shape[:2]) <= 1600


def test_an_operation_is_shown_with_its_own_result():
    mask = np.zeros((9, 9), np.uint8)
    mask[2:7, 2:7] = 255
    shown = changes(mask, operation="dilate", element="cross")
    assert np.array_equal(shown.data["result"], dilate(mask, element="cross"))
    assert shown.facts == {"kept": 25, "added": 20, "removed": 0}
    assert np.array_equal(changes(mask).data["result"], thin(mask))
    hat = changes(mask, operation="top-hat", size=7)
    assert np.array_equal(hat.data["result"], top_hat(mask, size=7))
    assert changes(mask, operation="skeleton").facts["added"] == 0


@pytest.mark.parametrize("operation", get_args(Operation))
def test_every_operation_named_can_be_shown(operation):
    mask = np.random.default_rng(6).integers(0, 2, (12, 14), np.uint8)
    facts = changes(mask, operation=operation).facts
    assert facts["kept"] + facts["removed"] == mask.sum()


def test_names_are_those_of_the_table():
    assert set(get_args(Operation)) <= {operation.name for operation in SHAPES}


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        (lambda: changes(np.array([[0, 1, 2]], np.uint8)), "must be binary"),
        (lambda: changes(np.ones((2, 2), bool), operation="thinn"), "Did you mean 'thin'"),
        (lambda: compared(np.ones((2, 2), bool), np.ones((2, 3), bool)), "must have one size"),
        (lambda: compared(np.ones((2, 2), bool), np.ones((2, 2), bool), pixel=0), "pixel must be"),
    ],
)
def test_mistakes_are_named(asked, message):
    with pytest.raises(ImageError, match=message):
        asked()


def test_colors_differ_and_do_not_depend_on_how_many_there_are():
    every = colors(60)
    assert len({tuple(color) for color in every.tolist()}) == 60
    assert np.array_equal(colors(7), every[:7])
    assert (np.ptp(every.astype(int), axis=1) > 150).all()
    assert colors(0).shape == (0, 3)


def test_what_is_put_beside_a_picture_leaves_it_as_it_is():
    picture = np.random.default_rng(1).integers(0, 256, (70, 300, 3), np.uint8)
    legend = with_legend(picture, {"kept": (1, 2, 3), "added": (4, 5, 6)})
    assert np.array_equal(legend[:70], picture)
    assert (legend[70:] == [1, 2, 3]).all(axis=2).any()
    ramp = np.repeat(np.arange(256, dtype=np.uint8)[:, None], 3, axis=1)
    bar = with_color_bar(picture, ramp, low=0, high=10)
    assert np.array_equal(bar[:, :300], picture)
    column = bar[8:-8, 314, 0].astype(int)
    assert (np.diff(column) <= 0).all()
    assert (column[0], column[-1]) == (255, 0)
    tiny = with_color_bar(picture[:1, :1], ramp, low=0, high=10)
    assert tiny.shape[0] == 48


def test_numbers_below_zero_and_nothing_at_all_are_black():
    assert viewable(np.array([[-3.0, 0.0]])).tolist() == [[0, 0]]
