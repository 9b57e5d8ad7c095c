import os
from pathlib import Path

import pytest

from kanjian.errors import RecognizerError
from kanjian.inference import pictures_in


@pytest.fixture
def place(tmp_path, monkeypatch):
    for name in [
        "b/2.PNG",
        "b/1.jpg",
        "a.gif",
        "z.txt",
        ".hidden.png",
        ".git/x.png",
        "猫 🐈/[1].webp",
    ]:
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.touch()
    monkeypatch.chdir(tmp_path)
    return tmp_path


def names(places):
    return [path.as_posix() for path in pictures_in(places)]


def test_a_folder_gives_its_pictures_sorted_whatever_the_file_system_says(place, monkeypatch):
    expected = ["a.gif", "b/1.jpg", "b/2.PNG", "猫 🐈/[1].webp"]
    assert names(["."]) == expected
    walk = os.walk

    def backwards(top):
        for parent, folders, files in walk(top):
            folders.reverse()
            files.sort(reverse=True)
            yield parent, folders, files

    monkeypatch.setattr(os, "walk", backwards)
    assert names(["."]) == expected


def test_the_order_asked_for_is_kept(place):
    assert names(["z.txt", "b", "a.gif"]) == ["z.txt", "b/1.jpg", "b/2.PNG", "a.gif"]


def test_patterns_match_and_a_file_of_that_very_name_comes_first(place):
    assert names(["b/*.jpg"]) == ["b/1.jpg"]
    assert names(["**/*.[jP]*"]) == ["b/1.jpg", "b/2.PNG"]
    assert names(["猫 🐈/[1].webp"]) == ["猫 🐈/[1].webp"]
    assert names([str(place / "?.gif")]) == [(place / "a.gif").as_posix()]


def test_a_missing_file_is_left_to_the_reader(place):
    assert names(["nowhere.png"]) == ["nowhere.png"]


def test_nothing_found_is_told(place):
    (place / "empty").mkdir()
    with pytest.raises(RecognizerError, match=r"no pictures in the folder empty\. Pictures end in"):
        pictures_in(["empty"])
    with pytest.raises(RecognizerError, match=r"no file matches the pattern \*\.bmp"):
        pictures_in(["*.bmp"])


def test_a_link_that_leads_back_is_not_followed(place):
    try:
        (place / "b/loop").symlink_to(place, target_is_directory=True)
    except OSError:
        pytest.skip("this file system has no links")
    assert len(names(["."])) == 4


def test_system_folders_are_passed_over_and_bare_pictures_known_by_content(place):
    for name, content in (
        ("@eaDir/a.jpg/THUMB.jpg", b""),
        ("$RECYCLE.BIN/a.jpg", b""),
        ("b/003", b"P5 1 1 255 x"),
        ("b/README", b"P5 is a kind of picture"),
    ):
        (place / name).parent.mkdir(parents=True, exist_ok=True)
        (place / name).write_bytes(content)
    assert names(["."]) == ["a.gif", "b/003", "b/1.jpg", "b/2.PNG", "猫 🐈/[1].webp"]
    assert list(pictures_in(["b"], suffixes={".jpg"})) == [Path("b/1.jpg")]


def test_reports_below_a_folder_are_no_pictures_unless_they_are_named(place):
    for name in ("recipe.toml", "log.txt", "curves.png", "recognizer/x.png"):
        (place / "runs" / "pets" / name).parent.mkdir(parents=True, exist_ok=True)
        (place / "runs" / "pets" / name).touch()
    assert names(["."]) == ["a.gif", "b/1.jpg", "b/2.PNG", "猫 🐈/[1].webp"]
    assert names(["runs/pets"]) == ["runs/pets/curves.png", "runs/pets/recognizer/x.png"]
