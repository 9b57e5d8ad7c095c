"""The self-test: asked on every machine, and a mismatch is said."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from kanjian.errors import RecognizerError
from kanjian.inference import Recognizer
from kanjian.inference.card import read_card, write_card
from small_recognizer import pictures, save


@pytest.fixture
def own_home(tmp_path, monkeypatch):
    monkeypatch.setenv("KANJIAN_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


def with_other_answers(folder, change):
    """The recognizer, with a self-test that expects other answers; hashes made to fit."""
    save(folder)
    with np.load(folder / "selftest.npz") as stored:
        images, answers = stored["images"], stored["probabilities"]
    np.savez(folder / "selftest.npz", **change(images, answers))
    write_card(folder, read_card(folder))
    return folder


def test_it_is_replayed_once_on_a_machine(saved, own_home):
    first, second = Recognizer.load(saved).selftest, Recognizer.load(saved).selftest
    assert (first.passed, first.replayed) == (True, True)
    assert first.worst < 1e-4
    assert "passed: 5 stored pictures" in first.message
    assert (second.passed, second.replayed, second.worst) == (True, False, None)


def test_another_engine_and_another_recognizer_are_tested_on_their_own(saved, own_home, tmp_path):
    assert Recognizer.load(saved).selftest.replayed
    assert Recognizer.load(saved, engine="keras").selftest.replayed
    assert Recognizer.load(saved, precision="bf16").selftest.replayed
    assert Recognizer.load(save(tmp_path / "other")).selftest.replayed


def test_a_mismatch_is_said_at_every_load(own_home, tmp_path, caplog):
    def shifted(images, answers):
        return {"images": images, "probabilities": answers[:, ::-1]}

    folder = with_other_answers(tmp_path / "r", shifted)
    for _ in range(2):
        caplog.clear()
        result = Recognizer.load(folder).selftest
        assert (result.passed, result.replayed) == (False, True)
        assert result.worst > result.tolerance
        assert "pets: The self-test FAILED: 5 stored pictures" in caplog.text
        assert "Do not trust this recognizer here" in caplog.text


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda i, p: {"images": i}, "selftest.npz is damaged: .*probabilities"),
        (lambda i, p: {"images": i[:, :5], "probabilities": p}, r"holds pictures \(5, 5, 20, 3\)"),
        (lambda i, p: {"images": i, "probabilities": p[:2]}, r"and predictions \(2, 3\), expected"),
        (
            lambda i, p: {"images": np.array([{}]), "probabilities": p},
            "is damaged: its .images. holds Py",
        ),
    ],
)
def test_a_damaged_selftest_is_told(own_home, tmp_path, change, told):
    with pytest.raises(RecognizerError, match=told):
        Recognizer.load(with_other_answers(tmp_path / "r", change))


def test_a_home_that_cannot_be_written_breaks_nothing(saved, tmp_path, monkeypatch):
    (tmp_path / "file").touch()
    monkeypatch.setenv("KANJIAN_HOME", str(tmp_path / "file" / "home"))
    for _ in range(2):
        recognizer = Recognizer.load(saved)
        assert recognizer.selftest.replayed  # it cannot remember
        assert recognizer.predict(pictures(1)[0]).known


ASK = """
import json, sys
import numpy as np
from kanjian.inference import Recognizer
recognizer = Recognizer.load(sys.argv[1])
answer = recognizer.predict(np.zeros((30, 30), np.uint8))
list(recognizer.predict_many([np.zeros((30, 30), np.uint8)] * 5))
heavy = {"keras", "tensorflow", "torch", "jax", "matplotlib", "sklearn", "pydantic", "rich"}
print(json.dumps([answer.label, sorted(heavy & set(sys.modules)),
                  sorted(name for name in sys.modules if name.startswith("openvino.tools"))]))
"""


def ask_in_a_new_process(saved, home):
    environment = os.environ | {"KANJIAN_HOME": str(home / "kanjian"), "HOME": str(home)}
    environment["PYTHONPATH"] = os.pathsep.join(path for path in sys.path if path)
    return subprocess.run(
        [sys.executable, "-c", ASK, str(saved)],
        env=environment, capture_output=True, text=True, check=True, timeout=60,
    )  # fmt: skip


def test_asking_imports_no_training_framework_and_says_nothing(saved, tmp_path):
    child = ask_in_a_new_process(saved, tmp_path)
    label, heavy, tools = json.loads(child.stdout)
    assert label in {"cat", "dog", "fox"}
    assert heavy == []
    assert [name for name in tools if name.startswith("openvino.tools.ovc")] == []
    assert child.stderr == ""


def test_openvino_leaves_no_trace_of_usage_statistics(saved, tmp_path):
    ask_in_a_new_process(saved, tmp_path)
    # its statistics package would make a client id in ~/intel and send an event per import
    assert [path.name for path in tmp_path.iterdir()] == ["kanjian"]


def test_saving_leaves_no_trace_either(saved):
    # conftest has saved in this process: the converter ran with a stand-in for the sender
    assert sys.modules.get("openvino_telemetry", None) is None
    from openvino.tools.ovc import telemetry_utils

    assert Path(telemetry_utils.tm.__file__).name == "telemetry_stub.py"


def test_the_converter_is_still_there_for_others(saved):
    from kanjian.inference.runtime import load_openvino

    openvino = load_openvino()
    assert callable(openvino.convert_model)
    with pytest.raises(AttributeError, match="no attribute 'nonsense'"):
        _ = openvino.nonsense
