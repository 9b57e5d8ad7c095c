"""What leaves answers as what stays, and says how to ask it."""

import ast
import importlib.util
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import get_args

import numpy as np
import pytest

from kanjian.errors import ExportError, RecognizerError
from kanjian.export import export as exporting
from kanjian.export.export import export_recognizer
from kanjian.export.formats import FORMS, FormName
from kanjian.export.parity import BOUND
from kanjian.export.runtimes import answers_of
from kanjian.images import write_image
from kanjian.inference import Recognizer
from small_recognizer import CLASSES, network, pictures, save

MADE = [name for name, form in FORMS.items() if form.write is not None]
ONE_BATCH = [name for name in MADE if not FORMS[name].any_batch]


def every(names):
    """The form that a recognizer has already, and in the slow tests these."""
    return ["openvino", *(pytest.param(name, marks=pytest.mark.slow) for name in names)]


def test_each_form_is_a_record_under_its_name():
    assert set(FORMS) == set(get_args(FormName))
    for name, form in FORMS.items():
        assert form.name == name
        assert (form.write is None) == (form.backend is None)


def test_nothing_asks_which_form_it_is():
    """What a form needs done differently is a field of its record."""
    folder = Path(exporting.__file__).parent
    for path in folder.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Compare):
                compared = [each.value for each in (node.left, *node.comparators)
                            if isinstance(each, ast.Constant)]  # fmt: skip
                assert not set(FORMS) & set(compared), f"{path.name}:{node.lineno}"


def needed(name):
    form = FORMS[name]
    for module in (form.backend, *form.makers):
        if module and importlib.util.find_spec(module) is None:
            pytest.skip(f"{module} is not installed")


def example_in(folder):
    (code,) = re.findall(r"```python\n(.*?)```", (folder / "README.md").read_text("utf-8"), re.S)
    return code


def asked(folder, picture):
    """What the example on the page prints, in a process of its own and in its folder."""
    done = subprocess.run(
        [sys.executable, "-c", example_in(folder), str(picture)],
        cwd=folder, capture_output=True, text=True, encoding="utf-8", timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-800:]
    return done.stdout.strip().splitlines()[-1]


@pytest.mark.parametrize("form", every(MADE))
def test_an_export_answers_as_the_recognizer_and_its_example_runs(form, saved, tmp_path):
    needed(form)
    made = export_recognizer(saved, form, tmp_path / "out 看")
    assert made.parity.worst < BOUND
    assert made.parity.agreement == 1
    recognizer = Recognizer.load(saved)
    found = answers_of(FORMS[form], made.folder, pictures(7, seed=3))
    np.testing.assert_allclose(found, recognizer.probabilities(pictures(7, seed=3)), atol=1e-4)
    assert (made.folder / "classes.txt").read_text("utf-8").split() == list(CLASSES)
    assert (made.folder / "card.md").read_text("utf-8").startswith("# pets")
    assert len(example_in(made.folder).splitlines()) <= 10
    if form == "litert" and importlib.util.find_spec("ai_edge_litert") is None:
        return
    write_image(tmp_path / "picture.png", pictures(1, seed=5)[0])
    answer = recognizer.predict(tmp_path / "picture.png")
    label, share = asked(made.folder, tmp_path / "picture.png").rsplit(" ", 1)
    assert label == answer.label
    assert float(share.strip("%")) == pytest.approx(100 * answer.probability, abs=0.11)


@pytest.mark.slow
def test_a_saved_model_lies_where_tensorflow_serving_looks_for_it(saved, tmp_path):
    """A folder with a numbered folder for each version; without one it serves nothing."""
    needed("saved-model")
    made = export_recognizer(saved, "saved-model", tmp_path / "out")
    versions = list((made.folder / "model").iterdir())
    assert [path.name for path in versions] == ["1"]
    assert (versions[0] / "saved_model.pb").is_file()
    page = (made.folder / "README.md").read_text("utf-8")
    assert "--model_base_path=$PWD/model`" in page


@pytest.mark.parametrize("form", every(ONE_BATCH))
def test_a_fixed_batch_is_taken_as_it_is(form, saved, tmp_path):
    needed(form)
    made = export_recognizer(saved, form, tmp_path / "out", batch=3)
    found = answers_of(FORMS[form], made.folder, pictures(5), batch=3)
    np.testing.assert_allclose(found, Recognizer.load(saved).probabilities(pictures(5)), atol=1e-4)
    assert "repeat(3" in example_in(made.folder)


@pytest.mark.parametrize("form", ["openvino", pytest.param("litert", marks=pytest.mark.slow)])
def test_one_sigmoid_leaves_as_two_classes(form, tmp_path):
    save(tmp_path / "run", network(outputs=1), classes=("no", "yes"))
    made = export_recognizer(tmp_path / "run", form, tmp_path / "out")
    found = answers_of(FORMS[form], made.folder, pictures())
    assert found.shape == (5, 2)
    np.testing.assert_allclose(
        found, Recognizer.load(tmp_path / "run").probabilities(pictures()), atol=1e-4
    )


def test_an_export_to_openvino_is_a_recognizer(saved, tmp_path):
    made = export_recognizer(saved, "openvino", tmp_path / "out")
    again = Recognizer.load(made.folder)
    assert again.selftest.passed
    assert again.classes == CLASSES
    with pytest.raises(RecognizerError, match=r"model\.keras"):
        Recognizer.load(made.folder, engine="keras")
    # and can be exported once more
    assert export_recognizer(made.folder, "openvino", tmp_path / "twice").parity.worst < 1e-5


def test_an_export_needs_no_keras(saved, tmp_path):
    code = (
        "import sys; from pathlib import Path; "
        "from kanjian.export.export import export_recognizer; "
        "export_recognizer(sys.argv[1], 'openvino', Path(sys.argv[2])); "
        "assert not {'keras', 'tensorflow'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code, str(saved), str(tmp_path / "out")], check=True)


def test_a_changed_answer_is_refused_and_nothing_is_left(saved, tmp_path, monkeypatch):
    real = exporting.answers_of
    monkeypatch.setattr(exporting, "answers_of", lambda *args, **more: real(*args, **more)[:, ::-1])
    with pytest.raises(ExportError, match="predicts otherwise"):
        export_recognizer(saved, "openvino", tmp_path / "out")
    assert not list(tmp_path.iterdir())


def test_nothing_is_replaced_unasked_and_no_other_folder_at_all(saved, tmp_path):
    export_recognizer(saved, "openvino", tmp_path / "out")
    with pytest.raises(ExportError, match="--overwrite"):
        export_recognizer(saved, "openvino", tmp_path / "out")
    export_recognizer(saved, "openvino", tmp_path / "out", overwrite=True)
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.txt").write_text("years")
    with pytest.raises(ExportError, match="no export"):
        export_recognizer(saved, "openvino", tmp_path / "mine", overwrite=True)
    assert (tmp_path / "mine" / "thesis.txt").read_text() == "years"


@pytest.mark.parametrize(
    ("wish", "words"),
    [
        ({"to": "onxx"}, "Did you mean 'onnx'"),
        ({"to": "onnx", "int8": True}, "--to openvino"),
        ({"to": "onnx", "batch": 0}, "1 or more"),
        ({"to": "h5", "batch": 3}, "takes any number of pictures, got batch 3"),
        ({"to": "openvino", "int8": True, "max_drop": -1}, "0 to 100"),
    ],
)
def test_wishes_that_cannot_be_are_refused(saved, tmp_path, wish, words):
    with pytest.raises(ExportError, match=words):
        export_recognizer(saved, out=tmp_path / "out", **wish)


def test_a_damaged_network_is_not_exported(saved, tmp_path):
    shutil.copytree(saved / "recognizer", tmp_path / "r")
    path = tmp_path / "r" / "model.bin"
    path.write_bytes(path.read_bytes()[:-4] + b"\0\0\0\1")
    with pytest.raises(RecognizerError, match="not the file that was saved"):
        export_recognizer(tmp_path / "r", "openvino", tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_recognizer_without_keras_says_what_it_can_leave_as(saved, tmp_path):
    made = export_recognizer(saved, "openvino", tmp_path / "out")
    with pytest.raises(ExportError, match="--to openvino"):
        export_recognizer(made.folder, "onnx", tmp_path / "more")
