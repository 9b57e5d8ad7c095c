import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from binary_pictures import shapes_with_origin
from kanjian.errors import ImageError
from kanjian.imaging.elements import any_shape, cross, disk, element_of, line, square


def test_square_and_cross_of_three_are_the_eight_and_the_four_neighbors():
    assert square().cells.all()
    assert cross().cells.tolist() == [[False, True, False], [True] * 3, [False, True, False]]


@given(st.integers(1, 15), st.sampled_from([square, cross, disk]))
def test_shapes_have_their_size_and_are_the_same_after_a_quarter_turn(size, shape):
    made = shape(size)
    assert made.cells.shape == (size, size)
    assert made.cells.any(axis=0).all()
    if size % 2:
        turned = made.turned(1)
        assert np.array_equal(turned.cells, made.cells)
        assert turned.origin == made.origin


@given(st.integers(1, 15), st.integers(-360, 360))
def test_a_line_has_one_cell_for_each_step_and_goes_through_its_origin(size, angle):
    made = line(size, angle_deg=angle)
    assert made.cells.sum() == size
    assert max(made.cells.shape) == size
    assert made.cells[made.origin]


@given(st.integers(1, 15), st.sampled_from([0, 90]))
def test_a_line_that_lies_or_stands_is_one_cell_thick(size, angle):
    assert sorted(line(size, angle_deg=angle).cells.shape) == sorted((1, size))


@given(shapes_with_origin())
def test_turning_by_half_twice_and_by_four_quarters_changes_nothing(shape):
    made = any_shape(shape[0], origin=shape[1])
    for same in (made.reflected.reflected, made.turned(4), made.turned(2).reflected):
        assert np.array_equal(same.cells, made.cells)
        assert same.origin == made.origin


def test_what_a_user_writes_becomes_an_element():
    assert element_of("line90", size=5).cells.shape == (5, 1)
    assert element_of("LINE-45").cells.tolist() == np.eye(3, dtype=bool).tolist()
    assert element_of("011/110", origin=(0, 2)).origin == (0, 2)
    assert element_of(np.ones((2, 4))).origin == (1, 2)
    made = disk(7)
    assert element_of(made) is made


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        (lambda: element_of("squar"), "unknown element 'squar'. Did you mean 'square'"),
        (lambda: element_of("01/1"), "rows of one length, got '01/1'"),
        (lambda: element_of("000/000"), "cover at least one cell"),
        (lambda: any_shape([1, 1]), "two-dimensional"),
        (lambda: any_shape([[1, 1]], origin=(1, 0)), r"within the element of 1×2.* got \(1, 0\)"),
        (lambda: square(0), "size must be a whole number, at least 1, got 0"),
        (lambda: line(2.5), "size must be a whole number, at least 1, got 2.5"),
    ],
)
def test_mistakes_are_named(asked, message):
    with pytest.raises(ImageError, match=message):
        asked()
