"""A rate of 100 and a good one: what is said, and that the command it names helps."""

import shlex

import numpy as np
import pytest

from kanjian.cli.app import run as kanjian
from kanjian.reporting.wording import percent
from kanjian.training.doubts import cures
from kanjian.training.train import train
from toy_studies import toy_recipe


def test_a_loss_that_explodes_is_told_and_the_rate_that_is_named_comes_down(tmp_path, capsys):
    recipe = toy_recipe(optimizer={"name": "sgd", "learning_rate": 1e6}, training={"epochs": 1})
    run = train(recipe, out=tmp_path)
    assert "ran away" in " ".join(run.report.warnings)
    assert run.report.suggestions[0] == "kanjian train RUN --learning-rate 100000"
    assert run.report.warnings[0] in (run.folder / "log.txt").read_text()
    page = (run.folder / "report.html").read_text()
    assert "Something is wrong" in page
    assert run.report.suggestions[0] in page
    capsys.readouterr()
    command = shlex.split(run.report.suggestions[0].replace("RUN", shlex.quote(str(run.folder))))
    assert kanjian([*command[1:], "--out", str(tmp_path), "--quiet"]) == 0
    assert "Try:" in capsys.readouterr().out  # 100 000 is still too much


@pytest.mark.parametrize("sections", [{}, {"data": {"limit": 40}, "training": {"epochs": 6}}])
def test_a_fine_run_however_small_is_told_nothing(tmp_path, sections):
    report = train(toy_recipe(**sections), out=tmp_path).report
    assert report.warnings == report.suggestions == (), percent(report.validation.accuracy)


def test_classes_of_unequal_size_are_balanced_first():
    recipe = toy_recipe()
    assert (
        "class_weights=balanced"
        in cures(recipe, np.array([90, 9]), epochs=9, steps=900, away=False)[0]
    )
    assert "class_weights" not in " ".join(
        cures(recipe, np.array([50, 40]), epochs=9, steps=900, away=False)
    )
