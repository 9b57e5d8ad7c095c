"""The Gaussian filter is that of the exact kernel, wide or narrow, and keeps what it must."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import ndimage

from kanjian.errors import ImageError
from kanjian.imaging.gaussian import TYPES, blur, gaussian_kernel, kernel

RNG = np.random.default_rng(0)
SIGMAS = (0.5, 2, 6.9, 7.1, 20, 90)


def exact(image, sigma):
    out = image.astype(np.float64)
    for axis in (0, 1):
        out = ndimage.gaussian_filter1d(out, sigma, axis=axis, mode="reflect", truncate=9)
    return out


@pytest.mark.parametrize("shape", [(60, 83), (1, 40), (40, 1), (31, 47, 3), (200, 150)])
@pytest.mark.parametrize("sigma", SIGMAS)
def test_it_is_the_exact_filter(sigma, shape):
    image = RNG.integers(0, 256, shape).astype(np.float64)
    # direct kernels are cut at four sigmas, wide ones are not
    limit = 0.1 if sigma < 7 else 255e-5
    np.testing.assert_allclose(blur(image, sigma=sigma), exact(image, sigma), atol=limit)


@pytest.mark.parametrize("dtype", TYPES)
@pytest.mark.parametrize("sigma", SIGMAS)
def test_every_type_comes_back_as_it_was_rounded_to_the_nearest(dtype, sigma):
    image = RNG.integers(0, 256, (50, 40)).astype(dtype)
    before = image.copy()
    out = blur(image, sigma=sigma)
    assert out.dtype == image.dtype
    assert out.shape == image.shape
    np.testing.assert_array_equal(image, before)
    limit = 0.1 + 0.5 * (image.dtype.kind == "u")
    np.testing.assert_allclose(out, exact(image, sigma), atol=limit)


@pytest.mark.parametrize("sigma", SIGMAS)
def test_the_mean_stays(sigma):
    image = RNG.integers(0, 256, (45, 64)).astype(np.float64)
    assert blur(image, sigma=sigma).mean() == pytest.approx(image.mean(), abs=1e-3)


@pytest.mark.parametrize("sigma", SIGMAS)
def test_one_level_stays_one_level(sigma):
    for level in (0, 1, 100, 255):
        flat = np.full((20, 33, 3), level, np.uint8)
        np.testing.assert_array_equal(blur(flat, sigma=sigma), flat)


@pytest.mark.parametrize("sigma", [3, 12])
def test_turning_before_is_turning_after(sigma):
    image = RNG.integers(0, 256, (30, 41)).astype(np.float32)
    turned = blur(np.rot90(image).copy(), sigma=sigma)
    np.testing.assert_allclose(turned, np.rot90(blur(image, sigma=sigma)), atol=1e-3)


def test_two_filters_are_one_of_the_summed_variance():
    image = RNG.integers(0, 256, (90, 90)).astype(np.float64)
    twice = blur(blur(image, sigma=9), sigma=12)
    np.testing.assert_allclose(twice, blur(image, sigma=15), atol=2e-3)


def test_sigma_0_changes_nothing_and_a_huge_one_leaves_the_mean():
    image = RNG.integers(0, 256, (20, 30), dtype=np.uint8)
    np.testing.assert_array_equal(blur(image, sigma=0), image)
    everywhere = blur(image.astype(np.float64), sigma=1e6)
    np.testing.assert_allclose(everywhere, image.mean(), atol=1e-2)


@given(arrays(np.uint8, st.tuples(st.integers(1, 9), st.integers(1, 9))), st.floats(0, 200))
def test_it_stays_between_the_darkest_and_the_brightest(image, sigma):
    out = blur(image, sigma=sigma)
    assert image.min() <= out.min()
    assert out.max() <= image.max()


def test_a_pixel_of_3_by_3_by_hand():
    dot = np.zeros((5, 5))
    dot[2, 2] = 16
    # weights 1 2 1 are those of sigma 0.85 to one in a thousand
    found = blur(dot, size=3, sigma=0.8493)
    np.testing.assert_allclose(found[1:4, 1:4], [[1, 2, 1], [2, 4, 2], [1, 2, 1]], atol=0.01)


@pytest.mark.parametrize("sigma", [0, 0.3, 2, 40])
def test_a_kernel_is_symmetric_of_sum_1_and_falls_outwards(sigma):
    row = gaussian_kernel(sigma=sigma)
    assert row.sum() == pytest.approx(1)
    np.testing.assert_allclose(row, row[::-1])
    assert (np.diff(row[: len(row) // 2 + 1]) >= 0).all()
    assert len(gaussian_kernel(sigma=sigma, size=7)) == 7


def test_the_kernel_can_be_looked_at():
    drawn = kernel(np.zeros((1, 1), np.uint8), size=5, sigma=1)
    np.testing.assert_allclose(drawn.data["kernel"], np.outer(drawn.data["row"], drawn.data["row"]))
    assert drawn.picture.shape == (255, 255)
    assert drawn.picture.max() == 255
    assert drawn.facts["size"] == 5


def test_a_picture_of_one_pixel():
    for sigma in SIGMAS:
        assert blur(np.array([[7]], np.uint8), sigma=sigma).tolist() == [[7]]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"sigma": -1}, "sigma must be at least 0, got -1"),
        ({"sigma": float("nan")}, "sigma must be at least 0"),
        ({"sigma": float("inf")}, "sigma must be at least 0"),
        ({"size": 4}, "size must be odd and at least 1, got 4"),
    ],
)
def test_wrong_numbers_are_refused(options, message):
    with pytest.raises(ImageError, match=message):
        blur(np.zeros((3, 3), np.uint8), **options)


@pytest.mark.parametrize("image", [np.zeros((0, 4), np.uint8), np.zeros((3, 3), np.int32), [[1]]])
def test_what_is_no_picture_is_refused(image):
    with pytest.raises(ImageError, match="image must be"):
        blur(image, sigma=1)


def test_a_kernel_too_large_to_show_is_refused():
    with pytest.raises(ImageError, match="too large to show"):
        kernel(np.zeros((1, 1), np.uint8), sigma=300)
