"""The linear probe: right where classes part in a line, and the same answers as a head."""

import numpy as np
import pytest

from kanjian.training.linear_probe import (
    MOST_NUMBERS,
    cross_validate_probe,
    linear_probe,
    softmax,
)


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


def test_fewer_pictures_than_numbers_give_the_same_probe_as_all_numbers_would():
    """The features are turned into as few numbers as there are pictures; nothing is lost."""
    from sklearn.linear_model import LogisticRegression

    features, labels = parted(3, n=30, d=200)
    probed = linear_probe(features, labels, features, labels, n_classes=3)
    length = np.sqrt((features.astype(np.float64) ** 2).sum(axis=1).mean())
    plain = LogisticRegression(C=1 / (1e-4 * len(labels)), max_iter=2000, tol=1e-8)
    plain.fit(features / length, labels)
    other, _ = parted(3, n=50, d=200, seed=0)
    expected = plain.predict_proba(other / length)
    found = softmax(other @ probed.kernel + probed.bias)
    np.testing.assert_allclose(found, expected, atol=0.02)


def test_each_picture_is_predicted_by_a_probe_that_has_not_seen_it():
    """Pictures whose label is noise cannot be told from features: seen, they could."""
    rng = np.random.default_rng(0)
    features = rng.normal(size=(60, 300)).astype(np.float32)
    labels = rng.integers(0, 2, 60)
    seen = linear_probe(features, labels, features, labels, n_classes=2)
    crossed = cross_validate_probe(features, labels, np.arange(60) % 5, n_classes=2)
    assert seen.accuracy == 1.0
    assert (crossed.probabilities.argmax(axis=1) == labels).mean() < 0.75


def test_pictures_in_no_fold_are_fitted_on_and_not_predicted():
    features, labels = parted(3)
    folds = np.arange(120) % 4
    folds[:6] = -1
    crossed = cross_validate_probe(features, labels, folds, n_classes=3)
    assert crossed.probabilities.shape == (114, 3)
    assert crossed.losses.shape == (114,)
    np.testing.assert_allclose(crossed.probabilities.sum(axis=1), 1)


def test_the_order_of_the_pictures_changes_nothing():
    features, labels = parted(3, n=60, d=90)
    folds = np.arange(60) % 3
    order = np.random.default_rng(1).permutation(60)
    one = cross_validate_probe(features, labels, folds, n_classes=3)
    other = cross_validate_probe(features[order], labels[order], folds[order], n_classes=3)
    assert one.decay == other.decay
    np.testing.assert_allclose(one.probabilities[order], other.probabilities, atol=0.02)


def test_a_picture_that_counts_twice_is_one_that_is_there_twice():
    features, labels = parted(2, n=30, d=4)
    weights = 1.0 + (np.arange(30) < 10)
    twice = np.concatenate([features, features[:10]]), np.concatenate([labels, labels[:10]])
    # the same strength of decay in all, and the same mean length
    one = linear_probe(features, labels, features, labels, n_classes=2, decay=1e-2, weights=weights)
    other = linear_probe(*twice, features, labels, n_classes=2, decay=1e-2 * 30 / 40)
    scale = np.sqrt((features**2).sum(axis=1).mean() / (twice[0] ** 2).sum(axis=1).mean())
    assert 0.9 < scale < 1.1
    np.testing.assert_allclose(
        softmax(features @ one.kernel + one.bias),
        softmax(features @ other.kernel + other.bias),
        atol=0.03,
    )
