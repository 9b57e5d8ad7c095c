"""A whole run on a network in a file: one joined recognizer, which only OpenVINO runs."""

import numpy as np
import pytest

from kanjian.errors import RecipeError, RecognizerError
from kanjian.explain.model_access import open_model
from kanjian.images.write import write_image
from kanjian.inference.recognizer import Recognizer
from kanjian.recipes.codec import read_recipe
from kanjian.training.train import train
from kanjian.training.trainer import resume
from onnx_backbones import SIDE, through_onnxruntime, write_onnx

pytest.importorskip("onnxruntime")


@pytest.fixture(autouse=True)
def place(tmp_path, monkeypatch):
    monkeypatch.setenv("KANJIAN_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    write_onnx(tmp_path / "net.onnx")
    rng = np.random.default_rng(0)
    for name, low in (("dark", 0), ("light", 120)):
        for number in range(16):
            image = rng.integers(low, low + 130, (SIDE, SIDE, 3), dtype=np.uint8)
            write_image(tmp_path / "图片" / name / f"{number}.png", image)
    return tmp_path


def test_backbone_and_head_are_saved_as_one_file_and_resumed(place, monkeypatch):
    run = train("图片", backbone="net.onnx", pixels="0..1", epochs=1, quiet=True)
    assert read_recipe(run.folder / "recipe.toml").backbone.name == str(place / "net.onnx")
    assert run.report.parameters == run.report.trainable_parameters == 2 * 8 + 2
    recognizer = Recognizer.load(run.folder)
    pictures = np.random.default_rng(1).integers(0, 256, (2, SIDE, SIDE, 3), np.uint8)
    features = through_onnxruntime(place / "net.onnx", "pooled", pictures)
    files = {path.name for path in (run.folder / "recognizer").iterdir()}
    assert {"model.xml", "model.bin"} <= files and "model.keras" not in files
    (place / "net.onnx").rename(place / "elsewhere.onnx")  # the recognizer needs it no longer
    rows = recognizer.probabilities(pictures)
    # a linear head: the logits differ by a linear function of the features
    logits = np.log(rows[:, 1] / rows[:, 0])
    assert np.isfinite(logits).all() and logits[0] != logits[1] and features.shape == (2, 8)
    with pytest.raises(RecognizerError, match="only OpenVINO runs it"):
        open_model(run.folder)
    (place / "elsewhere.onnx").rename(place / "net.onnx")
    further = resume(run.folder, epochs=2)
    assert further.report.epochs == 2


@pytest.mark.parametrize(
    ("overrides", "told"),
    [
        ({"fine_tune.unfreeze": 1}, "stays frozen"),
        ({"backbone.weights": "none"}, "has its own weights"),
        ({"backbone.pixels": "unit"}, "pixel_range"),
    ],
)
def test_what_cannot_be_is_refused_before_training(overrides, told):
    with pytest.raises(RecipeError, match=told):
        train("图片", backbone="net.onnx", pixels="0..1", overrides=overrides)


def test_a_file_that_is_not_there_is_told_at_once():
    with pytest.raises(RecipeError, match=r"there is no file other\.onnx"):
        train("图片", backbone="other.onnx")
