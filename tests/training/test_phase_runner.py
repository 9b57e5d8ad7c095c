"""Several phases in one run: what learns, what rests, what is kept, and back after a stop."""

import json
import re
from dataclasses import asdict

import numpy as np
import pytest

from kanjian import backend
from kanjian.errors import RecipeError, TrainingError
from kanjian.images.write import write_image
from kanjian.inference.recognizer import Recognizer
from kanjian.pipeline.resized import fitted_batch
from kanjian.recipes.codec import read_recipe
from kanjian.recipes.recipe import Recipe
from kanjian.reporting.run_report import PhaseReport
from kanjian.training import phase_runner
from kanjian.training.epoch_loop import TrainingInterrupted
from kanjian.training.events import FeaturesPassed, Message, PhaseStart, StepDone
from kanjian.training.phase_setup import set_up_phase
from kanjian.training.phases import FeaturePass, PhaseResult, phases_of
from kanjian.training.prepare import prepare
from kanjian.training.train import train
from kanjian.training.trainer import open_pictures, resume
from kanjian.training.verdict import Verdict
from toy_backbone import use_toy


@pytest.fixture
def toy(monkeypatch, tmp_path):
    monkeypatch.setenv("KANJIAN_HOME", str(tmp_path / "home"))
    use_toy(monkeypatch)


@pytest.fixture
def two_shades(tmp_path):
    folder = tmp_path / "图片"
    rng = np.random.default_rng(0)
    for name, low in (("dark", 0), ("light", 120)):
        for number in range(32):
            image = rng.integers(low, low + 130, (12, 10, 3), dtype=np.uint8)
            write_image(folder / name / f"{number}.png", image)
    return folder


ADAM = {"name": "adam", "learning_rate": 0.01}


def recipe_for(folder, **sections):
    return Recipe.model_validate(
        {
            "name": "shades",
            "data": {"source": str(folder), "validation": 0.25},
            "backbone": {"name": "toy", "weights": "none", "precision": "f32"},
            "optimizer": ADAM,
            "training": {"epochs": 2, "batch_size": 16, "seed": 3, "precision": "float32",
                         "steps_per_execution": 1},
        }
        | sections
    )  # fmt: skip


TOP = {"unfreeze": "block2", "epochs": 2, "batch_size": 16, "optimizer": ADAM}
ALL = {"epochs": 2, "batch_size": 16, "optimizer": ADAM}


def named(network):
    """Weights by layer and name; Keras counts layers without a name on over a process."""
    return {
        re.sub(r"_\d+/", "/", weight.path): weight.numpy()
        for weight in network.weights
        if "seed" not in weight.path
    }


def network_of(run):
    load = backend.load_keras().saving.load_model
    return load(run.recognizer_folder / "model.keras", compile=False)


def weights_of(run):
    return named(network_of(run))


def fresh_weights(recipe):
    prepared = prepare(recipe, open_pictures(recipe, None)[0])
    return named(prepared.model)


def changed(before, after):
    """The layers of which some number differs."""
    return {path.split("/")[0] for path in before if not np.array_equal(before[path], after[path])}


HEAD = {"dense"}


@pytest.mark.backends
def test_each_phase_moves_its_own_layers_and_no_other(toy, two_shades, tmp_path, monkeypatch):
    # what moved is asked here, not whether it helped
    monkeypatch.setattr(phase_runner, "verdict_on", lambda *_: Verdict(kept=True, sentence=""))
    head = recipe_for(two_shades)
    start = fresh_weights(head)
    assert changed(start, weights_of(train(head, out=tmp_path / "1"))) == HEAD
    top = recipe_for(two_shades, fine_tune=TOP)
    # normalization rests: its statistics and its scale are those it came with
    assert changed(start, weights_of(train(top, out=tmp_path / "2"))) == HEAD | {
        "block2_conv", "block2_side",
    }  # fmt: skip
    normed = recipe_for(two_shades, fine_tune=TOP | {"train_batchnorm": True})
    assert "block2_norm" in changed(start, weights_of(train(normed, out=tmp_path / "3")))
    every = recipe_for(two_shades, all_layers=ALL | {"train_batchnorm": True})
    assert changed(start, weights_of(train(every, out=tmp_path / "4"))) == {
        path.split("/")[0] for path in start
    }


def test_what_rested_learns_again_where_somebody_goes_on(toy, two_shades, tmp_path):
    run = train(recipe_for(two_shades, fine_tune=TOP), out=tmp_path)
    assert all(layer.trainable for layer in network_of(run).layers)


def test_a_count_of_layers_rests_even_where_the_network_cannot_be_cut(
    toy, two_shades, tmp_path, monkeypatch
):
    monkeypatch.setattr(phase_runner, "verdict_on", lambda *_: Verdict(kept=True, sentence=""))
    # five layers of block 1 and 2: input, conv, norm, relu, conv of block 2
    recipe = recipe_for(two_shades, fine_tune=TOP | {"unfreeze": 5})
    moved = changed(fresh_weights(recipe), weights_of(train(recipe, out=tmp_path)))
    assert moved == HEAD | {"block2_side"}


def test_the_head_alone_can_be_left_out(toy, two_shades, tmp_path):
    recipe = recipe_for(
        two_shades, training={"epochs": 0, "seed": 3, "precision": "float32"}, all_layers=ALL
    )
    assert [phase.name for phase in phases_of(recipe)] == ["all layers"]
    run = train(recipe, out=tmp_path)
    assert run.report.epochs == 2
    assert run.report.parameters > run.report.trainable_parameters > 18


@pytest.mark.backends
def test_the_joined_recognizer_is_the_head_on_the_features(toy, two_shades, tmp_path):
    recipe = recipe_for(two_shades)
    run = train(recipe, out=tmp_path)
    prepared = prepare(recipe, open_pictures(recipe, None)[0])
    setup = set_up_phase(prepared, phases_of(recipe)[0])
    keras = backend.load_keras()
    network = keras.saving.load_model(run.recognizer_folder / "model.keras", compile=False)
    prepared.model.set_weights(network.get_weights())
    validation = prepared.splits.validation
    on_features = setup.model.predict_on_batch(setup.frozen.validation.array[:])
    setup.close()
    pictures = fitted_batch(validation, np.arange(len(validation)), prepared.shape)
    whole = Recognizer.load(run.folder).probabilities(pictures)
    np.testing.assert_allclose(whole, on_features, atol=1e-3)


@pytest.mark.parametrize("later", [{}, {"all_layers": ALL}, {"fine_tune": TOP}])
def test_more_epochs_go_to_the_last_phase(toy, two_shades, tmp_path, monkeypatch, later):
    monkeypatch.setattr(phase_runner, "verdict_on", lambda *_: Verdict(kept=True, sentence=""))
    whole = train(recipe_for(two_shades, **later), out=tmp_path / "whole")
    section = next(iter(later), "training")
    short = {name: dict(values, epochs=1) for name, values in later.items()}
    recipe = recipe_for(two_shades, **short)
    if not later:
        training = recipe.training.model_copy(update={"epochs": 1})
        recipe = recipe.model_copy(update={"training": training})
    begun = train(recipe, out=tmp_path / "begun")
    assert begun.report.epochs == whole.report.epochs - 1
    further = resume(begun.folder, epochs=whole.report.epochs)
    assert getattr(read_recipe(further.folder / "recipe.toml"), section).epochs == 2
    for path, weight in weights_of(whole).items():
        np.testing.assert_array_equal(weights_of(further)[path], weight)
    assert [phase.epochs for phase in further.report.phases] == [
        phase.epochs for phase in whole.report.phases
    ]


def test_phases_that_share_their_epochs_do_not_go_on_longer(toy, two_shades, tmp_path):
    places = TOP | {"unfreeze": ["block2", "block1"], "epochs": 1}
    run = train(recipe_for(two_shades, fine_tune=places), out=tmp_path)
    with pytest.raises(TrainingError, match="shares its epochs with the others"):
        resume(run.folder, epochs=9)


class StopAt:
    """Presses Ctrl-C in an epoch of a phase, or during a pass over the pictures."""

    def __init__(self, phase, epoch):
        self.wanted, self.phase, self.pressed = (phase, epoch), 0, False

    def press(self):
        import signal

        if not self.pressed:
            self.pressed = True
            signal.raise_signal(signal.SIGINT)

    def __call__(self, event):
        match event:
            case PhaseStart():
                self.phase = event.number
            case FeaturesPassed() if self.wanted == (self.phase, "pass"):
                self.press()
            case StepDone() if self.wanted == (self.phase, event.epoch):
                self.press()


@pytest.mark.parametrize("where", [(1, "pass"), (1, 1), (2, 0), (2, 1), (3, 1)])
def test_resume_gives_the_unbroken_run_whatever_the_phase(
    toy, two_shades, tmp_path, where, monkeypatch
):
    recipe = recipe_for(
        two_shades,
        augmentation={"flip_horizontal": True, "shift_frac": 0.1},
        fine_tune=TOP | {"unfreeze": ["block2"]},
        all_layers=ALL,
    )
    whole = train(recipe, out=tmp_path / "whole")
    monkeypatch.setenv("KANJIAN_HOME", str(tmp_path / "another home"))  # nothing at hand
    with pytest.raises(TrainingInterrupted):
        train(recipe, out=tmp_path / "broken", callback=StopAt(*where))
    resumed = resume(tmp_path / "broken" / "shades")
    ours, theirs = weights_of(resumed), weights_of(whole)
    assert not changed(ours, theirs)
    assert [row["epoch"] for row in resumed.report.history] == [1, 2, 3, 4, 5, 6]
    assert [phase.name for phase in resumed.report.phases] == [
        "head", "fine-tune from block2", "all layers",
    ]  # fmt: skip


def heard(events):
    return [event.sentence for event in events if isinstance(event, Message)]


def test_a_phase_that_makes_things_worse_is_undone_and_said(toy, two_shades, tmp_path):
    head = recipe_for(two_shades)
    wild = TOP | {"optimizer": {"name": "sgd", "learning_rate": 30.0, "clipnorm": 1.0}}
    events = []
    run = train(recipe_for(two_shades, fine_tune=wild), out=tmp_path, callback=events.append)
    assert any("the weights of before are kept" in sentence for sentence in heard(events))
    assert not changed(weights_of(train(head, out=tmp_path / "head")), weights_of(run))
    head_facts, undone = run.report.phases
    assert head_facts.kept
    assert not undone.kept
    assert undone.after["val_loss"] > undone.before["val_loss"]
    assert "undone" in (run.folder / "report.html").read_text()


def test_a_phase_is_left_out_where_validation_leaves_nothing_to_win(toy, two_shades, tmp_path):
    easy = TOP | {"skip_if_val_accuracy": 0.01}  # any guess is right on as many
    events = []
    run = train(recipe_for(two_shades, fine_tune=easy), out=tmp_path, callback=events.append)
    assert any("is left out" in sentence for sentence in heard(events))
    assert [phase.epochs for phase in run.report.phases] == [2, 0]
    assert run.report.epochs == 2
    alone = train(recipe_for(two_shades), out=tmp_path / "alone")
    assert not changed(weights_of(run), weights_of(alone))


def test_features_are_computed_once_for_all_epochs_and_runs(toy, two_shades, tmp_path):
    first = train(recipe_for(two_shades), out=tmp_path).report.phases[0].passes
    again = train(recipe_for(two_shades), out=tmp_path).report.phases[0].passes
    assert [each.from_cache for each in first] == [False, False]
    assert [each.from_cache for each in again] == [True, True]
    assert sorted(each.pictures for each in first) == [16, 48]


@pytest.mark.parametrize(("variants", "passes"), [(0, 3), (2, 2)])
def test_variants_bound_the_passes(toy, two_shades, tmp_path, variants, passes):
    recipe = recipe_for(
        two_shades,
        backbone={"name": "toy", "weights": "none", "variants": variants, "precision": "f32"},
        augmentation={"flip_horizontal": True},
        training={"epochs": 3, "batch_size": 16, "precision": "float32"},
    )
    told = train(recipe, out=tmp_path).report.phases[0].passes
    assert sum(each.varied and not each.from_cache for each in told) == passes


def test_gradual_unfreezing_is_a_phase_for_each_place(toy, two_shades, tmp_path):
    recipe = recipe_for(two_shades, fine_tune=TOP | {"unfreeze": ["block2", "block1"]})
    run = train(recipe, out=tmp_path)
    assert [phase.epochs for phase in run.report.phases] == [2, 2, 2]
    grown = [phase.parameters for phase in run.report.phases]
    assert grown == sorted(set(grown))


def test_lower_blocks_learn_more_slowly(toy, two_shades):
    recipe = recipe_for(
        two_shades,
        training={"epochs": 0, "precision": "float32"},
        all_layers=ALL | {"rate_decay": 0.001, "optimizer": {"name": "sgd", "learning_rate": 0.1}},
    )
    moved = {}
    for decay in (1.0, 0.001):
        section = recipe.all_layers.model_copy(update={"rate_decay": decay})
        prepared = prepare(
            recipe.model_copy(update={"all_layers": section}), open_pictures(recipe, None)[0]
        )
        before = named(prepared.model)
        setup = set_up_phase(prepared, phases_of(prepared.recipe)[0])
        setup.model.train_on_batch(*setup.train[0])
        setup.close()
        after = named(prepared.model)
        moved[decay] = {
            path.split("/")[0]: np.abs(after[path] - before[path]).max()
            for path in before
            if path.endswith("kernel")
        }
    assert moved[0.001]["dense"] == pytest.approx(moved[1.0]["dense"], rel=1e-4)
    assert moved[0.001]["block1_conv"] < 0.01 * moved[1.0]["block1_conv"]


def test_offsets_of_normalization_learn_at_a_rate_of_their_own(two_shades):
    moved = {}
    for rate in (1.0, 64.0):
        recipe = Recipe(
            data={"source": str(two_shades)},
            input={"size": (16, 16)},
            model={"name": "lenet-norm"},
            optimizer={"name": "sgd", "learning_rate": 0.001, "bn_bias_lr_factor": rate},
            training={"precision": "float32", "batch_size": 8},
        )
        prepared = prepare(recipe, open_pictures(recipe, None)[0])
        before = named(prepared.model)
        setup = set_up_phase(prepared, phases_of(prepared.recipe)[0])
        setup.model.train_on_batch(*setup.train[0])
        setup.close()
        after = named(prepared.model)
        moved[rate] = {path.split("/", 1)[1]: after[path] - before[path] for path in before}
    for path, plain in moved[1.0].items():
        factor = 64 if path.endswith("beta") else 1
        np.testing.assert_allclose(moved[64.0][path], factor * plain, rtol=1e-3, atol=1e-7)


@pytest.mark.parametrize(
    ("section", "message"),
    [
        ({"fine_tune": TOP | {"unfreeze": "block9"}}, "block9"),
        ({"augmentation": {"mixup_alpha": 0.2}}, "mixup_alpha and cutmix_alpha mix pictures"),
        ({"input": {"center": "channel"}}, "prepares its pixels itself"),
        ({"input": {"channels": 1}}, "a backbone takes 3"),
        ({"backbone": {"name": "toy", "weights": "here/none.h5"}}, "which is not there"),
        ({"backbone": {"name": "toy", "weights": "none", "layer": "conv9"}}, "conv9"),
        ({"fine_tune": TOP | {"optimizer": {"name": "sdg"}}}, "Did you mean"),
    ],
)
def test_what_cannot_work_is_told_before_anything_is_made(
    toy, two_shades, tmp_path, section, message
):
    with pytest.raises(RecipeError, match=message):
        train(recipe_for(two_shades, **section), out=tmp_path / "runs")
    assert not (tmp_path / "runs").exists()


def test_a_report_tells_a_phase_as_it_was_counted():
    features = FeaturePass(8, True, 0.5, 1.25, False, "bf16", 0.001)
    for result in (
        PhaseResult("head", None, {"val_loss": 0.5, "val_accuracy": 1.0}, 2, 30, 0.0, (features,)),
        PhaseResult("all layers", {"val_loss": 0.5, "val_accuracy": 1.0}, None, kept=False),
    ):
        written = json.dumps(asdict(result))
        assert json.dumps(PhaseReport.model_validate_json(written).model_dump()) == written


def test_the_run_folder_repeats_the_run_and_tells_its_phases(toy, two_shades, tmp_path):
    run = train(recipe_for(two_shades, fine_tune=TOP), out=tmp_path)
    again = train(run.folder / "recipe.toml", out=tmp_path)
    assert not changed(weights_of(run), weights_of(again))
    told = json.loads((run.folder / "report.json").read_text())
    assert [phase["epochs"] for phase in told["phases"]] == [2, 2]
    assert run.report.to_dict() == told
    assert "from the backbone to the new head" in (run.folder / "report.html").read_text()


def test_a_phase_that_would_take_too_long_is_left_out_and_said(toy, two_shades, tmp_path):
    slow = TOP | {"minutes": 1e-9}
    events = []
    run = train(recipe_for(two_shades, fine_tune=slow), out=tmp_path, callback=events.append)
    assert any("would take about" in sentence for sentence in heard(events))
    assert [phase.epochs for phase in run.report.phases] == [2, 0]
    alone = train(recipe_for(two_shades), out=tmp_path / "alone")
    assert not changed(weights_of(run), weights_of(alone))
    enough = train(recipe_for(two_shades, fine_tune=TOP | {"minutes": 60}), out=tmp_path)
    assert [phase.epochs for phase in enough.report.phases] == [2, 2]


def test_average_smoothing_and_views_go_with_a_head_and_with_fine_tuning(toy, two_shades, tmp_path):
    options = {"epochs": 2, "batch_size": 16, "seed": 3, "precision": "float32",
               "keep": "average", "average_decay": 0.9, "label_smoothing": 0.1}  # fmt: skip
    recipe = recipe_for(
        two_shades, training=options, fine_tune=TOP, answer={"views": 4, "abstain": 0.6},
        augmentation={"flip_horizontal": True},
    )  # fmt: skip
    run = train(recipe, out=tmp_path)
    recognizer = Recognizer.load(run.folder)
    assert (recognizer.views, recognizer.card.mirror) == (4, True)
    assert [phase["epochs"] for phase in run.report.to_dict()["phases"]] == [2, 2]
    # what rests is what it was, though it went through the average
    before, after = fresh_weights(recipe), weights_of(run)
    for path in before:
        if path.startswith("block1"):
            np.testing.assert_allclose(after[path], before[path], rtol=1e-5, atol=1e-7)
