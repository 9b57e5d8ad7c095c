"""Out-of-fold predictions: what is alike stays together, and the order of the set plays no part."""

import numpy as np
import pytest

from kanjian.evaluation.label_errors import label_quality
from kanjian.training.out_of_fold import FOLDS, deal_folds, out_of_fold, principal


def blobs(n=120, classes=3, *, seed=0):
    """Features around a center for each class, well apart."""
    rng = np.random.default_rng(seed)
    labels = np.arange(n) % classes
    centers = rng.normal(size=(classes, 16))
    rows = centers[labels] + 0.15 * rng.normal(size=(n, 16))
    return rows.astype(np.float32), labels


def scores(rows, labels):
    kept = principal(rows)
    chances = out_of_fold(kept, labels, deal_folds(kept, labels), n_classes=labels.max() + 1)
    return label_quality(chances, labels)


def test_every_fold_gets_its_share_of_every_class():
    rows, labels = blobs()
    folds = deal_folds(rows, labels)
    table = np.array([np.bincount(labels[folds == fold], minlength=3) for fold in range(FOLDS)])
    assert table.sum() == len(labels)
    assert np.ptp(table) <= 1


def test_copies_and_what_is_said_to_be_alike_lie_in_one_fold():
    rows, labels = blobs()
    rows[7] = rows[50]
    folds = deal_folds(rows, labels, [(0, 1, 2), (2, 30)])
    assert folds[7] == folds[50]
    assert len(set(folds[[0, 1, 2, 30]])) == 1


def test_a_class_that_would_lie_in_one_fold_is_not_judged():
    rows, labels = blobs(30)
    labels[4] = 3
    assert np.flatnonzero(deal_folds(rows, labels) < 0).tolist() == [4]
    rows[9], labels[9] = rows[4], 3
    assert np.flatnonzero(deal_folds(rows, labels) < 0).tolist() == [4, 9]


@pytest.mark.parametrize("per_class", [2, 3, 4])
def test_fewer_pictures_than_folds_are_judged(per_class):
    rows, labels = blobs(2 * per_class, 2)
    folds = deal_folds(rows, labels)
    assert (folds >= 0).all()
    assert np.isfinite(out_of_fold(rows, labels, folds, n_classes=2)).all()


def test_flipped_labels_stand_first():
    rows, labels = blobs()
    wrong = [3, 40, 77, 101]
    labels[wrong] = (labels[wrong] + 1) % 3
    quality = scores(rows, labels)
    assert set(np.argsort(quality)[: len(wrong)]) == set(wrong)
    assert (quality[wrong] < 0.5).all()


def test_the_order_of_the_set_plays_no_part():
    rows, labels = blobs()
    labels[[5, 60]] = (labels[[5, 60]] + 1) % 3
    order = np.random.default_rng(2).permutation(len(labels))
    np.testing.assert_array_equal(
        deal_folds(rows[order], labels[order]), deal_folds(rows, labels)[order]
    )
    folds = deal_folds(rows, labels)
    once = out_of_fold(rows, labels, folds, n_classes=3)
    again = out_of_fold(rows[order], labels[order], folds[order], n_classes=3)
    np.testing.assert_allclose(again, once[order], atol=2e-3)


def test_principal_directions_keep_what_lies_in_them():
    rows, _ = blobs()
    unit = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    kept = principal(rows)
    assert kept.shape == (120, 16)
    centered = unit - unit.mean(axis=0)
    np.testing.assert_allclose(kept @ kept.T, centered @ centered.T, atol=1e-5)
    assert principal(10 * rows, 4).shape == (120, 4)
    assert principal(np.zeros((3, 5), np.float32)).shape == (3, 5)
