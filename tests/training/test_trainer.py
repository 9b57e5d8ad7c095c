"""The main path: pictures in, a judged and saved recognizer out, and back after a stop."""

import csv
import json
import shutil

import numpy as np
import pytest

from kanjian import backend
from kanjian.errors import DatasetError, KanjianError, RecipeError, TrainingError
from kanjian.images.write import write_image
from kanjian.inference.recognizer import Recognizer
from kanjian.recipes.codec import read_recipe
from kanjian.recipes.learning import Schedule
from kanjian.recipes.recipe import Recipe
from kanjian.training.epoch_loop import TrainingInterrupted
from kanjian.training.train import train
from kanjian.training.trainer import resume
from toy_studies import StopIn, weights_of

NETWORK = (
    {"type": "Conv2D", "filters": 4, "kernel_size": 3, "activation": "relu"},
    {"type": "Flatten"},
    {"type": "Dense", "units": 2, "activation": "softmax"},
)


@pytest.fixture
def two_shades(tmp_path):
    """A folder, named as folders are, of dark and light pictures with train/ and test/."""
    folder = tmp_path / "图片 folder ü"
    rng = np.random.default_rng(0)
    for part, count in (("train", 40), ("test", 10)):
        for name, low in (("dark", 0), ("light", 120)):
            for number in range(count):
                image = rng.integers(low, low + 130, (12, 10), dtype=np.uint8)
                write_image(folder / part / name / f"{number}.png", image)
    return folder


def recipe_for(folder, **training):
    return Recipe(
        name="shades",
        data={"source": str(folder), "validation": 0.25},
        model={"layers": NETWORK},
        optimizer={"name": "adam", "learning_rate": 0.01},
        training={"epochs": 3, "batch_size": 16, "seed": 3} | training,
        answer={"abstain": 0.9},
    )


@pytest.mark.backends
def test_pictures_become_a_judged_and_saved_recognizer(two_shades, tmp_path):
    run = train(recipe_for(two_shades), out=tmp_path / "runs")
    written = {path.name for path in run.folder.iterdir()}
    assert written >= {
        "recipe.toml", "recognizer", "checkpoint", "history.csv", "tensorboard", "log.txt",
        "environment.json", "report.html", "report.json", "curves.png", "confusion.png",
        "answers.npz",
    }  # fmt: skip
    report = json.loads((run.folder / "report.json").read_text())
    assert report["test"]["accuracy"] == 1.0
    wanted = {
        "fit_seconds", "images_per_second", "peak_memory_mb", "epochs", "precision", "backend",
        "parameters", "trainable_parameters", "classes",
    }  # fmt: skip
    assert report.keys() >= wanted
    assert report["classes"] == ["dark", "light"]
    # 4·9 + 4 and (10·8·4)·2 + 2: the pictures are 12 by 10
    assert report["parameters"] == report["trainable_parameters"] == 40 + 642
    with (run.folder / "history.csv").open() as stream:
        assert [row["epoch"] for row in csv.DictReader(stream)] == ["1", "2", "3"]

    recognizer = Recognizer.load(run.folder)
    assert recognizer.predict(two_shades / "test" / "light" / "0.png").best_label == "light"
    assert recognizer.predict(two_shades / "test" / "dark" / "0.png").best_label == "dark"


ANY_SIZE = (
    NETWORK[0] | {"activation": "tanh"},
    {"type": "BatchNormalization", "momentum": 0.5},
    {"type": "GlobalAveragePooling2D"},
    NETWORK[2],
)


@pytest.mark.backends
@pytest.mark.parametrize("epoch", [3, 6])
def test_a_run_that_begins_with_small_pictures_answers_large_ones(two_shades, tmp_path, epoch):
    recipe = recipe_for(two_shades, epochs=10, small_epochs=5, small_scale=0.5)
    recipe = recipe.model_copy(
        update={
            "model": recipe.model.model_copy(update={"layers": ANY_SIZE}),
            "optimizer": recipe.optimizer.model_copy(update={"learning_rate": 0.05}),
        }
    )
    whole = train(recipe, out=tmp_path / "whole")
    saved = backend.load_keras().saving.load_model(whole.recognizer_folder / "model.keras")
    assert saved.input_shape == (None, 12, 10, 1)
    assert whole.report.test.accuracy == 1.0
    with pytest.raises(TrainingInterrupted):
        train(recipe, out=tmp_path / "broken", callback=StopIn(epoch))
    resumed = resume(tmp_path / "broken" / "shades")
    for ours, theirs in zip(weights_of(resumed), weights_of(whole), strict=True):
        np.testing.assert_array_equal(ours, theirs)


def test_a_network_of_one_size_does_not_begin_small(two_shades, tmp_path):
    with pytest.raises(RecipeError, match=r"^\[training\] small_epochs needs .*any size"):
        train(recipe_for(two_shades, small_epochs=1), out=tmp_path / "runs")
    with pytest.raises(ValueError, match="must leave epochs for the full size, got 3 of 3"):
        recipe_for(two_shades, small_epochs=3)


def test_the_written_recipe_repeats_the_run(two_shades, tmp_path):
    first = train(recipe_for(two_shades), out=tmp_path / "runs")
    again = train(read_recipe(first.folder / "recipe.toml"), out=tmp_path / "runs")
    assert again.folder.name == "shades-2"
    for ours, theirs in zip(weights_of(again), weights_of(first), strict=True):
        np.testing.assert_array_equal(ours, theirs)
    assert again.report.test == first.report.test


@pytest.mark.backends
@pytest.mark.parametrize("epoch", [0, 2])
def test_ctrl_c_saves_and_resume_gives_the_unbroken_run(two_shades, tmp_path, epoch):
    recipe = recipe_for(two_shades, steps_per_execution=1)
    whole = train(recipe, out=tmp_path / "whole")
    with pytest.raises(TrainingInterrupted):
        train(recipe, out=tmp_path / "broken", callback=StopIn(epoch))
    folder = tmp_path / "broken" / "shades"
    assert not (folder / "report.json").exists()
    resumed = resume(folder)
    for ours, theirs in zip(weights_of(resumed), weights_of(whole), strict=True):
        np.testing.assert_array_equal(ours, theirs)
    assert resumed.report.test == whole.report.test


def test_resume_says_what_stands_in_its_way(two_shades, tmp_path):
    with pytest.raises(TrainingError, match=r"no run in .*: it has no recipe\.toml"):
        resume(tmp_path)
    run = train(recipe_for(two_shades, epochs=1), out=tmp_path / "runs")
    with pytest.raises(TrainingError, match="is finished; see"):
        resume(run.folder)


@pytest.mark.backends
@pytest.mark.parametrize(
    ("keep", "schedule"),
    [
        ("last", "constant"),
        ("average", "constant"),
        ("best-loss", "constant"),
        ("last", "exponential"),
        ("last", "inverse-time"),
    ],
)
def test_a_finished_run_goes_on_to_what_it_would_have_been(two_shades, tmp_path, keep, schedule):
    """The same weights and curves as in one go, with schedules that count no epochs."""

    def recipe(epochs):
        recipe = recipe_for(two_shades, epochs=epochs, keep=keep)
        update = {"schedule": Schedule(name=schedule, factor=0.5)}
        return recipe.model_copy(update=update)

    whole = train(recipe(4), out=tmp_path / "whole")
    begun = train(recipe(2), out=tmp_path / "begun")
    further = resume(begun.folder, epochs=4)
    assert further.folder == begun.folder
    for ours, theirs in zip(weights_of(further), weights_of(whole), strict=True):
        np.testing.assert_array_equal(ours, theirs)
    timed = {"images_per_second", "seconds"}
    for ours, theirs in zip(further.report.history, whole.report.history, strict=True):
        assert {**ours, **dict.fromkeys(timed)} == {**theirs, **dict.fromkeys(timed)}
    assert further.report.test == whole.report.test
    assert read_recipe(further.folder / "recipe.toml").training.epochs == 4


def test_metrics_are_followed_shown_and_left_out_of_what_is_handed_on(two_shades, tmp_path):
    asked = ("precision", {"type": "recall", "name": "found"})
    recipe = recipe_for(
        two_shades, metrics=asked, steps_per_execution=1, precision="float32", epochs=2
    )
    whole = train(recipe, out=tmp_path / "whole")
    plain = train(recipe_for(two_shades, precision="float32", epochs=2), out=tmp_path / "plain")
    for ours, theirs in zip(weights_of(whole), weights_of(plain), strict=True):
        np.testing.assert_array_equal(ours, theirs)  # looking changes nothing
    with pytest.raises(TrainingInterrupted):  # in the middle of an epoch
        train(recipe, out=tmp_path / "broken", callback=StopIn(1))
    resumed = resume(tmp_path / "broken" / "shades")
    for row, other in zip(whole.report.history, resumed.report.history, strict=True):
        for name in ("precision", "val_precision", "found", "val_found"):
            assert 0 <= row[name] == other[name] <= 1
    page = (whole.folder / "report.html").read_text()
    assert "precision over the epochs" in page
    assert "found over the epochs" in page
    assert "val_precision" in (whole.folder / "history.csv").read_text()
    backend.load_keras().saving.load_model(whole.recognizer_folder / "model.keras")


def test_going_on_refuses_fewer_epochs_and_can_be_interrupted_itself(two_shades, tmp_path):
    recipe = recipe_for(two_shades, epochs=2, steps_per_execution=1, early_stopping=1)
    recipe = recipe.model_copy(update={"schedule": Schedule(name="cosine")})
    run = train(recipe, out=tmp_path)
    done = run.report.epochs
    for epochs in (1, done):
        with pytest.raises(TrainingError, match=f"has done {done} epoch.* more than {done}, got"):
            resume(run.folder, epochs=epochs)
        assert (run.folder / "report.json").exists(), "nothing is touched"
    with pytest.raises(TrainingInterrupted):
        resume(run.folder, epochs=done + 2, callback=StopIn(done))
    assert not (run.folder / "report.json").exists()
    assert "cosine schedule now reaches over the new epochs" in (run.folder / "log.txt").read_text()
    assert resume(run.folder).report.epochs > done

    shutil.rmtree(run.folder / "checkpoint")
    with pytest.raises(TrainingError, match=r"no checkpoint in .*Start the run anew"):
        resume(run.folder, epochs=9)


def test_resume_goes_on_with_its_own_pictures_from_any_folder(two_shades, tmp_path, monkeypatch):
    """The source is relative, the folder grows, and a picture gets another name meanwhile."""
    monkeypatch.chdir(tmp_path)
    recipe = recipe_for(two_shades.relative_to(tmp_path))
    whole = train(recipe, out=tmp_path / "whole")
    with pytest.raises(TrainingInterrupted):
        train(recipe, out=tmp_path / "broken", callback=StopIn(1))
    dark = two_shades / "train" / "dark"
    write_image(dark / "000.png", np.zeros((12, 10), np.uint8))
    (dark / "7.png").rename(dark / "seven.png")
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    resumed = resume(tmp_path / "broken" / "shades")
    for ours, theirs in zip(weights_of(resumed), weights_of(whole), strict=True):
        np.testing.assert_array_equal(ours, theirs)
    assert resumed.report.notes == whole.report.notes


def test_resume_refuses_other_pictures(two_shades, tmp_path):
    with pytest.raises(TrainingInterrupted):
        train(recipe_for(two_shades), out=tmp_path / "runs", callback=StopIn(1))
    write_image(two_shades / "train" / "dark" / "0.png", np.zeros((12, 10), np.uint8))
    with pytest.raises(TrainingError, match=r"1 of the \d+ \w+ pictures .*dark/0\.png \(changed\)"):
        resume(tmp_path / "runs" / "shades")
    two_shades.rename(tmp_path / "moved")
    with pytest.raises(TrainingError, match=r"were in .*ü, which is not there .* --data FOLDER"):
        resume(tmp_path / "runs" / "shades")


def test_a_damaged_picture_stops_the_run_before_it_leaves_anything(two_shades, tmp_path):
    (two_shades / "train" / "dark" / "bad.png").write_bytes(b"not a picture")
    with pytest.raises(DatasetError, match=r"1 damaged picture.*bad\.png.*--skip-damaged"):
        train(recipe_for(two_shades), out=tmp_path / "runs")
    assert not (tmp_path / "runs").exists()


def test_damaged_pictures_are_skipped_when_asked_counted_and_named(two_shades, tmp_path):
    bad = two_shades / "train" / "dark" / "bad.png"
    bad.write_bytes((two_shades / "train" / "dark" / "0.png").read_bytes()[:60])
    recipe = recipe_for(two_shades, epochs=1)
    data = recipe.data.model_copy(update={"skip_damaged": True})
    run = train(recipe.model_copy(update={"data": data}), out=tmp_path / "runs")
    assert bad.exists(), "never deleted"
    assert "bad.png" in json.dumps(run.report.skipped)


def test_a_recipe_that_cannot_work_leaves_nothing_behind(two_shades, tmp_path):
    recipe = recipe_for(two_shades).model_copy(
        update={"optimizer": Recipe(optimizer={"name": "adm"}).optimizer}
    )
    with pytest.raises(RecipeError, match="Did you mean 'Adam'"):
        train(recipe, out=tmp_path / "runs")
    assert not (tmp_path / "runs").exists()


def test_a_read_only_place_is_one_clear_error(two_shades, tmp_path):
    (tmp_path / "runs").write_text("a file where the folder should be")
    with pytest.raises(KanjianError, match=r"cannot make the run folder .*--out"):
        train(recipe_for(two_shades), out=tmp_path / "runs")


def test_memory_can_be_bounded_by_a_smaller_batch(two_shades, tmp_path):
    with pytest.raises(TrainingError, match=r"needs more than 1 MB even with .*--max-memory"):
        train(recipe_for(two_shades), out=tmp_path / "runs", max_memory_mb=1)
    run = train(recipe_for(two_shades, epochs=1), out=tmp_path / "runs", max_memory_mb=100_000)
    assert run.report.batch_size == 16


def test_labels_of_every_part_follow_one_class_order(two_shades, tmp_path):
    """A test folder that lacks a class must not shift the labels of the others."""
    for path in (two_shades / "test" / "dark").iterdir():
        path.unlink()
    run = train(recipe_for(two_shades), out=tmp_path / "runs")
    assert run.report.test.accuracy == 1.0


@pytest.mark.parametrize("loss", ["auto", "hinge"])
def test_one_sigmoid_output_works_as_well_as_softmax(two_shades, tmp_path, loss):
    layers = (*NETWORK[:2], {"type": "Dense", "units": 1, "activation": "sigmoid"})
    recipe = recipe_for(two_shades, loss=loss, epochs=12)
    model = recipe.model.model_copy(update={"layers": layers})
    run = train(recipe.model_copy(update={"model": model}), out=tmp_path / "runs")
    assert run.report.test.accuracy == 1.0
    recognizer = Recognizer.load(run.folder)
    assert recognizer.predict(two_shades / "test" / "light" / "0.png").best_label == "light"


@pytest.mark.parametrize("units", [1, "classes"])
def test_average_smoothing_and_views_go_with_one_output_and_with_many(two_shades, tmp_path, units):
    last = {"type": "Dense", "units": units, "activation": "sigmoid" if units == 1 else "softmax"}
    recipe = recipe_for(
        two_shades, epochs=20, keep="average", average_decay=0.9, label_smoothing=0.1
    )
    recipe = recipe.model_copy(
        update={
            "model": recipe.model.model_copy(update={"layers": (*NETWORK[:2], last)}),
            "answer": recipe.answer.model_copy(update={"views": 3}),
        }
    )
    run = train(recipe, out=tmp_path / "runs")
    assert run.report.test.accuracy == 1.0
    recognizer = Recognizer.load(run.folder)
    assert (recognizer.views, recognizer.card.mirror) == (3, False)
    # no label is whole, so the network is never quite sure
    assert 0.9 < recognizer.predict(two_shades / "test" / "light" / "0.png").probability < 0.999


def test_a_resumed_run_keeps_its_views(two_shades, tmp_path):
    begun = train(recipe_for(two_shades, epochs=1), views=2, out=tmp_path / "runs")
    assert begun.recognizer().views == 2
    assert resume(begun.folder, epochs=2).recognizer().views == 2
