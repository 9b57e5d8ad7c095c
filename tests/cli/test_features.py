"""Features and the cache from the command line: a result on stdout, one line for a mistake."""

import csv
import json

import numpy as np
import pytest

from kanjian.cli import app as cli_app
from kanjian.images.write import write_image
from labeled_sets import class_folders
from onnx_backbones import write_onnx

NETWORK = ("--backbone", "mobilenet-v2", "--weights", "none", "--size", "32x64")


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    monkeypatch.setenv("KANJIAN_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("KANJIAN_CACHE_GB", "1")
    monkeypatch.chdir(tmp_path)
    class_folders(tmp_path / "photos" / "train", cat=3, dog=2)
    class_folders(tmp_path / "photos" / "test", cat=1, dog=1)
    return tmp_path


def said(capsys, *args, status=0):
    assert cli_app.run(list(args)) == status
    return capsys.readouterr()


def refused(capsys, *args):
    out, err = said(capsys, *args, status=2)
    assert out == ""
    assert err.count("\n") == 1
    return err


def test_features_go_to_an_array_with_a_table_and_come_from_the_cache_again(capsys, here):
    out, _ = said(capsys, "features", "photos", *NETWORK, "--pool", "avg")
    assert "features.npy: 7 × 1280 float" in out
    first = np.load(here / "features.npy")
    assert first.shape == (7, 1280)
    table = list(csv.DictReader((here / "features.csv").read_text(encoding="utf-8").splitlines()))
    assert [line["row"] for line in table] == [str(row) for row in range(7)]
    assert [line["part"] for line in table] == ["train"] * 5 + ["test"] * 2
    assert [line["class"] for line in table] == ["cat"] * 3 + ["dog"] * 2 + ["cat", "dog"]
    assert table[4]["name"].endswith("1.pgm")
    # the same picture lies in both parts
    np.testing.assert_allclose(first[0], first[5], rtol=0.1, atol=1e-4)
    told = json.loads(
        said(capsys, "features", "photos", *NETWORK, "--pool", "avg", "-o", "b.npy", "--json").out
    )
    assert [part["from_cache"] for part in told["parts"].values()] == [True, True]
    assert told["shape"] == [7, 1280]
    np.testing.assert_array_equal(first, np.load(here / "b.npy"))


def test_a_network_in_a_file_gives_features_too(capsys, here):
    pytest.importorskip("onnx")
    write_onnx(here / "net.onnx")
    network = ("--backbone", "net.onnx", "--pixels", "0..1")
    assert "features.npy: 7 × 8 float" in said(capsys, "features", "photos", *network).out
    said(capsys, "features", "photos", *network, "--layer", "conv1", "--pool", "max")
    assert np.load(here / "features.npy").shape == (7, 6)
    assert "a name that it lacks lists the last" in refused(
        capsys, "features", "--list-layers", *network
    )
    assert "has no layer 'no'" in refused(capsys, "features", "photos", *network, "--layer", "no")


def test_a_layer_within_and_pictures_without_classes(capsys, here):
    (here / "loose").mkdir()
    for number in range(2):
        write_image(here / "loose" / f"{number}.png", np.full((9, 9), number, np.uint8))
    said(capsys, "features", "loose", *NETWORK, "--layer", "block_4_add", "--precision", "f32")
    assert np.load(here / "features.npy").shape == (2, 4, 8, 32)
    assert (here / "features.csv").read_text().splitlines()[1].startswith("0,train,,")
    said(capsys, "features", "loose/1.png", *NETWORK, "--precision", "f32", "-o", "one.npy")
    assert np.load(here / "one.npy").shape == (1, 1, 2, 1280)


def test_layers_are_listed_by_what_they_give(capsys):
    out, _ = said(capsys, "features", "--list-layers", *NETWORK)
    assert out.splitlines()[0].split() == ["gives", "parameters", "layer"]
    assert ["4×8×32", "0", "block_4_add"] in [line.split() for line in out.splitlines()]
    told = json.loads(said(capsys, "features", "--list-layers", *NETWORK, "--json").out)
    assert {"name": "block_4_add", "shape": [4, 8, 32], "parameters": 0} in told
    assert "block_4_expand" not in {line["name"] for line in told}, "a skip connection passes it"


@pytest.mark.parametrize(
    ("args", "line"),
    [
        ((*NETWORK,), "no pictures were given"),
        (("photos", "--backbone", "mobilnet-v2", "--weights", "none"), "'mobilenet-v2'"),
        (("photos", *NETWORK, "--layer", "block_4_ad"), "'block_4_add'"),
        (("photos", *NETWORK, "-o", "features.txt"), "Name it features.npy"),
        (("photos", *NETWORK[:-1], "32by32"), "--size must be like 224 or 160x224"),
        (("nowhere", *NETWORK), "no data set 'nowhere'"),
        (("photos", "--backbone", "mobilenet-v2", "--weights", "gone.h5"), "cannot read gone.h5"),
        (("photos", "--backbone", "vgg16"), "weights of vgg16 are not at hand"),
    ],
)
def test_a_mistake_is_one_line(capsys, args, line, monkeypatch, tmp_path):
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "keras"))
    assert line in refused(capsys, "features", *args)


def test_the_cache_is_listed_and_cleared(capsys, here):
    out, _ = said(capsys, "cache")
    assert out.startswith("0.0 MB of 1.0 GB in ")
    said(capsys, "features", "photos", *NETWORK, "--pool", "max")
    out, _ = said(capsys, "cache", "list")
    assert "backbone mobilenet-v2" in out
    told = json.loads(said(capsys, "cache", "--json").out)
    # a network is kept twice: by what it is built from, and converted
    assert sorted(entry["kind"] for entry in told["entries"]) == [
        "features", "features", "networks", "networks"
    ]  # fmt: skip
    assert told["size_bytes"] == sum(entry["size_bytes"] for entry in told["entries"])
    assert said(capsys, "cache", "clear", "--older-than", "1").out == "0 removed\n"
    assert said(capsys, "cache", "clear", "--kind", "features").out == "2 removed\n"
    assert json.loads(said(capsys, "cache", "clear", "--json").out) == {"removed": 2, "in_use": 0}
    assert said(capsys, "cache").out.startswith("0.0 MB")
