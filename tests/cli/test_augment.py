"""Augmentation to look at, and to take away."""

import numpy as np
import pytest

from kanjian.cli import app as cli_app
from kanjian.images.decode import read_image
from kanjian.images.write import write_image
from kanjian.recipes.augmentation import preset
from kanjian.training.resolve_recipe import recipe_for


@pytest.fixture(scope="module")
def photos(tmp_path_factory):
    folder, rng = tmp_path_factory.mktemp("photos"), np.random.default_rng(0)
    for number in range(10):
        picture = rng.integers(0, 256, (120, 90 + number, 3)).astype(np.uint8)
        write_image(folder / ("猫" if number % 2 else "dog") / f"{number}.png", picture)
    return folder


@pytest.mark.parametrize("strength", ["none", "light", "standard", "strong"])
def test_a_preview_shows_one_picture_often_and_a_batch(photos, strength, tmp_path):
    sheet = tmp_path / "sheet.png"
    asked = ["datasets", "preview", str(photos), "--augment", strength, "-o", str(sheet)]
    assert cli_app.run(asked) == 0
    first = read_image(sheet)
    assert first.shape[1] > 8 * 64
    assert cli_app.run([*asked, "--picture", "3", "--seed", "5"]) == 0
    assert (read_image(sheet) != first).any()


def test_a_picture_that_is_not_there_is_one_line(photos, tmp_path, capsys):
    out = tmp_path / "sheet.png"
    asked = ["datasets", "preview", str(photos), "--picture", "999", "-o", str(out)]
    assert cli_app.run(asked) == 2
    assert "picture must be 0 to" in capsys.readouterr().err
    assert not out.exists()


def test_variants_are_written_by_class(photos, tmp_path, capsys):
    out = tmp_path / "varied"
    asked = ["datasets", "augment", str(photos), "-o", str(out), "--variants", "2"]
    assert cli_app.run(asked) == 0
    files = sorted(out.rglob("*.png"))
    assert {file.parent.name for file in files} == {"dog", "猫"}
    assert f"{len(files)} pictures" in capsys.readouterr().out
    pictures = [read_image(file) for file in files]
    assert len({picture.tobytes() for picture in pictures}) == len(files)
    assert cli_app.run(asked) == 2
    assert "not empty" in capsys.readouterr().err


@pytest.mark.parametrize("evil", ["../../evil", "{here}/abs", "..", "a/b", "con", "a\\b"])
def test_a_label_of_a_stranger_stays_inside_the_folder(photos, evil, tmp_path, capsys):
    evil = evil.format(here=tmp_path.as_posix())
    paths = sorted(photos.rglob("*.png"))
    lines = [f"{path},{evil if number % 2 else 'dog'}" for number, path in enumerate(paths)]
    table, out = tmp_path / "in" / "labels.csv", tmp_path / "out" / "here"
    table.parent.mkdir()
    table.write_text("\n".join(["path,label", *lines]), encoding="utf-8")
    assert cli_app.run(["datasets", "augment", str(table), "-o", str(out)]) == 0
    found = [path for path in tmp_path.rglob("*") if path.is_file() and path != table]
    assert found
    assert all(path.parent.parent == out for path in found)
    assert len({path.parent for path in found}) == 2


def test_mixed_pictures_have_no_folder_to_go_to(photos, tmp_path, capsys):
    asked = ["datasets", "augment", str(photos), "-o", str(tmp_path / "x"),
             "--set", "augmentation.cutmix_alpha=1"]  # fmt: skip
    assert cli_app.run(asked) == 2
    assert "cutmix_alpha" in capsys.readouterr().err


@pytest.mark.parametrize("command", ["augment", "preview"])
@pytest.mark.parametrize("backbone", [True, False])
def test_what_a_strength_cannot_do_here_is_said(
    photos, tmp_path, monkeypatch, capsys, command, backbone
):
    monkeypatch.setattr("kanjian.training.auto_backbone.at_hand", lambda name: backbone)
    out = tmp_path / ("sheet.png" if command == "preview" else "x")
    assert (
        cli_app.run(["datasets", command, str(photos), "-o", str(out), "--augment", "strong"]) == 0
    )
    told = capsys.readouterr().out
    assert ("Without CutMix" in told) == (command == "augment" or backbone)
    assert "CutMix" not in recipe_for(photos, augment="light").about
    assert ("Without CutMix" in recipe_for(photos, augment="strong").about) == backbone


def test_a_strength_takes_the_place_of_the_recipe_and_set_still_wins(photos, monkeypatch):
    # without a backbone, whose features stand for one picture each
    monkeypatch.setattr("kanjian.training.auto_backbone.at_hand", lambda name: False)
    strong = recipe_for(photos, augment="strong").augmentation
    assert strong == preset("strong")
    turned = recipe_for(photos, augment="strong", overrides={"augmentation.rotate_deg": 3})
    assert turned.augmentation == strong.model_copy(update={"rotate_deg": 3.0})


def test_digits_are_not_mirrored():
    assert recipe_for("digits", augment="standard").augmentation == preset("standard", mirror=False)


def test_one_picture_comes_in_twenty_variants_of_its_own_size(
    photos, tmp_path, monkeypatch, capsys
):
    monkeypatch.chdir(tmp_path)
    asked = ["datasets", "augment", str(photos / "dog" / "4.png")]
    assert cli_app.run(asked) == 0
    assert "4-augmented: 20 pictures" in capsys.readouterr().out
    pictures = [read_image(file) for file in sorted((tmp_path / "4-augmented").iterdir())]
    assert {picture.shape for picture in pictures} == {(120, 94, 3)}
    assert len({picture.tobytes() for picture in pictures}) == 20
    assert cli_app.run(asked) == 2
    assert "not empty" in capsys.readouterr().err


def test_options_change_what_becomes_of_one_picture(photos, tmp_path):
    out, sheet = tmp_path / "out", tmp_path / "sheet.png"
    asked = ["datasets", "augment", str(photos / "dog" / "4.png")]
    more = ["--variants", "3", "--size", "20x30", "--format", "jpg", "--augment", "strong",
            "--seed", "3", "--set", "augmentation.rotate_deg=0", "-o", str(out)]  # fmt: skip
    assert cli_app.run([*asked, *more]) == 0
    assert {read_image(file).shape for file in out.glob("*.jpg")} == {(20, 30, 3)}
    assert cli_app.run([*asked, "-o", str(sheet)]) == 0
    assert read_image(sheet).shape[1] > 7 * 94
