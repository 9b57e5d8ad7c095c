"""What OpenCV's own calls give, with the settings that the tutorials use, is given here too."""

import math

import cv2
import numpy as np
import pytest

from kanjian.errors import ImageError
from kanjian.imaging.borders import with_border
from kanjian.imaging.corners import corner_strength
from kanjian.imaging.edges import laplace, sobel
from kanjian.imaging.filters import bilateral, mean, median, nonlocal_means
from kanjian.imaging.gaussian import blur
from kanjian.imaging.geometry import rotate

RNG = np.random.default_rng(4)
GRAY = RNG.integers(0, 256, (40, 53), dtype=np.uint8)
COLOR = RNG.integers(0, 256, (40, 53, 3), dtype=np.uint8)
CODES = {
    "reflect": cv2.BORDER_REFLECT,
    "reflect-101": cv2.BORDER_REFLECT_101,
    "replicate": cv2.BORDER_REPLICATE,
    "constant": cv2.BORDER_CONSTANT,
}


@pytest.mark.parametrize("image", [GRAY, COLOR])
@pytest.mark.parametrize("border", CODES)
def test_every_border_is_opencvs(image, border):
    code = CODES[border]
    np.testing.assert_array_equal(
        mean(image, size=5, border=border), cv2.blur(image, (5, 5), borderType=code)
    )
    np.testing.assert_allclose(
        blur(image.astype(np.float32), size=7, border=border),
        cv2.GaussianBlur(image.astype(np.float32), (7, 7), 0, borderType=code),
        atol=1e-3,
    )
    # vectors of another length round otherwise
    np.testing.assert_allclose(
        bilateral(image, sigma_color=30, sigma_space=2, border=border).astype(int),
        cv2.bilateralFilter(image, 9, 30, 2, borderType=code).astype(int),
        atol=1,
    )
    np.testing.assert_array_equal(
        laplace(image, border=border).data["values"],
        cv2.Laplacian(image.astype(np.float32), cv2.CV_32F, borderType=code),
    )
    np.testing.assert_allclose(
        sobel(image, direction="x", border=border).data["values"],
        cv2.Sobel(image, cv2.CV_32F, 1, 0, ksize=3, scale=0.25, borderType=code),
        atol=1e-3,
    )


@pytest.mark.parametrize("border", [*CODES, "wrap"])
@pytest.mark.parametrize("image", [GRAY, COLOR])
@pytest.mark.parametrize("work", [mean, median, nonlocal_means, blur])
def test_a_border_shows_only_at_the_border(work, image, border):
    reach = {mean: 1, median: 1, nonlocal_means: 13, blur: 8}[work]
    inside = np.s_[reach : 40 - reach, reach : 53 - reach]
    np.testing.assert_array_equal(work(image, border=border)[inside], work(image)[inside])


def test_wrapped_around_a_shift_goes_through_every_filter():
    moved = np.roll(GRAY, (5, 9), axis=(0, 1))
    for work in (mean, median, blur, bilateral):
        out = work(GRAY, border="wrap")
        np.testing.assert_array_equal(
            work(moved, border="wrap"), np.roll(out, (5, 9), axis=(0, 1)), err_msg=work.__name__
        )


def test_a_wide_blur_knows_borders_too():
    soft = blur(GRAY.astype(np.float32), sigma=12, border="reflect-101")
    wanted = cv2.GaussianBlur(
        GRAY.astype(np.float32), (121, 121), 12, borderType=cv2.BORDER_REFLECT_101
    )
    np.testing.assert_allclose(soft, wanted, atol=0.05)


def test_an_unknown_border_is_named():
    with pytest.raises(ImageError, match=r"^unknown border 'mirror'\. Known: constant, reflect"):
        with_border(np.copy, GRAY, reach=1, border="mirror")


@pytest.mark.parametrize("angle", [0, 30, -75, 90, 200])
def test_a_rotation_with_scale_and_center_is_opencvs(angle):
    height, width = GRAY.shape
    scale = math.hypot(height, width) / min(height, width)
    matrix = cv2.getRotationMatrix2D((width / 2, height / 2), angle, scale)
    wanted = cv2.warpAffine(GRAY, matrix, (width, height))
    place = (width / 2 + 0.5, height / 2 + 0.5)
    got = rotate(GRAY, angle=angle, scale=scale, center_xy=place)
    # coordinates are rounded to a 32nd of a pixel
    assert np.abs(got.astype(int) - wanted).mean() < 0.5


def test_scale_and_center_need_a_canvas_that_stays():
    with pytest.raises(ImageError, match=r'^scale and center_xy go with canvas "keep", got'):
        rotate(GRAY, scale=2, canvas="grow")
    with pytest.raises(ImageError, match=r"^scale must be above 0, got -1\.$"):
        rotate(GRAY, scale=-1)


@pytest.mark.parametrize("aperture", [9, 23, 31])
def test_harris_takes_wide_apertures(aperture):
    strength = corner_strength(GRAY, aperture=aperture, block=9)
    np.testing.assert_array_equal(strength, cv2.cornerHarris(GRAY, 9, aperture, 0.04))
