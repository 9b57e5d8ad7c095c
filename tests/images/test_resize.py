"""Fitting keeps what its mode promises, for every size."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from kanjian.errors import ImageError
from kanjian.images import resize_image, to_gray
from kanjian.images.resize import resize

sides = st.integers(1, 40)
sizes = st.tuples(sides, sides)
modes = st.sampled_from(["letterbox", "crop", "stretch"])
images = st.one_of(
    sizes.flatmap(lambda hw: arrays(np.uint8, hw)),
    sizes.flatmap(lambda hw: arrays(np.uint8, (*hw, 3))),
)


@given(images, sizes, modes, st.sampled_from([1, 3]))
def test_the_size_and_channels_are_those_asked_for(image, size_hw, mode, channels):
    out = resize_image(image, size_hw, mode=mode, channels=channels)
    assert out.shape == (*size_hw, channels)
    assert out.dtype == np.uint8


@given(images, modes)
def test_nothing_to_do_changes_nothing(image, mode):
    channels = 3 if image.ndim == 3 else 1
    out = resize_image(image, image.shape[:2], mode=mode, channels=channels)
    np.testing.assert_array_equal(out.reshape(image.shape), image)
    assert np.shares_memory(out, image)


@given(images, sizes, modes)
def test_the_input_is_not_changed(image, size_hw, mode):
    before = image.copy()
    resize_image(image, size_hw, mode=mode, channels=3)
    np.testing.assert_array_equal(image, before)


@given(sizes, sizes, st.integers(1, 255))
def test_letterbox_keeps_aspect_within_half_a_pixel_and_centers_on_black(hw, size_hw, level):
    out = resize_image(np.full(hw, level, np.uint8), size_hw, channels=1)[:, :, 0]
    rows, columns = np.flatnonzero(out.any(axis=1)), np.flatnonzero(out.any(axis=0))
    height, width = len(rows), len(columns)
    assert (out[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1] == level).all()
    assert height == size_hw[0] or width == size_hw[1]
    scale = min(size_hw[0] / hw[0], size_hw[1] / hw[1])
    assert abs(height - hw[0] * scale) <= 0.5 + 1e-9 or height == 1
    assert abs(width - hw[1] * scale) <= 0.5 + 1e-9 or width == 1
    assert rows[0] == (size_hw[0] - height) // 2
    assert columns[0] == (size_hw[1] - width) // 2


@given(sides, sides, images)
def test_cropping_a_square_from_a_square_is_only_resizing(side, size, image):
    square = image[: min(image.shape[:2]), : min(image.shape[:2])]
    cropped = resize_image(square, (size, size), mode="crop", channels=3)
    stretched = resize_image(square, (size, size), mode="stretch", channels=3)
    np.testing.assert_array_equal(cropped, stretched)


def test_crop_takes_the_middle():
    wide = np.tile(np.arange(9, dtype=np.uint8), (3, 1))
    assert resize_image(wide, (3, 3), mode="crop", channels=1)[0, :, 0].tolist() == [3, 4, 5]
    np.testing.assert_array_equal(
        resize_image(wide.T, (3, 3), mode="crop", channels=1)[:, 0, 0], [3, 4, 5]
    )


@given(images, sizes, modes)
def test_a_flat_picture_stays_flat(image, size_hw, mode):
    flat = np.full_like(image, 77)
    out = resize_image(flat, size_hw, mode=mode, channels=3)
    assert set(np.unique(out)) <= ({0, 77} if mode == "letterbox" else {77})


@given(images, sizes, modes)
def test_turning_the_picture_turns_the_answer(image, size_hw, mode):
    """Height and width are never taken for each other."""
    out = resize_image(image, size_hw, mode=mode, channels=3).astype(int)
    turned = resize_image(image.swapaxes(0, 1), size_hw[::-1], mode=mode, channels=3).swapaxes(0, 1)
    assert np.abs(out - turned).max() <= 2  # cv2 rounds between its two passes


def test_shrinking_averages_and_growing_is_bilinear_by_hand():
    checks = np.array([[0, 200], [200, 0]], np.uint8)
    assert resize(np.tile(checks, (4, 4)), (2, 2)).tolist() == [[100, 100], [100, 100]]
    assert resize(np.array([[0, 100]], np.uint8), (1, 4)).tolist() == [[0, 25, 75, 100]]
    # one axis shrinks while the other grows: each by its own rule
    fine = np.tile(np.array([[0, 200]], np.uint8), (1, 32))
    assert np.unique(resize(fine, (8, 16))).tolist() == [100]


def test_gray_is_the_weighted_gray():
    image = np.arange(48, dtype=np.uint8).reshape(4, 4, 3)
    np.testing.assert_array_equal(resize_image(image, (4, 4), channels=1)[:, :, 0], to_gray(image))
    np.testing.assert_array_equal(
        resize_image(image[:, :, :1], (4, 4), channels=3), np.repeat(image[:, :, :1], 3, axis=2)
    )


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            {"mode": "letterbx"},
            r"unknown mode 'letterbx' in resize_image\(\)\. Did you mean 'letterbox'",
        ),
        ({"channels": 4}, r"channels must be 1 \(gray\) or 3 \(RGB\), got 4"),
        ({"size_hw": (0, 5)}, r"size_hw must be at least \(1, 1\), got \(0, 5\)"),
        ({"image": np.zeros((2, 2, 4), np.uint8)}, r"got \(2, 2, 4\) uint8\. Use to_rgb\(\)"),
        ({"image": np.zeros((2, 2))}, r"got \(2, 2\) float64\. Use to_uint8\(\)"),
        ({"image": np.zeros((0, 2), np.uint8)}, r"got \(0, 2\) uint8\. It has no pixels"),
        ({"image": [[1]]}, r"got list\. Use read_image\(\) for files"),
    ],
)
def test_what_cannot_be_fitted_is_told(arguments, message):
    wanted = {"image": np.zeros((2, 2), np.uint8), "size_hw": (3, 3), "channels": 1, **arguments}
    with pytest.raises(ImageError, match=message):
        resize_image(wanted.pop("image"), wanted.pop("size_hw"), **wanted)
