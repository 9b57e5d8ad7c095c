"""Every state of stdout and stderr, with processes: an exit status, at most one line, no bug."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from small_recognizer import CLASSES, home, rgb_network, saved  # noqa: F401 - fixtures

pytestmark = pytest.mark.skipif(os.name == "nt", reason="the states are spelled for a POSIX shell")
FULL = pytest.param(">/dev/full", "No space left on device", marks=pytest.mark.skipif(
    not Path("/dev/full").exists(), reason="this system has no full device"))  # fmt: skip
COMMANDS = ["--version", "predict --help", "recipes --json"]


def asked(command, streams, folder, **environment):
    """What a shell gets of `kanjian COMMAND STREAMS`."""
    return subprocess.run(
        ["sh", "-c", f'"$PYTHON" -m kanjian {command} {streams}'],
        cwd=folder,
        env={**os.environ, "PYTHON": sys.executable, **environment},
        capture_output=True,
        check=False,
    )


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize(("streams", "reason"), [(">&-", "stdout is closed"), FULL])
def test_a_stdout_that_takes_nothing_is_one_line(command, streams, reason, tmp_path):
    done = asked(command, streams, tmp_path, KANJIAN_HOME=str(tmp_path / "home"))
    assert done.returncode == 2
    assert done.stdout == b""
    assert done.stderr.decode() == f"kanjian: cannot write the output: {reason}.\n"
    assert not (tmp_path / "home").exists()


@pytest.mark.parametrize("streams", ["2>&-", "2>/dev/full", "2>/dev/null"])
def test_a_result_needs_no_stderr(streams, tmp_path):
    done = asked("recipes --json", streams, tmp_path)
    assert (done.returncode, done.stderr) == (0, b"")
    assert json.loads(done.stdout)
    refused = asked("predict nowhere x", streams, tmp_path)
    assert (refused.returncode, refused.stdout, refused.stderr) == (2, b"", b"")


def test_nothing_is_left_open_and_nothing_is_said(tmp_path):
    done = asked("recipes", "<&- >&- 2>&-", tmp_path)
    assert (done.returncode, done.stdout, done.stderr) == (2, b"", b"")


def test_a_file_never_gets_the_number_of_a_closed_stream(tmp_path):
    script = (
        "from kanjian.cli.streams import prepare; prepare()\n"
        "import os; print(os.open('x', os.O_CREAT | os.O_WRONLY), file=open('told', 'w'))"
    )
    subprocess.run(
        ["sh", "-c", f'"$PYTHON" -c "{script}" <&- >&- 2>&-'],
        cwd=tmp_path, env={**os.environ, "PYTHON": sys.executable}, check=True,
    )  # fmt: skip
    assert int((tmp_path / "told").read_text()) > 2


def test_an_answer_can_be_said_in_any_code_and_json_is_utf8(saved, tmp_path):  # noqa: F811
    from kanjian.images.write import write_image
    from small_recognizer import pictures

    write_image(tmp_path / "猫 1.png", pictures(1)[0])
    run = f"predict '{saved}' '猫 1.png'"
    latin = asked(run, "", tmp_path, PYTHONIOENCODING="latin-1")
    assert (latin.returncode, latin.stderr) == (0, b"")
    assert latin.stdout.startswith(b"\\u732b 1.png: ")
    old = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    (answer,) = json.loads(asked(f"{run} --json", "", tmp_path, **old).stdout.decode())["answers"]
    assert answer["picture"] == "猫 1.png"
    assert answer["label"] in CLASSES
    table = asked(f"{run} --csv", "", tmp_path, **old).stdout.decode()
    assert table.splitlines()[1].startswith("猫 1.png,")


def test_a_log_line_of_a_library_is_one_harmless_line(tmp_path):
    script = (
        "from kanjian.cli.streams import prepare; prepare()\n"
        "import logging; logging.getLogger('lib').warning('a\\x1b[2J\\nb')"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, check=True)
    assert done.stderr == b"kanjian: a\\x1b[2J\\nb\n"
