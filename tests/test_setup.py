"""The first commands of the README: what they install, and that the README is not refused."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]


def steps(target):
    """What `make` would do for a target on a machine where nothing was made yet."""
    if shutil.which("make") is None:
        pytest.skip("make is not here")
    # of a make that runs these tests nothing is heard
    outside = {key: value for key, value in os.environ.items() if not key.startswith("MAKE")}
    done = subprocess.run(
        ["make", "--always-make", "--dry-run", target], cwd=ROOT, capture_output=True, text=True,
        check=True, env=outside,
    )  # fmt: skip
    return [line for line in done.stdout.splitlines() if not line.startswith("echo")]


def test_the_demo_installs_what_training_needs_and_no_more():
    installed = [line for line in steps("demo") if "--editable" in line]
    assert [re.search(r"--editable '(.*)'", line)[1] for line in installed] == [".[train]"]
    # minutes of silence look like a machine that hangs
    assert not re.search(r"-q|--quiet", installed[0])
    assert steps("demo")[-1] == ".venv/bin/kanjian demo"


def test_the_tests_set_up_on_top_of_it():
    installed = [line for line in steps("test") if "--editable" in line]
    assert len(installed) == 2
    assert "dev" in installed[1]


@pytest.mark.parametrize("page", ["README.md", "README.zh-CN.md"])
def test_the_readme_installs_into_a_virtual_environment(page):
    text = (ROOT / page).read_text(encoding="utf-8")
    first = text.index("pip install")
    assert text.index("python3 -m venv .venv") < text.index("activate") < first
    assert "kanjian[" not in text.partition("```python")[0]
