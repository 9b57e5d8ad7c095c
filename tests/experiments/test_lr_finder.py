"""The learning-rate finder: same seed, same curve; the suggestion is a rate that learns."""

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kanjian.datasets.prepare_splits import prepare_splits
from kanjian.errors import TrainingError
from kanjian.experiments.lr_finder import find_rate, read_curve, save_curve, smooth
from kanjian.recipes.learning import Schedule
from kanjian.recipes.recipe import Recipe
from kanjian.training.phase_setup import set_up_phase
from kanjian.training.phases import phases_of
from kanjian.training.prepare import prepare
from toy_studies import toy_recipe


@pytest.fixture(scope="module")
def splits():
    recipe = toy_recipe(data={"limit": None})
    return prepare_splits(recipe.data, seed=recipe.training.seed)


def sgd(rate=0.01, **training):
    return toy_recipe(optimizer={"name": "sgd", "learning_rate": rate}, training=training)


@pytest.fixture(scope="module")
def curve(splits):
    return find_rate(sgd(), splits, lowest=1e-4, highest=1e4, steps=160)


def stable_limit(splits):
    """2 / (largest curvature): above it plain SGD on a convex loss runs away.

    The Hessian of softmax regression is at most half of that of its features.
    """
    pictures = splits.train.images.array[splits.train.images.rows].reshape(len(splits.train), -1)
    features = np.c_[pictures / 255, np.ones(len(pictures))]
    return 2 / (0.5 * np.linalg.eigvalsh(features.T @ features / len(features))[-1])


def test_the_suggestion_is_stable_on_a_problem_whose_limit_is_known(splits, curve):
    limit = stable_limit(splits)
    assert limit / 50 < curve.suggested < limit
    assert curve.diverged > limit


def test_the_suggested_rate_learns_where_a_thousandth_of_it_does_not(splits, curve):
    def loss_after(rate):
        prepared = prepare(sgd(rate), splits)
        setup = set_up_phase(prepared, phases_of(prepared.recipe)[0])
        history = setup.model.fit(setup.train, epochs=2, shuffle=False, verbose=0).history
        setup.close()
        return history["loss"][-1]

    assert loss_after(curve.suggested) < 1.2
    assert loss_after(curve.suggested / 1000) > 2


def test_the_curve_depends_on_the_seed_alone(splits, curve):
    again = find_rate(sgd(), splits, lowest=1e-4, highest=1e4, steps=160)
    assert again == curve
    other = find_rate(sgd(seed=2), splits, lowest=1e-4, highest=1e4, steps=160)
    assert other.losses != curve.losses


def test_schedule_and_rate_of_the_recipe_do_not_matter(splits):
    plain = find_rate(sgd(), splits, steps=40, lowest=1e-2, highest=10)
    recipe = sgd(rate=5.0).model_copy(update={"schedule": Schedule(name="cosine", warmup=0.2)})
    assert find_rate(recipe, splits, steps=40, lowest=1e-2, highest=10) == plain
    assert plain.rates[0] == 1e-2
    assert len(plain.rates) == len(plain.losses) == len(plain.smoothed) <= 40


def test_a_curve_worked_by_hand():
    rates = np.geomspace(1e-6, 1, 121)  # 20 steps per decade
    decades = np.log10(rates)
    # level to 1e-4, falls slowly, falls fast from 1e-2 to 1e-1, runs away
    losses = np.select(
        [decades < -4, decades < -2, decades <= -1], [2.0, 2 - 0.1 * (decades + 4),
                                                      1.8 - 1.2 * (decades + 2)], 9.0,
    )  # fmt: skip
    found = read_curve(rates, losses)
    assert 1e-2 < found.steepest < 1e-1
    assert found.suggested == pytest.approx(1e-2, rel=0.01)  # a tenth of the lowest, 1e-1
    assert found.diverged is not None


@settings(deadline=None, max_examples=40)
@given(st.integers(0, 10**6))
def test_a_rough_start_does_not_pull_the_suggestion_down(seed):
    rng = np.random.default_rng(seed)
    decades = np.linspace(-6, 1, 200)
    falls = np.interp(decades, [-6, -3.5, -1.3, -0.5, 1], [3.0, 3.0, 1.2, 1.2, 5.0])
    losses = falls + rng.normal(0, 0.3, 200)
    losses[:3] += 1.0
    assert 10**-3.7 < read_curve(10.0**decades, losses).suggested < 10**-1.3


def test_a_loss_that_is_no_number_ends_the_curve():
    losses = np.concatenate([np.linspace(2, 1, 50), [np.nan]])
    found = read_curve(np.geomspace(1e-4, 1, 51), losses)
    assert len(found.losses) == 50
    assert found.diverged == pytest.approx(1.0)


@settings(deadline=None, max_examples=60)
@given(st.integers(0, 10**6))
def test_noise_alone_is_not_taken_for_learning(seed):
    rng = np.random.default_rng(seed)
    losses = 2.3 + rng.normal(0, 0.05, 200)
    with pytest.raises(TrainingError, match="never fell"):
        read_curve(np.geomspace(1e-6, 10, 200), losses)


def test_smoothing_keeps_a_level_and_has_no_pull_to_zero():
    assert smooth(np.full(30, 2.3)) == pytest.approx(np.full(30, 2.3))
    assert smooth(np.array([4.0]))[0] == pytest.approx(4.0)


@pytest.mark.parametrize(
    "wish", [{"lowest": 0.0}, {"lowest": 2.0, "highest": 1.0}, {"steps": 5}, {"highest": np.inf}]
)
def test_a_range_that_is_none_is_refused(splits, wish):
    with pytest.raises(TrainingError, match="learning rate must climb"):
        find_rate(Recipe(), splits, **wish)


def test_the_curve_is_written_and_drawn(curve, tmp_path):
    save_curve(tmp_path, curve)
    told = json.loads((tmp_path / "learning-rate.json").read_text(encoding="utf-8"))
    assert told["suggested"] == curve.suggested
    assert told["optimizer"] == "sgd"
    assert (tmp_path / "learning-rate.png").read_bytes().startswith(b"\x89PNG")
