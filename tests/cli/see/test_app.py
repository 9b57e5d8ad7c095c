"""Looking inside from the command line: files, tables, one line for a mistake."""

import json

import numpy as np
import pytest

import small_recognizer
from kanjian.cli import app as cli_app
from kanjian.images.decode import read_image
from kanjian.images.write import write_image
from labeled_sets import class_folders


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.setenv("KANJIAN_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("KANJIAN_CACHE_GB", "1")
    monkeypatch.chdir(tmp_path)
    small_recognizer.save(tmp_path / "pets")
    write_image(tmp_path / "it.png", small_recognizer.pictures(1)[0])
    return tmp_path


def said(capsys, *args, status=0):
    assert cli_app.run(["see", *args]) == status
    return capsys.readouterr()


def test_layers_as_table_drawing_and_page(capsys, here):
    out, _ = said(capsys, "layers", "pets")
    assert out.splitlines()[0].split() == [
        "#", "output", "parameters", "FLOPs", "receptive", "field", "layer", "kind"
    ]  # fmt: skip
    assert "4 layers" in out or "5 layers" in out
    assert read_image(here / "pets-layers.png").ndim == 3
    page = (here / "pets-layers.html").read_text(encoding="utf-8")
    assert "<svg" in page
    told = json.loads(said(capsys, "layers", "pets", "-o", "x.png", "--json").out)
    kinds = [row["kind"] for row in told["layers"]]
    assert kinds[:3] == ["InputLayer", "Rescaling", "Conv2D"]
    assert told["layers"][2]["field_hw"] == [3, 3]
    assert told["files"] == {"png": "x.png", "html": "x.html"}
    assert (here / "x.html").is_file()


def test_maps_of_a_picture(capsys, here):
    out, _ = said(capsys, "maps", "pets", "it.png", "--npz")
    assert "pets-maps-it.png" in out
    with np.load(here / "pets-maps-it.npz") as arrays:
        (name,) = arrays
        assert arrays[name].shape == (10, 18, 4)


@pytest.mark.slow
def test_why_of_a_picture_for_the_answer_and_for_a_class(capsys, here):
    told = json.loads(said(capsys, "why", "pets", "it.png", "--npz", "--json").out)
    assert told["class"] == told["answers"][0]["class"]
    assert len(told["methods"]) == 7
    first = (here / "pets-why-it.png").read_bytes()
    with np.load(here / "pets-why-it.npz") as arrays:
        assert arrays["saliency"].shape == (12, 20)
    said(capsys, "why", "pets", "it.png")
    assert (here / "pets-why-it.png").read_bytes() == first, "the same picture twice"
    out, _ = said(capsys, "why", "pets", "it.png", "--label", "fox", "--method", "saliency")
    assert out.startswith("asked about  fox, ")


@pytest.mark.slow
def test_space_of_a_folder_and_the_nearest(capsys, here):
    class_folders(here / "photos", cat=4, dog=3)
    out, _ = said(capsys, "space", "pets", "photos", "--method", "pca", "--nearest", "it.png")
    assert "pets-space-photos.html" in out
    assert out.count("like it") == 7
    assert "<canvas" in (here / "pets-space-photos.html").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("args", "line"),
    [
        (("layers", "pet"), "there is no file or folder pet"),
        (("maps", "pets", "gone.png"), "cannot read gone.png"),
        (("maps", "pets", "it.png", "--layer", "nope"), "no layer 'nope'"),
        (("why", "pets", "it.png", "--label", "foxx"), "Did you mean 'fox'?"),
        (("why", "pets", "it.png", "--method", "gradcam"), "Did you mean 'grad-cam'?"),
        (("space", "pets", "nowhere"), "no data set 'nowhere'"),
        (("layr",), "Did you mean 'layers'?"),
    ],
)
def test_a_mistake_is_one_line(capsys, here, args, line):
    out, err = said(capsys, *args, status=2)
    assert out == ""
    assert err.count("\n") == 1
    assert line in err


def test_the_group_lists_its_commands(capsys):
    out, _ = said(capsys)
    for name in ("layers", "maps", "why", "space"):
        assert f"  {name}" in out
