import numpy as np
import pytest

from kanjian.errors import RecognizerError
from kanjian.explain.gradient_ascent import (
    AscentConfig,
    as_picture,
    climb,
    gray_noise,
    normalized,
    octave_sizes,
)


def bowl(pictures, rows):
    """Highest where every pixel is 40 + its row."""
    top = 40.0 + rows[:, None, None, None]
    away = pictures - top
    return -(away**2).sum((1, 2, 3)), -2 * away


def start(n=3, side=20, channels=1):
    return gray_noise(np.arange(n), (side, side, channels))


def test_pictures_climb_and_each_its_own_hill():
    pixels = climb(start(), bowl, AscentConfig(steps=200))
    assert pixels.mean((1, 2, 3)) == pytest.approx([40, 41, 42], abs=1.5)


def test_a_step_is_as_long_as_its_rate():
    one = climb(start(), bowl, AscentConfig(steps=1, rate=2.5))
    moved = np.sqrt(((one - start()) ** 2).mean((1, 2, 3)))
    assert moved == pytest.approx([2.5] * 3, rel=1e-5)


@pytest.mark.parametrize("options", [{}, {"jitter": 5}, {"octaves": 2}, {"blur": 0.7}, {"tv": 0.5}])
def test_how_many_climb_together_changes_nothing(options):
    ascent = AscentConfig(steps=4, **options)
    together, apart = (climb(start(), bowl, ascent, at_once=n) for n in (3, 1))
    assert together == pytest.approx(apart, abs=1e-4)


def test_the_same_seed_gives_the_same_picture_and_another_one_another():
    one, same = (climb(start(), bowl, AscentConfig(jitter=3, seed=1)) for _ in range(2))
    assert (one == same).all()
    noises = [gray_noise(np.array([4]), (8, 8, 3), seed=seed) for seed in (0, 1)]
    assert (noises[0] != noises[1]).any()
    assert (gray_noise(np.array([2, 4]), (8, 8, 3))[1] == noises[0][0]).all()


def test_gray_noise_is_nearly_even():
    noise = gray_noise(np.arange(4), (30, 30, 3))
    assert noise.min() >= 118 and noise.max() <= 138
    assert noise.mean() == pytest.approx(128, abs=0.5)


def test_blur_and_tv_make_it_smoother():
    rng = np.random.default_rng(0)
    target = rng.random((1, 20, 20, 1)).astype(np.float32) * 255

    def rough(pictures, rows):
        return np.zeros(len(pictures)), target - pictures

    def grain(**options):
        pixels = climb(start(1), rough, AscentConfig(steps=30, rate=5, **options))
        return np.abs(np.diff(pixels, axis=2)).mean()

    assert grain(blur=0.8) < grain()
    assert grain(tv=0.5) < grain()


def test_bounded_pixels_stay_pixels():
    def up(pictures, rows):
        return pictures.mean((1, 2, 3)), np.ones_like(pictures)

    assert climb(start(), up, AscentConfig(steps=200)).max() > 255
    assert climb(start(), up, AscentConfig(steps=200, bounded=True)).max() == 255


def test_octaves_end_at_the_size_asked_for():
    assert octave_sizes((100, 60), 1) == [(100, 60)]
    assert octave_sizes((28, 28), 4)[0] == (16, 16)
    assert climb(start(1, side=40, channels=3), bowl, AscentConfig(octaves=3)).shape == (
        1,
        40,
        40,
        3,
    )


def test_no_slope_moves_nothing_and_tiny_ones_count():
    assert not normalized(np.zeros((1, 2, 2, 1), np.float32)).any()
    tiny = np.full((1, 2, 2, 1), 1e-38, np.float32)
    assert normalized(tiny) == pytest.approx(np.ones((1, 2, 2, 1)))


def test_progress_counts_to_the_end():
    heard = []
    climb(
        start(5), bowl, AscentConfig(steps=2), at_once=2, progress=lambda *done: heard.append(done)
    )
    assert heard == [(n, 6) for n in range(1, 7)]


def test_a_flat_picture_is_gray():
    assert (as_picture(np.full((3, 3, 1), 7.0)) == 128).all()


@pytest.mark.parametrize(
    ("wrong", "said"),
    [({"steps": 0}, "steps must be at least 1, got 0"), ({"rate": 0}, "rate must be a step"),
     ({"tv": -1}, "tv must be at least 0"), ({"blur": float("nan")}, "blur must be")],
)  # fmt: skip
def test_numbers_that_mean_nothing_are_refused(wrong, said):
    with pytest.raises(RecognizerError, match=said):
        AscentConfig(**wrong)
