"""A head that is fitted at once: trained on all, judged by folds, saved as any other."""

import json

import numpy as np
import pytest

from kanjian.errors import DatasetError, RecipeError
from kanjian.evaluation.metrics import evaluate_probabilities
from kanjian.experiments.evaluate import evaluate
from kanjian.images.write import write_image
from kanjian.recipes.codec import read_recipe
from kanjian.recipes.recipe import Recipe
from kanjian.training.folds import folds_of
from kanjian.training.probe_phase import OutOfFold, read_out_of_fold, write_out_of_fold
from kanjian.training.trainer import open_pictures, resume, train
from toy_backbone import use_toy


@pytest.fixture
def toy(monkeypatch, tmp_path):
    monkeypatch.setenv("KANJIAN_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("KANJIAN_CACHE_GB", "1")
    use_toy(monkeypatch)


@pytest.fixture
def shades(tmp_path):
    """Two classes, 24 pictures of 12×10: dark and bright."""
    rng, folder = np.random.default_rng(0), tmp_path / "shades"
    for name, low in (("dark", 0), ("bright", 150)):
        for number in range(12):
            image = rng.integers(low, low + 90, (12, 10, 3)).astype(np.uint8)
            write_image(folder / name / f"{number}.png", image)
    return folder


def recipe_on(folder, **sections):
    return Recipe.model_validate(
        {
            "name": "shades",
            "data": {"source": str(folder), "validation": 0},
            "backbone": {"name": "toy", "weights": "none", "precision": "f32"},
            "training": {"epochs": 0, "precision": "float32"},
            "probe": {"folds": 4},
        }
        | sections
    )


@pytest.mark.backends
def test_all_pictures_are_trained_on_and_each_is_judged_by_folds(toy, shades, tmp_path):
    # without: a picture of one color is unlike all of them
    run = train(recipe_on(shades, answer={"open_set": 0}), out=tmp_path)
    report = run.report
    assert report.epochs == 0
    assert report.validation.n == 24
    assert report.validation.accuracy == 1.0
    assert report.to_dict()["validation_folds"] == 4
    assert any("4-fold cross-validation over 24 training pictures" in note for note in report.notes)
    assert "trained_on" not in report.to_dict()
    recognizer = run.recognizer()
    assert recognizer.predict(np.full((12, 10, 3), 240, np.uint8)).label == "bright"
    assert (run.folder / "report.html").read_text().count("cross-validation")


def test_the_figures_are_those_of_what_the_folds_say(toy, shades, tmp_path):
    run = train(recipe_on(shades), out=tmp_path)
    found = read_out_of_fold(run.folder / "checkpoint")
    train_part = open_pictures(recipe_on(shades), None)[0].train
    labels = train_part.labels[found.rows]
    told = evaluate_probabilities(found.probabilities, labels, train_part.classes)
    assert told.accuracy == run.report.validation.accuracy
    assert told.loss == pytest.approx(run.report.validation.loss)


def test_the_same_recipe_gives_the_same_recognizer_and_figures(toy, shades, tmp_path):
    one = train(recipe_on(shades), out=tmp_path / "1")
    other = train(read_recipe(one.folder / "recipe.toml"), out=tmp_path / "2")
    told = [json.loads((run.folder / "report.json").read_text()) for run in (one, other)]
    assert told[0]["validation"] == told[1]["validation"]
    picture = np.full((12, 10, 3), 99, np.uint8)
    told = [run.recognizer().predict(picture).probabilities for run in (one, other)]
    assert told[0] == told[1]


def test_pictures_held_back_judge_it_where_there_are_some(toy, shades, tmp_path):
    recipe = recipe_on(shades, data={"source": str(shades), "validation": 0.25})
    report = train(recipe, out=tmp_path).report
    assert report.validation.n == 6
    assert "validation_folds" not in report.to_dict()


def test_epochs_go_on_from_it(toy, shades, tmp_path):
    run = train(recipe_on(shades), out=tmp_path)
    more = resume(run.folder, epochs=2)
    assert more.report.epochs == 2
    assert more.report.validation is None  # the folds spoke of another head


def test_a_run_that_held_nothing_back_says_where_its_figures_are(toy, shades, tmp_path):
    run = train(recipe_on(shades), out=tmp_path)
    with pytest.raises(DatasetError, match="cross-validation says of it stands in its report"):
        evaluate(run.folder)
    assert evaluate(run.folder, part="train").metrics.n == 24


def test_figures_of_folds_say_that_they_are_of_one_view(toy, shades, tmp_path):
    run = train(recipe_on(shades, answer={"views": 2}), out=tmp_path)
    assert any("averages over 2 views" in note for note in run.report.notes)


def test_abstaining_is_calibrated_by_the_folds(toy, shades, tmp_path):
    run = train(recipe_on(shades, answer={"abstain": 0.8}), out=tmp_path)
    assert run.report.abstain.n == 24


def test_weights_of_classes_count(toy, shades, tmp_path):
    """A class that counts a thousand times draws what lies between to itself."""
    middle = np.full((12, 10, 3), 110, np.uint8)
    shares = []
    for weight in (1.0, 1000.0):
        training = {"epochs": 0, "precision": "float32", "class_weights": {"bright": weight}}
        run = train(recipe_on(shades, training=training, probe={"decay": 0.01}), out=tmp_path)
        shares.append(run.recognizer().predict(middle).probabilities["bright"])
    assert shares[1] > shares[0]


@pytest.mark.parametrize(
    ("sections", "message"),
    [
        ({"model": {"layers": [
            {"type": "Dense", "units": 8, "activation": "relu"},
            {"type": "Dense", "units": "classes", "activation": "softmax"}]}},
         "got layers with weights: Dense, Dense"),
    ],
)  # fmt: skip
def test_a_head_that_is_no_probe_is_refused_before_anything_is_made(
    toy, shades, tmp_path, sections, message
):
    with pytest.raises(RecipeError, match=message):
        train(recipe_on(shades, **sections), out=tmp_path / "runs")
    assert not (tmp_path / "runs").exists()


@pytest.mark.parametrize("per_class", [1, 2, 3])
def test_few_pictures_a_class_have_fewer_folds_or_none(toy, shades, tmp_path, per_class):
    for name in ("dark", "bright"):
        for path in sorted((shades / name).iterdir())[per_class:]:
            path.unlink()
    run = train(recipe_on(shades), out=tmp_path)
    if per_class == 1:
        assert run.report.validation is None
    else:
        assert run.report.validation.n == 2 * per_class


def test_pictures_of_a_group_lie_in_one_fold(toy, shades):
    recipe = recipe_on(shades, data={"source": str(shades), "validation": 0, "split": "grouped",
                                     "group_by": r"(\d)"})  # fmt: skip
    part = open_pictures(recipe, None)[0].train
    folds = folds_of(part, 4, recipe)
    for group in np.unique(part.groups):
        assert len(set(folds[part.groups == group])) == 1


def test_what_the_folds_say_survives_its_file(tmp_path):
    found = OutOfFold(np.arange(3), np.eye(3), 5)
    write_out_of_fold(tmp_path, found)
    again = read_out_of_fold(tmp_path)
    np.testing.assert_array_equal(again.probabilities, found.probabilities)
    assert again.folds == 5
