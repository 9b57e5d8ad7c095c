"""Waves kept and waves taken: the parts add up, and a Gaussian is the Gaussian filter."""

import math

import numpy as np
import pytest

from kanjian.errors import ImageError
from kanjian.imaging.fourier import frequency_filter, spectrum
from kanjian.imaging.gaussian import blur

RNG = np.random.default_rng(3)
GRAY = RNG.integers(0, 256, (24, 31), dtype=np.uint8)
COLOR = RNG.integers(0, 256, (25, 30, 3), dtype=np.uint8)
SHAPES = ("gaussian", "butterworth", "ideal")


@pytest.mark.parametrize("sigma", [1, 3, 10])
def test_a_gaussian_low_pass_is_the_gaussian_filter(sigma):
    found = frequency_filter(GRAY, cutoff=1 / (2 * math.pi * sigma)).data["values"]
    # a sampled kernel of sigma 1 is not quite the wave's own
    expected = blur(GRAY.astype(np.float64), size=8 * 10 + 1, sigma=sigma)
    np.testing.assert_allclose(found, expected, atol=1.5 if sigma == 1 else 0.02)


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("image", [GRAY, COLOR, GRAY[:1, :1], GRAY[:1], COLOR[:, :1]])
def test_low_and_high_add_up_to_the_picture(image, shape):
    before = image.copy()
    low = frequency_filter(image, keep="low", shape=shape)
    high = frequency_filter(image, keep="high", shape=shape)
    np.testing.assert_allclose(low.data["values"] + high.data["values"], image, atol=1e-9)
    np.testing.assert_array_equal(image, before)
    assert low.picture.shape == image.shape
    assert low.picture.dtype == high.picture.dtype == np.uint8


@pytest.mark.parametrize("shape", SHAPES)
def test_bands_add_up_to_the_low_pass(shape):
    options = {"shape": shape}
    low = frequency_filter(GRAY, cutoff=0.1, **options).data["values"]
    band = frequency_filter(GRAY, keep="band", cutoff=0.1, upper=0.3, **options).data["values"]
    wide = frequency_filter(GRAY, cutoff=0.3, **options).data["values"]
    np.testing.assert_allclose(low + band, wide, atol=1e-9)


def test_the_mean_stays_with_the_low_waves():
    assert frequency_filter(GRAY).data["values"].mean() == pytest.approx(GRAY.mean())
    assert frequency_filter(GRAY, keep="high").data["values"].mean() == pytest.approx(0, abs=1e-9)


def test_an_ideal_filter_twice_is_once_and_all_waves_are_the_picture():
    once = frequency_filter(GRAY.astype(float), shape="ideal").picture
    np.testing.assert_allclose(frequency_filter(once, shape="ideal").picture, once, atol=1e-9)
    np.testing.assert_array_equal(frequency_filter(GRAY, shape="ideal", cutoff=1).picture, GRAY)


@pytest.mark.parametrize(("shape", "passes"), [("gaussian", math.exp(-0.5)),
                                               ("butterworth", math.sqrt(0.5))])  # fmt: skip
def test_what_passes_at_the_cutoff(shape, passes):
    response = frequency_filter(np.zeros((40, 40)), cutoff=0.25, shape=shape).data["response"]
    assert response[20, 20] == 1
    assert response[20, 30] == pytest.approx(passes)


def test_a_wave_is_found_where_it_belongs():
    columns = np.arange(32)
    wave = np.repeat(100 + 50 * np.cos(2 * np.pi * columns / 8)[None], 16, axis=0)
    amplitude = spectrum(wave).data["amplitude"]
    assert amplitude[8, 16] == pytest.approx(100)
    assert amplitude[8, 16 + 4] == amplitude[8, 16 - 4] == pytest.approx(25)
    amplitude[8, [12, 16, 20]] = 0
    assert amplitude.max() < 1e-9
    assert spectrum(COLOR).picture.shape == (25, 30)
    assert spectrum(np.zeros((1, 1), np.uint8)).picture.tolist() == [[0]]


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_floats_stay_floats(dtype):
    out = frequency_filter(GRAY.astype(dtype), keep="high").picture
    assert out.dtype == dtype
    assert out.min() < 0


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"cutoff": 0}, "cutoff must be above 0, got 0"),
        ({"keep": "band", "cutoff": 0.3, "upper": 0.2}, "upper must be above cutoff"),
        ({"keep": "lo"}, "Did you mean 'low'"),
        ({"shape": "gaus"}, "Did you mean 'gaussian'"),
    ],
)
def test_mistakes(options, message):
    with pytest.raises(ImageError, match=message):
        frequency_filter(GRAY, **options)


def test_empty_pictures_are_refused():
    for work in (spectrum, frequency_filter):
        with pytest.raises(ImageError, match="It has no pixels"):
            work(np.zeros((0, 3), np.uint8))
