"""The linear probe: right where classes part in a line, and the same answers as a head."""

import numpy as np
import pytest

from kanjian.training.linear_probe import MOST_NUMBERS, linear_probe


def parted(n_classes, *, n=120, d=6, seed=0):
    rng = np.random.default_rng(seed)
    labels = np.arange(n) % n_classes
    centers = 4 * rng.normal(size=(n_classes, d))
    return (centers[labels] + rng.normal(size=(n, d))).astype(np.float32), labels


@pytest.mark.parametrize("n_classes", [2, 3, 5])
def test_it_parts_what_lies_apart(n_classes):
    features, labels = parted(n_classes)
    probed = linear_probe(features, labels, features, labels, n_classes=n_classes)
    assert probed.accuracy > 0.95
    assert probed.kernel.shape == (6, n_classes)
    answers = (features @ probed.kernel + probed.bias).argmax(axis=1)
    assert (answers == labels).mean() == probed.accuracy


def test_the_length_of_features_changes_nothing():
    features, labels = parted(3)
    one = linear_probe(features, labels, features, labels, n_classes=3)
    other = linear_probe(1000 * features, labels, 1000 * features, labels, n_classes=3)
    logits = [each.kernel * scale for each, scale in ((one, 1), (other, 1000))]
    np.testing.assert_allclose(logits[0], logits[1], rtol=0.02, atol=0.02)


def test_two_classes_get_the_probabilities_of_one_logit():
    from sklearn.linear_model import LogisticRegression

    features, labels = parted(2)
    probed = linear_probe(features, labels, features, labels, n_classes=2)
    length = np.sqrt((features**2).sum(axis=1).mean())
    other = LogisticRegression(C=1 / (1e-4 * len(labels)), max_iter=200)
    other.fit(features / length, labels)
    logits = features @ probed.kernel + probed.bias
    shares = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    np.testing.assert_allclose(shares, other.predict_proba(features / length), atol=1e-4)


def test_a_class_without_pictures_is_never_the_answer():
    features, labels = parted(2)
    probed = linear_probe(features, labels * 2, features, labels * 2, n_classes=4)
    answers = (features @ probed.kernel + probed.bias).argmax(axis=1)
    assert set(answers) <= {0, 2}


def test_it_steps_back_where_it_would_take_long_or_say_nothing():
    features, labels = parted(2)
    assert linear_probe(features, labels * 0, features, labels, n_classes=2) is None
    large = np.broadcast_to(np.float32(0), (2, MOST_NUMBERS))
    assert linear_probe(large, np.arange(2), features, labels, n_classes=2) is None
