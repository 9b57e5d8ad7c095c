import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kanjian.errors import EvaluationError
from kanjian.evaluation.abstain import apply_abstain, calibrate_abstain, false_accept_rate
from kanjian.evaluation.intervals import lower_bound
from kanjian.evaluation.risk_coverage import risk_coverage


def two_class(confidence, right):
    """Answers of class 0 with these confidences; the truth is 1 where they are wrong."""
    return np.stack([confidence, 1 - confidence], axis=1), np.where(right, 0, 1)


def calibrated(n, random):
    """Answers whose confidence is exactly their chance of being right; about 90 % are."""
    confidence = 1 - 0.5 * random.random(n) ** 4
    return two_class(confidence, random.random(n) < confidence)


def useless(n, random):
    """Answers whose confidence says nothing: all are right with the same chance, 94.9 %."""
    return two_class(random.uniform(0.5, 1, n), random.random(n) < 0.949)


def true_accuracy(kind, threshold):
    """Accuracy of the answers at the threshold, over infinitely many new pictures."""
    if kind is useless:
        return 0.949
    # u is uniform and the confidence 1 - u**4 / 2; answered is where u <= edge
    edge = min(1.0, (2 * (1 - threshold)) ** 0.25)
    return 1 - edge**4 / 10


@pytest.mark.parametrize("kind", [calibrated, useless])
@pytest.mark.parametrize("n", [300, 2000])
def test_the_promise_holds_on_new_pictures(kind, n):
    random = np.random.default_rng(7)
    rules = [calibrate_abstain(*kind(n, random), target=0.95) for _ in range(400)]
    broken = [rule.reachable and true_accuracy(kind, rule.threshold) < 0.95 for rule in rules]
    assert np.mean(broken) <= 0.05


def test_the_plain_way_breaks_the_same_promise():
    # why calibrate_abstain asks for a proof: the lowest threshold that merely reaches 95 %
    random = np.random.default_rng(7)
    broken = 0
    for _ in range(400):
        curve = risk_coverage(*calibrated(300, random))
        reached = np.flatnonzero(curve.risk <= 0.05)
        broken += true_accuracy(calibrated, curve.threshold[reached[-1]]) < 0.95
    assert broken / 400 > 0.3


def test_enough_pictures_reach_the_target_and_answer_most():
    probabilities, labels = calibrated(5000, np.random.default_rng(1))
    rule = calibrate_abstain(probabilities, labels, target=0.95)
    assert rule.reachable and rule.coverage > 0.7
    assert rule.accuracy >= rule.proven >= 0.95


@given(st.integers(1, 80), st.integers(1, 5), st.integers(0, 2**31))
def test_the_rule_describes_what_it_does(n, k, seed):
    random = np.random.default_rng(seed)
    # one decimal: many ties
    probabilities = random.dirichlet(np.ones(k), n).round(1).astype(np.float32)
    labels = random.integers(0, k, n)
    rule = calibrate_abstain(probabilities, labels, target=0.8)
    answered = ~apply_abstain(probabilities, rule.threshold)
    right = probabilities.argmax(axis=1) == labels
    assert rule.answered == answered.sum() and rule.n == n
    assert rule.accuracy == pytest.approx(right[answered].mean())
    assert rule.risk == pytest.approx(1 - rule.accuracy)
    single = lower_bound(int(right[answered].sum()), int(answered.sum()), confidence=0.95)
    assert rule.proven <= single
    assert rule.reachable == (rule.proven >= 0.8)
    if (~right).any():
        assert rule.false_accept == pytest.approx(answered[~right].mean())
    if right.any():
        assert rule.false_reject == pytest.approx((~answered)[right].mean())
    json.dumps(rule.to_dict(), allow_nan=False)


@given(st.integers(1, 400), st.integers(0, 2**31), st.floats(0.05, 0.99), st.floats(0.05, 0.99))
def test_a_higher_target_never_answers_more(n, seed, one, other):
    part = calibrated(n, np.random.default_rng(seed))
    low, high = sorted([one, other])
    easy, hard = (calibrate_abstain(*part, target=target) for target in (low, high))
    assert hard.threshold >= easy.threshold and hard.coverage <= easy.coverage


@given(st.integers(1, 200), st.integers(0, 2**31))
def test_risk_coverage_runs_from_strict_to_all(n, seed):
    probabilities, labels = calibrated(n, np.random.default_rng(seed))
    curve = risk_coverage(probabilities.round(2), labels)
    assert (np.diff(curve.threshold) < 0).all() and (np.diff(curve.answered) > 0).all()
    assert curve.coverage[-1] == 1
    assert curve.risk[-1] == pytest.approx((probabilities.argmax(axis=1) != labels).mean())


def test_ties_are_answered_together_or_not_at_all():
    probabilities, labels = two_class(np.full(400, 0.9), np.arange(400) >= 20)
    curve = risk_coverage(probabilities, labels)
    assert curve.answered.tolist() == [400]
    rule = calibrate_abstain(probabilities, labels, target=0.99)
    assert not rule.reachable and rule.coverage == 1


def test_all_right_answers_need_no_threshold():
    rule = calibrate_abstain(*two_class(np.linspace(0.6, 1, 546), np.ones(546, bool)), target=0.99)
    assert rule.reachable and rule.threshold == 0
    assert (rule.coverage, rule.accuracy, rule.false_accept, rule.false_reject) == (1, 1, None, 0)


@pytest.mark.parametrize(("target", "n"), [(0.99, 546), (0.95, 107), (0.9, 53)])
def test_so_many_answers_without_a_mistake_prove_the_target(target, n):
    def rule(n):
        return calibrate_abstain(
            *two_class(np.linspace(0.6, 1, n), np.ones(n, bool)), target=target
        )

    assert rule(n).reachable and rule(n).coverage == 1
    assert not rule(n - 1).reachable


def test_few_pictures_cannot_prove_much_and_the_rule_says_so():
    rule = calibrate_abstain(*two_class(np.linspace(0.6, 1, 50), np.ones(50, bool)), target=0.99)
    assert not rule.reachable and rule.coverage == 1
    assert rule.proven == pytest.approx((0.05 / 12) ** (1 / 50))


def test_all_wrong_is_unreachable_and_answers_least():
    rule = calibrate_abstain(*two_class(np.linspace(0.6, 1, 50), np.zeros(50, bool)), target=0.5)
    assert not rule.reachable and rule.proven == 0 and rule.answered == 15
    assert rule.false_reject is None


def test_one_picture():
    rule = calibrate_abstain(np.array([[0.9, 0.1]]), np.array([0]), target=0.04)
    assert rule.reachable and rule.n == 1 and rule.proven == pytest.approx(0.05)


def test_the_threshold_parts_neighboring_float32_numbers():
    low = np.float32(0.75)
    high = np.nextafter(low, np.float32(1))
    confidence = np.array([high] * 300 + [low] * 30, np.float32)
    rule = calibrate_abstain(*two_class(confidence, np.arange(330) < 300), target=0.99)
    assert (
        apply_abstain(confidence[:, None], rule.threshold).tolist() == [False] * 300 + [True] * 30
    )


def test_zero_never_abstains():
    assert not apply_abstain(np.zeros((3, 2)), 0.0).any()


def test_strangers_given_a_name_are_counted():
    strangers = np.array([[0.9, 0.1], [0.8, 0.2], [0.6, 0.4], [0.5, 0.5]])
    assert false_accept_rate(strangers, 0.0) == 1
    assert false_accept_rate(strangers, 0.7) == 0.5
    assert false_accept_rate(strangers, 0.95) == 0


@pytest.mark.parametrize("share", [0.0, 1.0, 99, -0.5, float("nan")])
@pytest.mark.parametrize("name", ["target", "confidence"])
def test_shares_outside_the_range_are_refused(name, share):
    given_shares = {"target": 0.9, "confidence": 0.95, name: share}
    with pytest.raises(EvaluationError, match=rf"{name} must lie inside 0..1, got {share}"):
        calibrate_abstain(np.array([[0.9, 0.1]]), np.array([0]), **given_shares)
