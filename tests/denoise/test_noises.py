"""Every kind of noise has the strength it says, and comes again from the same draws."""

import numpy as np
import pytest

from kanjian.denoise.noises import noisy
from kanjian.recipes.denoising import NOISES

AMOUNTS = {"gaussian": 20, "speckle": 20, "poisson": 30, "salt-pepper": 0.2, "white": 0.2,
           "jpeg": 20}  # fmt: skip


@pytest.mark.parametrize("kind", NOISES)
@pytest.mark.parametrize("channels", [1, 3])
def test_the_same_draws_give_the_same_noise_and_leave_the_picture_alone(kind, channels):
    clean = np.random.default_rng(0).uniform(0, 255, (16, 24, channels)).astype(np.float32)
    before = clean.copy()
    one, again, other = (
        noisy(clean, kind, AMOUNTS[kind], np.random.default_rng(seed)) for seed in (1, 1, 2)
    )
    assert (one.shape, one.dtype) == (clean.shape, np.float32)
    np.testing.assert_array_equal(clean, before)
    np.testing.assert_array_equal(one, again)
    assert (one != clean).any()
    assert kind == "jpeg" or (one != other).any()


@pytest.mark.parametrize(
    ("kind", "amount", "level", "mean", "std"),
    [
        ("gaussian", 20, 100, 100, 20),
        ("speckle", 20, 255, 255, 20),
        ("speckle", 20, 51, 51, 4),
        # N photons scatter by the root of N: 30 of 255, 12 of 102
        ("poisson", 30, 255, 255, 255 / 30**0.5),
        ("poisson", 30, 102, 102, 12**0.5 * 8.5),
        ("salt-pepper", 0.2, 100, 100 + 0.2 * 27.5, (0.1 * 155**2 + 0.1 * 100**2 - 5.5**2) ** 0.5),
        ("white", 0.2, 55, 95, 80),
        ("jpeg", 90, 100, 100, 0),
    ],
)
def test_the_strength_is_what_it_says(kind, amount, level, mean, std):
    clean = np.full((256, 256, 1), level, np.float32)
    into = noisy(clean, kind, amount, np.random.default_rng(0))
    assert into.mean() == pytest.approx(mean, abs=0.6)
    assert into.std() == pytest.approx(std, abs=0.5)


@pytest.mark.parametrize("kind", ["gaussian", "speckle", "salt-pepper", "white"])
def test_no_noise_changes_nothing(kind):
    clean = np.arange(12, dtype=np.float32).reshape(3, 4, 1)
    np.testing.assert_array_equal(noisy(clean, kind, 0, np.random.default_rng(0)), clean)


def test_no_photons_no_picture():
    clean = np.full((2, 2, 1), 9, np.float32)
    assert not noisy(clean, "poisson", 0, np.random.default_rng(0)).any()
