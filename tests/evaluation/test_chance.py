"""A training that learned nothing is told, one that learned something is not accused."""

import numpy as np
import pytest

from kanjian.evaluation.chance import always_predicted, no_better_than_chance, ran_away
from kanjian.evaluation.metrics import evaluate_probabilities
from kanjian.reporting.doubts import doubts


def judged(truth, answers, classes):
    rows = np.full((len(truth), classes), 0.1 / classes)
    rows[np.arange(len(truth)), answers] += 0.9
    return evaluate_probabilities(
        rows / rows.sum(axis=1, keepdims=True), truth, tuple(map(str, range(classes)))
    )


def told(metrics, accuracy=0.1, loss=2.0, counts=(50, 50)):
    history = [{"loss": loss, "accuracy": accuracy}]
    return doubts(metrics, history, counts=np.array(counts), guess=0.7)


@pytest.mark.parametrize(("n", "classes"), [(60, 2), (60, 10), (1000, 10), (5000, 100)])
def test_answers_that_know_nothing_of_the_truth_are_told_nearly_always(n, classes):
    rng = np.random.default_rng(n)
    found = [
        no_better_than_chance(
            judged(rng.integers(classes, size=n), rng.integers(classes, size=n), classes)
        )
        for _ in range(100)
    ]
    assert sum(found) >= 90


@pytest.mark.parametrize("n", [2, 5, 10, 30, 300])
@pytest.mark.parametrize("classes", [2, 10])
def test_a_network_that_is_mostly_right_is_hardly_ever_accused(n, classes):
    rng = np.random.default_rng(n)
    accused = 0
    for _ in range(200):
        truth = rng.integers(classes, size=n)
        answers = np.where(rng.random(n) < 0.85, truth, rng.integers(classes, size=n))
        accused += bool(told(judged(truth, answers, classes)))
    assert accused <= 2


def test_the_same_pictures_in_two_classes_are_told_though_learned_by_heart():
    truth = np.arange(30) % 2
    mostly_wrong = np.where(np.arange(30) < 26, 1 - truth, truth)
    (sentence,) = told(judged(truth, mostly_wrong, 2), accuracy=0.9)
    assert sentence.startswith("Worse than chance: 13 % of 30")
    assert "kanjian datasets check" in sentence


def test_one_answer_for_all_is_told_where_luck_cannot_give_it():
    truth = np.arange(40) % 2
    assert always_predicted(judged(truth, np.zeros(40, int), 2)) == "0"
    assert "were called '0'" in told(judged(truth, np.zeros(40, int), 2))[0]
    # even where the training pictures were told apart: the answers are useless
    assert told(judged(truth, np.zeros(40, int), 2), accuracy=1.0)
    # one rare picture missed, or a part of one class, is no proof
    assert always_predicted(judged(np.array([0] * 20 + [1]), np.zeros(21, int), 2)) is None
    assert told(judged(np.zeros(40, int), np.zeros(40, int), 2)) == ()


def test_rare_classes_that_are_found_are_no_chance_though_the_largest_alone_scores_as_well():
    truth = np.array([0] * 180 + [1] * 20)
    answers = truth.copy()
    answers[:12], answers[180:188] = 1, 0  # 90 % right, as many as by saying 0 always
    assert told(judged(truth, answers, 2)) == ()


def test_what_was_learned_by_heart_is_not_called_nothing():
    rng = np.random.default_rng(0)
    guessed = judged(rng.integers(2, size=200), rng.integers(2, size=200), 2)
    assert told(guessed, accuracy=0.5)
    assert told(guessed, accuracy=0.95) == ()


@pytest.mark.parametrize(
    ("losses", "guess", "away"),
    [
        ([5e14], 2.3, True),
        ([2.3, 1.0, 400.0], None, True),
        ([9.0, 4.0, 2.0], 2.3, False),  # weight decay on top of it
        ([0.9, 0.01, 0.2], 0.7, False),  # from nearly nothing to little
        ([-0.5, -0.9], None, False),
        ([], 2.3, False),
    ],
)
def test_a_loss_runs_away_only_beyond_all_measure(losses, guess, away):
    assert ran_away([{"loss": loss} for loss in losses], guess=guess) is away
