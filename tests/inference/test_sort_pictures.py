"""Sorting: every picture has exactly one copy or a reason, and no file is moved or written over."""

import csv
import json

import numpy as np
import pytest

import kanjian
from kanjian.cli import app as cli_app
from kanjian.errors import RecognizerError
from kanjian.images.write import write_image
from kanjian.inference import Recognizer
from small_recognizer import pictures, save


@pytest.fixture(scope="module")
def recognizer(tmp_path_factory):
    return Recognizer.load(save(tmp_path_factory.mktemp("run")))


@pytest.fixture
def shots(tmp_path):
    """Eight pictures in two folders, the names of four twice, and two that cannot be read."""
    folder = tmp_path / "shots 看"
    for number, image in enumerate(pictures(8)):
        write_image(folder / "ab"[number % 2] / f"{number // 2}.png", image)
    (folder / "a/broken.png").write_bytes((folder / "a/0.png").read_bytes()[:60])
    (folder / "b/empty.jpg").touch()
    return folder


def contents(folder):
    return {path.relative_to(folder).as_posix(): path.read_bytes()
            for path in folder.rglob("*") if path.is_file()}  # fmt: skip


def rows_of(table):
    return list(csv.DictReader(table.read_text(encoding="utf-8").splitlines()))


def test_nothing_is_lost_and_nothing_is_moved(recognizer, shots, tmp_path):
    before = contents(shots)
    done = kanjian.sort_pictures(recognizer, shots, tmp_path / "out", confidence=0.7)
    assert contents(shots) == before
    copied = [each for each in done.pictures if each.target is not None]
    assert len(done.pictures) == 10
    assert len(copied) == 8
    assert len({each.target for each in copied}) == 8
    assert all(each.target.read_bytes() == each.picture.read_bytes() for each in copied)
    assert len(contents(tmp_path / "out")) == 8
    assert {each.picture.name for each in done.unreadable} == {"broken.png", "empty.jpg"}
    assert sum(done.counts.values()) == 8


def test_each_lies_where_its_prediction_says(recognizer, shots, tmp_path):
    answers = {
        answer.name: answer for answer in recognizer.predict_many(sorted(shots.rglob("[0-9].png")))
    }
    middle = float(np.median([answer.probability for answer in answers.values()]))
    done = kanjian.sort_pictures(recognizer, shots, tmp_path / "out", confidence=middle)
    assert 0 < done.counts["unsure"] < 8
    for row in rows_of(done.table):
        if row["class"]:
            answer = answers[row["path"]]
            wanted = answer.best_label if answer.probability >= middle else "unsure"
            assert row["copied to"].split("/")[-2] == wanted
            assert row["class"] == answer.best_label
            assert float(row["confidence"]) == pytest.approx(answer.probability, abs=1e-4)
        else:
            assert row["copied to"].startswith("not copied: cannot read ")


def test_a_second_run_after_an_interruption_gives_the_same(recognizer, shots, tmp_path):
    out = tmp_path / "out"
    whole = kanjian.sort_pictures(recognizer, shots, out)
    copies, table = contents(out), whole.table.read_bytes()
    for lost in sorted(copies)[::2]:
        (out / lost).unlink()
    whole.table.unlink()
    again = kanjian.sort_pictures(recognizer, shots, out)
    assert contents(out) == copies
    assert again.table.read_bytes() == table
    assert sum(each.there for each in again.pictures) == 4


def test_what_others_put_there_stays(recognizer, shots, tmp_path):
    out = tmp_path / "out"
    first = kanjian.sort_pictures(recognizer, shots, out, dry_run=True)
    assert not out.exists()
    theirs = next(each.target for each in first.pictures if each.target)
    theirs.parent.mkdir(parents=True)
    theirs.write_bytes(b"mine")
    done = kanjian.sort_pictures(recognizer, shots, out)
    assert theirs.read_bytes() == b"mine"
    assert len(contents(out)) == 9
    assert theirs not in {each.target for each in done.pictures}


def test_a_class_called_unsure_keeps_its_folder(shots, tmp_path):
    classes = ("Unsure", "a/b", "A:b")
    recognizer = Recognizer.load(save(tmp_path / "run", classes=classes))
    done = kanjian.sort_pictures(recognizer, shots, tmp_path / "out", confidence=1.0)
    assert done.counts == {"unsure-2": 8}
    done = kanjian.sort_pictures(recognizer, shots, tmp_path / "sure", confidence=0.0)
    assert set(done.counts) <= {"Unsure", "a_b", "A_b-2"}


def test_pictures_that_were_sorted_are_not_sorted_again(recognizer, shots):
    for _ in range(2):
        done = kanjian.sort_pictures(recognizer, shots, shots / "sorted")
        assert len(done.pictures) == 10


def test_what_cannot_be_is_refused_before_anything_is_copied(recognizer, shots, tmp_path):
    (tmp_path / "out.csv").write_text("mine\n")
    (tmp_path / "file").touch()
    for into, line in (("out", "is in the way"), ("file", "must be a folder"),
                       ("shots 看", "copies would mix"), (".", "copies would mix")):  # fmt: skip
        with pytest.raises(RecognizerError, match=line):
            kanjian.sort_pictures(recognizer, shots, tmp_path / into)
    with pytest.raises(RecognizerError, match="must be 0 to 1, got 90"):
        kanjian.sort_pictures(recognizer, shots, tmp_path / "new", confidence=90)
    assert (tmp_path / "out.csv").read_text() == "mine\n"
    assert not (tmp_path / "out").exists()


def test_the_command(recognizer, shots, tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    args = ["sort", str(recognizer.folder), str(shots), "--into", "out", "--confidence", "0.5"]
    assert cli_app.run([*args, "--dry-run", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["table"] is None
    assert not (tmp_path / "out").exists()
    assert cli_app.run(args) == 0
    out, err = capsys.readouterr()
    assert "8 pictures copied into out" in out
    assert "not copied: 2 pictures that cannot be read" in out
    assert err.count("cannot read") == 2
    assert told["counts"] == {
        path.name: len(list(path.iterdir())) for path in sorted((tmp_path / "out").iterdir())
    }
