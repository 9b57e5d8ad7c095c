import json

import pytest

from kanjian.cli import app
from kanjian.models.backbone_registry import BACKBONES
from kanjian.models.registry import CATALOG


@pytest.fixture
def said(capsys, monkeypatch, tmp_path):
    monkeypatch.setenv("KANJIAN_MODELS", str(tmp_path))
    monkeypatch.setenv("COLUMNS", "100")

    def run(*words):
        status = app.run(["models", *words])
        out, err = capsys.readouterr()
        return status, out, err

    return run


def test_every_network_is_listed_with_the_state_of_its_weights(said):
    status, out, _ = said()
    assert status == 0
    for record in (*CATALOG, *BACKBONES):
        assert any(line.split()[:1] == [record.name] for line in out.splitlines()), record.name
    (vgg16,) = [line for line in out.splitlines() if line.startswith("vgg16 ")]
    assert vgg16.split() == ["vgg16", "224×224", "14", "714", "688", "CC-BY-4.0", "no"]


def test_json_tells_how_to_get_weights(said):
    status, out, _ = said("--json")
    entries = {entry["name"]: entry for entry in json.loads(out)}
    assert status == 0
    assert entries["lenet"]["kind"] == "network"
    assert entries["vgg16"]["weights"] == {"at_hand": False, "get": "kanjian weights get vgg16"}


def test_one_network_is_told_about(said):
    status, out, _ = said("inception-v3")
    assert status == 0
    assert "get them with: kanjian weights get inception-v3" in out
    assert "75×75" in out
    assert json.loads(said("inception-v3", "--json")[1])["prepare"] == "tf"


def test_layers_are_marked_where_the_network_can_be_cut(said):
    status, out, _ = said("mobilenet-v2", "--layers", "--size", "64")
    assert status == 0
    lines = {line.split()[0]: line.split()[1:] for line in out.splitlines() if line}
    assert lines["block_1_project_BN"] == ["16×16×24", "96", "yes"]
    assert lines["block_2_expand"] == ["16×16×144", "3", "456"]
    assert out.splitlines()[-1] == "155 layers, 2 257 984 parameters"


def test_layers_as_json_and_of_a_network_that_learns_from_nothing(said):
    document = json.loads(said("lenet", "--layers", "--json")[1])
    assert document["input"] == [28, 28, 1]
    layer = document["layers"][2]
    assert layer.pop("name").startswith("conv2d")  # Keras counts on over all networks of a process
    assert layer == {"shape": [28, 28, 20], "parameters": 520, "cut": True}


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["vgg-16"], "unknown network 'vgg-16'. Did you mean 'vgg16'?"),
        (["--layers"], "as in: kanjian models vgg16 --layers"),
        (["vgg16", "--size", "64"], "--size goes with --layers."),
        (["vgg16", "--layers", "--size", "20"], "at least 32×32, got 20×20."),
        (
            ["vgg16", "--layers", "--size", "0"],
            "--size must be greater than or equal to 1, got '0'.",
        ),
    ],
)
def test_mistakes_are_one_line(said, words, message):
    status, out, err = said(*words)
    assert (status, out) == (2, "")
    assert message in err
    assert len(err.splitlines()) == 1
