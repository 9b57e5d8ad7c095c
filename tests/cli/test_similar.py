"""`kanjian similar`: names on stdout, what was left out on stderr, one line for a mistake."""

import json

import numpy as np
import pytest

from kanjian.cli import app as cli_app
from kanjian.images.decode import read_image
from kanjian.images.write import write_image
from toy_backbone import RECORD, build_toy

NETWORK = ("--backbone", "toy", "--weights", "none", "--quiet")


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    monkeypatch.setenv("KANJIAN_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("KANJIAN_CACHE_GB", "1")
    monkeypatch.setenv("KANJIAN_MODELS", str(tmp_path / "models"))
    monkeypatch.setattr("kanjian.features.extract.build_backbone", build_toy)
    for module in ("extract", "known"):
        monkeypatch.setattr(f"kanjian.features.{module}.find_backbone", lambda name: RECORD)
    monkeypatch.chdir(tmp_path)
    rng = np.random.default_rng(0)
    for place in ("猫/0.png", "猫/1.png", "dog/2.png", "dog/3.png"):
        write_image(tmp_path / "photos" / place, rng.integers(0, 256, (16, 16, 3), np.uint8))
    return tmp_path


def said(capsys, *args, status=0):
    assert cli_app.run(["similar", *args, *NETWORK]) == status
    return capsys.readouterr()


def test_neighbors_are_named_with_similarity_and_class(capsys):
    out, err = said(capsys, "photos", "photos/猫/1.png", "photos/dog/2.png", "-n", "2")
    first, second = out.rstrip().split("\n\n")
    lines = first.splitlines()
    assert lines[0] == "photos/猫/1.png looks like"
    assert lines[1].split() == ["similarity", "class", "picture"]
    assert lines[2].split() == ["1.00", "猫", "the", "same", "file", "photos/猫/1.png"]
    assert len(lines) == 4
    assert second.splitlines()[2].split()[-1] == "photos/dog/2.png"
    assert err == ""


def test_one_json_document_and_a_sheet(capsys, here):
    args = ("photos", "photos/dog/2.png", "--count", "3", "--json")
    told = json.loads(said(capsys, *args, "-o", "out/sheet.png").out)
    assert (told["searched"], told["from_cache"], told["sheet"]) == (4, False, "out/sheet.png")
    (answer,) = told["answers"]
    assert answer["neighbors"][0] == {
        "picture": "photos/dog/2.png", "similarity": 1.0, "class": "dog", "same_file": True
    }  # fmt: skip
    assert len(answer["neighbors"]) == 3
    assert read_image(here / "out" / "sheet.png").shape[1] == 4 * 186 + 6
    assert json.loads(said(capsys, *args).out)["from_cache"]


def test_damaged_pictures_are_told_on_stderr_and_counted(capsys, here):
    for number in range(5):
        (here / "photos" / "dog" / f"bad{number}.png").touch()
    out, err = said(capsys, "photos", "photos/dog/2.png")
    assert out.count("\n") == 6
    lines = err.splitlines()
    assert len(lines) == 4
    assert lines[0].startswith("kanjian: left out: cannot read photos/dog/bad0.png")
    assert lines[3] == "kanjian: left out: 2 more damaged pictures."


@pytest.mark.parametrize(
    ("args", "line"),
    [
        (("empty", "photos/dog/2.png"), "no pictures in empty"),
        (("nowhere", "photos/dog/2.png"), "no data set 'nowhere'"),
        (("photos", "gone.png"), "cannot read gone.png"),
        (("photos", "photos/dog/2.png", "-n", "0"), "count must be at least 1, got 0"),
        (("photos", "photos/dog/2.png", "-o", "a.txt"), "unknown suffix '.txt'"),
        (("photos", "photos/dog/2.png", "--layer", "block1_rel"), "'block1_relu'"),
        (("photos", "photos/dog/2.png", "--size", "big"), "--size must be like 224"),
        (("photos",), "missing argument 'PICTURE"),
    ],
)
def test_a_mistake_is_one_line(capsys, here, args, line):
    (here / "empty").mkdir()
    out, err = said(capsys, *args, status=2)
    assert out == ""
    assert err.count("\n") == 1
    assert line in err


def test_weights_that_are_not_at_hand_are_one_line_too(capsys, monkeypatch, here):
    monkeypatch.undo()
    for name in ("KANJIAN_HOME", "KANJIAN_MODELS", "KERAS_HOME"):
        monkeypatch.setenv(name, str(here / "nothing"))
    monkeypatch.chdir(here)
    args = ["similar", "photos", "photos/dog/2.png", "--backbone", "vgg16"]
    assert cli_app.run(args) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("kanjian: the weights of vgg16 are not at hand. Run: kanjian weights get")
    assert err.count("\n") == 1
