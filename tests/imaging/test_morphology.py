import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from binary_pictures import grays, masks, shapes_with_origin
from kanjian.errors import ImageError
from kanjian.imaging import morphology as m
from kanjian.imaging.binary import GRAY_TYPES
from kanjian.imaging.elements import any_shape, square

PLUS = np.array([[0, 1, 0], [1, 1, 1], [0, 1, 0]], np.uint8)
EVERY = (m.erode, m.dilate, m.opening, m.closing, m.gradient, m.top_hat, m.black_hat)


def shape_of(drawn):
    return any_shape(drawn[0], origin=drawn[1])


def test_a_dot_becomes_the_element_and_the_element_a_dot():
    dot = np.zeros((3, 3), np.uint8)
    dot[1, 1] = 1
    assert np.array_equal(m.dilate(dot, element="cross"), PLUS)
    assert np.array_equal(m.erode(PLUS, element="cross"), dot)
    assert m.dilate(dot).all()


def test_a_shape_grows_as_the_element_lies_around_its_origin():
    dot = np.zeros((3, 5), np.uint8)
    dot[1, 2] = 1
    right = [[0, 0, 0, 0, 0], [0, 0, 1, 1, 1], [0, 0, 0, 0, 0]]
    assert m.dilate(dot, element="111", origin=(0, 0)).tolist() == right
    left = [[0, 0, 0, 0, 0], [1, 1, 1, 0, 0], [0, 0, 0, 0, 0]]
    assert m.dilate(dot, element="111", origin=(0, 2)).tolist() == left


@given(grays, shapes_with_origin())
def test_erosion_and_dilation_are_those_of_the_definition(image, drawn):
    shape = shape_of(drawn)
    offsets = np.argwhere(shape.cells) - shape.origin
    height, width = image.shape

    def under(row, column, sign, neutral):
        places = [(row + sign * dy, column + sign * dx) for dy, dx in offsets]
        inside = [image[y, x] for y, x in places if 0 <= y < height and 0 <= x < width]
        return [*inside, neutral]

    grid = np.ndindex(height, width)
    least = np.reshape([min(under(y, x, 1, 255)) for y, x in grid], image.shape)
    grid = np.ndindex(height, width)
    most = np.reshape([max(under(y, x, -1, 0)) for y, x in grid], image.shape)
    assert np.array_equal(m.erode(image, element=shape), least)
    assert np.array_equal(m.dilate(image, element=shape), most)


@given(masks, shapes_with_origin())
def test_dilation_of_binary_pictures_is_scipys(mask, drawn):
    from scipy.ndimage import binary_dilation

    shape = shape_of(drawn)
    # SciPy counts an origin from the middle
    middle = [side // 2 for side in shape.cells.shape]
    origin = [place - half for place, half in zip(shape.origin, middle, strict=True)]
    theirs = binary_dilation(mask, shape.cells, origin=origin)
    assert np.array_equal(m.dilate(mask, element=shape), theirs)


@given(grays, shapes_with_origin())
def test_eroding_a_negative_is_the_negative_of_dilating_with_the_element_turned(image, drawn):
    shape = shape_of(drawn)
    assert np.array_equal(
        m.erode(255 - image, element=shape), 255 - m.dilate(image, element=shape.reflected)
    )
    assert np.array_equal(
        m.opening(255 - image, element=shape), 255 - m.closing(image, element=shape.reflected)
    )


@given(grays, shapes_with_origin())
def test_opening_and_closing_again_changes_nothing_and_they_lie_on_either_side(image, drawn):
    shape = shape_of(drawn)
    opened, closed = m.opening(image, element=shape), m.closing(image, element=shape)
    assert (opened <= image).all()
    assert (image <= closed).all()
    assert np.array_equal(m.opening(opened, element=shape), opened)
    assert np.array_equal(m.closing(closed, element=shape), closed)


@given(grays, shapes_with_origin(), st.integers(0, 3))
def test_a_quarter_turn_of_picture_and_element_turns_the_result(image, drawn, quarters):
    shape = shape_of(drawn)
    for work in (m.erode, m.dilate, m.opening, m.closing):
        turned = work(np.rot90(image, quarters), element=shape.turned(quarters))
        assert np.array_equal(turned, np.rot90(work(image, element=shape), quarters))


@given(grays, st.data())
def test_more_light_never_makes_a_result_darker(image, data):
    brighter = np.maximum(image, data.draw(st.integers(0, 255)))
    for work in (m.erode, m.dilate, m.opening, m.closing):
        assert (work(image) <= work(brighter)).all()


@given(grays, st.integers(0, 3))
def test_times_is_one_after_the_other(image, times):
    wanted = image
    for _ in range(times):
        wanted = m.dilate(wanted, element="cross")
    assert np.array_equal(m.dilate(image, element="cross", times=times), wanted)
    assert np.array_equal(m.erode(image, times=2), m.erode(image, size=5))


@given(grays)
def test_an_element_of_one_cell_changes_nothing(image):
    for work in (m.erode, m.dilate, m.opening, m.closing):
        assert np.array_equal(work(image, element="1"), image)
    assert not m.gradient(image, element="1").any()


@given(grays)
def test_hats_and_gradient_are_the_differences_they_say(image):
    wide = image.astype(int)
    assert np.array_equal(m.top_hat(image, size=3), wide - m.opening(image))
    assert np.array_equal(m.black_hat(image, size=3), m.closing(image) - wide)
    assert np.array_equal(m.gradient(image), m.dilate(image).astype(int) - m.erode(image))


@pytest.mark.parametrize("dtype", GRAY_TYPES)
@pytest.mark.parametrize("work", EVERY)
def test_every_type_gives_the_same_as_bytes_and_the_input_stays(work, dtype):
    rng = np.random.default_rng(3)
    image = rng.integers(0, 2, (9, 11), np.uint8)
    typed = image.astype(dtype)
    before = typed.copy()
    out = work(typed, element="cross")
    assert out.dtype == typed.dtype
    assert np.array_equal(out.astype(np.uint8), work(image, element="cross"))
    assert np.array_equal(typed, before)
    assert not np.shares_memory(out, typed)


def test_channels_are_worked_on_each_for_itself():
    image = np.random.default_rng(4).integers(0, 256, (8, 9, 3), np.uint8)
    for work in EVERY:
        each = [work(np.ascontiguousarray(image[:, :, channel])) for channel in range(3)]
        assert np.array_equal(work(image), np.stack(each, axis=2))


@pytest.mark.parametrize("work", EVERY)
def test_one_pixel_is_picture_enough(work):
    out = work(np.array([[7]], np.uint8))
    assert out.tolist() == ([[7]] if work in EVERY[:4] else [[0]])


@given(masks, shapes_with_origin(), shapes_with_origin())
def test_hit_or_miss_is_scipys(mask, on, off):
    from scipy.ndimage import binary_hit_or_miss

    # both in one frame of 7×7 around the origin, as SciPy wants them
    frames = np.zeros((2, 7, 7), np.bool_)
    for frame, drawn in zip(frames, (on, off), strict=True):
        shape = shape_of(drawn)
        for row, column in np.argwhere(shape.cells) - shape.origin:
            frame[3 + row, 3 + column] = True
    frames[1] &= ~frames[0]
    if not frames[1].any():
        frames[1, 0, 0] = True
    assert np.array_equal(
        m.hit_or_miss(mask, hit=frames[0], miss=frames[1]), binary_hit_or_miss(mask, *frames)
    )


def test_hit_or_miss_finds_where_lines_end_by_hand():
    row = np.array([[0, 0, 0, 0, 0], [0, 1, 1, 1, 0], [0, 0, 0, 0, 0]], np.uint8) * 255
    left_end = m.hit_or_miss(row, hit="000/011/000", miss="110/100/110")
    assert left_end.tolist() == [[0] * 5, [0, 255, 0, 0, 0], [0] * 5]
    assert m.hit_or_miss(row, hit="1").tolist() == row.tolist()


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        (lambda: m.erode(np.zeros((0, 4), np.uint8)), "It has no pixels"),
        (lambda: m.dilate(np.zeros((2, 2), np.int64)), r"got \(2, 2\) int64"),
        (lambda: m.dilate(np.zeros((2, 2, 4), np.uint8)), r"got \(2, 2, 4\) uint8"),
        (lambda: m.erode(PLUS, times=-1), "times must be at least 0, got -1"),
        (lambda: m.opening(PLUS, element="ring"), "unknown element 'ring'"),
        (lambda: m.hit_or_miss(PLUS, hit="1", miss="1"), "must not ask for the same cell"),
        (lambda: m.hit_or_miss(PLUS * 100 + 3), "must be binary .* 2 different values"),
    ],
)
def test_mistakes_are_named(asked, message):
    with pytest.raises(ImageError, match=message):
        asked()


def test_the_element_given_is_not_changed():
    shape = square(3)
    m.opening(PLUS, element=shape)
    assert shape.cells.all()
