"""An open set comes with a trained recognizer, where it can be calibrated."""

import numpy as np
import pytest

import kanjian
from kanjian.datasets.arrays import from_arrays
from kanjian.training.made_outliers import made_outliers
from kanjian.training.open_set import fit_open_set


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """Digits, learned in a few epochs."""
    out = tmp_path_factory.mktemp("open set")
    return kanjian.train("digits", epochs=4, limit=500, seed=1, out=out, quiet=True)


def test_it_is_there_by_default_and_keeps_what_it_promised(run):
    rule = run.report.open_set
    assert rule.target == 0.95
    assert rule.kept >= 0.95
    assert run.recognizer().card.open_set_threshold == pytest.approx(rule.threshold)


def test_it_can_be_left_out(tmp_path):
    run = kanjian.train("digits", epochs=1, limit=100, out=tmp_path, quiet=True,
                        overrides={"answer.open_set": 0})  # fmt: skip
    assert run.report.open_set is None
    assert run.recognizer().card.format == 1


def test_evaluate_counts_what_is_unlike(run):
    found = kanjian.evaluate(run.folder).to_dict()["open_set"]
    assert 0 <= found["unknown_right"] <= found["unknown"] < 0.3


def test_made_outliers_are_the_same_for_a_seed_and_fit_every_size():
    for shape in ((8, 8, 1), (1, 1, 3), (30, 17, 3)):
        images = np.random.default_rng(0).integers(0, 256, (3, *shape)).astype(np.uint8)
        made = made_outliers(images, 9, seed=2)
        assert made.shape == (9, *shape)
        assert made.dtype == np.uint8
        np.testing.assert_array_equal(made, made_outliers(images, 9, seed=2))


def test_features_that_never_vary_give_finite_distances():
    found = fit_open_set(np.zeros((20, 4)), np.arange(20) % 2)
    assert np.isfinite(found.distances(np.eye(4, dtype=np.float32))).all()


def test_few_pictures_calibrate_nothing(tmp_path):
    images = np.random.default_rng(0).integers(0, 256, (24, 8, 8)).astype(np.uint8)
    splits = from_arrays(images, np.arange(24) % 2)
    run = kanjian.train(splits, epochs=1, out=tmp_path, quiet=True, backbone="none")
    assert run.report.open_set is None
