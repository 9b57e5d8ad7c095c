"""Finding presets of KerasHub: a folder, an address, a short name; errors within seconds."""

import json
import re
import time

import pytest

from hub_presets import keras_hub, local_hub, write_preset
from kanjian.errors import DownloadError, MissingExtraError, WeightsError
from kanjian.models.backbones import find_backbone, preset_weights
from kanjian.weights import hub_preset
from kanjian.weights.hub_preset import find_preset, preset_digest, with_whole_path

keras_hub()
NOWHERE = "http://127.0.0.1:9"


@pytest.fixture(scope="module")
def preset(tmp_path_factory):
    return write_preset(tmp_path_factory.mktemp("presets") / "vit", "vit")


@pytest.fixture
def fetches(tmp_path, monkeypatch):
    """Let the hub's own cache lie in the test's folder."""
    constants = pytest.importorskip("huggingface_hub.constants")
    utils = pytest.importorskip("huggingface_hub.utils")
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(constants, "HF_HUB_DISABLE_XET", True)
    utils.disable_progress_bars()
    return tmp_path / "cache"


def test_an_address_is_fetched_once(preset, fetches, monkeypatch):
    with local_hub(preset, "keras/vit_tiny") as (address, asked):
        monkeypatch.setenv("HF_ENDPOINT", address)
        found = find_preset("hub:hf://keras/vit_tiny")
        assert preset_digest(found.folder) == preset_digest(preset)
        assert (found.family, found.size_hw) == ("ViTBackbone", (16, 16))
        asked.clear()
        assert find_preset("hub:hf://keras/vit_tiny") == found
        assert not asked
    monkeypatch.setenv("HF_ENDPOINT", NOWHERE)  # and needs nobody after that
    assert find_preset("hub:hf://keras/vit_tiny") == found


def test_a_short_name_is_fetched_from_the_mirror_that_is_set(preset, fetches, monkeypatch):
    with local_hub(preset, "keras/dinov2_small") as (address, _):
        monkeypatch.setenv("HF_ENDPOINT", address)
        assert find_preset("hub:dinov2_small").family == "ViTBackbone"


def test_what_the_hub_does_not_have_is_said(preset, fetches, monkeypatch):
    with local_hub(preset, "keras/vit_tiny") as (address, _):
        monkeypatch.setenv("HF_ENDPOINT", address)
        with pytest.raises(DownloadError, match="cannot fetch hf://keras/other"):
            find_preset("hub:hf://keras/other")


@pytest.mark.parametrize("name", ["hub:hf://keras/vit_tiny", "hub:dinov2_small"])
def test_without_a_connection_the_way_out_is_told_at_once(name, fetches, monkeypatch):
    monkeypatch.setenv("HF_ENDPOINT", NOWHERE)
    started = time.perf_counter()
    with pytest.raises(DownloadError) as told:
        find_preset(name)
    assert time.perf_counter() - started < 60  # the hub's own retries take minutes
    line = str(told.value)
    assert f"from {NOWHERE} (no connection" in line
    assert line.endswith("name its folder, hub:FOLDER, or set $HF_ENDPOINT to a mirror that can "
                         "be reached.")  # fmt: skip


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("hub:", "names no preset"),
        ("hub:hf://vit", "hf://OWNER/NAME, got hf://vit"),
        ("hub:hf://a/b/../c", "hf://OWNER/NAME"),
        ("hub:kaggle://keras/vit", "kaggle://OWNER/MODEL/keras/NAME"),
        ("hub:nowhere/vit", "nowhere/vit is not there"),
        ("hub:dinov2_smal", "Did you mean 'hub:dinov2_small'?"),
    ],
)
def test_a_wrong_name_is_answered_with_a_right_one(name, told):
    with pytest.raises(WeightsError, match=re.escape(told)):
        find_preset(name)


def test_what_kaggle_has_kept_is_found_without_it(preset, tmp_path, monkeypatch):
    kept = tmp_path / "models" / "keras" / "vit" / "keras" / "vit_tiny"
    kept.mkdir(parents=True)
    (kept / "2").symlink_to(preset)
    monkeypatch.setenv("KAGGLEHUB_CACHE", str(tmp_path))
    assert find_preset("hub:kaggle://keras/vit/keras/vit_tiny").folder == kept / "2"


def test_without_the_extra_a_preset_is_described_but_its_weights_need_it(preset, monkeypatch):
    monkeypatch.setattr(hub_preset.extras, "installed", lambda module: module != "keras_hub")
    record = find_backbone(f"hub:{preset}")
    assert record.input_hw == (16, 16)
    with pytest.raises(MissingExtraError, match="'keras_hub' is needed"):
        preset_weights(record, "imagenet")


def hostile(folder, tmp_path, change):
    made = tmp_path / "hostile"
    made.mkdir()
    for path in folder.iterdir():
        (made / path.name).write_bytes(path.read_bytes())
    change(made)
    return made


def described(key, value):
    def change(folder):
        config = json.loads((folder / "config.json").read_text())
        config["config"][key] = value
        (folder / "config.json").write_text(json.dumps(config))

    return change


def written(name, content):
    return lambda folder: (folder / name).write_bytes(content)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (described("x", {"class_name": "Lambda", "module": "keras.layers"}), "runs code"),
        (described("x", {"class_name": "system", "module": "os"}), "program 'os'"),
        (described("x", {"class_name": "A", "module": "kanjian.cli"}), "neither Keras"),
        (written("config.json", b"["), "not JSON"),
        (written("config.json", b"[]"), "must be a table"),
        (written("config.json", b"[" * 10**6), "nested too deeply"),
        (written("tokenizer.json", b'{"class_name": "Lambda"}'), "runs code"),
        (written("model.weights.h5", b"\x89HDF\r\n\x1a\n" + bytes(100)), "no sound file"),
        (written("model.weights.json", b'{"weight_map": {"a": "../b.h5"}}'), "outside of its"),
        (lambda folder: (folder / "config.json").unlink(), "is no preset"),
    ],
)
def test_a_strangers_preset_is_looked_through(preset, tmp_path, change, told):
    with pytest.raises(WeightsError, match=told):
        find_preset(f"hub:{hostile(preset, tmp_path, change)}")


def test_a_folder_is_written_down_whole(preset, monkeypatch):
    monkeypatch.chdir(preset.parent)
    assert with_whole_path("hub:vit") == f"hub:{preset}"
    assert with_whole_path("hub:other") == "hub:other"
