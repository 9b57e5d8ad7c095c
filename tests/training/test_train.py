"""The front door: what the command line can say, under the same names; what comes out is typed."""

import importlib
import inspect
import json
import os
from typing import get_type_hints

import numpy as np
import pytest
import typer.main

import kanjian
from kanjian.backend import use_backend
from kanjian.cli.app import app
from kanjian.errors import KanjianError, RecipeError, RecognizerError, TrainingError
from kanjian.recipes.recipe import Recipe
from kanjian.training.recipe_options import KEY_OF, RecipeOptions, TimedOptions, recipe_from
from kanjian.training.resolve_recipe import recipe_for, with_changes
from kanjian.training.run import RunReport

# Options whose name in Python says more, with units and kinds; and those of the terminal alone
IN_PYTHON = {"what": "source", "data": "data_folder", "max_memory": "max_memory_mb",
             "settings": "overrides"}  # fmt: skip
OF_THE_TERMINAL = {"json", "help"}
SMALL = {"limit": 90, "batch_size": 16, "quiet": True}


def options_of(*words):
    command = typer.main.get_command(app)
    with typer.Context(command) as context:
        for word in words:
            command = command.get_command(context, word)
    return {IN_PYTHON.get(option.name, option.name) for option in command.params} - OF_THE_TERMINAL


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    return kanjian.train("digits", epochs=2, out=str(tmp_path_factory.mktemp("runs")), **SMALL)


def test_all_that_the_command_line_can_say_can_be_said_in_python():
    taken = set(inspect.signature(kanjian.train).parameters)
    assert options_of("train") == taken - {"callback", "model", "sample_weight"}


@pytest.mark.parametrize(
    ("command", "function"),
    [("compare", "compare"), ("crossval", "cross_validate"), ("find-rate", "find_learning_rate")],
)
def test_so_can_that_of_the_studies(command, function):
    taken = inspect.signature(getattr(kanjian, function)).parameters
    assert taken["options"].kind is inspect.Parameter.VAR_KEYWORD
    known = set(taken) | set(RecipeOptions.__annotations__)
    # where results go, and how they are shown, is for the command of a sweep to say
    of_commands = {"quiet", "backend", "out"} if command == "find-rate" else {"quiet", "backend"}
    assert options_of(command) - of_commands <= known


def test_the_options_of_a_recipe_are_those_of_train():
    taken = inspect.signature(kanjian.train).parameters
    assert set(TimedOptions.__annotations__) <= set(taken)
    assert set(KEY_OF) <= set(TimedOptions.__annotations__)
    hints = get_type_hints(kanjian.train, localns={"Run": kanjian.Run})
    for name, hint in get_type_hints(TimedOptions).items():
        # (pictures, labels) become Splits on the way
        assert name == "on" or hints[name] == hint, name


def test_options_change_a_recipe_wherever_it_comes_from(tmp_path):
    saved = Recipe.shipped("mnist-lenet").save(tmp_path / "mine.toml")
    options = RecipeOptions(epochs=3, learning_rate=0.5, seed=None, overrides={"data.limit": 9})
    for source in ("mnist-lenet", saved, str(saved), Recipe.shipped("mnist-lenet")):
        found = recipe_from(source, options)
        assert (found.training.epochs, found.data.limit) == (3, 9)
        assert found.optimizer.learning_rate == 0.5
    last = RecipeOptions(epochs=3, overrides={"training.epochs": 4})
    assert recipe_from("mnist-lenet", last).training.epochs == 4


def test_a_backbone_among_the_overrides_is_the_backbone():
    for source in ("digits", "mnist-lenet", Recipe.shipped("mnist-lenet")):
        named = recipe_for(source, backbone="vgg16", weights="none")
        changes = {"backbone.name": "vgg16", "backbone.weights": "none"}
        assert recipe_for(source, overrides=changes) == named
    plain = recipe_for("mnist-lenet", overrides={"backbone.name": "none"})
    assert plain == Recipe.shipped("mnist-lenet")
    assert (
        with_changes(Recipe.shipped("mnist-lenet"), {"backbone.name": "vgg16"}).model.name is None
    )
    with pytest.raises(RecipeError, match="unknown backbone 'vgg61'"):
        recipe_for("digits", overrides={"backbone.name": "vgg61"})


def test_a_run_tells_what_it_reached(run):
    report = run.report
    assert report.epochs == 2
    assert report.judged is report.test
    assert report.accuracy == report.test.accuracy
    assert 0 <= report.test.interval[0] <= report.accuracy <= report.test.interval[1] <= 1
    assert report.classes == tuple("0123456789")
    assert [each.name for each in report.test.per_class] == list(report.classes)
    written = json.loads((run.folder / "report.json").read_text(encoding="utf-8"))
    assert report.to_dict() == written
    assert kanjian.Run.load(run.folder) == kanjian.Run.load(str(run.folder)) == run


def test_the_report_can_be_read_as_the_dictionary_it_was(run):
    with pytest.warns(DeprecationWarning, match=r"run.report\['test'\] is now run.report.test"):
        assert run.report["test"]["accuracy"] == run.report.accuracy


def test_what_a_later_kanjian_adds_to_a_report_is_kept():
    report = RunReport.model_validate({"title": "a", "of_tomorrow": [1]})
    assert report.of_tomorrow == [1]
    assert report.to_dict() == {"title": "a", "of_tomorrow": [1]}
    assert report.accuracy is None


@pytest.mark.parametrize(
    ("content", "told"),
    [("{", "is not JSON"), ("[]", "is no report of a run"), ('{"title": 3}', "title: ")],
)
def test_a_damaged_report_is_told_in_one_line(tmp_path, content, told):
    (tmp_path / "report.json").write_text(content)
    with pytest.raises(TrainingError, match=told) as caught:
        kanjian.Run.load(tmp_path)
    assert "\n" not in str(caught.value)


def test_a_run_goes_wherever_its_folder_does(run, tmp_path):
    assert os.fspath(run) == str(run.folder)
    assert kanjian.evaluate(run).metrics.accuracy == run.report.test.accuracy
    assert Recipe.load(run).name == recipe_for(run).name == "digits"
    recognizer = run.recognizer()
    made = recognizer.export("openvino", tmp_path / "made")
    assert made.parity.agreement == 1
    assert kanjian.Recognizer.load(str(made.folder)).classes == recognizer.classes
    with pytest.raises(TrainingError, match="is finished"):
        kanjian.resume(run)


def test_a_recognizer_explains_its_answers(run):
    picture = np.random.default_rng(0).integers(0, 256, (20, 30), np.uint8)
    recognizer = run.recognizer()
    reason = recognizer.explain(picture)
    assert reason.name == recognizer.predict(picture).label
    assert reason.heat.shape == reason.picture.shape[:2] == recognizer.size_hw
    assert reason._repr_png_().startswith(b"\x89PNG")
    named = recognizer.explain(picture, label="3", method="saliency")
    assert (named.name, named.label) == ("3", 3)
    again = kanjian.explain.explain_prediction(run, picture, label=3, method="saliency")
    np.testing.assert_allclose(again.heat, named.heat, atol=1e-4)
    with pytest.raises(RecognizerError, match=r"has no class|unknown class"):
        recognizer.explain(picture, label="cat")


def test_a_recognizer_made_in_memory_lies_nowhere(run):
    loaded = run.recognizer()
    alone = kanjian.Recognizer(loaded.card, loaded._engine, loaded.selftest)
    for work in (lambda: alone.export("onnx"), lambda: alone.explain(np.zeros((8, 8), np.uint8))):
        with pytest.raises(RecognizerError, match="lies in no folder"):
            work()


def test_the_old_names_of_its_methods_still_work(run):
    recognizer, picture = run.recognizer(), np.zeros((9, 9), np.uint8)
    with pytest.warns(DeprecationWarning, match="Recognizer.preprocess"):
        fitted = recognizer.fit(picture)
    with pytest.warns(DeprecationWarning, match="Recognizer.to_prediction"):
        told = recognizer.answer("a", recognizer.probabilities(fitted[None])[0])
    assert told.label == recognizer.predict(picture).label


def test_arguments_have_their_old_names_for_one_release(tmp_path):
    with (
        pytest.warns(DeprecationWarning, match=r"what= of train\(\) is now source="),
        pytest.raises(RecipeError, match="Did you mean 'digits'"),
    ):
        kanjian.train(what="digit", out=tmp_path)
    with (
        pytest.warns(DeprecationWarning, match=r"recipe= of compare\(\) is now source="),
        pytest.raises(RecipeError, match="two variants or more"),
    ):
        kanjian.compare(recipe=Recipe.shipped("mnist-demo"), over={}, out=tmp_path)
    with pytest.raises(TypeError, match="unexpected keyword argument 'epoch'"):
        kanjian.compare("digits", over={}, epoch=3)


def test_studies_take_what_train_takes_and_can_be_plotted(tmp_path):
    options = RecipeOptions(epochs=1, limit=60, batch_size=16)
    found = kanjian.compare("digits", over={"training.seed": [0, 1]}, out=tmp_path, **options)
    folds = kanjian.cross_validate("digits", folds=2, out=tmp_path, **options)
    for study in (found, folds):
        assert study.recipe.training.epochs == 1
        assert len(study.plot().axes) > 0
        assert study._repr_png_().startswith(b"\x89PNG")
    assert (found.folder / "curves.png").is_file()
    assert (folds.folder / "folds.png").is_file()


def test_a_mistake_is_told_before_keras_is_loaded(tmp_path, monkeypatch):
    trainer = importlib.import_module("kanjian.training.trainer")
    monkeypatch.setattr(trainer, "train", lambda *_, **__: pytest.fail("it trains"))
    with pytest.raises(RecipeError, match="epochs"):
        kanjian.train("digits", epochs=-1, out=tmp_path)
    with pytest.raises(RecipeError, match="Did you mean 'digits'"):
        kanjian.train("digit", out=tmp_path)
    with pytest.raises(TypeError, match="epoch"):
        kanjian.train("digits", epoch=3, out=tmp_path)
    assert not list(tmp_path.iterdir())


def test_a_backend_is_chosen_before_keras_is_there(run):
    use_backend(None)
    with pytest.raises(KanjianError, match=r"backend.*Did you mean 'torch'"):
        use_backend("torhc")
    other = "jax" if run.report.backend != "jax" else "torch"
    with pytest.raises(KanjianError, match=rf"got '{other}'\. Start a new process"):
        use_backend(other)
    use_backend(run.report.backend)
