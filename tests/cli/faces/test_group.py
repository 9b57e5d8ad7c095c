"""`faces group` and `faces name`, as a new user types them, with wrong input too."""

import csv
import json

import pytest

from kanjian.cli.app import run
from kanjian.images import read_image, write_image


@pytest.fixture
def home(tmp_path, monkeypatch, shared_data):
    monkeypatch.setenv("KANJIAN_HOME", str(tmp_path / "家"))
    monkeypatch.setenv("KANJIAN_MODELS", str(shared_data / "models"))
    monkeypatch.chdir(tmp_path)
    astronaut = read_image(shared_data / "images" / "skimage-astronaut.png")
    write_image(tmp_path / "photos" / "=她.png", astronaut)
    write_image(tmp_path / "photos" / "half.png", astronaut[::2, ::2].copy())
    write_image(tmp_path / "photos" / "nobody.png", astronaut[300:, :100].copy())
    return tmp_path


def said(capsys):
    return json.loads(capsys.readouterr().out)


def test_from_a_folder_to_a_name_and_forgotten_again(home, capsys):
    assert run(["faces", "group", "photos", "--json"]) == 0
    done = said(capsys)
    (person,) = done["people"]
    assert (person["name"], person["number"], len(person["faces"])) == (None, 1, 2)
    assert (done["files"], done["files_without_face"], done["from_cache"]) == (3, 1, 0)
    assert (home / "people.html").read_text(encoding="utf-8").count("<img") == 2

    assert run(["faces", "name", "person 1", "艾琳"]) == 0
    assert "艾琳" in capsys.readouterr().out
    assert run(["faces", "group", "photos"]) == 0
    assert "艾琳" in capsys.readouterr().out
    assert run(["faces", "group", "photos", "--csv"]) == 0
    rows = list(csv.DictReader(capsys.readouterr().out.splitlines()))
    assert [row["name"] for row in rows] == ["艾琳", "艾琳"]

    assert run(["faces", "forget", "艾琳"]) == 0
    assert run(["faces", "group", "photos", "--json"]) == 0
    assert [person["number"] for person in json.loads(
        capsys.readouterr().out.partition("\n")[2])["people"]] == [2]  # fmt: skip

    assert run(["faces", "group", "--forget"]) == 0
    assert not (home / "家" / "faces" / "groups.json").exists()
    assert not list((home / "家" / "faces" / "found").iterdir())


@pytest.mark.parametrize(
    ("words", "text"),
    [
        (["group"], "no folder, picture or video was given"),
        (["group", "nowhere"], "no face can be looked for"),
        (["group", "photos", "--json", "--csv"], "exclude each other"),
        (["group", "photos", "--forget"], "--forget takes no folder"),
        (["group", "photos", "-o", "photos/half.png"], "no page of kanjian"),
        (["group", "photos", "--gallery", "none.db"], "there is no gallery at none.db"),
        (["group", "photos", "--embedder", "mobile"], "unknown embedder 'mobile'"),
        (["name", "person 1", "Ann"], "unknown group 'person 1'"),
        (["name", "Bo", "Ann"], "'Bo' is no group"),
        (["name", "person 1", "a/b"], "cannot be a name"),
        (["name", "person 1", "Ann", "--same", "--another"], "exclude each other"),
    ],
)
def test_wrong_input_is_one_line_and_2(home, capsys, words, text):
    assert run(["faces", *words]) == 2
    told = capsys.readouterr().err
    assert text in told
    assert told.count("\n") == 1


def test_where_no_network_is_at_hand_it_is_said_how_to_get_one(home, capsys, monkeypatch):
    monkeypatch.setenv("KANJIAN_MODELS", str(home / "none"))
    assert run(["faces", "group", "photos", "--quiet"]) == 2
    assert "kanjian faces get" in capsys.readouterr().err
