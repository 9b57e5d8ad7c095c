"""Where the result of each file goes: never onto itself, never two into one."""

from functools import partial
from pathlib import Path

import numpy as np
import pytest

from kanjian.errors import KanjianError
from kanjian.images.write import write_image
from kanjian.inference import outputs

plan = partial(outputs.plan, ending="clean", videos=True)


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ("a.png", "in/a.png"):
        write_image(tmp_path / "照片 ü" / name, np.zeros((2, 2), np.uint8))
    return tmp_path / "照片 ü"


@pytest.mark.parametrize(
    ("places", "out", "names"),
    [
        (["a.png"], None, ["a-clean.png"]),
        (["in/a.JPG"], "b.png", ["b.png"]),
        (["a.png"], "dir", ["dir/a.png"]),
        (["a.png", "in/b.pbm"], None, ["clean/a.png", "clean/b.png"]),
        (["clip.mkv"], None, ["clip-clean.mkv"]),
        (["clip.avi", "b.png"], "o", ["o/clip.mp4", "o/b.png"]),
    ],
)
def test_where_files_go(places, out, names):
    jobs = plan(places, None if out is None else Path(out))
    assert [job.target.as_posix() for job in jobs] == names


def test_a_folder_goes_to_its_name(folder):
    assert plan([folder])[0].target.parts[0] == "照片 ü-clean"


@pytest.mark.parametrize(
    ("places", "out", "words"),
    [
        (["a.png", "in/a.png"], "out", "would both go to"),
        (["a.png"], "a.png", "take its place"),
        (["a.png"], "a.doc", "unknown suffix"),
        (["a.mp4"], "a.png", "unknown suffix"),
        (["in/*.nothing"], None, "no file matches"),
    ],
)
def test_plans_that_cannot_be(folder, places, out, words):
    with pytest.raises(KanjianError, match=words):
        plan([str(folder / place) for place in places], None if out is None else folder / out)


def test_a_folder_keeps_its_order(folder):
    jobs = plan([folder], Path("out"))
    assert [job.target.as_posix() for job in jobs] == ["out/a.png", "out/in/a.png"]


def test_videos_are_left_out_where_pictures_are_meant(folder):
    (folder / "clip.mp4").touch()
    assert len(plan([folder])) == 3
    assert len(outputs.plan([folder], ending="blur")) == 2


def test_another_format_is_told_unless_it_was_asked_for(folder):
    assert plan(["a.heic"])[0].notes() == ["a.heic is written as .png."]
    assert plan(["a.heic"], Path("b.jpg"))[0].notes() == []
    assert plan(["a.jpg"])[0].notes() == []
