"""Pictures, a Keras network, weights from Python: the run is one like any other."""

import json
import subprocess
import sys

import keras
import numpy as np
import pytest

from kanjian import Recognizer, Splits, open_dataset
from kanjian.cli.app import run as kanjian
from kanjian.errors import DatasetError, KanjianError, RecipeError
from kanjian.experiments.cross_validation import cross_validate
from kanjian.images.write import write_image
from kanjian.recipes.codec import read_recipe
from kanjian.recipes.recipe import Recipe
from kanjian.training.epoch_loop import TrainingInterrupted
from kanjian.training.resolve_recipe import recipe_for
from kanjian.training.train import train
from kanjian.training.trainer import resume
from toy_studies import StopIn, weights_of

LAYERS = keras.layers
RNG = np.random.default_rng(0)
SHADES = RNG.integers(0, 100, (80, 8, 8), dtype=np.uint8)
SHADES[1::2] += 150
NAMES = np.array(["dark", "light"] * 40)


def recipe_of(**sections):
    training = {"epochs": 3, "batch_size": 16, "seed": 1, "steps_per_execution": 1}
    training |= {"precision": "float32"} | sections.pop("training", {})
    data = {"validation": 0.25} | sections.pop("data", {})
    return Recipe(name="own", data=data, optimizer={"name": "adam", "learning_rate": 0.03},
                  training=training, **sections)  # fmt: skip


def network():
    keras.utils.set_random_seed(7)
    return keras.Sequential(
        [
            keras.Input((8, 8, 1)),
            LAYERS.Conv2D(4, 3, activation="relu"),
            LAYERS.Dropout(0.2),
            LAYERS.Flatten(),
            LAYERS.Dense(2),
        ]
    )


ASK = """
import json, sys
import numpy as np
from kanjian.inference.recognizer import Recognizer
answer = Recognizer.load(sys.argv[1]).predict(np.full((8, 8), 200, np.uint8))
assert "keras" not in sys.modules
print(json.dumps(answer.best_label))
"""


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    out = tmp_path_factory.mktemp("看见 own")
    return train(recipe_of(), on=(SHADES, NAMES), model=network(), out=out)


def test_arrays_and_ones_own_network_make_a_run_like_any_other(run, tmp_path):
    assert run.report.validation.accuracy == 1.0
    assert "ends in logits" in " ".join(run.report.notes)
    child = subprocess.run(
        [sys.executable, "-c", ASK, run.folder], capture_output=True, text=True, check=False
    )
    assert json.loads(child.stdout) == "light", child.stderr
    Recognizer.load(run).export("openvino", tmp_path / "exported")
    plain = keras.saving.load_model(run.recognizer_folder / "model.keras")
    assert plain.input_shape == (None, 8, 8, 1)
    # from the folder alone: judged, trained anew, cross-validated, and on to more epochs
    assert kanjian(["evaluate", str(run.folder)]) == 0
    again = train(run.folder, out=tmp_path)
    for ours, theirs in zip(weights_of(again), weights_of(run), strict=True):
        np.testing.assert_array_equal(ours, theirs)
    folds = cross_validate(recipe_for(run.folder), folds=2, out=tmp_path)
    assert min(folds.accuracies) > 0.6


def test_it_goes_on_from_its_folder_wherever_that_is(run, tmp_path):
    with pytest.raises(TrainingInterrupted):
        train(recipe_of(), on=(SHADES, NAMES), model=network(), out=tmp_path, callback=StopIn(1))
    (tmp_path / "own").rename(tmp_path / "moved")
    resumed = resume(tmp_path / "moved")
    for ours, theirs in zip(weights_of(resumed), weights_of(run), strict=True):
        np.testing.assert_array_equal(ours, theirs)
    assert resume(tmp_path / "moved", epochs=4).report.epochs == 4
    recipe = read_recipe(tmp_path / "moved" / "recipe.toml")
    assert (recipe.model.file, recipe.training.epochs) == ("network.keras", 4)


def test_a_file_of_keras_is_trained_from_the_command_line(run, tmp_path):
    command = ["train", str(run.folder), "--set", f"model.file={run.folder / 'network.keras'}"]
    assert kanjian([*command, "--epochs", "1", "--out", str(tmp_path), "--quiet"]) == 0
    assert (tmp_path / "own" / "network.keras").is_file()


def test_pictures_alone_are_enough(tmp_path):
    run = train((list(SHADES), NAMES), model=network(), out=tmp_path,
                overrides={"training.epochs": 2})  # fmt: skip
    assert run.folder.name == "arrays"
    whole = Splits.from_arrays(SHADES[:60], NAMES[:60], validation=(SHADES[60:], NAMES[60:]))
    run = train(whole, model=network(), out=tmp_path, overrides={"training.epochs": 1})
    assert run.report.validation.n == 20


@pytest.fixture(scope="module")
def table(tmp_path_factory):
    """Files with a column of weights: dark ones count twice."""
    folder = tmp_path_factory.mktemp("table")
    lines = ["path,label,weight"]
    for number, (image, name) in enumerate(zip(SHADES, NAMES, strict=True)):
        write_image(folder / f"{number:02}.png", image)
        lines.append(f"{number:02}.png,{name},{2 if name == 'dark' else 1}")
    (folder / "labels.csv").write_text("\n".join(lines))
    return folder / "labels.csv"


def test_weights_of_classes_of_a_column_of_a_function_and_of_an_array_are_one(table, tmp_path):
    def trained(name, weights=None, **sections):
        data = {"source": str(table)} | sections.pop("data", {})
        recipe = recipe_of(data=data, **sections)
        return train(recipe, model=network(), sample_weight=weights, out=tmp_path / name)

    by_class = trained("class", training={"class_weights": {"dark": 2.0}})
    by_column = trained("column", data={"weights": "weight"})
    by_function = trained("function", lambda part: np.where(part.labels == 0, 2.0, 1.0))
    by_array = train(recipe_of(), on=(SHADES, NAMES), model=network(), out=tmp_path / "array",
                     sample_weight=np.where(NAMES == "dark", 2, 1))  # fmt: skip
    unweighted = trained("none")
    for run in (by_column, by_function, by_array):
        for ours, theirs in zip(weights_of(run), weights_of(by_class), strict=True):
            np.testing.assert_array_equal(ours, theirs)
        assert "pictures count 1 to 2" in " ".join(run.report.notes)
    assert "'dark' counts 2" in " ".join(by_class.report.notes)
    differ = [(a != b).any() for a, b in zip(weights_of(unweighted), weights_of(by_class))]  # noqa: B905
    assert any(differ)
    assert "data.weights=weight" in " ".join(unweighted.report.notes)


def test_weights_are_there_again_where_a_run_goes_on(table, tmp_path):
    def half(part):
        return np.linspace(0, 1, len(part))

    recipe = recipe_of(data={"source": str(table)})
    whole = train(recipe, model=network(), sample_weight=half, out=tmp_path / "whole")
    with pytest.raises(TrainingInterrupted):
        train(recipe, model=network(), sample_weight=half, out=tmp_path / "broken",
              callback=StopIn(1))  # fmt: skip
    resumed = resume(tmp_path / "broken" / "own")
    for ours, theirs in zip(weights_of(resumed), weights_of(whole), strict=True):
        np.testing.assert_array_equal(ours, theirs)


def test_what_weighs_nothing_is_not_learned_and_judged_all_the_same(tmp_path):
    three = np.concatenate([SHADES, np.full((40, 8, 8), 255, np.uint8)])
    names = [*NAMES, *["white"] * 40]
    recipe = recipe_of(training={"epochs": 12, "class_weights": {"white": 0.0}})
    own = keras.Sequential(
        [keras.Input((8, 8, 1)), LAYERS.Flatten(), LAYERS.Dense(3, activation="softmax")]
    )
    report = train(recipe, on=(three, names), model=own, out=tmp_path).report
    scores = {
        score["name"]: score["recall"] for score in report.to_dict()["validation"]["per_class"]
    }
    assert scores["white"] == 0.0
    assert scores["dark"] == 1.0
    assert report.validation.n == 30


@pytest.mark.parametrize(
    ("asked", "error", "message"),
    [
        ({"source": (SHADES, NAMES, NAMES)}, DatasetError, r"labels\), got 3 things"),
        ({"source": (SHADES, NAMES[:3])}, DatasetError, "80 pictures but 3 labels"),
        ({"sample_weight": [1, 2]}, DatasetError, r"sample_weight .* \(80,\) numbers.* got \(2,\)"),
        ({"sample_weight": -np.ones(80)}, DatasetError, "from 0 on, and not all 0, got -1 to -1"),
        ({"sample_weight": lambda part: "x"}, DatasetError, "one for each picture, got"),
        ({"source": recipe_of(), "on": (SHADES, NAMES), "model": "lenet"}, RecipeError, "got str"),
        ({"source": "digits", "sample_weight": [1]}, DatasetError, "must be a function here"),
        ({"overrides": {"training.class_weights": "{ dark = 0, light = 0 }"}}, RecipeError,
         "class_weights are all 0"),
        ({"overrides": {"training.class_weights.drak": 2}}, RecipeError, "Did you mean 'dark'"),
        ({"on": "digits"}, DatasetError, "given twice"),
        ({"source": "digits", "model": keras.Sequential([keras.Input((8, 8, 1)), LAYERS.Dense(3)])},
         RecipeError, r"ends in \(8, 8, 3\), but there are 10 classes"),
    ],
)  # fmt: skip
def test_what_cannot_be_taken_is_refused_and_leaves_nothing(tmp_path, asked, error, message):
    asked = {"source": (SHADES, NAMES)} | asked
    with pytest.raises(error, match=message) as caught:
        train(**asked, out=tmp_path)
    assert isinstance(caught.value, KanjianError)
    assert "\n" not in str(caught.value)
    assert not list(tmp_path.iterdir())


def test_files_are_named_and_not_handed_over(table, tmp_path):
    with pytest.raises(DatasetError, match="are files: name the folder or table"):
        train(open_dataset(table), out=tmp_path)
    with pytest.raises(DatasetError, match="have weights already"):
        train(recipe_of(data={"source": str(table), "weights": "weight"}), out=tmp_path,
              model=network(), sample_weight=lambda part: np.ones(len(part)))  # fmt: skip


@pytest.mark.parametrize(
    ("text", "asked", "message"),
    [
        ("path,label,weight\n00.png,a,1\n01.png,b,x\n", "weight", "line 3 has the weight 'x'"),
        ("path,label,weight\n00.png,a,1\n01.png,b,-2\n", "weight", "must be a number from 0 on"),
        ("path,label,weight\n00.png,a,0\n01.png,b,0\n", "weight", "not all 0"),
        ("path,label,weight\n00.png,a,1\n01.png,b,1\n", "wieght", "Did you mean 'weight'"),
        ("00.png,a\n01.png,b\n", "weight", "has no line that names its columns"),
    ],
)
def test_a_column_that_weighs_nothing_is_refused(table, text, asked, message):
    path = table.parent / "wrong.csv"
    path.write_text(text)
    with pytest.raises(DatasetError, match=message):
        open_dataset(path, weights=asked)
    with pytest.raises(DatasetError, match="has no table of its pictures"):
        open_dataset("digits", weights=asked)
