"""The commands around faces, as a new user types them, with wrong input too."""

import json
from pathlib import Path

import pytest

from kanjian.cli.app import run
from kanjian.images import read_image, write_image


@pytest.fixture
def home(tmp_path, monkeypatch, shared_data):
    monkeypatch.setenv("KANJIAN_HOME", str(tmp_path / "家"))
    monkeypatch.setenv("KANJIAN_MODELS", str(shared_data / "models"))
    monkeypatch.chdir(tmp_path)
    astronaut = read_image(shared_data / "images" / "skimage-astronaut.png")
    write_image(tmp_path / "photos" / "她.png", astronaut)
    write_image(tmp_path / "photos" / "half.jpg", astronaut[::2, ::2].copy())
    write_image(tmp_path / "empty.png", astronaut[300:, :100].copy())
    return tmp_path


def said(capsys):
    return json.loads(capsys.readouterr().out)


def test_from_photos_to_a_name_and_forgotten_again(home, capsys):
    assert run(["faces", "enroll", "艾琳", "photos", "--json"]) == 0
    done = said(capsys)
    assert (done["added"], done["encrypted"]) == (2, False)
    low, high = done["false_accepts_interval"]
    assert 0 <= low <= done["expected_false_accepts"] <= high < 0.3
    assert not done["false_rejects_promised"]

    assert run(["faces", "identify", "photos/她.png", "empty.png", "--json"]) == 0
    one, other = said(capsys)["answers"]
    assert [face["name"] for face in one["faces"]] == ["艾琳"]
    assert other["faces"] == []

    assert run(["faces", "label", "photos/她.png", "-o", "named.png"]) == 0
    assert "艾琳" in capsys.readouterr().out
    assert (read_image("named.png") != read_image("photos/她.png")).any()

    assert run(["faces", "list"]) == 0
    listed = capsys.readouterr().out
    assert "艾琳" in listed
    assert "not encrypted" in listed

    assert run(["faces", "threshold", "--set", "0.999", "--json"]) == 0
    assert said(capsys)["threshold"] == 0.999
    assert run(["faces", "identify", "photos/half.jpg"]) == 0
    assert "unknown (nearest 艾琳" in capsys.readouterr().out
    assert run(["faces", "threshold", "--own"]) == 0

    assert run(["faces", "forget", "艾琳"]) == 0
    assert run(["faces", "identify", "photos/她.png"]) == 0
    assert capsys.readouterr().out.endswith("unknown\n")


@pytest.mark.parametrize(
    ("words", "text"),
    [
        (["enroll", "a/b", "photos"], "cannot be a name of a person"),
        (["enroll", "Ann", "nowhere.png"], "nothing to enroll for Ann"),
        (["enroll", "Ann", "empty.png"], "no face found"),
        (["identify", "photos"], "there is no gallery"),
        (["forget", "Ann"], "there is no gallery"),
        (["list", "--gallery", "none.db"], "there is no gallery at none.db"),
        (["restore"], "there is no backup"),
        (["label", "photos/她.png", "-o", "x.gif"], "unknown suffix"),
        (["train", "nowhere"], "there is no folder nowhere"),
        (["collect", "photos", "--name", ".."], "cannot be a name"),
        (["get", "yunett"], "Did you mean 'yunet'"),
        (["watch", "97"], "there is no gallery"),
        (["enroll", "Ann", "photos", "--detector", "hear"], "Did you mean 'haar'"),
        (["threshold", "--set", "1", "--own"], "exclude each other"),
        (["rename", "Ann", "Bo"], "there is no gallery"),
        (["rename", "Ann", "Bo", "--another", "--same"], "there is no gallery"),
        (["merge", "Ann", "Bo"], "there is no gallery"),
        (["remove", "Ann", "1"], "there is no gallery"),
        (["undo"], "there is no gallery"),
        (["show"], "there is no gallery"),
        (["export", "out"], "there is no gallery"),
        (["import", "none.people"], "none.people is no file of people (it is gone)"),
        (["import", "photos/她.png"], "is no file of people"),
        (["verify", "photos/她.png", "empty.png"], "no face found in empty.png"),
        (["verify", "photos/她.png", "none.png"], "none.png"),
        (
            ["verify", "photos/她.png", "photos/half.jpg", "--face", "2"],
            "--face must be from 1 to 1",
        ),
        (["search", "empty.png", "photos"], "no face found in empty.png"),
        (["search", "photos/她.png", "nowhere/*.png"], "no file matches"),
    ],
)
def test_wrong_input_is_one_line_and_2(home, capsys, words, text):
    assert run(["faces", *words]) == 2
    told = capsys.readouterr().err
    assert text in told
    assert told.count("\n") == 1


def test_names_are_put_right_and_taken_back(home, capsys):
    assert run(["faces", "enroll", "Eileen 👩🏽‍🚀", "photos"]) == 0
    assert run(["faces", "rename", "Eileen 👩🏽‍🚀", "艾琳", "--json"]) == 0
    capsys.readouterr()
    assert run(["faces", "show", "艾琳", "--json"]) == 0
    shown = said(capsys)
    assert shown["page"].endswith("gallery.sqlite.html")
    assert shown["pictures_gone"] == 0
    photos = shown["people"][0]["photos"]
    assert [Path(photo["picture"]).name for photo in photos] == ["half.jpg", "她.png"]
    assert not any(photo["in_doubt"] for photo in photos)

    assert run(["faces", "remove", "艾琳", "half.jpg"]) == 0
    assert "1 face of 艾琳 removed, 1 left." in capsys.readouterr().out
    assert run(["faces", "undo"]) == 0
    assert "taken back: removed 1 face of 艾琳. Now 1 person, 2 faces" in capsys.readouterr().out
    assert run(["faces", "undo", "--json"]) == 0
    assert said(capsys)["again"] is True

    assert run(["faces", "export", "out.people"]) == 0
    assert run(["faces", "forget", "艾琳"]) == 0
    assert not Path(shown["page"]).exists()
    capsys.readouterr()
    assert run(["faces", "undo"]) == 2
    assert "nothing to undo" in capsys.readouterr().err
    assert run(["faces", "import", "out.people", "--json"]) == 0
    assert said(capsys)["added"] == 1


def test_two_pictures_are_compared_and_a_person_is_looked_for(home, capsys):
    assert run(["faces", "verify", "photos/她.png", "photos/half.jpg", "--json"]) == 0
    done = said(capsys)
    assert done["same"]
    assert done["similarity"] > 0.8
    assert 0 <= done["false_match_rate"] < 0.01
    assert run(["faces", "search", "photos/half.jpg", ".", "--json"]) == 0
    found = said(capsys)
    assert [Path(each["picture"]).name for each in found["found"]] == ["half.jpg", "她.png"]
    assert (found["pictures"], found["faces"]) == (3, 2)


def test_a_damaged_gallery_is_offered_its_backup_and_restored(home, capsys):
    assert run(["faces", "enroll", "A", "photos/她.png"]) == 0
    assert run(["faces", "enroll", "A", "photos/half.jpg"]) == 0
    path = home / "家" / "faces" / "gallery.sqlite"
    path.write_bytes(path.read_bytes()[:5000])
    assert run(["faces", "list"]) == 2
    assert "kanjian faces restore" in capsys.readouterr().err
    assert run(["faces", "restore"]) == 0
    assert "1 person, 1 face" in capsys.readouterr().out
    assert run(["faces", "list"]) == 0


def test_collect_and_events_of_a_clip(home, capsys, shared_data):
    clip = str(shared_data / "videos" / "sign-p1-help.mkv")
    words = ["faces", "collect", clip, "--name", "小明", "--every", "0.5", "--json"]
    assert run(words) == 0
    done = said(capsys)
    assert done["kept"] + done["alike"] + done["blurred"] + done["without_face"] == 4
    assert len(list((home / "faces" / "小明").iterdir())) == done["kept"] >= 1

    assert run(["faces", "enroll", "小明", clip]) == 0
    capsys.readouterr()
    other = str(shared_data / "videos" / "sign-p1-yes.mkv")
    assert run(["faces", "watch", other, "--no-page"]) == 0
    events = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert "小明" in {event["who"] for event in events}
    assert {event["event"] for event in events} >= {"arrived", "left"}
    assert all(event["from"] <= event["to"] for event in events if event["event"] == "left")
