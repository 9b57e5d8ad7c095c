"""Noise: the amount asked for, the same for the same seed, in any type and size, never in place."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kanjian.errors import ImageError
from kanjian.imaging.noise import gaussian, jpeg, poisson, salt_pepper, speckle, white

SEEDED = (gaussian, poisson, salt_pepper, speckle, white)
ALL = (*SEEDED, jpeg)
TYPES = ("uint8", "uint16", "float32", "float64")
# What makes each do nothing; poisson and JPEG always do something
IDLE = [(gaussian, {"sigma": 0}), (speckle, {"sigma": 0}), (salt_pepper, {"amount": 0}),
        (white, {"amount": 0})]  # fmt: skip
RAMP = np.arange(256, dtype=np.uint8).reshape(16, 16)


@pytest.mark.parametrize("make", ALL)
@pytest.mark.parametrize("dtype", TYPES)
@pytest.mark.parametrize("shape", [(1, 1), (1, 7), (9, 5), (9, 5, 3), (9, 5, 1), (0, 4), (4, 0, 3)])
def test_any_size_and_type_comes_back_as_it_was(make, dtype, shape):
    image = np.random.default_rng(0).integers(0, 256, shape).astype(dtype)
    before = image.copy()
    out = make(image)
    assert out.shape == shape
    assert out.dtype == dtype
    assert not np.shares_memory(out, image)
    np.testing.assert_array_equal(image, before)


@pytest.mark.parametrize("make", SEEDED)
def test_the_same_seed_gives_the_same_noise_and_another_another(make):
    image = np.full((40, 40, 3), 128, np.uint8)
    np.testing.assert_array_equal(make(image, seed=3), make(image, seed=3))
    assert (make(image, seed=3) != make(image, seed=4)).any()
    generator = np.random.default_rng(3)
    assert (make(image, seed=generator) != make(image, seed=generator)).any()


@pytest.mark.parametrize(("make", "options"), IDLE)
def test_none_changes_nothing(make, options):
    np.testing.assert_array_equal(make(RAMP, **options), RAMP)


@pytest.mark.parametrize("sigma", [5, 25])
@pytest.mark.parametrize("dtype", TYPES)
def test_sigma_is_in_gray_levels_of_255_in_every_type(sigma, dtype):
    white_value = 65535 if dtype == "uint16" else 255
    flat = np.full((200, 200), white_value // 2).astype(dtype)
    apart = (gaussian(flat, sigma=sigma).astype(float) - flat) * (255 / white_value)
    assert apart.std() == pytest.approx(sigma, rel=0.02)
    assert apart.mean() == pytest.approx(0, abs=0.3)


def test_floats_are_not_cut_and_whole_numbers_are():
    assert gaussian(np.zeros((50, 50)), sigma=25).min() < -20
    dark = gaussian(np.zeros((50, 50), np.uint8), sigma=25)
    assert (dark == 0).mean() == pytest.approx(0.5, abs=0.05)


def test_a_peak_of_1_is_the_same_noise_smaller():
    image = np.random.default_rng(1).random((30, 30))
    for make in (gaussian, speckle, poisson):
        np.testing.assert_allclose(make(image, peak=1) * 255, make(image * 255), rtol=1e-9)


def test_speckle_grows_with_the_brightness():
    half, full = (speckle(np.full((300, 300), level), sigma=20).std() for level in (127.5, 255.0))
    assert full == pytest.approx(20, rel=0.02)
    assert half == pytest.approx(10, rel=0.02)


@pytest.mark.parametrize("photons", [10, 1000])
def test_poisson_has_the_mean_and_the_variance_of_counts(photons):
    out = poisson(np.full((300, 300), 127.5), photons=photons)
    assert out.mean() == pytest.approx(127.5, rel=0.01)
    # half of the photons; their number's root, in gray levels
    assert out.std() == pytest.approx((photons / 2) ** 0.5 * 255 / photons, rel=0.02)
    assert (poisson(RAMP, photons=0) == 0).all()
    assert (poisson(np.full((3, 3), -5.0)) == 0).all()


@given(st.floats(0, 1), st.floats(0, 1))
def test_salt_and_pepper_turn_the_share_asked_for(amount, salt):
    image = np.full((120, 120, 3), 128, np.uint8)
    out = salt_pepper(image, amount=amount, salt=salt, seed=7)
    assert set(np.unique(out)) <= {0, 128, 255}
    assert (out == out[:, :, :1]).all()  # all channels at once
    assert (out == 255).mean() == pytest.approx(amount * salt, abs=0.03)
    assert (out == 0).mean() == pytest.approx(amount * (1 - salt), abs=0.03)


def test_white_pixels_lie_everywhere_whatever_the_size():
    wide = white(np.zeros((900, 1200), np.uint8), amount=0.05)
    quarters = [part for half in np.array_split(wide, 2) for part in np.array_split(half, 2, 1)]
    for part in quarters:
        assert (part == 255).mean() == pytest.approx(0.05, abs=0.005)
    assert white(np.zeros((5, 5), np.bool_), amount=1).all()
    assert (white(np.zeros((5, 5), np.uint16), amount=1) == 65535).all()


def test_jpeg_gets_worse_with_less_quality():
    from kanjian.imaging.metrics import psnr

    x, y = np.meshgrid(np.arange(64), np.arange(64))
    image = np.stack([x * 4, y * 4, (x + y) % 32 * 8], axis=2).astype(np.uint8)
    found = [psnr(image, jpeg(image, quality=quality)) for quality in (5, 20, 60, 95)]
    assert found == sorted(found)
    gray = image[:, :, 2]
    np.testing.assert_array_equal(jpeg(gray.astype(float)), jpeg(gray))
    np.testing.assert_array_equal(jpeg(gray), jpeg(gray))


@pytest.mark.parametrize(
    ("work", "message"),
    [
        (lambda: gaussian(RAMP, sigma=-1), "sigma must be at least 0, got -1"),
        (lambda: speckle(RAMP, sigma=float("inf")), "sigma must be at least 0"),
        (lambda: poisson(RAMP, photons=-1), "photons must be at least 0"),
        (lambda: salt_pepper(RAMP, amount=1.5), "amount must be from 0 to 1, got 1.5"),
        (lambda: salt_pepper(RAMP, salt=-0.1), "salt must be from 0 to 1"),
        (lambda: white(RAMP, amount=2), "amount must be from 0 to 1"),
        (lambda: jpeg(RAMP, quality=0), "quality must be from 1 to 100"),
        (lambda: jpeg(np.zeros((3, 3, 2), np.uint8)), "1 or 3 channels"),
        (lambda: gaussian(RAMP, seed=-1), "seed must be at least 0"),
        (lambda: gaussian(RAMP, peak=256), "peak must be at most 255 for uint8"),
        (lambda: gaussian(RAMP, peak=0), "peak must be above 0"),
        (lambda: gaussian(RAMP.astype(np.int16)), "image must be"),
        (lambda: gaussian([[1, 2]]), "got list"),
    ],
)
def test_mistakes(work, message):
    with pytest.raises(ImageError, match=message):
        work()
