import json
import re
import shutil
from html.parser import HTMLParser

import cv2
import numpy as np
import pytest

from kanjian.cli.app import run
from kanjian.datasets.health import check
from kanjian.datasets.open_dataset import open_dataset
from kanjian.errors import DatasetError
from kanjian.experiments.health_page import health_page, write_health_page
from labeled_sets import pgm

EVIL_CLASS = "<b>猫 & \"Co'"


def scene(seed):
    coarse = np.random.default_rng(seed).integers(0, 256, (6, 8), np.uint8)
    return cv2.resize(coarse, (80, 72), interpolation=cv2.INTER_CUBIC)


@pytest.fixture
def spoiled(tmp_path):
    """A set with one of each thing that can be found, and names that are HTML."""
    folder = tmp_path / "看见 set"
    for number in range(12):
        part = "val" if number > 8 else "train"
        pgm(folder / part / ("dog" if number % 2 else EVIL_CLASS) / f"{number}.pgm", scene(number))
    dogs = folder / "train" / "dog"
    shutil.copy(dogs / "1.pgm", folder / "val" / "dog" / "leak.pgm")
    shutil.copy(dogs / "3.pgm", folder / "train" / EVIL_CLASS / "conflict.pgm")
    shutil.copy(dogs / "5.pgm", dogs / "copy & more.pgm")
    pgm(dogs / "blank.pgm", np.full((70, 70), 99, np.uint8))
    pgm(dogs / "dark.pgm", scene(50) // 10)
    pgm(dogs / "tiny.pgm", scene(51)[:5, :5])
    (dogs / "broken.jpg").write_bytes(b"")
    pgm(tmp_path / "x.pgm", scene(52)).rename(dogs / "really.png")
    (dogs / "broken.jpg").rename(dogs / "<img src=x>.jpg")
    return folder


def test_the_page_shows_each_finding_and_stands_alone(spoiled):
    splits = open_dataset(spoiled)
    page = health_page(check(splits), splits)
    for title in ("Mend first", "Cannot be read", "Same picture, two classes: 1",
                  "Same picture, two parts: 1", "Copies within a part: 1", "Of a single color: 1",
                  "Nearly black: 1", "Much smaller than the others: 1", "Named by a wrong suffix",
                  "Class by class"):  # fmt: skip
        assert title in page
    assert not re.search(r"https?:|@import|url\(|<script|<b>猫|<img src=x", page)
    HTMLParser().feed(page)
    shown = re.findall(r'alt="([^"]*)"', page)
    assert all("base64," in image for image in re.findall(r"<img [^>]*>", page))
    assert sum(name.endswith("leak.pgm") for name in shown) == 1
    assert len(page) < 400_000


def test_of_many_copies_those_that_leak_are_shown(tmp_path):
    for number in range(20):
        pgm(tmp_path / "train" / "cat" / f"same {number:02}.pgm", scene(1))
        pgm(tmp_path / "train" / "dog" / f"{number}.pgm", scene(number + 10))
    pgm(tmp_path / "val" / "cat" / "leak.pgm", scene(1))
    splits = open_dataset(tmp_path)
    page = health_page(check(splits), splits)
    leaks = page[page.index("two parts: 1") : page.index("Class by class")]
    assert leaks.count("<figure") == 6
    assert "leak.pgm" in leaks


def test_a_sound_set_gets_a_page_too(tmp_path):
    for number in range(20):
        pgm(tmp_path / f"{number % 2}" / f"{number}.pgm", scene(number))
    splits = open_dataset(tmp_path)
    report = check(splits)
    page = health_page(report, splits)
    assert report.ok
    assert "Sound" in page and "Mend" not in page
    assert page.count("<img") == 12  # six of each class


def test_many_classes_keep_the_page_small(tmp_path):
    for number in range(130):
        pgm(tmp_path / f"class {number:03}" / "1.pgm", scene(number)[:20, :20])
        pgm(tmp_path / f"class {number:03}" / "2.pgm", scene(number + 500)[:20, :20])
    splits = open_dataset(tmp_path)
    page = health_page(check(splits), splits)
    assert "The other 90 classes" in page
    assert page.count("class 129") >= 2


def test_the_command_writes_the_page_where_it_is_asked_to(spoiled, tmp_path, capsys):
    assert run(["datasets", "check", str(spoiled), "--out", str(tmp_path / "page")]) == 2
    assert "With pictures:" in capsys.readouterr().out
    assert [path.name for path in (tmp_path / "page").iterdir()] == ["check.html"]
    assert run(["datasets", "check", str(spoiled), "-o", str(tmp_path / "a.html"), "--json"]) == 2
    assert json.loads(capsys.readouterr().out)["page"] == str(tmp_path / "a.html")
    assert (tmp_path / "a.html").read_text(encoding="utf-8").startswith("<!DOCTYPE html>")


def test_a_file_that_is_no_page_is_not_overwritten(spoiled, tmp_path):
    note = tmp_path / "notes.txt"
    note.write_text("mine")
    splits = open_dataset(spoiled)
    with pytest.raises(DatasetError, match=r"folder or an .html file"):
        write_health_page(check(splits), splits, note)
    assert note.read_text() == "mine"
