"""Cross-validation: every picture answered once, by a network that has not seen it."""

import json
from pathlib import Path

import numpy as np
import pytest

from kanjian.datasets.prepare_splits import prepare_splits
from kanjian.errors import DatasetError, RecipeError, TrainingError
from kanjian.experiments import cross_validation
from kanjian.experiments.cross_validation import cross_validate, resume_cross_validation
from kanjian.experiments.study import Study, begin_study, read_study, with_pictures_now
from kanjian.images.write import write_image
from kanjian.recipes.recipe import Recipe, Training
from kanjian.training.epoch_loop import TrainingInterrupted
from kanjian.training.prepare import prepare
from toy_studies import Heard, StopAt, toy_recipe


@pytest.fixture
def splits():
    recipe = toy_recipe(data={"validation": 0.0})
    return prepare_splits(recipe.data, seed=recipe.training.seed)


def rows_of(dataset):
    return set(dataset.images.rows.tolist())


def test_folds_are_disjoint_and_cover_the_pictures(splits):
    parts = cross_validation._parts(toy_recipe(), splits, 4)
    folds = [rows_of(fold) for _, fold in parts]
    assert set().union(*folds) == rows_of(splits.train)
    assert sum(map(len, folds)) == len(splits.train)
    for (training, _), held_out in zip(parts, folds, strict=True):
        assert not rows_of(training.train) & held_out
        assert rows_of(training.validation) == held_out  # nothing is chosen by it here


@pytest.mark.parametrize("wish", [{"keep": "best-loss"}, {"early_stopping": 1}])
def test_pictures_that_choose_the_weights_are_not_those_that_judge(splits, wish):
    recipe = toy_recipe(training=wish)
    for training, fold in cross_validation._parts(recipe, splits, 3):
        held_out, choosing = rows_of(fold), rows_of(training.validation)
        assert not held_out & choosing
        assert not rows_of(training.train) & (held_out | choosing)
        assert len(choosing) == round(0.25 * 160)


def test_choosing_without_pictures_to_choose_by_is_refused(splits):
    recipe = toy_recipe(training={"keep": "best-loss"}, data={"validation": 0.0})
    with pytest.raises(TrainingError, match="validation is 0"):
        cross_validation._parts(recipe, splits, 3)


def test_groups_stay_together(tmp_path):
    rng = np.random.default_rng(0)
    for kind in ("cat", "dog"):
        for person in range(4):
            for number in range(3):
                image = rng.integers(0, 256, (8, 8), dtype=np.uint8)
                write_image(tmp_path / "pictures" / kind / f"p{person}-{number}.png", image)
    data = {"source": str(tmp_path / "pictures"), "validation": 0.0, "group_by": r"(\w+/p\d)-"}
    recipe = toy_recipe(data=data | {"split": "grouped", "limit": None})
    parts = cross_validation._parts(recipe, prepare_splits(recipe.data, seed=0), 4)
    groups = [set(fold.groups.tolist()) for _, fold in parts]
    assert sum(map(len, groups)) == len(set().union(*groups)) == 8


def test_every_fold_starts_from_the_same_fresh_network(splits):
    recipe = toy_recipe()
    starts = []
    for training, _ in cross_validation._parts(recipe, splits, 2):
        prepared = prepare(recipe, training)
        starts.append([np.copy(weight) for weight in prepared.model.get_weights()])
        # what the first fold learns must not reach the second
        prepared.model.set_weights([weight + 1 for weight in prepared.model.get_weights()])
    for first, second in zip(*starts, strict=True):
        np.testing.assert_array_equal(first, second)


def test_preparation_is_fitted_on_the_training_part_of_each_fold(splits):
    recipe = toy_recipe(input={"center": "whole", "scale": (0, 255)})
    means = []
    for training, _ in cross_validation._parts(recipe, splits, 3):
        prepared = prepare(recipe, training)
        pictures = training.train.images.array[training.train.images.rows]
        assert float(prepared.preparation.mean) == pytest.approx(pictures.mean(), rel=1e-6)
        means.append(float(prepared.preparation.mean))
    assert len(set(means)) == 3


def test_a_recipe_is_judged_and_written_down(tmp_path):
    heard = Heard()
    found = cross_validate(toy_recipe(), folds=2, out=tmp_path, callback=heard)
    accuracies = [fold.accuracy for fold in found.folds]
    assert found.accuracy.mean == pytest.approx(np.mean(accuracies))
    assert found.accuracy.deviation == pytest.approx(np.std(accuracies, ddof=1))
    assert found.accuracy.low < found.accuracy.mean < found.accuracy.high <= 1
    assert found.pooled.n == 240
    assert found.pooled.confusion.sum() == 240
    assert found.accuracy.mean > 0.6  # ten classes: a guess has 0.1
    assert [sentence for sentence in heard.sentences if sentence.startswith("Fold")] == [
        f"Fold {number} of 2: 120 training, 120 held out" for number in (1, 2)
    ]
    report = json.loads((tmp_path / "toy-crossval" / "report.json").read_text(encoding="utf-8"))
    assert report["accuracy"]["mean"] == found.accuracy.mean
    assert {"report.html", "folds.png"} <= {path.name for path in found.folder.iterdir()}
    assert any("not looked at" in note for note in found.notes)  # digits bring a test part


@pytest.mark.slow
def test_the_same_seed_gives_the_same_answers_and_an_interrupted_study_too(tmp_path):
    whole = cross_validate(toy_recipe(), folds=2, out=tmp_path / "whole")
    with pytest.raises(TrainingInterrupted):
        cross_validate(toy_recipe(), folds=2, out=tmp_path / "cut", callback=StopAt(2))
    folder = tmp_path / "cut" / "toy-crossval"
    first = (folder / "folds" / "1" / "trial.json").stat().st_mtime_ns
    assert not (folder / "folds" / "2" / "trial.json").exists()
    again = resume_cross_validation(folder)
    assert (folder / "folds" / "1" / "trial.json").stat().st_mtime_ns == first
    for one, other in zip(whole.trials, again.trials, strict=True):
        np.testing.assert_array_equal(one.probabilities, other.probabilities)


def test_changed_pictures_are_noticed(tmp_path):
    with pytest.raises(TrainingInterrupted):
        cross_validate(toy_recipe(), folds=2, out=tmp_path, callback=StopAt(1))
    recipe = tmp_path / "toy-crossval" / "recipe.toml"
    text = recipe.read_text(encoding="utf-8")
    recipe.write_text(text.replace("limit = 240", "limit = 200"), encoding="utf-8")
    with pytest.raises(TrainingError, match="changed since"):
        resume_cross_validation(recipe.parent)


def test_a_study_finds_its_pictures_from_any_folder(tmp_path, monkeypatch):
    (tmp_path / "a" / "photos").mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "a")
    recipe = toy_recipe(data={"source": "photos"})
    folder = begin_study(tmp_path / "runs", Study("crossval", recipe, {}, ""), Path("sets"))
    (tmp_path / "sets").mkdir()
    monkeypatch.chdir(tmp_path)
    now, _ = with_pictures_now(read_study(folder, kind="crossval").recipe, folder, None)
    assert now.data.source == str(tmp_path / "a" / "photos")
    assert now.model_copy(update={"data": recipe.data}) == recipe
    (tmp_path / "a").rename(tmp_path / "b")
    with pytest.raises(DatasetError, match="which is not there any more"):
        with_pictures_now(recipe, folder, None)


def test_mistakes_are_told_before_anything_is_written(tmp_path):
    with pytest.raises(DatasetError, match="2 or more folds, got 1"):
        cross_validate(toy_recipe(), folds=1, out=tmp_path)
    with pytest.raises(RecipeError, match="brings no pictures"):
        cross_validate(Recipe(), out=tmp_path)
    assert not list(tmp_path.iterdir())
    with pytest.raises(TrainingError, match="no study"):
        resume_cross_validation(tmp_path)


def test_only_some_recipes_choose_by_validation():
    assert not cross_validation.chooses_by_validation(Training(keep="average"))
    assert cross_validation.chooses_by_validation(Training(keep="best-accuracy"))
