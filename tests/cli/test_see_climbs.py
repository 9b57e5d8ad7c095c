"""`kanjian see filters`, `class`, `fool`, `dream` on a small network, as a user asks them."""

import json

import numpy as np
import pytest

from kanjian.cli import app as cli_app
from kanjian.images import read_image, write_image
from see_networks import functional, sequential


@pytest.fixture
def network(tmp_path):
    path = tmp_path / "toy.keras"
    functional().save(path)
    return str(path)


@pytest.fixture
def picture(tmp_path):
    path = tmp_path / "猫.png"
    image = np.random.default_rng(5).integers(60, 200, (24, 32, 3)).astype(np.uint8)
    write_image(path, image)
    return str(path)


def asked(capsys, *words, status=0):
    assert cli_app.run(["see", *map(str, words)]) == status
    said = capsys.readouterr()
    return said.out if status == 0 else said.err


def test_filters_of_a_layer(network, tmp_path, capsys):
    out = tmp_path / "看" / "conv"
    words = ("filters", network, "--layer", "conv", "--steps", 3, "--npz", "--json", "-o", out)
    told = json.loads(asked(capsys, *words))
    assert [each["filter"] for each in told["filters"]] == [0, 1, 2, 3]
    assert all(each["reached"] >= each["before"] for each in told["filters"])
    assert "filter 3" in out.with_suffix(".html").read_text(encoding="utf-8")
    with np.load(out.with_suffix(".npz"), allow_pickle=False) as arrays:
        assert arrays["pixels"].shape == (4, 12, 16, 3)
    again = out.with_name("again")
    asked(capsys, *words[:-1], again)
    assert out.with_suffix(".png").read_bytes() == again.with_suffix(".png").read_bytes()


def test_the_strongest_filters_of_all_layers(network, tmp_path, capsys):
    words = ("filters", network, "--all", "--steps", 2, "--top", 2, "--json", "-o", tmp_path / "a")
    told = json.loads(asked(capsys, *words))["filters"]
    assert [each["layer"] for each in told] == ["conv", "conv", "side", "side"]
    assert told[0]["reached"] >= told[1]["reached"]
    assert "The weights of conv" in (tmp_path / "a.html").read_text(encoding="utf-8")


def test_kernels_are_pictures(network, tmp_path, capsys):
    assert "4 of conv" in asked(capsys, "filters", network, "--kernels", "-o", tmp_path / "k.png")
    assert read_image(tmp_path / "k.png").ndim == 3


def test_class_pictures_tell_their_probability(network, tmp_path, capsys):
    names = tmp_path / "names.txt"
    names.write_text("sea snake\ncat\ndog\n", encoding="utf-8")
    words = ("class", network, "--label", "sea_snake", "--label", 2, "--classes", names)
    told = json.loads(asked(capsys, *words, "--steps", 5, "--json", "-o", tmp_path / "c"))
    assert [each["class"] for each in told["classes"]] == ["sea snake", "dog"]
    assert all(0 < each["probability"] <= 1 for each in told["classes"])


def test_the_double_fools_as_a_file(network, picture, tmp_path, capsys):
    out = tmp_path / "fooled"
    told = json.loads(asked(capsys, "fool", network, picture, "--json", "-o", out))
    assert told["success"] and told["after"]["class"] == told["as"]
    twice = asked(capsys, "fool", network, told["files"]["double"], "--as", told["label"],
                  "--json", "-o", tmp_path / "twice")  # fmt: skip
    assert json.loads(twice)["bound"] == 0


def test_dreams(network, picture, tmp_path, capsys):
    words = ("dream", network, picture, "--steps", 2, "--octaves", 2, "-o", tmp_path / "d")
    assert "dreamt of  sum" in asked(capsys, *words)
    assert read_image(tmp_path / "d-dream.png").shape == (24, 32, 3)


def test_gray_networks_are_looked_into_as_well(tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    sequential().save("gray.keras")
    write_image("one.png", np.random.default_rng(1).integers(0, 256, (12, 12)).astype(np.uint8))
    asked(capsys, "filters", "gray.keras", "--layer", "second", "--index", "0:2", "--steps", 2)
    asked(capsys, "class", "gray.keras", "--label", 1, "--steps", 2)
    asked(capsys, "fool", "gray.keras", "one.png", "--method", "fgsm")
    asked(capsys, "dream", "gray.keras", "one.png", "--steps", 1)
    assert (tmp_path / "gray-filters-second.html").is_file()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("filters",), "say one of --layer NAME, --all or --kernels"),
        (("filters", "--layer", "answer"), "no height and width, so no filters"),
        (("filters", "--layer", "cnov"), "Did you mean 'conv'?"),
        (("filters", "--layer", "conv", "--index", "4"), "has filters 0 to 3, got 4"),
        (("filters", "--layer", "conv", "--index", "a"), "--index must be like 5, 0:64"),
        (("class", "--label", "cat"), "has no class 'cat'. Say a number from 0 to 2"),
    ],
)
def test_mistakes_are_told_in_one_line(network, words, said, capsys):
    error = asked(capsys, words[0], network, *words[1:], status=2)
    assert said in error
    assert error.count("\n") == 1
