"""Extra metrics: Keras' own figures, whatever the loss compares with."""

import keras
import numpy as np
import pytest

from kanjian.errors import RecipeError
from kanjian.models.metrics import build_metrics


@pytest.fixture(scope="module")
def answers():
    rng = np.random.default_rng(0)
    probabilities = rng.dirichlet(np.ones(4), size=60).astype(np.float32)
    return rng.integers(4, size=60), probabilities


def figure(metric, truth, probabilities):
    metric.update_state(truth, probabilities)
    return float(metric.result())


@pytest.mark.parametrize(
    ("asked", "theirs"),
    [
        ("precision", keras.metrics.Precision()),
        ("f1_score", keras.metrics.F1Score(average="macro")),
        ("AUC", keras.metrics.AUC()),
        ({"type": "top_k", "k": 2}, keras.metrics.TopKCategoricalAccuracy(k=2)),
        ("sparse_categorical_crossentropy", keras.metrics.CategoricalCrossentropy()),
        ({"type": "recall", "class_id": 3}, keras.metrics.Recall(class_id=3)),
    ],
)
def test_numbers_of_classes_and_rows_give_what_keras_gives_for_rows(answers, asked, theirs):
    truth, probabilities = answers
    rows = np.eye(4, dtype=np.float32)[truth]
    expected = figure(theirs, rows, probabilities)
    for labels in (truth, rows, 0.7 * rows + 0.075):
        (ours,) = build_metrics([asked], outputs=4)
        assert figure(ours, labels, probabilities) == pytest.approx(expected)


def test_one_output_is_judged_as_one():
    truth = np.array([[1.0], [0.0], [1.0], [1.0]], np.float32)
    said = np.array([[0.9], [0.2], [0.3], [0.8]], np.float32)
    for name, worked_by_hand in (("precision", 1.0), ("recall", 2 / 3), ("f1", 0.8)):
        (metric,) = build_metrics([name], outputs=1)
        assert figure(metric, truth, said) == pytest.approx(worked_by_hand)


@pytest.mark.parametrize(
    ("asked", "outputs", "message"),
    [
        (["precisoin"], 3, r"unknown metric 'precisoin' .*metrics\. Did you mean 'Precision'"),
        (["accuracy"], 3, "'accuracy' is reported by every training"),
        ([{"type": "precision", "name": "loss"}], 3, "'loss' is reported by every training"),
        (["top_k"], 3, "k = 5 likeliest; give a k from 1 to 2"),
        (["top_k"], 1, "needs one output per class"),
        ([{"type": "top_k", "k": 2}, {"type": "top_k", "k": 3}], 5, "two are called"),
        (["precision_at_recall"], 3, "needs recall"),
        ([{"k": 3}], 3, "must be a name"),
        ([{"type": "precision", "treshold": 1}], 3, "Did you mean 'thresholds'"),
    ],
)
def test_what_cannot_be_followed_is_refused_in_one_line(asked, outputs, message):
    with pytest.raises(RecipeError, match=message):
        build_metrics(asked, outputs=outputs)
