"""The folder of a recognizer: whole, checked, and honest about what is wrong with it."""

import hashlib
import os
import shutil
import tomllib
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from kanjian.backend import load_keras
from kanjian.errors import RecognizerError, StorageError
from kanjian.explain.model_access import open_model
from kanjian.export.export import export_recognizer as export
from kanjian.export.model_card import model_card
from kanjian.inference import Recognizer, bundle, convert
from kanjian.inference.card import Card, read_card, write_card
from kanjian.inference.whole_folder import replacing_folder, settle
from small_recognizer import CLASSES, SIZE_HW, network, pictures, save


@pytest.fixture
def copy(saved, tmp_path):
    """A recognizer of one's own, to spoil."""
    return Path(shutil.copytree(saved / "recognizer", tmp_path / "recognizer"))


def spoil(folder, old, new):
    path = folder / "recognizer.toml"
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def test_the_folder_holds_what_the_design_says(saved):
    names = sorted(path.name for path in (saved / "recognizer").iterdir())
    expected = ["model.bin", "model.keras", "model.xml", "recognizer.toml", "selftest.npz"]
    assert names == expected
    assert [path.name for path in saved.iterdir()] == ["recognizer"]  # nothing left over
    card = tomllib.loads((saved / "recognizer/recognizer.toml").read_text(encoding="utf-8"))
    assert card["format"] == 1
    assert card["classes"] == list(CLASSES)
    assert card["input"] == {"size_hw": list(SIZE_HW), "channels": 3, "fit": "letterbox"}
    assert card["facts"] == {"accuracy": 0.5}
    assert card["openvino"]["parity"] < 1e-4
    assert sorted(card["sha256"]) == sorted(set(names) - {"recognizer.toml"})


@pytest.mark.parametrize("name", ["run 看见 🐈", "Ünïcode und Leerzeichen", "a.b"])
def test_run_folder_and_recognizer_folder_both_load(saved, tmp_path, name):
    run = tmp_path / name
    shutil.copytree(saved, run)
    assert Recognizer.load(run).classes == CLASSES
    assert Recognizer.load(str(run / "recognizer")).classes == CLASSES


def test_class_names_of_any_language_keep_their_order(tmp_path):
    names = ("猫", 'a "quoted" one', "zebra\n🦓")
    save(tmp_path, classes=names)
    assert Recognizer.load(tmp_path).classes == names


@pytest.mark.parametrize("name", ["model.xml", "model.bin", "selftest.npz"])
def test_a_changed_file_is_told_by_name(copy, name, monkeypatch, tmp_path):
    monkeypatch.setenv("KANJIAN_HOME", str(tmp_path / "fresh"))
    content = bytearray((copy / name).read_bytes())
    content[len(content) // 2] ^= 1
    (copy / name).write_bytes(content)
    with pytest.raises(RecognizerError, match=rf"{name} is not the file that was saved \(its SHA"):
        Recognizer.load(copy)


def test_a_changed_keras_file_is_told_when_it_is_used(copy):
    (copy / "model.keras").write_bytes(b"PK")
    assert Recognizer.load(copy).engine == "openvino"
    with pytest.raises(RecognizerError, match=r"model\.keras is not the file that was saved"):
        Recognizer.load(copy, engine="keras")


def test_a_keras_file_with_a_matching_hash_may_still_be_rubbish(copy):
    (copy / "model.keras").write_bytes(b"PK rubbish")
    write_card(copy, read_card(copy))
    with pytest.raises(RecognizerError, match=r"model\.keras is no network that Keras saved"):
        Recognizer.load(copy, engine="keras")


def test_an_openvino_file_with_a_matching_hash_may_still_be_rubbish(copy):
    (copy / "model.xml").write_text("<net>")
    write_card(copy, read_card(copy))
    with pytest.raises(
        RecognizerError, match=r"model\.xml is no network of OpenVINO: no el.* Save it"
    ):
        Recognizer.load(copy)


@pytest.mark.parametrize("name", ["model.xml", "model.bin"])
def test_a_missing_file_is_told_by_name(copy, name):
    (copy / name).unlink()
    with pytest.raises(RecognizerError, match=rf"{name} cannot be read \(No such file"):
        Recognizer.load(copy)


@pytest.mark.parametrize("name", ["recognizer.toml", "selftest.npz", "model.xml"])
def test_a_pipe_in_place_of_a_file_is_not_waited_for(copy, name):
    (copy / name).unlink()
    os.mkfifo(copy / name)
    with pytest.raises(RecognizerError, match=r"cannot be read \(a pipe or a device, expected a"):
        Recognizer.load(copy)


def test_a_folder_without_a_recognizer_is_told(tmp_path):
    with pytest.raises(RecognizerError, match=r"no recognizer in .*Name a run folder"):
        Recognizer.load(tmp_path)
    with pytest.raises(RecognizerError, match=r"no recognizer in .*nowhere"):
        Recognizer.load(tmp_path / "nowhere")


def test_a_run_that_is_not_finished_says_how_to_go_on(tmp_path):
    (tmp_path / "recipe.toml").touch()
    for look in (Recognizer.load, open_model):
        with pytest.raises(RecognizerError, match=r"is not finished, .*: kanjian resume "):
            look(tmp_path)
    for end in ("report.json", "study.json"):  # a study has no recognizer of its own
        (tmp_path / end).touch()
        with pytest.raises(RecognizerError, match="no recognizer in"):
            Recognizer.load(tmp_path)
        (tmp_path / end).unlink()


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("format = 1", "format = 4", r"has format 4, this kanjian reads up to 3\. Update"),
        ("format = 1", "format = 'x'", "is damaged: format must be 1 to 3, got 'x'"),
        ("format = 1\n", "", "is damaged: format must be 1 to 3, got None"),
        ("format = 1", "format = ", "is not TOML: Invalid value"),
        ('name = "pets"\n', "", "is damaged: key 'name' is missing"),
        ('"dog"', '"cat"', "is damaged: classes must differ, got 'cat' twice"),
        ("    12,\n", "", r"is damaged: size_hw must be \(height, width\), whole and positive"),
        ("    12,\n", "    -12,\n", r"is damaged: size_hw must be .* got \(-12, 20\)"),
        ("channels = 3", "channels = 4", "is damaged: channels must be 1 .* got 4"),
        ('"letterbox"', '"squash"', "is damaged: fit must be letterbox, crop or stretch, got 'sq"),
        ("[abstain]", "[abstain]\nthreshold = 2.0", "is damaged: abstain_threshold must be from 0"),
        ("[views]\nn = 1", "[views]\nn = 9", "is damaged: views must be 1 to 8, got 9"),
        ("mirror = false", "mirror = 0", "is damaged: mirror must be true or false, got 0"),
        ("[input]", "[output]", "is damaged: key 'input' is missing"),
        ('"model.xml"', '"other.xml"', "carries no OpenVINO form"),
    ],
)
def test_a_damaged_card_is_told_in_one_line(copy, old, new, told):
    spoil(copy, old, new)
    with pytest.raises(RecognizerError, match=told) as caught:
        Recognizer.load(copy, engine="openvino")
    assert "\n" not in str(caught.value)


SWAPS = [
    ("classes", '"dog",\n    "fox"', '"fox",\n    "dog"'),
    ("size_hw", "    12,\n    20,\n", "    20,\n    12,\n"),
    ("fit", '"letterbox"', '"crop"'),
    ("abstain_threshold", "threshold = 0.5", "threshold = 0.25"),
    ("abstain_target", "target = 0.9\n", "target = 0.99\n"),
]


@pytest.mark.parametrize(("key", "old", "new"), SWAPS, ids=[key for key, *_ in SWAPS])
def test_a_card_that_was_changed_later_says_what_was_changed(tmp_path, rgb_network, key, old, new):
    save(tmp_path, rgb_network, abstain_threshold=0.5, abstain_target=0.9)
    assert Recognizer.load(tmp_path).classes == CLASSES
    spoil(tmp_path, old, new)
    told = rf"was changed .*: {key} is .*, and was "
    for door in (Recognizer.load, model_card, open_model, lambda run: export(run, "openvino")):
        with pytest.raises(RecognizerError, match=told) as caught:
            door(tmp_path)
        assert "\n" not in str(caught.value)


def test_a_recognizer_of_an_earlier_kanjian_still_loads(copy):
    with np.load(copy / "selftest.npz") as stored:
        former = {name: stored[name] for name in ("images", "probabilities")}
    before = hashlib.sha256((copy / "selftest.npz").read_bytes()).hexdigest()
    np.savez(copy / "selftest.npz", **former)
    after = hashlib.sha256((copy / "selftest.npz").read_bytes()).hexdigest()
    spoil(copy, before, after)
    assert Recognizer.load(copy).selftest.passed


def test_what_is_written_anew_by_us_is_no_change(copy):
    write_card(copy, replace(read_card(copy), abstain_threshold=0.75))
    assert Recognizer.load(copy).abstain_threshold == 0.75


def test_a_card_that_is_no_text_is_damaged(copy):
    (copy / "recognizer.toml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(RecognizerError, match=r"recognizer\.toml is not text in UTF-8: "):
        Recognizer.load(copy)


def test_unknown_engine_and_precision_get_the_nearest(saved):
    with pytest.raises(RecognizerError, match=r"unknown engine 'opnvino'\. Did you mean 'openv"):
        Recognizer.load(saved, engine="opnvino")
    with pytest.raises(RecognizerError, match=r"unknown precision 'f16'"):
        Recognizer.load(saved, precision="f16")


def test_without_its_openvino_form_keras_answers_and_says_why(tmp_path, monkeypatch, caplog):
    monkeypatch.setattr(bundle, "write_openvino", lambda *_: "it was forbidden")
    model = network()
    save(tmp_path / "run/recognizer", model)
    assert "pets: saved without its OpenVINO form. it was forbidden." in caplog.text
    recognizer = Recognizer.load(tmp_path / "run")
    assert recognizer.engine == "keras"
    expected = np.asarray(model.predict_on_batch(pictures()))
    np.testing.assert_allclose(recognizer.probabilities(pictures()), expected, atol=1e-6)
    with pytest.raises(RecognizerError, match=r"no OpenVINO form \(it was forbidden\)\. Use eng"):
        Recognizer.load(tmp_path / "run", engine="openvino")


def test_what_openvino_cannot_express_is_one_sentence(tmp_path):
    keras = load_keras()
    if keras.backend.backend() != "tensorflow":
        pytest.skip("elsewhere the form is made from the saved file")

    class Magic(keras.layers.Layer):
        def call(self, pixels):
            import tensorflow

            return tensorflow.math.betainc(0.5, 0.5, keras.ops.cast(pixels, "float32") / 255)

    pixels = keras.Input((2, 2, 1), dtype="uint8")
    note = convert.write_openvino(keras.Model(pixels, Magic()(pixels)), tmp_path)
    assert note.startswith("OpenVINO cannot express this network: No conversion rule found")
    assert "Betainc" in note
    assert not list(tmp_path.iterdir())


def test_a_disagreeing_openvino_form_is_not_saved(tmp_path, monkeypatch):
    save(tmp_path / "recognizer")
    before = (tmp_path / "recognizer/recognizer.toml").read_bytes()
    other = network(seed=7)
    write = convert.write_openvino
    monkeypatch.setattr(bundle, "write_openvino", lambda _, folder: write(other, folder))
    if load_keras().backend.backend() != "tensorflow":
        pytest.skip("elsewhere the form is made from the saved file")
    with pytest.raises(RecognizerError, match="OpenVINO's predictions differ from Keras' by"):
        save(tmp_path / "recognizer")
    assert (tmp_path / "recognizer/recognizer.toml").read_bytes() == before


def dense_network(*, dtype="uint8", activation="softmax", bias="zeros"):
    keras = load_keras()
    pixels = keras.Input((*SIZE_HW, 3), dtype=dtype)
    flat = keras.layers.Flatten()(keras.layers.Rescaling(1 / 255)(pixels))
    last = keras.layers.Dense(3, activation=activation, bias_initializer=bias)
    return keras.Model(pixels, last(flat))


def constant(value):
    return load_keras().initializers.Constant(value)


@pytest.mark.parametrize(
    ("model", "changes", "told"),
    [
        (lambda: dense_network(dtype="float32"), {}, r"takes \(12, 20, 3\) float32, expected"),
        (dense_network, {"size_hw": (20, 12)}, r"expected \(20, 12, 3\) uint8: raw pixels, height"),
        (
            dense_network,
            {"classes": ("a", "b")},
            r"output of the network is \(3,\), expected \(2,\)",
        ),
        (dense_network, {"classes": ("a", "b", "a")}, "classes must differ, got 'a' twice"),
        (
            lambda: dense_network(activation=None, bias=constant(9.0)),
            {},
            r"expected probabilities from 0 to 1\. End it with softmax or sigmoid",
        ),
        (lambda: dense_network(bias=constant(np.nan)), {}, "the network gives nan to nan"),
        (dense_network, {"selftest_images": pictures(2) / 255}, "must be .* uint8 with n >= 1"),
        (dense_network, {"selftest_images": pictures(0)}, r"got \(0, 12, 20, 3\) uint8"),
        (dense_network, {"abstain_threshold": 1.5}, "abstain_threshold must be from 0 to 1"),
        (dense_network, {"fit": "squash"}, "fit must be letterbox, crop or stretch"),
    ],
)
def test_what_does_not_fit_is_refused_and_nothing_is_left(tmp_path, model, changes, told):
    with pytest.raises(RecognizerError, match=told):
        save(tmp_path / "recognizer", model(), **changes)
    assert list(tmp_path.iterdir()) == []


def test_a_network_with_two_inputs_is_refused():
    keras = load_keras()
    one, two = keras.Input((4,)), keras.Input((4,))
    both = keras.Model([one, two], keras.layers.Add()([one, two]))
    with pytest.raises(RecognizerError, match="has 2 inputs and 1 outputs, expected one each"):
        convert.check_network(both, classes=CLASSES, size_hw=SIZE_HW, channels=3)


def test_saving_again_replaces_the_whole_folder(copy):
    (copy / "stray").touch()
    save(copy, name="second")
    assert Recognizer.load(copy).name == "second"
    assert not (copy / "stray").exists()


def test_a_full_disk_leaves_the_old_recognizer_whole(copy, monkeypatch):
    before = {path.name: path.read_bytes() for path in copy.iterdir()}

    def full(*_, **__):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(np, "savez", full)
    with pytest.raises(StorageError, match=r"cannot write .*: the disk is full .* is whole"):
        save(copy)
    assert {path.name: path.read_bytes() for path in copy.iterdir()} == before
    assert [path.name for path in copy.parent.iterdir()] == ["recognizer"]


def test_a_folder_that_cannot_be_made_is_told(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(StorageError, match=r"cannot write .*file: Not a directory"):
        save(tmp_path / "file" / "recognizer")


def test_a_kill_between_the_two_renames_loses_nothing(copy, monkeypatch):
    rename = Path.rename

    def killed(self, target):
        if self.suffix == ".part":
            raise KeyboardInterrupt
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", killed)
    monkeypatch.setattr("kanjian.inference.whole_folder.settle", lambda _: None)  # no time for it
    monkeypatch.setattr("kanjian.inference.whole_folder._exchange", lambda: None)  # as on Windows
    with pytest.raises(KeyboardInterrupt), replacing_folder(copy) as new:
        (new / "half").touch()
    monkeypatch.undo()
    assert not copy.exists()
    assert Recognizer.load(copy.parent).classes == CLASSES
    settle(copy)
    assert copy.is_dir()


def test_the_card_keeps_every_field(tmp_path):
    card = Card(
        "n", ("b", "a"), (3, 4), 1, "stretch", 0.5, 0.99,
        created="2026-01-01", openvino_parity=1e-7, versions={"python": "3.11"},
        facts={"accuracy": 0.9, "per_class": [1, 2], "deep": {"x": True}},
    )  # fmt: skip
    write_card(tmp_path, card)
    assert read_card(tmp_path) == card
