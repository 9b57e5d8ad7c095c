"""Pictures compared with words: the framework's own logits, kept as a recognizer."""

import re

import numpy as np
import pytest

from hub_presets import (
    SIDE,
    keras_hub,
    write_clip_with_words,
    write_preset,
    write_siglip_with_words,
)
from kanjian.backend import load_keras
from kanjian.cli.app import run
from kanjian.errors import RecipeError
from kanjian.images.write import write_image
from kanjian.inference import zero_shot as module
from kanjian.inference.zero_shot import zero_shot
from kanjian.models.text_tower import _tokens
from kanjian.storage.cache import Cache
from kanjian.training.head_from_words import words_as_head
from kanjian.training.train import train

keras_hub()
LABELS = ["a cat", "a Dog", "sat"]
PICTURES = np.random.default_rng(1).integers(0, 256, (3, SIDE, SIDE, 3), np.uint8)


@pytest.fixture(scope="module")
def presets(tmp_path_factory):
    place = tmp_path_factory.mktemp("presets")
    return {
        "clip": write_clip_with_words(place / "clip"),
        "siglip": write_siglip_with_words(place / "siglip"),
    }


@pytest.fixture(autouse=True)
def own_home(tmp_path, monkeypatch):
    monkeypatch.setenv("KANJIAN_HOME", str(tmp_path / "home"))


def own_logits(folder, labels):
    """Logits (pictures, labels) as KerasHub's own network gives them."""
    hub, ops = keras_hub(), load_keras().ops
    backbone = hub.models.Backbone.from_preset(str(folder))
    prepared = hub.layers.ImageConverter.from_preset(str(folder))(PICTURES.astype(np.float32))
    tokens = _tokens(folder, "own", labels, most=8)
    told = backbone({"images": prepared, "token_ids": ops.convert_to_tensor(tokens)})
    return ops.convert_to_numpy(told["vision_logits"])


@pytest.mark.parametrize("family", ["clip", "siglip"])
def test_probabilities_are_the_softmax_of_the_frameworks_own_logits(family, presets, tmp_path):
    recognizer = zero_shot(f"hub:{presets[family]}", LABELS, cache=Cache(tmp_path / "cache"))
    logits = own_logits(presets[family], LABELS)
    wanted = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    np.testing.assert_allclose(recognizer.probabilities(PICTURES), wanted, atol=1e-5)
    assert recognizer.classes == tuple(LABELS)


def test_the_same_question_is_not_computed_again(presets, tmp_path, monkeypatch):
    cache = Cache(tmp_path / "cache")
    first = zero_shot(f"hub:{presets['clip']}", LABELS, cache=cache)
    monkeypatch.setattr(module, "network_of", None)
    monkeypatch.setattr(module.extras, "installed", lambda name: False)  # nor KerasHub needed
    again = zero_shot(f"hub:{presets['clip']}", LABELS, cache=cache)
    np.testing.assert_array_equal(first.probabilities(PICTURES), again.probabilities(PICTURES))


def test_the_command_takes_texts_after_the_pictures(presets, tmp_path, capsys):
    for number, picture in enumerate(PICTURES[:2]):
        write_image(tmp_path / f"{number}.png", picture)
    line = ["predict", str(tmp_path / "0.png"), str(tmp_path / "1.png"), "--labels", "a cat",
            "a dog", "--backbone", f"hub:{presets['clip']}"]  # fmt: skip
    assert run(line) == 0
    rows = capsys.readouterr().out.splitlines()
    assert len(rows) == 2
    assert all(re.search(r"[01].png: a (cat|dog) [0-9.]+ %", row) for row in rows)


@pytest.mark.parametrize(
    ("more", "told"),
    [
        (["--labels", "a cat"], "--labels and --backbone go together"),
        (["--labels", "a cat", "--backbone", "hub:x"], "two or more different texts"),
        (["--labels", "a cat", "a dog", "--backbone", "vgg16"], "need a preset of CLIP or SigLIP"),
        ([], "no pictures were given"),
    ],
)
def test_what_is_missing_is_told(more, told, capsys):
    assert run(["predict", "a.png", *more]) == 2
    assert told in capsys.readouterr().err


def test_a_network_without_words_says_so(tmp_path):
    folder = write_preset(tmp_path / "vit", "vit")
    with pytest.raises(RecipeError, match="ViTBackbone, which knows pictures alone"):
        zero_shot(f"hub:{folder}", LABELS)
    wordless = write_preset(tmp_path / "clip", "clip")
    with pytest.raises(RecipeError, match="cannot read words"):
        zero_shot(f"hub:{wordless}", LABELS)


def test_a_head_can_begin_with_words(presets, tmp_path):
    rng = np.random.default_rng(0)
    for name, low in (("cat", 0), ("dog", 120)):
        for number in range(8):
            image = rng.integers(low, low + 130, (SIDE, SIDE, 3), dtype=np.uint8)
            write_image(tmp_path / "pets" / name / f"{number}.png", image)
    told = []
    words = {"backbone.words": "a {}", "training.precision": "float32"}
    made = train(tmp_path / "pets", backbone=f"hub:{presets['clip']}", overrides=words, epochs=1,
                 out=tmp_path, callback=told.append)  # fmt: skip
    assert made.report.epochs == 1
    assert any("the head begins with the words 'a {}'" in str(each) for each in told)
    with pytest.raises(RecipeError, match="need a preset of CLIP"):
        train(tmp_path / "pets", backbone="vgg16", weights="none", overrides=words, out=tmp_path)
    with pytest.raises(RecipeError, match=r"must have \{\} where"):
        train(tmp_path / "pets", backbone=f"hub:{presets['clip']}", out=tmp_path,
              overrides={"backbone.words": "a cat"})  # fmt: skip


def test_words_as_a_head_give_the_presets_logits_on_features_of_one_length(presets):
    from kanjian.recipes.transfer import Backbone

    section = Backbone(name=f"hub:{presets['clip']}", words="{}")
    features = np.random.default_rng(0).normal(size=(4, 6))
    features *= 5 / np.linalg.norm(features, axis=1, keepdims=True)
    kernel, bias = words_as_head(section, ("a cat", "a dog"), features)
    again, _ = words_as_head(section, ("a cat", "a dog"), features / 5)
    assert kernel.shape == (6, 2)
    np.testing.assert_allclose(features @ kernel + bias, features / 5 @ again + bias, rtol=1e-4)
