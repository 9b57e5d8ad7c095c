"""Commands that kanjian tells to type can be pasted as they are."""

import sys
from pathlib import Path

import pytest

from kanjian.cli import errors, output, program


@pytest.fixture
def called(monkeypatch, tmp_path):
    """Say how this program was called, and what the shell finds by its name."""

    def say(path, found=None):
        monkeypatch.setattr(sys, "argv", [str(path)])
        monkeypatch.setattr(program.shutil, "which", lambda name: found)

    monkeypatch.chdir(tmp_path)
    return say


def test_the_name_alone_where_the_shell_finds_it(called, tmp_path):
    called(tmp_path / "bin" / "kanjian", found=str(tmp_path / "bin" / "kanjian"))
    assert program.program() == "kanjian"
    called("bin/kanjian", found=str(tmp_path / "bin" / "kanjian"))
    assert program.program() == "kanjian"


def test_the_path_where_the_shell_finds_another_or_none(called, tmp_path):
    called(".venv/bin/kanjian")
    assert program.program() == ".venv/bin/kanjian"
    called(tmp_path / ".venv" / "bin" / "kanjian", found="/usr/bin/kanjian")
    assert program.program() == ".venv/bin/kanjian"
    called("/opt/my env/bin/kanjian")
    assert program.program() == "'/opt/my env/bin/kanjian'"
    called("../bin/kanjian")
    assert program.program() == "../bin/kanjian"


def test_a_module_that_was_run_is_named_with_its_python(called, monkeypatch):
    monkeypatch.setattr(sys, "executable", str(Path.cwd() / ".venv" / "bin" / "python"))
    called("/somewhere/kanjian/__main__.py")
    assert program.program() == ".venv/bin/python -m kanjian"
    called("/usr/bin/pytest")
    assert program.program() == "kanjian"


def test_every_command_of_ours_is_told_so(called, capsys):
    called(".venv/bin/kanjian")
    output.say("Go on: kanjian predict runs/a PICTURE\n'kanjian see layers' lists them")
    errors.complain(
        "no gallery. Run: kanjian faces enroll NAME; kanjian knows no other, /a/kanjian run"
    )
    told = capsys.readouterr()
    assert told.out == (
        "Go on: .venv/bin/kanjian predict runs/a PICTURE\n"
        "'.venv/bin/kanjian see layers' lists them\n"
    )
    assert told.err == (
        "kanjian: no gallery. Run: .venv/bin/kanjian faces enroll NAME; "
        "kanjian knows no other, /a/kanjian run\n"
    )


def test_documents_stay_as_they_are(called, capsys):
    called(".venv/bin/kanjian")
    output.say_json({"why": "kanjian train FOLDER"})
    output.say("# kanjian train a", as_it_is=True)
    assert ".venv" not in capsys.readouterr().out
