"""Filters that bring out detail: nothing on flat pictures, a step's height on a step."""

import numpy as np
import pytest

from kanjian.errors import ImageError
from kanjian.imaging.edges import canny, high_pass, laplace, sharpen, sobel
from kanjian.imaging.gaussian import blur

RNG = np.random.default_rng(2)
GRAY = RNG.integers(0, 256, (24, 31), dtype=np.uint8)
COLOR = RNG.integers(0, 256, (24, 31, 3), dtype=np.uint8)
STEP = np.repeat(np.array([[20, 20, 20, 120, 120, 120]], np.uint8), 6, axis=0)
PICTURES = [GRAY, COLOR, GRAY[:1, :1], COLOR[:1, :1], GRAY[:1], GRAY[:, :1]]


@pytest.mark.parametrize("image", PICTURES)
def test_shapes_types_and_an_input_left_alone(image):
    image, before = image.copy(), image.copy()
    for drawn in (high_pass(image), sobel(image), laplace(image)):
        assert drawn.picture.dtype == np.uint8
        assert drawn.picture.shape == drawn.data["values"].shape == image.shape
    assert sharpen(image).shape == image.shape
    edges = canny(image)
    assert edges.shape == image.shape[:2]
    assert set(np.unique(edges)) <= {0, 255}
    np.testing.assert_array_equal(image, before)


def test_nothing_is_found_where_nothing_changes():
    for flat in (np.full((9, 12), 90, np.uint8), np.full((9, 12, 3), 90, np.uint8)):
        assert (sobel(flat).picture == 0).all()
        assert (sobel(flat, direction="x").picture == 128).all()
        assert (laplace(flat).picture == 128).all()
        assert (high_pass(flat).picture == 128).all()
        assert (canny(flat) == 0).all()
        np.testing.assert_array_equal(sharpen(flat), flat)


@pytest.mark.parametrize("dtype", ["uint8", "uint16", "float32", "float64"])
def test_sharpening_by_0_changes_nothing_and_by_minus_1_is_the_filter(dtype):
    image = GRAY.astype(dtype)
    np.testing.assert_array_equal(sharpen(image, amount=0), image)
    soft = sharpen(image, amount=-1, sigma=2)
    assert soft.dtype == image.dtype
    np.testing.assert_allclose(soft, blur(image, sigma=2), atol=1e-3)


def test_sharpening_makes_a_step_higher():
    out = sharpen(STEP, amount=1).astype(int)
    assert out[3, 2] < 20
    assert out[3, 3] > 120


def test_high_pass_and_low_pass_add_up_to_the_picture():
    low = blur(COLOR.astype(np.float32), sigma=3)
    np.testing.assert_allclose(low + high_pass(COLOR, sigma=3).data["values"], COLOR, atol=1e-3)
    assert high_pass(GRAY).data["values"].mean() == pytest.approx(0, abs=0.01)


@pytest.mark.parametrize("size", [3, 5, 7])
def test_a_step_has_its_own_height(size):
    values = sobel(np.repeat(STEP, 2, axis=1), size=size, direction="x").data["values"]
    assert values.max() == pytest.approx(100, rel=1e-5)
    np.testing.assert_allclose(values[3, 5:7], 100, rtol=1e-5)


def test_directions():
    across, down = sobel(STEP, direction="x"), sobel(STEP, direction="y")
    assert across.data["values"].max() == pytest.approx(100)
    assert np.abs(down.data["values"]).max() == 0
    turned = sobel(np.rot90(STEP).copy(), direction="y").data["values"]
    np.testing.assert_allclose(turned, -np.rot90(across.data["values"]), atol=1e-4)
    both = sobel(GRAY).data["values"]
    parts = [sobel(GRAY, direction=way).data["values"] for way in ("x", "y")]
    np.testing.assert_allclose(both, np.hypot(*parts), rtol=1e-5)


def test_laplace_is_neighbors_minus_four_times_the_middle():
    image = np.arange(25, dtype=np.uint8).reshape(5, 5) ** 2 % 251
    values = laplace(image).data["values"]
    padded = np.pad(image.astype(float), 1, mode="symmetric")
    around = padded[:-2, 1:-1] + padded[2:, 1:-1] + padded[1:-1, :-2] + padded[1:-1, 2:]
    np.testing.assert_allclose(values, around - 4.0 * image)
    ramp = np.repeat(np.arange(0, 90, 10, dtype=np.uint8)[None], 4, axis=0)
    assert (laplace(ramp).data["values"][:, 1:-1] == 0).all()


def test_canny_gives_thin_lines_and_fewer_for_higher_thresholds():
    edges = canny(np.repeat(STEP, 3, axis=1))
    assert (edges[2:-2] > 0).sum(axis=1).tolist() == [1, 1]
    found = [(canny(GRAY, low=50, high=high) > 0).sum() for high in (100, 400, 900)]
    assert found == sorted(found, reverse=True)


@pytest.mark.parametrize(
    ("work", "message"),
    [
        (lambda: sobel(GRAY, size=4), "size must be 3, 5 or 7, got 4"),
        (lambda: sobel(GRAY, direction="z"), "unknown direction 'z'"),
        (lambda: canny(GRAY, low=200, high=100), "low must be at most high"),
        (lambda: canny(GRAY, low=-1), "low must be at least 0"),
        (lambda: laplace(GRAY, sigma=-1), "sigma must be at least 0"),
        (lambda: sharpen(GRAY, amount=float("nan")), "amount must be a number"),
        (lambda: high_pass(GRAY.astype(np.float32)), "image must be"),
        (lambda: sobel(GRAY[:0]), "It has no pixels"),
    ],
)
def test_mistakes(work, message):
    with pytest.raises(ImageError, match=message):
        work()
