"""Distances between pictures: by hand, as scikit-image has them, and laws of a distance."""

import math

import numpy as np
import pytest

from kanjian.errors import ImageError
from kanjian.imaging.metrics import TYPES, difference, mae, mse, psnr, ssim

RNG = np.random.default_rng(4)
GRAY = RNG.integers(0, 256, (24, 31), dtype=np.uint8)
COLOR = RNG.integers(0, 256, (24, 31, 3), dtype=np.uint8)
PAIRS = [(GRAY, GRAY[::-1]), (COLOR, COLOR[:, ::-1]), (GRAY, np.clip(GRAY, 40, 200))]


def test_by_hand():
    clean, other = np.array([[0, 10], [20, 30]], np.uint8), np.array([[0, 14], [20, 28]], np.uint8)
    assert mse(clean, other) == 5
    assert mae(clean, other) == 1.5
    assert psnr(clean, other) == pytest.approx(20 * math.log10(255) - 10 * math.log10(5))


@pytest.mark.parametrize(("clean", "other"), PAIRS)
@pytest.mark.parametrize("dtype", ["uint8", "float32", "float64"])
def test_they_are_those_of_scikit_image(clean, other, dtype):
    from skimage import metrics

    clean, other = clean.astype(dtype), other.astype(dtype)
    axis = 2 if clean.ndim == 3 else None
    assert mse(clean, other) == pytest.approx(metrics.mean_squared_error(clean, other), rel=1e-6)
    theirs = metrics.peak_signal_noise_ratio(clean, other, data_range=255)
    assert psnr(clean, other) == pytest.approx(theirs, rel=1e-6)
    wide = {"data_range": 255, "channel_axis": axis}
    theirs = metrics.structural_similarity(clean.astype(float), other.astype(float), **wide)
    assert ssim(clean, other) == pytest.approx(theirs, abs=1e-9)
    weights = {"gaussian_weights": True, "sigma": 1.5, "use_sample_covariance": False}
    theirs = metrics.structural_similarity(
        clean.astype(float), other.astype(float), **wide, **weights
    )
    assert ssim(clean, other, window="gaussian") == pytest.approx(theirs, abs=1e-9)


@pytest.mark.parametrize("measure", [mse, mae, psnr, ssim])
@pytest.mark.parametrize(("clean", "other"), PAIRS)
def test_either_may_come_first(measure, clean, other):
    assert measure(clean, other) == pytest.approx(measure(other, clean))


@pytest.mark.parametrize("dtype", TYPES)
@pytest.mark.parametrize("image", [GRAY, COLOR])
def test_nothing_is_nearer_than_the_picture_itself(dtype, image):
    image = (image > 99) if dtype == "bool" else image.astype(dtype)
    assert mse(image, image) == mae(image, image) == 0
    assert psnr(image, image) == math.inf
    assert ssim(image, image) == pytest.approx(1)


def test_differences_do_not_wrap_around():
    black, white = np.zeros((8, 8), np.uint8), np.full((8, 8), 255, np.uint8)
    assert mae(white, black) == 255
    assert psnr(white, black) == 0
    far = np.full((1, 1), -32768, np.int16), np.full((1, 1), 32767, np.int16)
    assert mae(*far) == 65535


def test_more_noise_is_farther_away():
    smooth = np.add.outer(np.arange(64), np.arange(64)) * 2.0
    noise = RNG.normal(0, 1, smooth.shape)
    for measure in (psnr, ssim):
        found = [measure(smooth, smooth + sigma * noise) for sigma in (1, 5, 20, 60)]
        assert found == sorted(found, reverse=True)


def test_peak_1_is_peak_255_of_255_times_the_values():
    clean, other = RNG.random((20, 20)), RNG.random((20, 20))
    assert psnr(clean, other, peak=1) == pytest.approx(psnr(clean * 255, other * 255))
    assert ssim(clean, other, peak=1) == pytest.approx(ssim(clean * 255, other * 255))


def test_the_difference_is_seen_and_told():
    drawn = difference(GRAY, reference=np.clip(GRAY, 40, 200), gain=2)
    assert drawn.picture[GRAY == 20].tolist() == [40] * (GRAY == 20).sum()
    assert (drawn.picture[(GRAY >= 40) & (GRAY <= 200)] == 0).all()
    assert drawn.facts["mae"] == pytest.approx(mae(np.clip(GRAY, 40, 200), GRAY), abs=1e-4)
    same = difference(GRAY[:3], reference=GRAY[:3])
    assert same.facts == {"mse": 0, "mae": 0, "psnr": None, "ssim": None}


@pytest.mark.parametrize(
    ("work", "message"),
    [
        (lambda: mse(GRAY, COLOR), "the same shape and dtype"),
        (lambda: mse(GRAY, GRAY.astype(float)), "the same shape and dtype"),
        (lambda: mae(GRAY[:0], GRAY[:0]), "at least one pixel"),
        (lambda: mae([[1]], GRAY), "clean must be"),
        (lambda: psnr(GRAY, GRAY, peak=0), "peak must be above 0"),
        (lambda: ssim(GRAY[:6], GRAY[:6]), "at least 7×7"),
        (lambda: ssim(GRAY[:8], GRAY[:8], window="gaussian"), "at least 11×11"),
        (lambda: ssim(GRAY, GRAY, window="gauss"), "unknown window 'gauss'"),
        (lambda: difference(GRAY, reference=COLOR), "the same shape"),
        (lambda: difference(GRAY, reference=GRAY, gain=0), "gain must be above 0"),
        (lambda: difference(GRAY.astype(float), reference=GRAY), "image must be uint8"),
    ],
)
def test_mistakes(work, message):
    with pytest.raises(ImageError, match=message):
        work()
