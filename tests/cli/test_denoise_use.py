"""`denoise apply` and `compare`, as a user types them."""

import json

import numpy as np
import pytest

from kanjian.cli import app as cli_app
from kanjian.denoise.folder import Denoiser
from kanjian.images import read_image, write_image
from stand_in_denoiser import stand_in


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    """A folder with two pictures and a damaged one; every run folder holds the stand-in."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(Denoiser, "load", lambda _, **_options: stand_in())
    rng = np.random.default_rng(0)
    for name in ("b 图.png", "a.png"):
        write_image(tmp_path / "照片" / name, rng.integers(0, 256, (20, 24), dtype=np.uint8))
    (tmp_path / "照片" / "hurt.png").write_bytes(b"\x89PNG\r\n\x1a\n and no more")
    return tmp_path


def run(capfd, *words):
    status = cli_app.run(["denoise", *map(str, words)])
    said = capfd.readouterr()
    return status, said.out, said.err


def test_a_folder_is_cleaned_and_what_is_damaged_is_named(home, capfd):
    status, out, err = run(capfd, "apply", "run", "照片", "-o", "out", "--json")
    assert status == 0
    files = json.loads(out)["files"]
    assert [record["file"].rsplit("/", 1)[1] for record in files] == [
        "a.png",
        "b 图.png",
        "hurt.png",
    ]
    assert "error" in files[2]
    assert "hurt.png" in err
    assert read_image(home / "out" / "b 图.png").shape == (20, 24)


def test_a_second_time_nothing_is_replaced(capfd):
    assert run(capfd, "apply", "run", "照片/a.png", "-o", "clean.png")[0] == 0
    status, _, err = run(capfd, "apply", "run", "照片/a.png", "-o", "clean.png")
    assert status == 2
    assert "--force" in err
    assert run(capfd, "apply", "run", "照片/a.png", "-o", "clean.png", "--force")[0] == 0


def test_a_network_that_is_not_told_passes_sigma_over(capfd):
    _, _, err = run(capfd, "apply", "run", "照片/a.png", "--sigma", 25)
    assert "--sigma is ignored" in err


def test_compare_gives_a_table_and_a_sheet(home, capfd):
    status, out, err = run(
        capfd, "compare", "照片", "--model", "run", "--method", "noisy", "--method", "median"
    )
    assert status == 0, err
    assert "mean of 2 pictures" in out
    assert "stand-in" in out
    assert "hurt.png" in err
    assert read_image(home / "compare.png").ndim == 3


def test_two_networks_of_one_name_go_by_their_paths(capfd):
    words = ("compare", "照片/a.png", "--method", "noisy", "--model", "one", "--model", "two")
    status, out, _ = run(capfd, *words, "--json")
    assert status == 0
    assert list(json.loads(out)["means"]) == ["noisy", "one", "two"]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("apply", "run", "nowhere.png"), "nowhere.png"),
        (("apply", "run", "照片/a.png", "-o", "照片/a.png"), "take its place"),
        (("compare", "照片/a.png", "--method", "medain"), "median"),
        (("compare", "照片/a.png", "--sigma", 0), "sigma must be above 0"),
        (("compare", "照片/a.png", "-o", "sheet.tex"), ".tex"),
    ],
)
def test_mistakes_are_one_line(words, message, capfd):
    status, _, err = run(capfd, *words)
    assert status == 2
    assert message in err
    assert "Traceback" not in err
