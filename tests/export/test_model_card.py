"""The card says what the run folder says, and nothing else."""

import json
import re
import shutil

import numpy as np
import pytest

from kanjian.errors import RecognizerError
from kanjian.evaluation.metrics import evaluate_probabilities
from kanjian.export.model_card import model_card
from kanjian.inference.card import read_card
from kanjian.recipes.codec import write_recipe
from kanjian.recipes.shipped import shipped
from kanjian.reporting.report import ReportFacts, TrainingFigures, report_dict
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
    training = TrainingFigures(parameters=12345, epochs=3, fit_seconds=9.5, precision="float32",
                               backend="tensorflow", classes=CLASSES)  # fmt: skip
    facts = ReportFacts(
        title="pets", training=training,
        test=evaluate_probabilities(probabilities, labels, CLASSES),
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
    assert "evaluated on 12 pictures only" in text
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


HOSTILE = ("<img src=x onerror=alert(1)>", "a|b`c`", "[x](javascript:y)\n# big")


def test_names_are_text_in_every_place_and_never_markup(run, tmp_path):
    folder = tmp_path / "run"
    shutil.copytree(run, folder)
    shutil.rmtree(folder / "recognizer")
    save(folder / "recognizer", classes=HOSTILE, name="<b>pets</b>", abstain_threshold=0.9)
    report = (folder / "report.json").read_text()
    for name, hostile in zip(CLASSES, HOSTILE, strict=True):
        report = report.replace(json.dumps(name), json.dumps(hostile))
    (folder / "report.json").write_text(report)
    text = model_card(folder)
    outside_code = re.sub(r"(`+).*?\1", "", text)
    assert "<" not in outside_code
    assert "](" not in outside_code.replace("\\](", "")
    assert text.startswith("# &lt;b&gt;pets&lt;/b&gt;\n")
    assert "\n# big" not in text
    rows = [line for line in text.splitlines() if line.startswith("| ")]
    assert len({line.count("|") for line in rows}) == 1


def test_a_note_tells_the_set_and_not_where_it_lay(run, tmp_path):
    folder = tmp_path / "run"
    shutil.copytree(run, folder)
    report = json.loads((folder / "report.json").read_text())
    report["notes"] = ["found in /home/some one/my data/mnist", r"found in C:\Users\someone\pets"]
    (folder / "report.json").write_text(json.dumps(report))
    text = model_card(folder)
    assert "- found in mnist\n- found in pets\n" in text
    assert "some" not in text.replace("something", "")


def test_what_is_handed_on_tells_no_place(tmp_path):
    facts = {"weights": "/home/someone/w.h5", "notes": ["read from ~/secret/a.zip"], "n": 3}
    save(tmp_path / "recognizer", facts=facts)
    assert read_card(tmp_path / "recognizer").facts == {
        "weights": "w.h5", "notes": ["read from a.zip"], "n": 3,
    }  # fmt: skip


def test_a_class_called_unknown_is_not_the_answer_unknown(tmp_path):
    save(tmp_path / "recognizer", classes=("cat", "dog", "Unknown"), abstain_threshold=0.9)
    assert 'Below 0.9 it says "not sure"' in model_card(tmp_path)
