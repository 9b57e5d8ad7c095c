"""`kanjian video`, as typed."""

import json
from importlib import import_module

import pytest

from kanjian.cli.app import run
from kanjian.inference.recognizer import Recognizer
from kanjian.media.frames import video_info
from kanjian.video.cuts import read_cuts
from level_clips import recognizer_of, write_levels
from people_clip import gallery_of, write_people
from stand_in_faces import ColorNetwork, SquareFinder
from video_files import write_clip

pytest.importorskip("av")


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write_levels(tmp_path / "clip.mp4", [("dark", 2), ("bright", 2)])
    monkeypatch.setattr(Recognizer, "load", lambda folder, **options: recognizer_of())
    return tmp_path


def said(capsys, *words):
    status = run(["video", *words])
    return status, capsys.readouterr()


def test_frames(here, capsys):
    status, heard = said(capsys, "frames", "clip.mp4", "--every", "1s", "--json")
    assert status == 0
    assert len(json.loads(heard.out)["files"]) == 4
    status, heard = said(capsys, "frames", "clip.mp4", "--every", "1s")
    assert status == 2
    assert "is there already. Use --force" in heard.err
    status, heard = said(capsys, "frames", "clip.mp4", "--scenes", "-o", "s", "--from", "0:01")
    assert status == 0
    assert "frames  2" in heard.out


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--every", "often"], "every must be like 1s"),
        (["--from", "soon"], "a time must be like"),
        (["--from", "3", "--to", "2"], "end must lie after start"),
        (["--format", "gif"], "unknown suffix '.gif'"),
        (["--from", "99"], "not one frame between the times"),
    ],
)
def test_wrong_frames_are_one_line(here, capsys, words, sentence):
    status, heard = said(capsys, "frames", "clip.mp4", *words)
    assert status == 2
    assert sentence in heard.err
    assert heard.err.count("\n") == 1


def test_tag(here, capsys):
    (here / "bad.mp4").write_bytes(b"")
    status, heard = said(capsys, "tag", "clip.mp4", "bad.mp4", "--model", "RUN", "-q")
    assert status == 0
    assert "dark 50.0\xa0%" in heard.out
    assert "cannot read bad.mp4" in heard.err
    assert (here / "video-tags" / "tags.csv").is_file()
    status, heard = said(capsys, "tag", "clip.mp4", "--model", "RUN", "-o", "video-tags", "--json")
    (record,) = json.loads(heard.out)["clips"]
    assert record["earlier"]
    assert [each["label"] for each in record["segments"]] == ["dark", "bright"]
    status, heard = said(capsys, "tag", "bad.mp4", "--model", "RUN")
    assert status == 2


@pytest.fixture
def party(here, monkeypatch):
    """A clip of 小明, Bo and a stranger, and a gallery of the two."""
    identify, detect = (import_module(f"kanjian.faces.{name}") for name in ("identify", "detect"))
    monkeypatch.setattr(identify, "embedder", lambda name: ColorNetwork())
    monkeypatch.setattr(detect, "detector", lambda name, **limits: SquareFinder())
    write_people(here / "party.mp4")
    gallery_of(here / "g.sqlite")
    return ["party.mp4", "--gallery", "g.sqlite", "--threshold", "0.9", "-q"]


def test_tag_people_alone_and_beside_classes(here, party, capsys):
    status, heard = said(capsys, "tag", *party, "--people")
    assert status == 0
    assert "小明 5.0 s (50.0\xa0% of the time), Bo 3.0 s" in heard.out
    assert "unknown 1.5 s" in heard.out
    assert "tags" not in heard.out.splitlines()[0]
    words = ["tag", *party, "--people", "--json"]
    record = json.loads(said(capsys, *words)[1].out)
    assert record["recognizer"] is None
    assert record["clips"][0]["earlier"]
    record = json.loads(said(capsys, *words, "--model", "RUN")[1].out)
    (clip,) = record["clips"]
    assert (record["recognizer"], clip["earlier"]) == ("levels", False)
    assert [each["name"] for each in clip["people"]] == ["小明", "Bo", "unknown"]
    assert clip["tags"]
    assert not any(
        path.stat().st_mode & 0o077 for path in (here / "party-tags").iterdir()
    )  # fmt: skip


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ([], "nothing to look for: give --model RUN for classes, --people for who is on screen"),
        (["--model", "RUN", "--gallery", "g"], "--gallery goes with --people"),
        (["--model", "RUN", "--threshold", "0.5"], "--threshold goes with --people"),
        (["--model", "RUN", "--smallest", "40"], "--smallest goes with --people"),
        (["--model", "RUN", "--detector", "haar"], "--detector goes with --people"),
        (["--people", "--gallery", "none.sqlite"], "there is no gallery at none.sqlite"),
        (["--people", "--every", "often"], "every must be like 1s"),
    ],
)
def test_wrong_tags_are_one_line(here, capsys, words, sentence):
    status, heard = said(capsys, "tag", "clip.mp4", *words, "-q")
    assert status == 2
    assert sentence in heard.err
    assert heard.err.count("\n") == 1
    assert not (here / "clip-tags").exists()


def test_highlights_are_shown_before_anything_is_written(here, party, capsys):
    words = ["highlights", *party, "--person", "Bo", "--pad", "0", "-o", "out/Bo.mp4"]
    status, heard = said(capsys, *words, "--preview", "--json")
    assert status == 0
    record = json.loads(heard.out)
    assert [each["note"] for each in record["cuts"]] == ["Bo", "Bo"]
    assert [path.name for path in (here / "out").iterdir()] == ["Bo.sheet.jpg"]
    status, heard = said(capsys, *words, "--preview")
    assert (status, "is there already. Use --force" in heard.err) == (2, True)
    status, heard = said(capsys, *words, "--preview", "--force")
    assert status == 0
    assert "2 cuts" in heard.out
    assert said(capsys, *words, "--list-only")[0] == 0
    cuts = [(each.from_s, each.to_s) for each in read_cuts(here / "out" / "Bo.cuts.csv")]
    assert cuts == [(each["from"], each["to"]) for each in record["cuts"]]
    assert not (here / "out" / "Bo.mp4").exists()


def test_label(here, capsys):
    status, heard = said(capsys, "label", "clip.mp4", "--model", "RUN", "--json")
    assert status == 0
    assert json.loads(heard.out)["pictures"] == 40
    assert video_info(here / "clip-labeled.mp4").codec == "h264"
    assert said(capsys, "label", "clip.mp4", "--model", "RUN")[0] == 2


def test_cut(here, capsys):
    write_clip(here / "tone.mp4", range(0, 2000, 40), tone_s=2.0)
    (here / "my.cuts.csv").write_text("clip,from,to\nclip.mp4,1,2\ntone.mp4,0:00.5,1s\n")
    status, heard = said(capsys, "cut", "my.cuts.csv", "--json")
    assert status == 0
    record = json.loads(heard.out)
    assert (record["video"], record["seconds"]) == ("my.mp4", 1.5)
    assert video_info(here / "my.mp4").sound
    assert (here / "my.sheet.jpg").is_file()
    status, heard = said(capsys, "cut", "my.cuts.csv")
    assert (status, "is there already" in heard.err) == (2, True)
    (here / "my.cuts.csv").write_text("clip,from,to\nnone.mp4,1,2\n")
    status, heard = said(capsys, "cut", "my.cuts.csv", "-o", "x.mp4")
    assert (status, "there is no clip" in heard.err) == (2, True)


def test_highlights_of_people_nobody_enrolled(here, capsys):
    words = ["highlights", "clip.mp4", "--person", "Ann", "--gallery", "none.sqlite"]
    status, heard = said(capsys, *words)
    assert status == 2
    assert "there is no gallery at none.sqlite" in heard.err
    status, heard = said(capsys, *words[:3], "../x")
    assert status == 2


def test_scenes(here, capsys):
    status, heard = said(capsys, "scenes", "clip.mp4", "--json")
    assert status == 0
    listed = json.loads(heard.out)
    assert [(each["from"], each["to"]) for each in listed["scenes"]] == [(0, 2), (2, 4)]
    assert listed["files"] == []
    status, heard = said(capsys, "scenes", "clip.mp4", "-o", "out")
    assert status == 0
    assert "2  0:02.00  0:04.00     2.00" in heard.out
    assert {path.name for path in (here / "out").iterdir()} == {
        "clip.csv", "clip.html", "clip.edl",
    }  # fmt: skip
    assert said(capsys, "cut", "out/clip.csv", "-o", "again.mp4")[0] == 0
    assert video_info(here / "again.mp4").frames == 40
    status, heard = said(capsys, "scenes", "clip.mp4", "-o", "out")
    assert (status, "is there already. Use --force" in heard.err) == (2, True)


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--drop-frame"], "Say where it goes with --out"),
        (["--drop-frame", "-o", "x"], "drop-frame is for 29.97 and 59.94 frames a second, got 10"),
        (["--rate", "12.5", "-o", "x"], "time codes count whole frames a second"),
        (["--threshold", "0"], "threshold must be between 0 and 255"),
        (["--from", "99"], "not one frame between the times"),
    ],
)
def test_wrong_scenes_are_one_line(here, capsys, words, sentence):
    status, heard = said(capsys, "scenes", "clip.mp4", *words, "-q")
    assert status == 2
    assert sentence in heard.err
    assert heard.err.count("\n") == 1
    assert not (here / "x").exists()
