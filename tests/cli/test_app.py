"""The table of commands agrees with the commands, and help loads nothing heavy."""

import inspect
import os
import subprocess
import sys

import pytest
import typer

from kanjian.cli import app as cli_app
from kanjian.cli import cache, datasets, weights
from kanjian.cli.denoise import app as denoise
from kanjian.cli.lazy_group import load
from kanjian.cli.see import app as see

TABLES = {
    "": cli_app.COMMANDS,
    "datasets": datasets.COMMANDS,
    "weights": weights.COMMANDS,
    "cache": cache.COMMANDS,
    "see": see.COMMANDS,
    "denoise": denoise.COMMANDS,
}
EVERY = [(group, name, entry) for group, table in TABLES.items() for name, entry in table.items()]
HEAVY = ("numpy", "pydantic", "cv2", "rich", "keras", "tensorflow", "openvino")


def function_of(entry):
    found = load(entry)
    return found.registered_callback.callback if isinstance(found, typer.Typer) else found


@pytest.mark.parametrize(("group", "name", "entry"), EVERY, ids=lambda value: str(value)[:12])
def test_the_table_says_what_the_docstring_says(group, name, entry):
    assert entry.help == inspect.getdoc(function_of(entry)).splitlines()[0]
    assert entry.help.endswith(".")
    assert len(entry.help) <= 80 - len("  find-rate  ")


@pytest.mark.parametrize(("group", "name", "entry"), EVERY, ids=lambda value: str(value)[:12])
def test_every_command_has_help_with_a_text_for_each_option(group, name, entry, capsys):
    assert cli_app.run([*group.split(), name, "--help"]) == 0
    out = capsys.readouterr().out
    assert out.startswith(f"Usage: kanjian {f'{group} ' if group else ''}{name}")
    assert entry.help in " ".join(out.split())
    command = cli_app.command([*group.split(), name])
    for parameter in command.params:
        assert parameter.help, f"{name} {parameter.name} has no help"


def test_help_lists_every_command_within_80_columns(capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    assert cli_app.run(["--help"]) == 0
    lines = capsys.readouterr().out.splitlines()
    for name, entry in cli_app.COMMANDS.items():
        assert any(line.split()[:1] == [name] and entry.help in line for line in lines)
    assert max(map(len, lines)) <= 80


def test_no_command_at_all_is_help(capsys):
    assert cli_app.run([]) == 0
    bare = capsys.readouterr().out
    assert cli_app.run(["--help"]) == 0
    assert capsys.readouterr().out == bare


@pytest.mark.parametrize(
    "line", ["import kanjian", "from kanjian.cli.app import run; run(['--help'])"]
)
def test_help_and_import_load_nothing_heavy(line):
    code = f"import sys; {line}; print([m for m in {HEAVY} if m in sys.modules], file=sys.stderr)"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stderr == "[]\n"


@pytest.mark.parametrize(
    ("words", "offered"),
    [
        ("kanjian tr", ["train"]),
        ("kanjian re", ["resume", "recipes"]),
        ("kanjian datasets c", ["check"]),
        ("kanjian train --ep", ["--epochs"]),
        ("kanjian train mnist --backend t", ["tensorflow", "torch"]),
        ("kanjian --ver", ["--version"]),
    ],
)
def test_tab_completes_commands_and_options(words, offered):
    asked = {"_KANJIAN_COMPLETE": "complete_bash", "COMP_WORDS": words}
    asked["COMP_CWORD"] = str(len(words.split()) - 1)
    done = subprocess.run(
        [sys.executable, "-m", "kanjian"],
        env=os.environ | asked,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert done.stdout.split() == offered


def test_tab_imports_no_command():
    code = (
        "import sys; from kanjian.cli.app import run\n"
        "try: run([])\nfinally: print([m for m in sys.modules if m.startswith('kanjian.cli.')])"
    )
    asked = {"_KANJIAN_COMPLETE": "complete_bash", "COMP_WORDS": "kanjian t", "COMP_CWORD": "1"}
    done = subprocess.run(
        [sys.executable, "-c", code],
        env=os.environ | asked,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert "kanjian.cli.train" not in done.stdout


def test_the_reader_may_leave_early():
    piped = f"{sys.executable} -m kanjian models --json | head -c 1"
    done = subprocess.run(
        ["bash", "-c", f"set -o pipefail; {piped}"], capture_output=True, text=True, timeout=60,
        check=False,
    )  # fmt: skip
    assert done.stderr == ""
    assert done.stdout == "["
    assert done.returncode in (0, 141)  # 0 where all had been written before head left
