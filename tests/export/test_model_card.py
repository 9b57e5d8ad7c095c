"""The card says what the run folder says, and nothing else."""

import json

import numpy as np
import pytest

from kanjian.errors import RecognizerError
from kanjian.evaluation.metrics import judge
from kanjian.evaluation.report import ReportFacts, report_dict
from kanjian.export.model_card import model_card
from kanjian.recipes.codec import write_recipe
from kanjian.recipes.shipped import shipped
from small_recognizer import CLASSES, save


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """A run folder with a report on twelve pictures, two of them mistaken."""
    folder = tmp_path_factory.mktemp("run")
    save(folder / "recognizer", abstain_threshold=0.9, abstain_target=0.99,
         facts={"trained_on": 4000, "seed": 7})  # fmt: skip
    labels = np.arange(12) % 3
    probabilities = np.full((12, 3), 0.05, np.float32)
    probabilities[np.arange(12), labels] = 0.9
    probabilities[[2, 5]] = [0.8, 0.1, 0.1]  # two foxes taken for cats
    numbers = {"parameters": 12345, "epochs": 3, "fit_seconds": 9.5, "precision": "float32",
               "backend": "tensorflow", "classes": list(CLASSES)}  # fmt: skip
    facts = ReportFacts(
        title="pets", numbers=numbers, test=judge(probabilities, labels, CLASSES),
        notes=("read from pets.zip",),
    )  # fmt: skip
    (folder / "report.json").write_text(json.dumps(report_dict(facts)))
    recipe = shipped("mnist-demo")
    recipe = recipe.model_copy(
        update={"data": recipe.data.model_copy(update={"source": "/home/someone/secret/pets"})}
    )
    (folder / "recipe.toml").write_text(write_recipe(recipe))
    return folder


def test_the_card_tells_the_figures_of_the_report(run):
    text = model_card(run)
    assert "right on 83 % of 12 pictures held back (test)" in text
    assert "| fox | 4 | 100 % | 50 % |" in text
    assert "It takes `fox` for `cat` most often (2 times)." in text
    assert "judged on 12 pictures only" in text
    assert "12\u2009345 parameters" in text
    assert "seed 7" in text
    assert "read from pets.zip" in text
    assert 'Below 0.9 it says "unknown"' in text
    assert "one picture in" in text


def test_no_path_of_the_makers_disk_is_told(run):
    text = model_card(run)
    assert "`pets`" in text
    assert "someone" not in text


def test_a_recognizer_alone_owns_up_to_what_it_does_not_know(tmp_path):
    save(tmp_path / "alone")
    text = model_card(tmp_path / "alone")
    assert "was not measured" in text
    assert "It names one of its classes whatever it is shown." in text


def test_no_recognizer_no_card(tmp_path):
    with pytest.raises(RecognizerError, match="no recognizer"):
        model_card(tmp_path)
