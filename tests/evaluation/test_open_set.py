"""How far is too far: the conformal quantile of distances."""

import numpy as np
import pytest

from kanjian.evaluation.open_set import auroc, calibrate_open_set


def test_new_right_predictions_are_kept_as_promised():
    # whatever the distribution: 400 calibrations, each asked about 200 new pictures
    rng = np.random.default_rng(0)
    kept = []
    for _ in range(400):
        near = rng.lognormal(size=60)
        rule = calibrate_open_set(near, near, target=0.95)
        kept.append((rng.lognormal(size=200) <= rule.threshold).mean())
    assert np.mean(kept) == pytest.approx(0.95, abs=0.01)


def test_too_few_pictures_hold_no_share():
    assert calibrate_open_set(np.arange(18.0), np.ones(1), target=0.95) is None
    assert calibrate_open_set(np.empty(0), np.ones(1), target=0.95) is None
    assert calibrate_open_set(np.arange(1.0, 20), np.ones(1), target=0.95).threshold == 19


def test_strangers_decide_nothing():
    near = np.arange(100.0)
    rules = [calibrate_open_set(near, far, target=0.9) for far in (np.zeros(3), np.full(3, 1e9))]
    assert rules[0].threshold == rules[1].threshold
    assert [rule.named for rule in rules] == [1.0, 0.0]


def test_auroc_of_even_numbers_is_half():
    assert auroc(np.ones(5), np.ones(3)) == 0.5
    assert auroc(np.zeros(5), np.ones(3)) == 1.0
