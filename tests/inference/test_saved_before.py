"""What kanjian 0.1.0 saved still opens and answers as it did: files of `saved_0_1_0`."""

import shutil
from pathlib import Path

import numpy as np
import pytest

import kanjian
from kanjian.inference.recognizer import Recognizer
from kanjian.recipes.recipe import Recipe
from kanjian.training.resolve_recipe import recipe_for
from small_recognizer import home  # noqa: F401

# its recipe has the names that keys had then
pytestmark = pytest.mark.filterwarnings("ignore::kanjian.recipes.former_keys.FormerKey")
SAVED = Path(__file__).with_name("saved_0_1_0")


@pytest.fixture
def run(tmp_path):
    """A copy, as opening a folder may write into it."""
    return shutil.copytree(SAVED, tmp_path / "digits")


@pytest.mark.parametrize("engine", ["openvino", "keras"])
def test_its_recognizer_gives_the_same_answers(run, engine):
    recognizer = Recognizer.load(run, engine=engine)
    assert recognizer.selftest.passed
    assert recognizer.abstain_threshold == pytest.approx(0.2217, abs=1e-4)
    with np.load(run / "asked.npz") as asked:
        for picture, scores in zip(asked["pictures"], asked["scores"], strict=True):
            np.testing.assert_allclose(recognizer.predict(picture).scores, scores, atol=1e-4)


def test_its_recipe_says_what_it_said(run):
    recipe = Recipe.load(run)
    assert recipe == Recipe.load(run / "recipe.toml") == recipe_for(run)
    assert recipe.data.source == "digits"
    assert (recipe.training.epochs, recipe.training.small_epochs) == (4, 1)
    assert [recipe.model.layers[at]["type"] for at in (0, -1)] == ["Conv2D", "Dense"]
    assert recipe.answer.abstain == 0.9


def test_its_report_is_a_run(run):
    finished = kanjian.Run.load(run)
    assert finished.report.test.accuracy == pytest.approx(0.5222, abs=1e-4)
    assert finished.report.epochs == len(finished.report.history) == 4
    assert "52" in finished._repr_html_()


def test_it_can_be_judged_and_trained_again(run, tmp_path):
    found = kanjian.evaluate(run, "digits")
    assert found.metrics.accuracy == pytest.approx(0.52, abs=0.05)
    again = kanjian.train(run, epochs=2, limit=60, out=tmp_path, quiet=True)
    assert again.report.title == "digits"
