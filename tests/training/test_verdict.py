"""Laws of the decision whether a phase is kept."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from kanjian.training.verdict import Scores, verdict_on

N = 40
RIGHT = arrays(np.bool_, N)
LOSSES = arrays(np.float64, N, elements=st.floats(0, 16))


def scores(right, losses):
    return Scores(np.asarray(right), np.asarray(losses, np.float64))


@given(RIGHT, LOSSES, RIGHT, LOSSES)
def test_never_are_both_directions_kept(right, losses, right_after, losses_after):
    before, after = scores(right, losses), scores(right_after, losses_after)
    assert not (verdict_on("a", before, after).kept and verdict_on("a", after, before).kept)


@given(RIGHT, LOSSES, RIGHT, LOSSES)
def test_what_is_kept_is_worse_in_no_figure(right, losses, right_after, losses_after):
    before, after = scores(right, losses), scores(right_after, losses_after)
    if verdict_on("a", before, after).kept:
        assert after.right.sum() >= before.right.sum()
        assert after.losses.mean() <= before.losses.mean()


@given(RIGHT, LOSSES)
def test_what_changes_nothing_is_not_kept(right, losses):
    same = scores(right, losses)
    assert not verdict_on("a", same, same).kept


@pytest.mark.parametrize(
    ("more_right", "loss", "kept"),
    [
        (-2, 0.1, False),  # 95.7 → 91.5 % with a better loss was kept once
        (2, 0.9, False),  # and more right with a worse one
        (0, 0.1, True),
        (8, 0.5, True),
    ],
)
def test_both_figures_count(more_right, loss, kept):
    before = scores(np.arange(N) < 30, np.full(N, 0.5))
    after = scores(np.arange(N) < 30 + more_right, np.full(N, loss))
    found = verdict_on("fine-tune", before, after)
    assert found.kept == kept
    assert f"{30 + more_right} are right, 30 before" in found.sentence
    assert f"loss {loss:.3f}, 0.500 before" in found.sentence


def test_one_more_of_forty_is_chance_and_that_is_said():
    before = scores(np.arange(N) < 30, np.full(N, 0.5))
    after = scores(np.arange(N) < 31, np.full(N, 0.5))
    found = verdict_on("fine-tune", before, after)
    assert not found.kept
    assert "within chance" in found.sentence


def test_the_order_of_the_pictures_does_not_count():
    rng = np.random.default_rng(0)
    before = scores(rng.random(N) < 0.7, rng.random(N))
    after = scores(rng.random(N) < 0.8, rng.random(N))
    order = rng.permutation(N)
    turned = [scores(each.right[order], each.losses[order]) for each in (before, after)]
    assert verdict_on("a", *turned) == verdict_on("a", before, after)
