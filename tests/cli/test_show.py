"""A picture out of a built-in set as a file, which a recognizer can be asked about."""

import json

import pytest

from kanjian.cli import app as cli_app
from kanjian.datasets.open_dataset import open_dataset
from kanjian.images.decode import read_image


def test_a_picture_of_a_built_in_set_becomes_a_file(tmp_path, capsys):
    target = tmp_path / "test0.png"
    asked = ["datasets", "show", "mnist-5k", "--save", "0", str(target)]
    assert cli_app.run(asked) == 0
    test = open_dataset("mnist-5k").test
    assert (read_image(target) == test.images.read(0)).all()
    assert f"labeled '{test.classes[test.labels[0]]}'" in capsys.readouterr().out
    assert cli_app.run(asked) == 2
    assert "is there already" in capsys.readouterr().err


def test_numbers_and_files_stand_in_any_order(tmp_path, capsys):
    files = [str(tmp_path / name) for name in ("a.png", "b.png")]
    asked = ["datasets", "show", "mnist-5k", "--save", "3", files[0], "--save", "4", files[1]]
    assert cli_app.run([*asked, "--part", "train", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert [(each["number"], each["file"]) for each in told] == [(3, files[0]), (4, files[1])]
    assert {each["part"] for each in told} == {"train"}


def test_without_numbers_it_says_what_the_set_holds(capsys):
    assert cli_app.run(["datasets", "show", "mnist-5k"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[-1].split() == ["all", "4000", "1000"]
    assert cli_app.run(["datasets", "show", "mnist-5k", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["pictures"]["test"]["7"] > 50


@pytest.mark.parametrize(
    ("more", "said"),
    [(["a.png"], "Say it: --save 0"), (["--save", "1000", "a.png"], "0 to 999"),
     (["--save", "-1", "a.png"], "from 0 on, as 0")],
)  # fmt: skip
def test_what_cannot_be_is_one_line(more, said, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert cli_app.run(["datasets", "show", "mnist-5k", *more]) == 2
    err = capsys.readouterr().err
    assert said in err
    assert err.count("\n") == 1
    assert not list(tmp_path.iterdir())
