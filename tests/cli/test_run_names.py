"""A run is named by its folder, or as `kanjian runs` lists it, to every command that takes one."""

import inspect
from pathlib import Path

import pytest
import typer

from kanjian.cli import app as cli_app
from kanjian.cli import options
from kanjian.cli.denoise import app as denoise
from kanjian.cli.faces import app as faces
from kanjian.cli.lazy_group import load
from kanjian.cli.serve import _found
from kanjian.cli.video import app as video

TABLES = (cli_app.COMMANDS, denoise.COMMANDS, faces.COMMANDS, video.COMMANDS)


def run_at(folder: Path, mark: str = "recipe.toml") -> Path:
    (folder / mark).parent.mkdir(parents=True, exist_ok=True)
    (folder / mark).touch()
    return folder


@pytest.mark.parametrize(
    "mark", ["recipe.toml", "denoise.toml", "recognizer/recognizer.toml", "recognizer.toml"]
)
def test_a_name_is_that_of_a_listed_run(tmp_path, monkeypatch, mark):
    monkeypatch.chdir(tmp_path)
    run_at(tmp_path / "runs" / "看见", mark)
    assert options.run_folder("看见") == Path("runs/看见")
    (tmp_path / "看见").mkdir()  # the pictures it learned from
    assert options.run_folder("看见") == Path("runs/看见")
    assert _found("x=看见") == f"x={Path('runs/看见')}"
    run_at(tmp_path / "看见", mark)
    assert options.run_folder("看见") == Path("看见")


@pytest.mark.parametrize("path", ["./pets", "runs/pets", "../pets", ".", "..", "nothing", "empty"])
def test_a_path_stays_that_path(tmp_path, monkeypatch, path):
    monkeypatch.chdir(tmp_path)
    run_at(tmp_path / "runs" / "pets")
    run_at(tmp_path / "runs" / "runs" / "pets")
    (tmp_path / "runs" / "empty").mkdir()
    assert options.run_folder(path) == Path(path)


def parameters_called_run():
    for table in TABLES:
        for name, entry in table.items():
            command = load(entry)
            if isinstance(command, typer.Typer):
                continue
            for parameter in inspect.signature(command).parameters.values():
                about = getattr(parameter.annotation, "__metadata__", (None,))[0]
                if getattr(about, "metavar", None) == "RUN":
                    yield f"{name} {parameter.name}", about.parser


def test_every_command_that_takes_a_run_takes_its_name():
    found = dict(parameters_called_run())
    assert len(found) >= 12
    strays = [where for where, parser in found.items()
              if parser not in (options.run_folder, _found)]  # fmt: skip
    assert not strays, f"{strays} take paths only: give them options.run_folder as parser"
