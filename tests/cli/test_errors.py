"""Every way to end: the exit status, one line, no traceback."""

import json
import re

import pytest
import typer

from kanjian import errors
from kanjian.cli import app as cli_app
from kanjian.cli import bug_report
from kanjian.cli import errors as edge


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("KANJIAN_HOME", str(tmp_path / "home 家"))
    monkeypatch.delenv("KANJIAN_DEBUG", raising=False)
    monkeypatch.delenv("KANJIAN_DATA", raising=False)
    monkeypatch.chdir(tmp_path)


def raising(error):
    def work():
        raise error

    return work


def one_line(capsys):
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("kanjian: ")
    assert err.count("\n") == 1
    assert "Traceback" not in err
    return err.strip().removeprefix("kanjian: ")


FAMILY = [
    kind
    for kind in vars(errors).values()
    if isinstance(kind, type) and issubclass(kind, errors.KanjianError)
]


@pytest.mark.parametrize("kind", FAMILY)
def test_a_mistake_of_the_user_is_one_line_and_status_2(kind, capsys):
    assert edge.status_of(raising(kind("no such\n thing"))) == 2
    assert one_line(capsys) == "no such thing"


def test_a_bug_of_ours_is_status_1_and_its_traceback_is_kept(capsys, tmp_path):
    assert edge.status_of(raising(ZeroDivisionError("x"))) == 1
    line = one_line(capsys)
    assert line.startswith("this is a bug in kanjian (ZeroDivisionError: x)")
    (kept,) = (tmp_path / "home 家" / "bugs").iterdir()
    assert f"'{kept}'" in line
    assert "in work" in kept.read_text(encoding="utf-8")


def test_a_bug_is_told_even_where_nothing_can_be_written(capsys, tmp_path, monkeypatch):
    file = tmp_path / "a file"
    file.touch()
    monkeypatch.setenv("KANJIAN_HOME", str(file))
    monkeypatch.setattr(bug_report.tempfile, "gettempdir", lambda: str(file))
    assert edge.status_of(raising(ZeroDivisionError("x"))) == 1
    assert "Run it again with KANJIAN_DEBUG=1" in one_line(capsys)


def test_an_interruption_is_status_130_and_says_how_to_go_on(capsys, tmp_path):
    class TrainingInterrupted(KeyboardInterrupt):  # the real one costs seconds of Keras
        folder = tmp_path / "runs" / "猫 cat"

    stopped = TrainingInterrupted()
    assert edge.status_of(raising(stopped)) == 130
    line = one_line(capsys)
    assert line == f"interrupted; state saved, go on with: kanjian resume '{stopped.folder}'"


def test_an_interruption_without_a_run_is_status_130(capsys):
    assert edge.status_of(raising(KeyboardInterrupt())) == 130
    assert one_line(capsys) == "interrupted."


def test_exit_keeps_its_status(capsys):
    assert edge.status_of(raising(typer.Exit(2))) == 2
    assert capsys.readouterr() == ("", "")


def test_debug_shows_the_traceback(capsys):
    assert cli_app.run(["recipes", "nothing-of-that-name", "--debug"]) == 2
    err = capsys.readouterr().err
    assert "Traceback (most recent call last)" in err
    assert err.splitlines()[-1].startswith("kanjian: unknown recipe")
    # and only of this command: who calls `run` twice in a process asked once
    assert cli_app.run(["recipes", "nothing-of-that-name"]) == 2
    one_line(capsys)


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (["trian"], "unknown command 'trian'. Did you mean 'train'?"),
        (["datasets", "chek"], "unknown command 'chek'. Did you mean 'check'?"),
        (["zebra"], "unknown command 'zebra'. Known: "),
        (["--versoin"], "unknown option '--versoin'. Did you mean '--version'?"),
        (["train", "mnist", "--epoch", "3"], "unknown option '--epoch'. Did you mean '--epochs'?"),
        (["train", "mnist", "--lr", "0.1"], "unknown option '--lr'. Here it is --learning-rate."),
        (["train", "mnist", "--bs=8"], "unknown option '--bs'. Here it is --batch-size."),
        (["train", "mnist", "--imgsz", "64"], "Here it is --set 'input.size=[224,224]'."),
        (["train", "mnist", "--model", "x"], "unknown option '--model'. Here it is --backbone."),
        (["train", "mnist", "--patience", "3"], "Here it is --set training.early_stopping=5."),
        (["train", "mnist", "--imageSize", "64"], "Here it is --set 'input.size=[224,224]'."),
        (["train", "mnist", "--batchsize", "8"], "Here it is --batch-size."),
        (["train", "--recipe", "x"], "The recipe is named without an option: WHAT."),
        (["train", "mnist", "--exist-ok"], "No run is overwritten"),
        (["predict", "run", "a.png", "--weights", "x"], "The run is named without an option: RUN."),
        (["train", "mnist", "--name", "../x"], "--name '../x' cannot be a name: it holds '/'."),
        (["train", "mnist-demo", "--set", "name=/tmp/x"], "name: '/tmp/x' cannot be a name"),
        (["predict", "no\x1b[2J\nrun", "x"], "no recognizer in no\\x1b[2J run"),
        (["train", "mnist", "--zebra"], "unknown option '--zebra'. See 'kanjian train --help'."),
        (["train"], "missing argument 'WHAT'. See 'kanjian train --help'."),
        (["train", "mnist", "--epochs", "many"],
         "--epochs must be a valid integer, got 'many'. See 'kanjian train --help'."),
        (["train", "mnist", "--epochs"], "'--epochs'"),
        (["train", "mnist", "--backend", "theano"],
         "--backend: 'theano' is not one of 'tensorflow', 'jax', 'torch'."),
        (["train", "mnist", "mnist"], "mnist"),
        (["train", "mnist-lenett"],
         "no recipe, data set, file or folder 'mnist-lenett'. Did you mean 'mnist-lenet'?"),
        (["train", "nothing/of that name"],
         "no recipe, data set, file or folder 'nothing/of that name'. See 'kanjian recipes'"),
        (["train", "my.toml"], "cannot read the recipe my.toml"),
        (["train", "mnist-demo", "--set", "epochs"],
         "--set must be section.key=value, got 'epochs'"),
        (["train", "mnist-demo", "--set", "training.epoch=3"], "Did you mean 'epochs'?"),
        (["train", "mnist-demo", "--epochs", "0"],
         "--set: [training] epochs = 0 leaves nothing to train."),
        (["train", "mnist-demo", "--on", "nowhere"], "no data set 'nowhere'"),
        (["train", "face-cnn"], "recipe 'face-cnn' brings no pictures. Say on which to train it"),
        (["train", "digits", "--on", "digits"], "--on digits goes with a recipe"),
        (["resume", "nowhere"], "no run in nowhere"),
        (["recipes", "mnist-lenett"], "unknown recipe 'mnist-lenett'. Did you mean 'mnist-lenet'?"),
        (["datasets", "get", "minst"], "unknown data set 'minst'. Did you mean 'mnist'?"),
        (["datasets", "check", "nowhere"], "no data set 'nowhere'"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)  # fmt: skip
def test_wrong_input_is_one_line_and_status_2(args, said, capsys):
    assert cli_app.run(args) == 2
    assert said in one_line(capsys)


def test_wrong_input_with_json_leaves_stdout_empty(capsys):
    assert cli_app.run(["train", "mnist-lenett", "--json"]) == 2
    one_line(capsys)


def test_version(capsys):
    assert cli_app.run(["--version"]) == 0
    assert re.fullmatch(r"kanjian \d+\.\d+\.\d+\n", capsys.readouterr().out)


def test_json_holds_any_name(capsys, tmp_path):
    from kanjian.cli.output import say_json

    say_json({"看 见": tmp_path / "猫"})
    assert json.loads(capsys.readouterr().out) == {"看 见": str(tmp_path / "猫")}
