"""Label errors: the worse the label fits, the worse its score; as cleanlab has it."""

import numpy as np
import pytest

from kanjian.evaluation.label_errors import confidently_other, label_quality, suggested


def predictions(n=300, classes=4, *, wrong=0.1, seed=0):
    rng = np.random.default_rng(seed)
    truth = np.arange(n) % classes
    odds = rng.gamma(0.4, size=(n, classes))
    odds[np.arange(n), truth] += rng.gamma(2.0, size=n)
    labels = np.where(rng.random(n) < wrong, rng.integers(0, classes, n), truth)
    return odds / odds.sum(axis=1, keepdims=True), labels


def test_below_one_half_another_class_is_more_probable():
    chances, labels = predictions()
    quality = label_quality(chances, labels)
    assert ((quality < 0.5) == (chances.argmax(axis=1) != labels)).all()
    assert (quality >= 0).all()
    assert (quality <= 1).all()
    doubted = quality < 0.5
    assert (suggested(chances, labels)[doubted] == chances.argmax(axis=1)[doubted]).all()
    assert (suggested(chances, labels) != labels).all()


def test_names_of_classes_and_order_of_pictures_do_not_matter():
    chances, labels = predictions()
    order = np.random.default_rng(1).permutation(len(labels))
    swap = np.array([2, 0, 3, 1])
    renamed = chances[:, np.argsort(swap)], swap[labels]
    for score in (label_quality, confidently_other):
        found = score(chances, labels)
        assert (score(chances[order], labels[order]) == found[order]).all()
        assert (score(*renamed) == found).all()


def test_a_class_without_labels_convinces_nobody():
    chances = np.array([[0.3, 0.1, 0.6]] * 2 + [[0.1, 0.3, 0.6]] * 2)
    assert not confidently_other(chances, np.array([0, 0, 1, 1])).any()


@pytest.mark.parametrize("seed", range(3))
def test_cleanlab_says_the_same(seed):
    pytest.importorskip("cleanlab")
    from cleanlab.filter import find_label_issues
    from cleanlab.rank import get_label_quality_scores

    chances, labels = predictions(seed=seed)
    theirs = get_label_quality_scores(labels, chances, method="normalized_margin")
    np.testing.assert_allclose(label_quality(chances, labels), theirs, atol=1e-12)
    issues = find_label_issues(labels, chances, filter_by="confident_learning", n_jobs=1)
    assert (confidently_other(chances, labels) == issues).all()
