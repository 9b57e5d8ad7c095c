"""Comparing variants: alike in everything but the keys that were asked about."""

import json
from pathlib import Path

import numpy as np
import pytest

from kanjian.errors import RecipeError, TrainingError
from kanjian.evaluation.statistics import differ_beyond_chance
from kanjian.experiments.compare import compare, corrected, ranked, resume_comparison
from kanjian.experiments.trial import Trial
from kanjian.experiments.variants import make_variants, parse_over
from kanjian.recipes.codec import read_recipe
from kanjian.recipes.recipe import Recipe
from kanjian.training.epoch_loop import TrainingInterrupted
from toy_studies import Heard, StopAt, toy_recipe

NOT_RESULTS = ("seconds", "images_per_second")


def history_of(result):
    return [{k: v for k, v in row.items() if k not in NOT_RESULTS} for row in result.trial.history]


def test_the_same_variant_twice_gives_the_same_run(tmp_path, caplog):
    found = compare(toy_recipe(), over={"optimizer.name": ["adam", "adam", "sgd"]}, out=tmp_path)
    by_name = {result.variant.name: result for result in found.results}
    assert set(by_name) == {"adam", "adam (2)", "sgd"}
    assert history_of(by_name["adam"]) == history_of(by_name["adam (2)"])
    assert history_of(by_name["adam"]) != history_of(by_name["sgd"])
    second = by_name["adam (2)"].against_best or by_name["adam"].against_best
    assert (second.difference, second.p_value, second.beyond_chance) == (0.0, 1.0, False)
    assert not caplog.records  # no word of TensorFlow about networks that are meant to be new


def test_a_comparison_is_sorted_judged_and_written_down(tmp_path):
    heard = Heard()
    over = {"optimizer.name": ["sgd", "adam"], "optimizer.learning_rate": [1e-5, 0.05]}
    found = compare(toy_recipe(), over=over, out=tmp_path, callback=heard)
    accuracies = [result.metrics.accuracy for result in found.results]
    assert accuracies == sorted(accuracies, reverse=True)
    assert found.best.variant.changed["optimizer.learning_rate"] == 0.05
    assert found.results[0].against_best is None
    assert found.results[-1].against_best.beyond_chance  # 1e-5 learns nothing in two epochs
    report = json.loads((found.folder / "report.json").read_text(encoding="utf-8"))
    assert [each["accuracy"] for each in report["variants"]] == accuracies
    assert {"report.html", "curves.png"} <= {path.name for path in found.folder.iterdir()}
    assert "Variant 1 of 4: sgd, learning_rate=1e-05" in heard.sentences[0]
    assert read_recipe(found.recipe_of(found.best)) == found.best.variant.recipe


@pytest.mark.slow
def test_an_interrupted_comparison_goes_on(tmp_path):
    over = {"optimizer.name": ["sgd", "adam"]}
    whole = compare(toy_recipe(), over=over, out=tmp_path / "whole")
    stop = StopAt(2, starts="Variant")
    with pytest.raises(TrainingInterrupted):
        compare(toy_recipe(), over=over, out=tmp_path / "cut", callback=stop)
    again = resume_comparison(tmp_path / "cut" / "toy-compare")
    for one, other in zip(whole.results, again.results, strict=True):
        assert one.variant.name == other.variant.name
        np.testing.assert_array_equal(one.trial.probabilities, other.trial.probabilities)
    with pytest.raises(TrainingError, match="kanjian resume"):
        from kanjian.experiments.cross_validation import resume_cross_validation

        resume_cross_validation(again.folder)


@pytest.mark.parametrize(
    ("over", "error"),
    [
        ({"optimizer.name": ["sgd", "adamm"]}, "unknown optimizer 'adamm' in .* Did you mean"),
        ({"optimizer.name": ["sgd", "adam"], "optimizer.momentum": [0.9]}, "'momentum'"),
        ({"optimizer.nam": ["sgd", "adam"]}, "'nam'"),
        ({"training.epochs": [1, 0]}, "epochs"),
        ({"model.options.width": [1, 2]}, "'lenet' takes no .model. options, got width"),
        ({"optimizer.name": ["sgd"]}, "two variants or more, got 1"),
        ({"data.validation": [0.2, 0]}, "validation is 0"),
    ],
)
def test_a_variant_that_does_not_fit_is_told_before_anything_is_trained(tmp_path, over, error):
    recipe = toy_recipe() if "model.options.width" not in over else Recipe(
        name="toy", data={"source": "digits"}, model={"name": "lenet"}
    )  # fmt: skip
    heard = Heard()
    with pytest.raises((RecipeError, TrainingError), match=error) as caught:
        compare(recipe, over=over, out=tmp_path, callback=heard)
    assert "\n" not in str(caught.value)
    assert not list(tmp_path.iterdir())
    assert not heard.sentences


def test_a_variant_that_diverges_comes_last_and_stops_no_other(tmp_path):
    recipe = toy_recipe(optimizer={"name": "sgd"}, input={"scale": (0, 255)})
    # pixels to 255 and a rate of 1e38 overflow float32 in a step or two
    over = {"optimizer.learning_rate": [1e38, 1e-4]}
    found = compare(recipe, over=over, out=tmp_path)
    assert found.results[0].metrics is not None
    lost = [result for result in found.results if result.metrics is None]
    assert lost
    assert found.results[-len(lost) :] == tuple(lost)
    assert "loss became" in lost[0].trial.diverged
    assert lost[0].against_best is None


def test_another_optimizer_starts_with_its_own_usual_rate():
    recipe = toy_recipe(optimizer={"name": "sgd", "learning_rate": 0.2, "momentum": 0.9})
    variants = make_variants(recipe, {"optimizer.name": ["sgd", "adam", "adadelta"]})
    found = [(v.recipe.optimizer.learning_rate, v.recipe.optimizer.parameters) for v in variants]
    assert found == [(0.2, {"momentum": 0.9}), (0.001, {}), (1.0, {})]


def test_over_is_read_as_it_is_typed():
    assert parse_over(["training.batch_size=32, 64"]) == {"training.batch_size": ["32", "64"]}
    assert parse_over(['data.source="a,b",c']) == {"data.source": ['"a,b"', "c"]}
    for wrong in ("optimizer.name", "optimizer.name=", "=sgd", "a.b=1,,2"):
        with pytest.raises(RecipeError, match="--over wants"):
            parse_over([wrong])
    with pytest.raises(RecipeError, match="comes twice"):
        parse_over(["a.b=1", "a.b=2"])


def test_folder_names_are_fit_for_a_file_system():
    variants = make_variants(Recipe(), {"data.source": ["../a b", "C:\\x", "看见"]})
    assert [variant.folder_name for variant in variants] == ["a_b", "C_x", "看见"]


def test_many_comparisons_with_the_best_need_more_proof():
    weak = differ_beyond_chance((900, 1000), (928, 1000))
    strong = differ_beyond_chance((800, 1000), (928, 1000))
    assert weak.beyond_chance
    first, second, third = corrected([weak, strong, weak])
    assert not first.beyond_chance
    assert second.beyond_chance
    assert first.p_value == third.p_value == pytest.approx(2 * weak.p_value)
    assert corrected([]) == []


def test_equal_accuracy_is_ranked_by_loss():
    labels = np.array([0, 1])
    sure = np.array([[0.9, 0.1], [0.1, 0.9]], np.float32)
    trials = [Trial([], 1.0, 5, "same", rows, labels) for rows in (0.5 * sure + 0.25, sure)]
    variants = make_variants(Recipe(), {"training.seed": [1, 2]})
    best = ranked(variants, [Path("1"), Path("2")], trials, ("cat", "dog"))[0]
    assert best.variant.changed == {"training.seed": 2}
