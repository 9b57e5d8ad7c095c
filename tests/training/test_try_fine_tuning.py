"""Fine-tuning of few pictures is tried where it may win, and kept where it does."""

import time

import numpy as np
import pytest

from kanjian.datasets.arrays import from_arrays
from kanjian.recipes.recipe import Recipe
from kanjian.training import try_fine_tuning as trying
from kanjian.training.trainer import train
from kanjian.training.verdict import Scores
from toy_backbone import use_toy


@pytest.fixture
def toy(monkeypatch, tmp_path):
    monkeypatch.setenv("KANJIAN_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("KANJIAN_CACHE_GB", "1")
    monkeypatch.setattr(trying, "LEAST", 20)
    monkeypatch.setattr(trying, "fine_tuned", lambda prepared, minutes: TUNED)
    # the choice is another one's matter: that it was asked for stays in the recipe until then
    monkeypatch.setattr(trying, "asked_for", lambda recipe, **_more: recipe.fine_tune is None)
    monkeypatch.setattr("kanjian.training.trainer.asked_for", trying.asked_for)
    use_toy(monkeypatch)


ON_TOY = {
    "name": "noise",
    "data": {"validation": 0},
    "backbone": {"name": "toy", "weights": "none", "precision": "f32"},
}
PROBE = Recipe(**ON_TOY, training={"epochs": 0, "precision": "float32"}, probe={"folds": 4})
TUNED = Recipe(
    **ON_TOY,
    training={"epochs": 1, "precision": "float32"},
    fine_tune={"unfreeze": "block2", "epochs": 1},
)


def noise(n=40):
    rng = np.random.default_rng(0)
    return from_arrays(rng.integers(0, 256, (n, 12, 10, 3)).astype(np.uint8), np.arange(n) % 2)


def scores(right, n=10):
    return Scores(np.arange(n) < right, np.full(n, 1.0 - right / n))


@pytest.mark.parametrize("wins", [True, False])
def test_it_is_kept_where_it_wins_on_a_fold_that_was_held_back(toy, tmp_path, monkeypatch, wins):
    seen = []

    def tuned(recipe, splits, callback):
        seen.append(splits)
        return scores(10 if wins else 0)

    monkeypatch.setattr(trying, "_tuned", tuned)
    monkeypatch.setattr(trying, "_probed", lambda prepared, folds: scores(20, 40))
    monkeypatch.setattr(trying, "_HELD", 3)
    run = train(PROBE, pictures=noise(), out=tmp_path)
    (splits,) = seen
    assert (len(splits.train), len(splits.validation)) == (30, 10)
    if wins:
        assert [phase.name for phase in run.report.phases] == ["head", "fine-tune from block2"]
        assert run.report.validation.n == 10
        assert any("fine-tuning is kept: of 10" in note for note in run.report.notes)
    else:
        assert run.report.to_dict()["validation_folds"] == 4
        assert any("fine-tuning is undone" in note for note in run.report.notes)


def test_what_is_fine_tuned_never_sees_the_fold_that_judges_it(toy, tmp_path, monkeypatch):
    parts = []
    prepare = trying.prepare

    def spied(recipe, splits):
        parts.append(splits)
        return prepare(recipe, splits)

    monkeypatch.setattr(trying, "prepare", spied)
    run = train(PROBE, pictures=noise(), out=tmp_path)
    (blind,) = parts
    assert (len(blind.train), blind.validation, blind.test) == (30, None, None)
    assert any(note.startswith("fine-tuning is ") for note in run.report.notes)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"LEAST": 41}, "with 40 pictures, fewer than 41, it is not expected to win"),
        ({"ENOUGH": 0.0}, "which leaves too little to win"),
        ({"_tuned": lambda *_told: None}, "it would take longer than 30.0 min"),
    ],
)
def test_where_it_is_not_expected_to_win_that_is_said(toy, tmp_path, monkeypatch, change, said):
    for name, value in change.items():
        monkeypatch.setattr(trying, name, value)
    monkeypatch.setattr("kanjian.training.trainer.minutes_left", lambda *_told: 30.0)
    run = train(PROBE, pictures=noise(), out=tmp_path)
    (note,) = (note for note in run.report.notes if "fine-tuning" in note)
    assert note.startswith("fine-tuning was not tried: ")
    assert said in note


def test_the_time_that_choosing_took_is_gone():
    recipe = Recipe(backbone={"name": "auto"}, choice={"quality": "best", "minutes": 2})
    assert trying.minutes_left(recipe, time.monotonic() - 60) == pytest.approx(1, abs=0.1)
    assert trying.minutes_left(recipe, time.monotonic() - 600) == 0
