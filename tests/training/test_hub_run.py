"""A whole run on a preset of KerasHub: cached features, fine-tuning, and a recognizer for all."""

import json

import numpy as np
import pytest

from hub_presets import keras_hub, write_preset
from kanjian.errors import RecipeError
from kanjian.explain.attribution import explain_prediction
from kanjian.images.write import write_image
from kanjian.inference.recognizer import Recognizer
from kanjian.recipes.codec import read_recipe
from kanjian.training import phase_runner
from kanjian.training.resolve_recipe import recipe_for
from kanjian.training.train import train
from kanjian.training.trainer import resume
from kanjian.training.verdict import Verdict
from processes import ended, started

keras_hub()
# what a machine without KerasHub and without Keras does with the recognizer
PREDICT = """
import sys
sys.modules["keras"] = sys.modules["keras_hub"] = sys.modules["tensorflow"] = None
from kanjian.inference.recognizer import Recognizer
print(Recognizer.load(sys.argv[1]).predict(sys.argv[2]).label)
"""


@pytest.fixture(scope="module")
def photos(tmp_path_factory):
    folder = tmp_path_factory.mktemp("photos") / "图片"
    rng = np.random.default_rng(0)
    for name, low in (("dark", 0), ("light", 120)):
        for number in range(16):
            image = rng.integers(low, low + 130, (20, 18, 3), dtype=np.uint8)
            write_image(folder / name / f"{number}.png", image)
    return folder


@pytest.fixture(scope="module")
def presets(tmp_path_factory):
    place = tmp_path_factory.mktemp("presets")
    return {family: write_preset(place / family, family) for family in ("vit", "clip", "vgg")}


@pytest.fixture(autouse=True)
def own_home(monkeypatch, tmp_path):
    monkeypatch.setenv("KANJIAN_HOME", str(tmp_path / "home"))


def recipe_on(photos, preset, **overrides):
    changes = {"training.epochs": 2, "training.precision": "float32", "backbone.precision": "f32"}
    named = {key.replace("__", "."): value for key, value in overrides.items()}
    return recipe_for(photos, backbone=f"hub:{preset}", overrides=changes | named)


TOP = {"fine_tune__unfreeze": "vit_encoder_transformer_block_2", "fine_tune__epochs": 1,
       "fine_tune__batch_size": 8}  # fmt: skip


def test_a_run_is_resumed_and_its_recognizer_needs_neither_keras_hub_nor_keras(
    photos, presets, tmp_path, monkeypatch
):
    monkeypatch.setattr(phase_runner, "verdict_on", lambda *_: Verdict(kept=True, sentence=""))
    monkeypatch.chdir(presets["vit"].parent)
    run = train(recipe_on(photos, "vit", **TOP), out=tmp_path)
    assert read_recipe(run.folder / "recipe.toml").backbone.name == f"hub:{presets['vit']}"
    monkeypatch.chdir(tmp_path)  # the preset's whole path is written down
    further = resume(run.folder, epochs=4)
    assert [phase.epochs for phase in further.report.phases] == [2, 2]
    recognizer = Recognizer.load(run.folder)
    picture = photos / "dark" / "0.png"
    (label,) = ended([started(PREDICT, run.folder, picture)])
    assert label.strip() == recognizer.predict(picture).label
    # and in Keras, patches of the transformer stand where they lie in the picture
    reason = explain_prediction(run.folder, picture)
    assert reason.values.shape == (4, 4)


@pytest.mark.parametrize("family", ["clip", "vgg"])
def test_features_are_computed_once(family, photos, presets, tmp_path):
    recipe = recipe_on(photos, presets[family])
    plain = recipe.model_copy(update={"augmentation": type(recipe.augmentation)()})
    for number, cached in enumerate((False, True)):
        run = train(plain, out=tmp_path / str(number))
        passes = json.loads((run.folder / "report.json").read_text())["phases"][0]["passes"]
        assert {each["from_cache"] for each in passes} == {cached}
    assert max(each["relative_error"] for each in passes) < 1e-5


def test_what_a_preset_cannot_do_is_one_line_before_training(photos, presets, tmp_path):
    recipe = recipe_on(photos, presets["vit"], fine_tune__unfreeze="block9")
    with pytest.raises(RecipeError, match="vit has no layer 'block9'"):
        train(recipe, out=tmp_path)
    assert not list(tmp_path.glob("图片*"))
