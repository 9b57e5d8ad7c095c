"""docs/sources.md says what recipes and results say, and every command in it exists."""

import importlib
import re
import shlex
from pathlib import Path

import numpy as np
import pytest
import typer

from kanjian.cli import app
from kanjian.cli.lazy_group import LazyGroup
from kanjian.images.write import write_image
from kanjian.recipes.shipped import shipped_names

TOOLS = Path(__file__).resolve().parents[1] / "tools"


@pytest.fixture
def sources(monkeypatch):
    monkeypatch.syspath_prepend(TOOLS)
    return importlib.import_module("sources")


def test_the_page_of_the_sources_is_fresh(sources, tmp_path, monkeypatch, capsys):
    assert sources.main(["--check"]) == 0, "run: make docs"
    monkeypatch.setattr(sources, "PAGE", tmp_path / "sources.md")
    assert sources.main(["--check"]) == 1
    assert "docs/sources.md is not what recipes and results say" in capsys.readouterr().err
    assert sources.main([]) == sources.main(["--check"]) == 0


def commands_of_the_page():
    page = TOOLS.parent / "docs" / "sources.md"
    cells = re.findall(r"\| `(kanjian [^`]+)` \|", page.read_text(encoding="utf-8"))
    return [cell.replace(r"\|", "|") for cell in cells]


def parsed(words):
    """What the command these words begin with makes of the rest; it refuses what it has not."""
    named = 1
    while isinstance(found := app.command(words[:named]), LazyGroup):
        named += 1
    assert found is not None, f"there is no command {words[:named]}"
    context = typer.Context(found, info_name=words[0], **found.context_settings)
    return found.make_parser(context).parse_args(words[named:])[0]


def test_the_page_of_the_sources_holds_commands():
    assert len(commands_of_the_page()) > 30


@pytest.mark.parametrize("command", commands_of_the_page())
def test_a_command_of_the_page_exists(command, tmp_path, monkeypatch):
    words = shlex.split(command)[1:]
    given = parsed(words)
    if words[0] == "train":
        assert given["what"] in shipped_names()
    if words[0] == "image":  # reads options by itself: runs
        monkeypatch.chdir(tmp_path)
        pixels = np.arange(40 * 40 * 3, dtype=np.uint8).reshape(40, 40, 3)
        write_image(tmp_path / "photo.png", pixels)
        (tmp_path / "points.csv").write_text("x,y\n3,4\n20,30\n")
        words = ["photo.png" if word == "PICTURE" else word for word in words]
        assert app.run([*words, "--out", "out.png"]) == 0


@pytest.mark.parametrize(
    "wrong", ["kanjian trian x", "kanjian see flters x", "kanjian train x --epoch-count 3"]
)
def test_a_command_that_does_not_exist_is_refused(wrong):
    with pytest.raises(Exception, match=r"there is no command|No such option"):
        parsed(shlex.split(wrong)[1:])
