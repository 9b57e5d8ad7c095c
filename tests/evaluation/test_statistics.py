import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from kanjian.errors import EvaluationError
from kanjian.evaluation.statistics import (
    differ_beyond_chance,
    differ_on_same_pictures,
    mean_interval,
)


@st.composite
def counts(draw):
    n = draw(st.integers(1, 300))
    return draw(st.integers(0, n)), n


@given(counts(), counts())
def test_p_value_agrees_with_scipy(a, b):
    table = [[a[0], a[1] - a[0]], [b[0], b[1] - b[0]]]
    assert differ_beyond_chance(a, b).p_value == pytest.approx(stats.fisher_exact(table).pvalue)


@given(counts(), counts())
def test_swapping_the_two_turns_the_sign(a, b):
    one, other = differ_beyond_chance(a, b), differ_beyond_chance(b, a)
    assert one.difference == -other.difference
    assert one.p_value == pytest.approx(other.p_value)
    assert one.interval == pytest.approx((-other.interval[1], -other.interval[0]))
    assert one.interval[0] <= one.difference <= one.interval[1]


def test_newcombe_interval_as_published():
    # Newcombe (1998), table II, method 10
    published = {
        ((56, 70), (48, 80)): (0.0524, 0.3339),
        ((9, 10), (3, 10)): (0.1705, 0.8090),
        ((10, 10), (0, 20)): (0.6791, 1.0),
        ((10, 10), (0, 10)): (0.6075, 1.0),
    }
    for (a, b), interval in published.items():
        assert differ_beyond_chance(a, b).interval == pytest.approx(interval, abs=5e-5)


def test_equal_accuracies_do_not_differ():
    verdict = differ_beyond_chance((50, 100), (500, 1000))
    assert verdict.difference == 0 and verdict.p_value == pytest.approx(1)
    assert not verdict.beyond_chance


def test_one_picture_each_tells_nothing():
    assert not differ_beyond_chance((1, 1), (0, 1)).beyond_chance


def test_large_counts_stay_exact():
    verdict = differ_beyond_chance((47_000, 50_000), (46_500, 50_000))
    assert verdict.beyond_chance and 0 < verdict.p_value < 1e-8


def test_impossible_counts_are_refused():
    with pytest.raises(EvaluationError, match="got 3 of 2"):
        differ_beyond_chance((1, 2), (3, 2))


@given(st.integers(1, 60), st.integers(0, 2**31))
def test_same_pictures_agree_with_the_sign_test(n, seed):
    right_a, right_b = np.random.default_rng(seed).random((2, n)) < 0.7
    verdict = differ_on_same_pictures(right_a, right_b)
    only_a, only_b = int((right_a & ~right_b).sum()), int((right_b & ~right_a).sum())
    expected = stats.binomtest(only_a, only_a + only_b).pvalue if only_a + only_b else 1.0
    assert verdict.p_value == pytest.approx(expected)
    assert verdict.difference == pytest.approx(right_a.mean() - right_b.mean())
    assert verdict.interval[0] <= verdict.difference <= verdict.interval[1]
    mirrored = differ_on_same_pictures(right_b, right_a)
    assert mirrored.interval == pytest.approx((-verdict.interval[1], -verdict.interval[0]))


@pytest.mark.parametrize(("only_a", "only_b", "n"), [(0, 1, 44), (12, 3, 60), (5, 5, 1000)])
def test_the_paired_interval_ends_where_the_score_test_says_so(only_a, only_b, n):
    right_a, right_b = np.ones(n, bool), np.ones(n, bool)
    right_b[:only_a] = False
    right_a[only_a : only_a + only_b] = False
    for end in differ_on_same_pictures(right_a, right_b).interval:
        # the likeliest shares under the constraint "only a" - "only b" = end, by brute force
        share_b = np.linspace(max(0, -end), (1 - end) / 2, 2_000_001)[1:-1]
        share_a = share_b + end
        both = 1 - share_a - share_b
        likelihood = (
            only_a * np.log(share_a) + only_b * np.log(share_b)
            + (n - only_a - only_b) * np.log(both)
        )  # fmt: skip
        best = int(np.nanargmax(likelihood))
        variance = (share_a[best] + share_b[best] - end**2) * n
        assert abs(only_a - only_b - n * end) / np.sqrt(variance) == pytest.approx(1.96, abs=2e-3)


def test_the_same_answers_do_not_differ():
    right = np.array([True, False, True])
    verdict = differ_on_same_pictures(right, right)
    assert verdict.p_value == 1 and verdict.difference == 0 and not verdict.beyond_chance


def test_pairing_sees_what_counts_cannot():
    right_a, right_b = np.ones(1000, bool), np.ones(1000, bool)
    right_a[:100] = right_b[:112] = False
    assert differ_on_same_pictures(right_a, right_b).beyond_chance
    assert not differ_beyond_chance((900, 1000), (888, 1000)).beyond_chance


@pytest.mark.parametrize(("a", "b"), [((3,), (4,)), ((0,), (0,)), ((2, 2), (2, 2))])
def test_other_pictures_are_refused(a, b):
    with pytest.raises(EvaluationError, match="the same pictures, got"):
        differ_on_same_pictures(np.ones(a, bool), np.ones(b, bool))


@given(st.lists(st.floats(0, 1), min_size=2, max_size=12))
def test_mean_interval_agrees_with_scipy(values):
    ours = mean_interval(values)
    deviation = np.std(values, ddof=1)
    assert (ours.mean, ours.deviation) == pytest.approx((np.mean(values), deviation))
    if deviation > 1e-12:
        low, high = stats.t.interval(
            0.95, len(values) - 1, np.mean(values), deviation / np.sqrt(len(values))
        )
        assert (ours.low, ours.high) == pytest.approx((low, high))
        wide = mean_interval(values, folds=True)
        assert wide.low < ours.low and wide.high > ours.high


def test_equal_runs_have_no_deviation():
    assert mean_interval([0.5, 0.5, 0.5]) == (0.5, 0.0, 0.5, 0.5)


@pytest.mark.parametrize("values", [[], [0.5, float("nan")]])
def test_no_or_broken_values_are_refused(values):
    with pytest.raises(EvaluationError, match="at least one finite number, got"):
        mean_interval(values)
