"""A saved recognizer judged again says what its report said, whatever the order of things."""

import json
import subprocess
import sys

import numpy as np
import pytest

from kanjian.datasets.open import open_dataset
from kanjian.errors import DatasetError, RecognizerError
from kanjian.images.write import write_image
from kanjian.studies.evaluate import evaluate
from kanjian.training.fit import train
from toy_studies import toy_recipe


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    return train(toy_recipe(answer={"abstain": 0.9}), out=tmp_path_factory.mktemp("runs"))


@pytest.fixture(scope="module")
def digits():
    test = open_dataset("digits").test
    return [(image, test.classes[label]) for image, label in test][:60]


def folder_of(pictures, folder):
    for number, (image, name) in enumerate(pictures):
        write_image(folder / name / f"{number:03d}.png", image)
    return folder


def test_the_own_test_part_gives_the_figures_of_the_report(run):
    found = evaluate(run.folder)
    assert found.part == "test"
    assert found.data == "digits"
    assert found.judgment.to_dict() == run.report["test"]
    assert found.recognizer.engine == "openvino"


def test_the_own_validation_part_too(run):
    found = evaluate(run.folder, part="validation")
    assert found.judgment.to_dict() == run.report["validation"]


def test_other_pictures_in_another_class_order_give_the_same_answers(run, digits, tmp_path):
    straight = evaluate(run.folder, folder_of(digits, tmp_path / "straight"))
    # a table names classes in any order it likes; folders are read sorted by name
    names = sorted({name for _, name in digits}, reverse=True)
    lines = [
        f"straight/{name}/{number:03d}.png,{name}"
        for wanted in names
        for number, (_, name) in enumerate(digits)
        if name == wanted
    ]
    (tmp_path / "turned.csv").write_text("path,label\n" + "\n".join(lines), encoding="utf-8")
    turned = evaluate(run.folder, tmp_path / "turned.csv")
    assert turned.judgment.accuracy == straight.judgment.accuracy > 0.5
    np.testing.assert_array_equal(turned.judgment.confusion, straight.judgment.confusion)
    assert straight.part == "all"


def test_classes_are_matched_by_name_even_where_positions_would_do(run, digits, tmp_path):
    few = [(image, name) for image, name in digits if name in {"3", "7"}]
    found = evaluate(run.folder, folder_of(few, tmp_path / "few"))
    # as positions, "3" and "7" would be classes 0 and 1 and nearly all would be wrong
    assert found.judgment.accuracy > 0.5
    assert found.judgment.per_class[3].support + found.judgment.per_class[7].support == len(few)
    assert any("no pictures of '0'" in note for note in found.notes)


def test_a_class_it_does_not_know_is_refused(run, digits, tmp_path):
    folder_of(digits, tmp_path / "more")
    write_image(tmp_path / "more" / "eleven" / "1.png", digits[0][0])
    with pytest.raises(DatasetError, match="pictures of 'eleven', which the recognizer") as caught:
        evaluate(run.folder, tmp_path / "more")
    assert "\n" not in str(caught.value)


def test_a_damaged_picture_is_named_or_left_out(run, digits, tmp_path):
    folder = folder_of(digits, tmp_path / "pictures")
    (folder / "3" / "broken.png").write_bytes(b"\x89PNG no more")
    with pytest.raises(DatasetError, match=r"1 damaged pictures: .*broken\.png"):
        evaluate(run.folder, folder)
    found = evaluate(run.folder, folder, skip_damaged=True)
    assert found.judgment.n == len(digits)
    assert any("broken.png" in note for note in found.notes)


def test_answers_given_at_the_threshold_are_counted(run):
    found = evaluate(run.folder)
    threshold = found.recognizer.abstain_threshold
    assert 0 <= found.given_right <= found.given <= found.judgment.n
    assert found.to_dict()["abstain"]["threshold"] == threshold
    assert found.to_dict()["abstain"]["coverage"] == found.given / found.judgment.n


def test_a_report_is_written_where_it_is_wanted(run, tmp_path):
    found = evaluate(run.folder, out=tmp_path)
    assert found.folder == tmp_path / "toy-evaluation"
    written = json.loads((found.folder / "report.json").read_text(encoding="utf-8"))
    assert written["test"]["accuracy"] == found.judgment.accuracy
    assert {path.name for path in found.folder.iterdir()} == {
        "report.html", "report.json", "mistakes.png", "confusion.png",
    }  # fmt: skip


def test_judging_on_what_it_learned_from_is_called_by_its_name(run):
    assert any("measures memory" in note for note in evaluate(run.folder, part="train").notes)
    assert not any("memory" in note for note in evaluate(run.folder).notes)


@pytest.mark.parametrize(
    ("part", "error"),
    [("all", "lie in parts: test, train, validation"), ("tset", "unknown part 'tset'. Did you")],
)
def test_a_part_that_is_none_is_told(run, part, error):
    with pytest.raises(DatasetError, match=error):
        evaluate(run.folder, part=part)


def test_a_part_that_other_pictures_lack_is_told(run, digits, tmp_path):
    folder = folder_of(digits, tmp_path / "flat")
    with pytest.raises(DatasetError, match="no test part, only train"):
        evaluate(run.folder, folder, part="test")


def test_a_recognizer_alone_needs_pictures(run, tmp_path):
    with pytest.raises(DatasetError, match="kanjian evaluate RUN"):
        evaluate(run.recognizer_folder)
    with pytest.raises(RecognizerError):
        evaluate(tmp_path)
    assert evaluate(run.recognizer_folder, "digits").judgment.n == 360


def test_judging_again_loads_no_training_framework(run):
    code = (
        "import sys; from pathlib import Path; from kanjian.studies.evaluate import evaluate; "
        f"evaluate(Path({str(run.folder)!r})); "
        "print([m for m in ('keras', 'tensorflow', 'torch', 'jax') if m in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=100, check=True
    )
    assert done.stdout == "[]\n"
