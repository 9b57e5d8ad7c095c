"""Train, interrupt and go on as a user does: whole processes, folders with any name."""

import json
import re
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from kanjian.cli import app as cli_app
from kanjian.cli.train_summary import result_table
from kanjian.cli.training_options import changes
from kanjian.errors import RecipeError
from kanjian.images import write_image
from kanjian.reporting.run_report import RunReport

FAST = ["--set", "model.name=lenet", "--set", "input.size=[12, 12]", "--batch-size", "8"]


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("KANJIAN_HOME", str(tmp_path / "home 家"))
    monkeypatch.delenv("KANJIAN_DATA", raising=False)


@pytest.fixture(scope="module")
def pictures(tmp_path_factory):
    """Forty pictures of two classes that anyone can tell apart."""
    folder = tmp_path_factory.mktemp("照片 mine") / "猫 和 狗"
    rng = np.random.default_rng(0)
    for number in range(40):
        bright = number % 2
        pixels = rng.integers(100 * bright, 100 * bright + 80, (12, 12)).astype(np.uint8)
        write_image(folder / ("狗 dog" if bright else "猫 cat") / f"{number} 号.png", pixels)
    return folder


def kanjian(*args, **options):
    return subprocess.run(
        [sys.executable, "-m", "kanjian", *map(str, args)],
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
        **options,
    )


@pytest.mark.slow
def test_training_gives_one_json_document_and_progress_apart_from_it(pictures, tmp_path):
    done = kanjian("train", pictures, "--out", tmp_path / "跑 runs", "--epochs", 2, "--json", *FAST)
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    run = Path(report["run"])
    assert run == tmp_path / "跑 runs" / "猫-和-狗"
    made = {path.name for path in run.iterdir()}
    assert {"report.json", "report.html", "recipe.toml", "recognizer"} <= made
    assert report["epochs"] == 2
    assert report["classes"] == ["狗 dog", "猫 cat"]
    lines = done.stderr.splitlines()
    assert sum(line.startswith("epoch ") for line in lines) == 2
    assert max(map(len, lines)) <= 80
    assert "\x1b" not in done.stderr

    again = kanjian("resume", run)
    assert again.returncode == 2
    assert again.stderr == (
        f"kanjian: the run in {run} is finished; see {run / 'report.html'}. "
        "To train on, say up to which epoch: --epochs.\n"
    )

    asked = kanjian("predict", run, next((pictures / "猫 cat").iterdir()), "--json")
    assert asked.returncode == 0, asked.stderr
    json.loads(asked.stdout)


@pytest.mark.slow
def test_ctrl_c_saves_and_resume_goes_on(pictures, tmp_path):
    out = tmp_path / "my runs"
    process = subprocess.Popen(
        [sys.executable, "-m", "kanjian", "train", str(pictures), "--out", str(out), "--epochs",
         "400", "--set", "training.steps_per_execution=1", *FAST],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )  # fmt: skip
    try:
        for line in process.stderr:
            if line.startswith("epoch "):
                break
        process.send_signal(signal.SIGINT)
        out_text, err_text = process.communicate(timeout=120)
    finally:
        process.kill()
    assert process.returncode == 130, err_text
    assert out_text == ""
    run = out / "猫-和-狗"
    said = err_text.splitlines()[-1]
    told = rf"kanjian: interrupted; state saved, go on with: (\S+ -m )?kanjian resume '{run}'"
    assert re.fullmatch(told, said)
    assert "Traceback" not in err_text

    recipe = run / "recipe.toml"  # fewer epochs, so that the test ends
    reached = len(err_text.splitlines())
    text = recipe.read_text(encoding="utf-8")
    recipe.write_text(text.replace("epochs = 400", f"epochs = {reached + 5}"), encoding="utf-8")
    done = kanjian("resume", run)
    assert done.returncode == 0, done.stderr
    assert "accuracy" in done.stdout
    assert "Go on with:" in done.stdout
    first = next(line for line in done.stderr.splitlines() if line.startswith("epoch "))
    assert int(first.split()[1].partition("/")[0]) > 1


def test_a_damaged_picture_is_named_in_one_line(pictures, tmp_path, capsys):
    bad = tmp_path / "坏 bad"
    for name in ("a", "b"):
        write_image(bad / name / "1.png", np.zeros((12, 12), np.uint8))
        write_image(bad / name / "2.png", np.full((12, 12), 9, np.uint8))
    (bad / "a" / "1.png").write_bytes(b"\x89PNG\r\n")
    assert cli_app.run(["datasets", "check", str(bad), "--json"]) == 2
    out, err = capsys.readouterr()
    assert err == ""
    assert json.loads(out)["damaged"][0]["name"] == str(bad / "a" / "1.png")
    assert cli_app.run(["datasets", "check", str(bad)]) == 2
    assert f"{bad / 'a' / '1.png'}: " in capsys.readouterr().out


def test_a_sound_folder_checks_out(pictures, capsys):
    assert cli_app.run(["datasets", "check", str(pictures)]) == 0
    out = capsys.readouterr().out
    assert "Sound: ready to train." in out
    assert "狗 dog     20" in out


def test_lists_are_one_json_document_each(capsys):
    for args in (["recipes"], ["recipes", "mnist-lenet"], ["models"], ["datasets"]):
        assert cli_app.run([*args, "--json"]) == 0
        out, err = capsys.readouterr()
        assert json.loads(out)
        assert err == ""


def test_a_printed_recipe_can_be_read_again(capsys, tmp_path):
    from kanjian.recipes.shipped import shipped
    from kanjian.training.resolve_recipe import recipe_for

    assert cli_app.run(["recipes", "mnist-lenet"]) == 0
    mine = tmp_path / "我的.toml"
    mine.write_text(capsys.readouterr().out, encoding="utf-8")
    assert recipe_for(mine) == shipped("mnist-lenet")


def test_set_wins_over_the_named_options():
    assert changes(["training.epochs = 5"], epochs=3) == {"training.epochs": "5"}


@pytest.mark.parametrize("setting", ["epochs", "=3", ""])
def test_a_setting_without_key_or_value_is_refused(setting):
    with pytest.raises(RecipeError, match=r"--set must be section.key=value, got"):
        changes([setting])


def test_nothing_judged_is_said():
    assert result_table(RunReport(title="a")).startswith("No part of the pictures")


@pytest.mark.skipif(sys.platform in {"darwin", "win32"}, reason="file names are Unicode there")
def test_names_that_are_no_utf8_are_trained_judged_and_answered(tmp_path, monkeypatch, capfdbinary):
    monkeypatch.chdir(tmp_path)
    folder = "d\udce9"
    for number in range(16):
        pixels = np.full((12, 12), 100 + number + 100 * (number % 2), np.uint8)
        place = tmp_path / folder / ("caf\udce9" if number % 2 else "the")
        write_image(place / f"{number}f\udcfc.png", pixels)
    assert cli_app.run(["train", folder, "--epochs", "1", "-q", "--backbone", "none", *FAST]) == 0
    run = tmp_path / "runs" / "d�"
    for text in run.rglob("*"):
        if text.suffix in {".json", ".html", ".toml", ".csv", ".txt"}:
            text.read_bytes().decode()
    assert json.loads((run / "report.json").read_bytes())["classes"] == ["caf�", "the"]
    assert cli_app.run(["evaluate", str(run), folder, "--out", "evaluated"]) == 0
    capfdbinary.readouterr()
    assert cli_app.run(["predict", str(run), folder, "--csv"]) == 0
    assert "d�/caf�/11f�.png,".encode() in capfdbinary.readouterr().out
