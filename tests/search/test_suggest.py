"""Suggestions: what is in doubt comes first, and no two that look alike."""

import csv
import json

import numpy as np
import pytest

import kanjian
from kanjian.cli import app as cli_app
from kanjian.errors import KanjianError
from kanjian.images.write import write_image
from kanjian.search.suggest import doubt, worth_a_label
from small_recognizer import save
from toy_backbone import RECORD, build_toy

NETWORK = ("--backbone", "toy", "--weights", "none")


@pytest.fixture(autouse=True)
def toy(tmp_path, monkeypatch):
    monkeypatch.setenv("KANJIAN_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("KANJIAN_CACHE_GB", "1")
    monkeypatch.setattr("kanjian.features.extract.build_backbone", build_toy)
    for module in ("extract", "known"):
        monkeypatch.setattr(f"kanjian.features.{module}.find_backbone", lambda name: RECORD)
    monkeypatch.chdir(tmp_path)


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    return save(tmp_path_factory.mktemp("run"))


@pytest.fixture
def pool(tmp_path):
    """Twelve scenes; of each a second shot that differs in a few levels, and a copy."""
    for number in range(12):
        rng = np.random.default_rng(number)
        scene = rng.integers(0, 90, (24, 24, 3), np.uint8) + rng.integers(0, 150, 3, np.uint8)
        for shot in range(3):
            write_image(tmp_path / f"pool/{number:02d}-{shot}.png", scene + np.uint8(shot // 2))
    return tmp_path / "pool"


def scattered(n=60, classes=4, *, seed=0):
    rng = np.random.default_rng(seed)
    odds = rng.gamma(0.5, size=(n, classes)) + 1e-3
    return odds / odds.sum(axis=1, keepdims=True), rng.normal(size=(n, 8))


def test_of_two_that_stand_alike_the_one_more_in_doubt_comes_first():
    rows = np.eye(12)  # none looks like another
    chances, _ = scattered(12)
    assert worth_a_label(chances, rows, 1) == [int(doubt(chances).argmax())]


def test_of_two_equally_in_doubt_the_one_that_others_look_like_comes_first():
    rng = np.random.default_rng(0)
    crowd = np.r_[1, np.zeros(7)] + 0.3 * rng.normal(size=(30, 8))
    rows = np.concatenate([crowd, -np.eye(8)[:1]])
    assert worth_a_label(np.full((31, 2), 0.5), rows, 1) != [30]


def test_planted_near_duplicates_are_not_chosen_twice():
    chances, rows = scattered(40)
    near = rows + 0.005 * np.random.default_rng(1).normal(size=rows.shape)
    chosen = worth_a_label(np.tile(chances, (2, 1)), np.concatenate([rows, near]), 20)
    assert len(chosen) == 20
    assert len({at % 40 for at in chosen}) == 20


def test_the_order_of_the_pictures_does_not_matter():
    chances, rows = scattered()
    order = np.random.default_rng(3).permutation(len(rows))
    chosen = worth_a_label(chances[order], rows[order], 15)
    assert order[chosen].tolist() == worth_a_label(chances, rows, 15)


def test_more_chosen_begin_with_the_same():
    chances, rows = scattered()
    assert worth_a_label(chances, rows, 20)[:7] == worth_a_label(chances, rows, 7)


def test_no_scene_is_suggested_twice(run, pool):
    found = kanjian.suggest(run, pool, count=36, backbone="toy", weights="none")
    assert found.searched == 36
    scenes = [one.path.name[:2] for one in found.chosen]
    assert 6 <= len(set(scenes)) == len(scenes)
    assert all(0 <= one.doubt <= 1 for one in found.chosen)
    assert all(one.guess != one.second for one in found.chosen)


def test_the_command_prints_a_table_and_writes_page_and_csv(run, pool, tmp_path, capsys):
    (pool / "broken.png").touch()
    args = ["suggest", str(run), "pool", "-n", "4", *NETWORK]
    assert cli_app.run([*args, "--out", "next.html", "--write", "next.csv"]) == 0
    out, err = capsys.readouterr()
    assert "4 of 36 pictures chosen" in out
    assert err.startswith("kanjian: left out: cannot read pool/broken.png")
    page = (tmp_path / "next.html").read_text(encoding="utf-8")
    assert page.count("base64,") == 4
    rows = list(csv.DictReader((tmp_path / "next.csv").read_text().splitlines()))
    assert [row["path"] for row in rows] == [
        line.split()[-1] for line in out.splitlines() if line.endswith(".png")
    ]
    assert {row["label"] for row in rows} == {""}
    assert cli_app.run([*args, "--json"]) == 0
    assert len(json.loads(capsys.readouterr().out)["chosen"]) == 4


def test_mistakes_are_told_in_a_line(run, pool, tmp_path, capsys):
    with pytest.raises(KanjianError, match="count must be at least 1, got 0"):
        kanjian.suggest(run, pool, count=0)
    for args, line in (
        (["pool", "--out", "page.png"], "the page must be an .html file, got page.png"),
        (["nowhere"], "nowhere"),
    ):
        assert cli_app.run(["suggest", str(run), *args, *NETWORK]) == 2
        err = capsys.readouterr().err
        assert line in err
        assert err.count("\n") == 1
