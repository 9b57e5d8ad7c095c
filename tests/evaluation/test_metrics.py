import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import accuracy_score, confusion_matrix, log_loss
from sklearn.metrics import precision_recall_fscore_support as sklearn_scores

from kanjian.errors import EvaluationError
from kanjian.evaluation.intervals import lower_bound, wilson_interval
from kanjian.evaluation.metrics import (
    calibration_error,
    confused_pairs,
    evaluate_probabilities,
    reliability_bins,
    top_accuracies,
)


def answers(n, k, seed, dtype=np.float32):
    random = np.random.default_rng(seed)
    return random.dirichlet(np.ones(k), n).astype(dtype), random.integers(0, k, n)


def names(k):
    return tuple(f"class {i}" for i in range(k))


cases = st.tuples(st.integers(1, 60), st.integers(1, 9), st.integers(0, 2**31))


@given(cases)
def test_confusion_accounts_for_every_picture(case):
    n, k, seed = case
    probabilities, labels = answers(n, k, seed)
    verdict = evaluate_probabilities(probabilities, labels, names(k))
    assert verdict.confusion.sum() == verdict.n == n
    assert verdict.confusion.sum(axis=1).tolist() == np.bincount(labels, minlength=k).tolist()
    assert verdict.accuracy == np.trace(verdict.confusion) / n == verdict.top_k[1]
    assert verdict.correct == round(verdict.accuracy * n)
    assert sum(part.count for part in verdict.reliability) == n
    assert verdict.interval[0] <= verdict.accuracy <= verdict.interval[1]
    assert 0 <= verdict.calibration_error <= 1


@given(cases)
def test_the_order_of_pictures_changes_nothing(case):
    n, k, seed = case
    probabilities, labels = answers(n, k, seed)
    order = np.random.default_rng(seed).permutation(n)
    first = evaluate_probabilities(probabilities, labels, names(k)).to_dict()
    second = evaluate_probabilities(probabilities[order], labels[order], names(k)).to_dict()
    for key in ("accuracy", "interval", "top_k", "confusion", "per_class", "balanced_accuracy"):
        assert first[key] == second[key]
    assert first["loss"] == pytest.approx(second["loss"])
    assert first["calibration_error"] == pytest.approx(second["calibration_error"])


@given(st.tuples(st.integers(1, 60), st.integers(2, 9), st.integers(0, 2**31)))
def test_agrees_with_scikit_learn(case):
    n, k, seed = case
    probabilities, labels = answers(n, k, seed, np.float64)
    verdict = evaluate_probabilities(probabilities, labels, names(k))
    predicted = probabilities.argmax(axis=1)
    numbers = list(range(k))
    assert verdict.accuracy == pytest.approx(accuracy_score(labels, predicted))
    assert (verdict.confusion == confusion_matrix(labels, predicted, labels=numbers)).all()
    assert verdict.loss == pytest.approx(log_loss(labels, probabilities, labels=numbers))
    precision, recall, f1, support = sklearn_scores(
        labels, predicted, labels=numbers, zero_division=np.nan
    )
    for i, score in enumerate(verdict.per_class):
        assert score.support == support[i]
        for ours, theirs in ((score.precision, precision[i]), (score.recall, recall[i])):
            assert (ours is None and np.isnan(theirs)) or ours == pytest.approx(theirs)
        if score.f1 is not None:
            assert score.f1 == pytest.approx(np.nan_to_num(f1[i]))


def test_top_k_leaves_out_k_that_covers_all_classes():
    assert set(top_accuracies(*answers(9, 3, 0))) == {1}
    assert set(top_accuracies(*answers(9, 4, 0))) == {1, 3}
    assert set(top_accuracies(*answers(9, 6, 0))) == {1, 3, 5}


def test_top_k_rises_with_k():
    top = top_accuracies(*answers(200, 10, 0))
    assert top[1] < top[3] < top[5]


def test_ties_go_to_the_first_class_everywhere():
    flat = np.full((4, 4), 0.25, np.float32)
    verdict = evaluate_probabilities(flat, np.arange(4), names(4))
    assert verdict.accuracy == verdict.top_k[1] == 0.25
    assert verdict.top_k[3] == 0.75


def test_calibration_error_worked_by_hand():
    # two bins of (0, .5] and (.5, 1]: gaps |.4 - 0| of one answer, |.8 - 2/3| of three
    confidence = np.array([0.4, 0.7, 0.8, 0.9])
    bins = reliability_bins(confidence, np.array([False, True, False, True]), bins=2)
    assert calibration_error(bins) == pytest.approx((1 * 0.4 + 3 * (0.8 - 2 / 3)) / 4)


def test_bin_edges_belong_below():
    bins = reliability_bins(np.array([0.0, 0.5, 1.0]), np.ones(3, bool), bins=2)
    assert [part.count for part in bins] == [2, 1]


def test_calibrated_answers_have_almost_no_calibration_error():
    random = np.random.default_rng(0)
    sure = random.uniform(0.5, 1, 100_000)
    labels = (random.random(sure.size) > sure).astype(int)
    verdict = evaluate_probabilities(np.stack([sure, 1 - sure], axis=1), labels, names(2))
    assert verdict.calibration_error < 0.01


def test_one_sure_mistake_costs_a_finite_loss():
    verdict = evaluate_probabilities(np.array([[1.0, 0.0]]), np.array([1]), names(2))
    assert verdict.loss == pytest.approx(-np.log(1e-7))


def test_a_loss_of_ones_own_is_kept():
    assert (
        evaluate_probabilities(np.array([[1.0, 0.0]]), np.array([0]), names(2), loss=0.25).loss
        == 0.25
    )


def test_perfect_answers():
    verdict = evaluate_probabilities(np.eye(3, dtype=np.float32), np.arange(3), names(3))
    assert (verdict.accuracy, verdict.loss, verdict.calibration_error) == (1.0, 0.0, 0.0)
    assert verdict.interval[1] == 1.0 and verdict.interval[0] < 0.5


def test_one_class_is_judged_right():
    verdict = evaluate_probabilities(np.ones((3, 1), np.float32), np.zeros(3, int), ("all",))
    assert verdict.accuracy == 1.0 and verdict.top_k == {1: 1.0}


def test_a_class_without_pictures_has_no_recall_and_the_json_says_null():
    verdict = evaluate_probabilities(np.array([[0.9, 0.1]]), np.array([0]), ("cat", "dog"))
    dog = verdict.per_class[1]
    assert (dog.support, dog.precision, dog.recall, dog.f1) == (0, None, None, None)
    assert verdict.balanced_accuracy == 1.0
    assert json.loads(json.dumps(verdict.to_dict(), allow_nan=False))["per_class"][1] == {
        "name": "dog", "support": 0, "predicted": 0, "precision": None, "recall": None, "f1": None,
    }  # fmt: skip


def test_small_label_types_do_not_overflow():
    labels = np.array([200, 100], np.uint8)
    verdict = evaluate_probabilities(np.eye(250, dtype=np.float32)[labels], labels, names(250))
    assert verdict.accuracy == 1.0


def test_input_is_left_alone():
    probabilities, labels = answers(20, 4, 0)
    copies = probabilities.copy(), labels.copy()
    evaluate_probabilities(probabilities, labels, names(4))
    assert (probabilities == copies[0]).all() and (labels == copies[1]).all()


def test_confused_pairs_are_sorted_and_leave_out_right_answers():
    confusion = np.array([[9, 1, 0], [3, 9, 0], [0, 2, 9]])
    assert confused_pairs(confusion, ("a", "b", "c")) == [
        ("b", "a", 3), ("c", "b", 2), ("a", "b", 1),
    ]  # fmt: skip
    assert confused_pairs(np.diag([3, 3]), ("a", "b")) == []
    assert len(confused_pairs(confusion, ("a", "b", "c"), most=2)) == 2


@pytest.mark.parametrize(
    ("probabilities", "labels", "says"),
    [
        (np.zeros((0, 2)), np.zeros(0, int), "no picture to evaluate"),
        (np.ones((2, 0)), np.zeros(2, int), "must be (pictures, classes) floats"),
        (np.array([0.5, 0.5]), np.array([0]), "must be (pictures, classes) floats"),
        (np.array([[1, 0]]), np.array([0]), "floats, got (1, 2) int64"),
        (np.array([[np.nan, 0.5]]), np.array([0]), "NaN or infinity in 1 of 1 rows"),
        (np.array([[3.0, -1.0]]), np.array([0]), "not logits"),
        (np.array([[0.5, 0.5]]), np.array([2]), "labels must be in 0..1"),
        (np.array([[0.5, 0.5]]), np.array([-1]), "got -1..-1"),
        (np.array([[0.5, 0.5]]), np.array([0, 1]), "labels must be (1,) integers"),
        (np.array([[0.5, 0.5]]), np.array([[1, 0]]), "not one-hot"),
        (np.array([[0.5, 0.5]]), np.array([0.0]), "got (1,) float64"),
    ],
)
def test_what_cannot_be_judged_is_refused(probabilities, labels, says):
    with pytest.raises(EvaluationError) as caught:
        evaluate_probabilities(probabilities, labels, ("cat", "dog"))
    assert says in str(caught.value)


def test_names_must_fit_the_columns():
    with pytest.raises(EvaluationError, match=r"each of the 2 columns of .*got 3 names"):
        evaluate_probabilities(np.array([[0.5, 0.5]]), np.array([0]), names(3))


def test_wilson_interval_as_published():
    # Newcombe (1998), table I: 81 of 263 and 15 of 148
    assert wilson_interval(81, 263) == pytest.approx((0.2553, 0.3662), abs=5e-5)
    assert wilson_interval(15, 148) == pytest.approx((0.0624, 0.1605), abs=5e-5)


@given(st.integers(1, 500), st.data())
def test_intervals_hold_the_share_and_mirror(n, data):
    correct = data.draw(st.integers(0, n))
    low, high = wilson_interval(correct, n)
    assert 0 <= low <= correct / n <= high <= 1
    assert wilson_interval(n - correct, n) == pytest.approx((1 - high, 1 - low))
    assert lower_bound(correct, n, confidence=0.9) <= correct / n


def test_lower_bound_without_mistakes_is_the_root_rule():
    assert lower_bound(50, 50, confidence=0.95) == pytest.approx(0.05 ** (1 / 50))


@pytest.mark.parametrize(("correct", "n"), [(0, 0), (3, 2), (-1, 2)])
def test_counts_that_cannot_be_are_refused(correct, n):
    with pytest.raises(EvaluationError, match=f"got {correct} of {n}"):
        wilson_interval(correct, n)
