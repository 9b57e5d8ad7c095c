"""Every documented choice of a recipe trains, is saved, and answers in a process of its own.

The choices are read from the recipe's own types and from Keras, so a new one joins by itself.
Each row takes one of every kind, so that as few trainings as the longest list has cover all.
"""

import inspect
import json
import subprocess
import sys
from itertools import product
from typing import get_args

import numpy as np
import pytest

from kanjian.backend import load_keras
from kanjian.errors import RecipeError
from kanjian.inference.recognizer import Recognizer
from kanjian.models.build import build_model
from kanjian.models.input_normalization import Preparation
from kanjian.models.keras_lookup import classes_of
from kanjian.models.metrics import build_metrics, metric_classes
from kanjian.recipes.learning import Schedule
from kanjian.recipes.recipe import Input, Model, Recipe, Training
from kanjian.training.checkpoint import model_arrays, restore_model
from kanjian.training.losses import build_loss
from kanjian.training.optimizers import _NO_CLASS_LOSS, optimizer_names
from kanjian.training.train import train
from toy_studies import LINEAR


def choices(section, name):
    return get_args(section.model_fields[name].annotation)


def inputs():
    """Every mode of [input]; 168 numbers a picture, more than TensorFlow writes into a graph."""
    rows = [
        {"center": center, "standardize": spread}
        for center, spread in product(choices(Input, "center"), choices(Input, "standardize"))
    ]
    rows += [{"center": "pixel", "standardize": "pixel", "zca": 0.1}, {"zca": 0.1}]
    rows += [{"center": "channel", "standardize": "channel", "patch_whitening_px": 2}]
    rows += [{"sample": name} for name in choices(Input, "sample") if name != "none"]
    return [{"size": (12, 14), **row} for row in rows]


def losses():
    return ["auto", "cosine_proximity", *classes_of(load_keras().losses, without=_NO_CLASS_LOSS)]


def class_weights():
    """As many as [training] sampling has, so that no row balances twice."""
    literals = get_args(choices(Training, "class_weights")[0])
    return [*(word for word in literals if word != "none"), {"3": 2.0, "8": 0.5}]


def metrics():
    """Every metric, with a value where Keras asks for one; as names where none is needed."""
    for name, cls in metric_classes().items():
        parameters = inspect.signature(cls.__init__).parameters.values()
        asked = [each.name for each in parameters if each.default is each.empty][1:]
        yield [{"type": name} | dict.fromkeys(asked, 0.5) if asked else name]


def rows():
    kinds = {
        ("input",): inputs(),
        ("input", "fit"): choices(Input, "fit"),
        ("training", "loss"): losses(),
        ("training", "precision"): choices(Training, "precision"),
        ("training", "keep"): choices(Training, "keep"),
        ("training", "sampling"): choices(Training, "sampling"),
        ("training", "class_weights"): class_weights(),
        ("training", "metrics"): list(metrics()),
        ("optimizer", "name"): optimizer_names(),
        ("schedule", "name"): choices(Schedule, "name"),
    }
    for number in range(max(map(len, kinds.values()))):
        recipe = {"input": {}, "training": {}, "optimizer": {}, "schedule": {}}
        for (section, *key), offered in kinds.items():
            value = offered[number % len(offered)]
            recipe[section] |= {key[0]: value} if key else value
        yield recipe


ASK = """
import json, sys
import numpy as np
from kanjian.inference.recognizer import Recognizer
picture = np.full((9, 9), 77, np.uint8)
told = {}
for folder in sys.argv[1:]:
    told[folder] = Recognizer.load(folder).predict(picture).probabilities
assert "keras" not in sys.modules
print(json.dumps(told))
"""


@pytest.mark.slow
def test_every_choice_trains_is_saved_and_answers_alike_in_a_new_process(tmp_path):
    here = {}
    for number, sections in enumerate(rows()):
        sections["training"] |= {"epochs": 1, "batch_size": 16}
        data = {"source": "digits", "limit": 60, "validation": 0.25}
        recipe = Recipe(name=f"r{number}", data=data, model={"layers": LINEAR}, **sections)
        try:
            run = train(recipe, out=tmp_path)
        except Exception as error:
            raise AssertionError(f"{sections}: {error}") from error
        recognizer = Recognizer.load(run.folder, engine="keras")
        here[str(run.folder)] = recognizer.predict(np.full((9, 9), 77, np.uint8)).probabilities
    child = subprocess.run(
        [sys.executable, "-c", ASK, *here], capture_output=True, text=True, check=False
    )
    assert child.returncode == 0, child.stderr
    there = json.loads(child.stdout)
    for folder, probabilities in here.items():
        assert there[folder] == pytest.approx(probabilities, abs=1e-3), folder


def test_every_loss_is_spelled_as_keras_spells_it():
    for name in losses():
        assert build_loss(name, n_classes=10).keras_loss is not None


def test_every_metric_is_there_for_one_output_and_for_many_or_says_why_not():
    for asked in metrics():
        assert build_metrics(asked, outputs=10)
        try:
            assert build_metrics(asked, outputs=1)
        except RecipeError as error:
            assert "Categorical" in str(asked), error


def test_the_state_of_float16_training_can_be_taken_again_and_again():
    keras = load_keras()
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    model.compile(keras.optimizers.LossScaleOptimizer(keras.optimizers.Adam()), "mse")
    before = model_arrays(model)
    restore_model(model, before)
    assert model_arrays(model).keys() == before.keys()


def test_an_answer_of_convolutions_alone_is_computed_in_float32():
    tables = (
        {"type": "Conv2D", "filters": "classes", "kernel_size": 3},
        {"type": "GlobalAveragePooling2D"},
        {"type": "Softmax"},
    )
    network = build_model(
        Model(layers=tables), shape_hwc=(8, 8, 1), n_classes=3,
        preparation=Preparation((8, 8, 1)), seed=0, policy="mixed_bfloat16",
    )  # fmt: skip
    assert {layer.compute_dtype for layer in network.layers[-3:]} == {"float32"}
