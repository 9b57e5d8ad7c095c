"""The reporter of bugs tells no secret and never fails."""

import os
import stat
import sys

import pytest

from kanjian.cli import bug_report, errors

SECRET = "super-secret-token-42"


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("KANJIAN_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("KANJIAN_DEBUG", raising=False)
    return tmp_path / "home"


def reported(error, capsys, home):
    def work():
        raise error

    assert errors.status_of(work) == 1
    (file,) = (home / "bugs").iterdir()
    return capsys.readouterr().err, file.read_text(encoding="utf-8"), file


@pytest.mark.parametrize(
    "args",
    [
        ["serve", "run", "--token", SECRET],
        ["serve", "run", f"--token={SECRET}"],
        ["x", "--api-key", SECRET],
        ["x", f"--db-password={SECRET}"],
        ["faces", "watch", f"rtsp://me:{SECRET}@door:554/live"],
        ["x", f"https://host/p?token={SECRET}&x=1"],
    ],
)
def test_a_secret_of_the_command_line_is_masked_everywhere(args, capsys, home, monkeypatch):
    monkeypatch.setattr(sys, "argv", ["kanjian", *args])
    err, told, _ = reported(ValueError(f"not good: {' '.join(args)!r} {args}"), capsys, home)
    assert SECRET not in err
    assert SECRET not in told
    assert "***" in told
    assert args[0] in told


def test_a_secret_of_the_environment_is_masked(capsys, home, monkeypatch):
    monkeypatch.setenv("KANJIAN_TOKEN", SECRET)
    err, told, _ = reported(ValueError(f"header 'Bearer abcdef' is not {SECRET}"), capsys, home)
    assert SECRET not in err + told
    assert "abcdef" not in err + told


@pytest.mark.parametrize("text", ["--epochs 3", "the author=me?", "a:b@c", "http://host/path"])
def test_what_is_no_secret_stays(text):
    assert bug_report.masked(text) == text


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such modes")
def test_the_report_is_its_owners_alone_and_obeyed_by_no_terminal(capsys, home):
    err, told, file = reported(ValueError("\x1b[2J\ud800"), capsys, home)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert "\x1b" not in err + told
    assert err.count("\n") == 1


class Broken(Exception):
    def __str__(self):
        raise RuntimeError("no")


def endless(n=0):
    return endless(n + 1)


def test_a_broken_error_is_reported_all_the_same(capsys, home):
    err, told, _ = reported(Broken(), capsys, home)
    assert "this is a bug in kanjian (Broken: it says nothing)" in err
    assert "Broken" in told


def test_endless_recursion_is_reported(capsys, home):
    assert errors.status_of(endless) == 1
    assert "this is a bug in kanjian (RecursionError" in capsys.readouterr().err


def test_a_lack_of_memory_is_no_bug(capsys, home):
    def work():
        raise MemoryError

    assert errors.status_of(work) == 2
    assert capsys.readouterr().err.startswith("kanjian: not enough memory.")
    assert not home.exists()


@pytest.mark.parametrize("broken", ["home_folder", "masked", "secrets_of"])
def test_the_reporter_never_fails(broken, capsys, monkeypatch, tmp_path):
    def fails(*_, **__):
        raise RuntimeError("nobody knows our home")

    monkeypatch.setattr(bug_report, broken, fails)
    monkeypatch.setattr(bug_report.tempfile, "tempdir", str(tmp_path))
    assert errors.status_of(lambda: 1 / 0) == 1
    err = capsys.readouterr().err
    assert err.startswith("kanjian: this is a bug in kanjian (ZeroDivisionError")
    assert err.count("\n") == 1


@pytest.mark.parametrize("stream", [None, "closed"])
def test_an_error_with_nobody_to_hear_it_is_a_status_all_the_same(stream, monkeypatch, tmp_path):
    file = (tmp_path / "stderr").open("w")
    file.close()
    monkeypatch.setattr(sys, "stderr", None if stream is None else file)
    assert errors.status_of(lambda: 1 / 0) == 1
