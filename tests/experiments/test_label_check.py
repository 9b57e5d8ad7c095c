"""Labels in doubt: the pictures that were put into the wrong class are named, first of all."""

import csv

import numpy as np
import pytest

from kanjian.cli.app import run
from kanjian.datasets.health import check
from kanjian.datasets.open_dataset import open_dataset
from kanjian.errors import DatasetError
from kanjian.experiments.health_page import health_page
from kanjian.experiments.label_check import check_labels
from kanjian.images.write import write_image
from toy_backbone import RECORD, build_toy

WRONG = {"dark/w0.png": "bright", "bright/w1.png": "dark"}


@pytest.fixture(autouse=True)
def toy(tmp_path, monkeypatch):
    monkeypatch.setenv("KANJIAN_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("KANJIAN_CACHE_GB", "1")
    monkeypatch.setattr("kanjian.features.extract.build_backbone", build_toy)
    for module in ("extract", "known"):
        monkeypatch.setattr(f"kanjian.features.{module}.find_backbone", lambda name: RECORD)
    monkeypatch.setattr("kanjian.features.extract.weights_path", lambda name, weights: None)
    monkeypatch.chdir(tmp_path)


def shot(path, label, seed, *, gray=False):
    low = {"dark": 10, "bright": 180, "middle": 100}[label]
    shape = (20, 24) if gray else (20, 24, 3)
    write_image(path, np.random.default_rng(seed).integers(low, low + 60, shape, np.uint8))


@pytest.fixture
def folder(tmp_path):
    """Twenty pictures of each of two classes, and one of each in the folder of the other."""
    photos = tmp_path / "photos"
    for number in range(20):
        for label in ("dark", "bright"):
            shot(photos / label / f"{number}.png", label, number + 100 * (label == "dark"))
    for number, (place, label) in enumerate(WRONG.items()):
        shot(photos / place, label, 300 + number)
    return photos


def test_what_lies_in_the_wrong_class_is_named_with_what_it_looks_like(folder):
    found = check_labels(folder, backbone="toy", weights="none")
    told = {one.name.removeprefix(f"{folder}/"): one for one in found.suspects}
    assert set(told) == set(WRONG)
    for place, label in WRONG.items():
        one = told[place]
        assert (one.label, one.suggestion, one.part) == (place.split("/")[0], label, "train")
        assert one.score < 0.5 < one.probability
        assert one.sure
        assert len(one.neighbors) == 3
        assert all(f"/{label}/" in name for name in one.neighbors)
        assert not set(one.neighbors) & {each.name for each in found.suspects}
    assert found.checked == 42
    assert found.agreement == pytest.approx(40 / 42)
    assert not [note for note in found.notes if "agrees" in note]


def test_small_gray_pictures_in_two_parts_and_damaged_ones_are_looked_at(folder):
    for number in range(6):
        for label in ("dark", "bright"):
            shot(folder.parent / "set/val" / label / f"{number}.png", label, number, gray=True)
    folder.rename(folder.parent / "set/train")
    (folder.parent / "set/train/dark/broken.png").touch()
    found = check_labels(folder.parent / "set", backbone="toy", weights="none")
    assert found.checked == 42 + 12
    assert len(found.suspects) == 2


def test_copies_of_a_wrong_label_do_not_vouch_for_each_other(folder):
    wrong = (folder / "dark/w0.png").read_bytes()
    for number in range(4):
        (folder / f"dark/again{number}.png").write_bytes(wrong)
    named = {one.name.rpartition("/")[2] for one in
             check_labels(folder, backbone="toy", weights="none").suspects}  # fmt: skip
    assert {"w0.png", *(f"again{number}.png" for number in range(4))} <= named


def test_what_cannot_be_compared_is_told(folder, tmp_path):
    shot(folder / "middle/only.png", "middle", 9)
    found = check_labels(folder, backbone="toy", weights="none")
    assert found.checked == 42
    assert found.notes[-1].startswith("1 label cannot be checked")
    assert len(found.suspects) == 2


def test_labels_without_sense_are_told_and_none_is_sure(tmp_path):
    for number in range(30):
        shot(tmp_path / "set" / "ab"[number % 2] / f"{number}.png", "dark", number)
    found = check_labels(tmp_path / "set", backbone="toy", weights="none")
    assert "agrees with only" in found.notes[-1]
    assert not any(one.sure for one in found.suspects)


def test_one_class_or_one_picture_of_each_is_refused_in_a_line(tmp_path):
    for label in ("dark", "bright"):
        shot(tmp_path / "two" / label / "1.png", label, 1)
    with pytest.raises(DatasetError, match="no class has two pictures"):
        check_labels(tmp_path / "two", backbone="toy", weights="none")
    table = tmp_path / "one.csv"
    table.write_text("path,label\ntwo/dark/1.png,a\ntwo/bright/1.png,a\n")
    with pytest.raises(DatasetError, match="two"):
        check_labels(table, backbone="toy", weights="none")


def test_the_page_shows_each_before_what_it_looks_like(folder):
    splits = open_dataset(folder)
    found = check_labels(splits, backbone="toy", weights="none")
    page = health_page(check(splits), splits, found)
    assert "Labels in doubt: 2" in page
    assert "<b>labeled dark, surely looks like bright" in page
    assert "Labels in doubt" not in health_page(check(splits), splits)


def test_the_command_names_them_and_writes_a_table(folder, monkeypatch, capsys):
    args = ["datasets", "check", "photos", "--labels", "--backbone", "toy"]
    assert run([*args, "--write", "out/suspects.csv", "--out", "page.html"]) == 0
    told = capsys.readouterr().out
    assert "2 of 42 labels in doubt" in told
    rows = list(csv.DictReader((folder.parent / "out/suspects.csv").read_text().splitlines()))
    assert {(row["path"], row["label"], row["suggestion"]) for row in rows} == {
        (f"photos/{place}", place.split("/")[0], label) for place, label in WRONG.items()
    }
    assert all(0 <= float(row["score"]) < 0.5 for row in rows)
    assert (folder.parent / "page.html").exists()
    assert run(["datasets", "check", "photos", "--write", "a.csv"]) == 2
    assert capsys.readouterr().err.startswith("kanjian: --write is about labels in doubt.")
