"""Export, import and card from the command line: a result on stdout, one line for a mistake."""

import json

import pytest

from kanjian.backend import load_keras
from kanjian.cli import app as cli_app
from small_recognizer import SIZE_HW, network, save


@pytest.fixture(scope="module")
def run_folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("run")
    save(folder / "recognizer", network())
    return folder


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    monkeypatch.setenv("KANJIAN_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def said(capsys, *args, status=0):
    assert cli_app.run([str(each) for each in args]) == status
    return capsys.readouterr()


def refused(capsys, *args):
    out, err = said(capsys, *args, status=2)
    assert out == ""
    assert err.count("\n") == 1
    return err


def test_export_says_where_and_how_it_compares(capsys, run_folder, here):
    out, _ = said(capsys, "export", run_folder, "--to", "openvino", "-o", "out")
    assert "100.00 % as Keras on 5 pictures" in out
    assert (here / "out" / "README.md").is_file()
    told = json.loads(
        said(
            capsys, "export", run_folder, "--to", "openvino", "-o", "two", "--batch", "2", "--json"
        ).out
    )
    assert told["batch"] == 2
    assert told["parity"]["worst"] < 1e-4
    assert not (here / "two" / "recognizer.toml").exists()


@pytest.mark.parametrize(
    ("more", "words"),
    [
        (["--to", "onyx"], "onnx"),
        ([], "--to"),
        (["--to", "onnx", "--batch", "many"], "dynamic or a number"),
        (["--to", "openvino", "--int8"], "--pictures"),
        (["--to", "openvino", "-o", "full"], "no export of kanjian"),
        (["--to", "openvino", "-o", "."], "name a folder to make"),
    ],
)
def test_export_refuses_in_one_line(capsys, run_folder, here, more, words):
    (here / "full").mkdir()
    (here / "full" / "a.txt").write_text("mine")
    assert words in refused(capsys, "export", run_folder, *more)


def test_export_without_a_recognizer(capsys, here):
    assert "no recognizer in nowhere" in refused(capsys, "export", "nowhere", "--to", "onnx")


def test_import_then_predict_with_the_answer(capsys, here):
    keras = load_keras()
    keras.Sequential(
        [
            keras.layers.Input((*SIZE_HW, 1)),
            keras.layers.Flatten(),
            keras.layers.Dense(2, activation="softmax"),
        ]
    ).save(here / "net.keras")
    assert "--pixels" in refused(capsys, "import", "net.keras")
    assert not (here / "net").exists()
    out, _ = said(capsys, "import", "net.keras", "--pixels=-1..1", "--classes", "no,yes")
    assert "2: no, yes" in out
    assert "kanjian predict net PICTURE" in out
    assert "--overwrite" in refused(capsys, "import", "net.keras", "--pixels", "0..1")
    told = json.loads(
        said(capsys, "import", "net.keras", "--pixels", "0..1", "--overwrite", "--json").out
    )
    assert told["classes"] == ["class 0", "class 1"]
    assert "must be LOW..HIGH" in refused(
        capsys, "import", "net.keras", "-o", "x", "--pixels", "small"
    )
    assert "cannot read gone.h5" in refused(capsys, "import", "gone.h5")


def test_card_on_stdout_or_in_a_file(capsys, run_folder, here):
    out, _ = said(capsys, "card", run_folder)
    assert out.startswith("# pets")
    said(capsys, "card", run_folder, "-o", "card.md")
    assert (here / "card.md").read_text(encoding="utf-8").startswith("# pets")
    assert "--force" in refused(capsys, "card", run_folder, "-o", "card.md")
