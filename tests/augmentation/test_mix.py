"""MixUp and CutMix mix pictures and answers in the same shares."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kanjian.augmentation.mix import mix_batch, mixed_rows
from kanjian.recipes.augmentation import Augmentation

BOUNDS = [
    Augmentation(mixup_alpha=0.4),
    Augmentation(cutmix_alpha=1.0),
    Augmentation(mixup_alpha=0.2, cutmix_alpha=1.0),
]


@given(st.sampled_from(BOUNDS), st.integers(0, 2**31), st.integers(0, 99), st.integers(1, 9))
def test_the_mean_of_pictures_and_answers_is_kept(bounds, seed, step, n):
    rng = np.random.default_rng(seed)
    # one level a picture: its mean tells how much of it is left
    levels = rng.integers(0, 256, n).astype(np.uint8)
    images = np.broadcast_to(levels[:, None, None, None], (n, 8, 6, 3)).copy()
    mixed, share = mix_batch(images, bounds, seed=seed, epoch=1, step=step)
    answers = np.eye(5, dtype=np.float32)[rng.integers(0, 5, n)]
    rows = mixed_rows(answers, share)
    assert 0 <= share <= 1
    np.testing.assert_allclose(rows.sum(1), 1, atol=1e-6)
    np.testing.assert_allclose(rows.mean(0), answers.mean(0), atol=1e-6)
    np.testing.assert_allclose(mixed.mean((1, 2, 3)), mixed_rows(levels, share), atol=0.51)
    assert (images == levels[:, None, None, None]).all(), "the pictures given are never altered"


def test_cutmix_shows_every_pixel_of_one_of_the_two():
    images = np.zeros((2, 20, 20, 1), np.uint8)
    images[1] = 200
    mixed, _ = mix_batch(images, Augmentation(cutmix_alpha=1.0), seed=1, epoch=0, step=0)
    assert set(np.unique(mixed)) == {0, 200}


@pytest.mark.parametrize("other", [{"seed": 1}, {"epoch": 1}, {"step": 1}])
def test_shares_depend_on_seed_epoch_and_step(other):
    images = np.zeros((2, 4, 4, 1), np.uint8)
    given = {"seed": 0, "epoch": 0, "step": 0}
    one, same, another = (
        mix_batch(images, BOUNDS[0], **arguments)[1] for arguments in (given, given, given | other)
    )
    assert one == same != another


def test_both_come_in_turn():
    images = np.zeros((2, 20, 20, 1), np.uint8)
    images[1] = 200
    kinds = {
        len(np.unique(mix_batch(images, BOUNDS[2], seed=0, epoch=0, step=step)[0])) <= 2
        and 0.02 < mix_batch(images, BOUNDS[2], seed=0, epoch=0, step=step)[1] < 0.98
        for step in range(30)
    }
    assert kinds == {True, False}
