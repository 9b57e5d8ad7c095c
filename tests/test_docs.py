"""The pages made from the code say what the code says."""

import importlib.util
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).resolve().parents[1] / "tools" / "docs.py"


@pytest.fixture(scope="module")
def docs():
    spec = importlib.util.spec_from_file_location("kanjian_docs", SCRIPT)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("name", ["cli.md", "recipes.md"])
def test_page_is_fresh(docs, name, monkeypatch):
    monkeypatch.delenv("KANJIAN_DEBUG", raising=False)
    page = (docs.FOLDER / name).read_text(encoding="utf-8")
    assert page == docs.PAGES[name](), "run: make docs"


def test_a_stale_page_fails_the_check(docs, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(docs, "FOLDER", tmp_path)
    assert docs.main(["--check"]) == 1
    assert "cli.md, recipes.md" in capsys.readouterr().err
    assert docs.main([]) == 0
    assert docs.main(["--check"]) == 0


def test_the_readmes_show_what_the_results_say():
    done = subprocess.run(
        [sys.executable, SCRIPT.with_name("results.py"), "--check"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
