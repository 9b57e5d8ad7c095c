"""From pictures to a denoiser: it cleans, resumes exactly, keeps every epoch."""

import json
import signal

import numpy as np
import pytest

from kanjian import backend
from kanjian.denoise.folder import Denoiser
from kanjian.denoise.run import epoch_file, kept_epochs
from kanjian.denoise.strip import epoch_strip
from kanjian.denoise.train import resume, train
from kanjian.errors import RecipeError, TrainingError
from kanjian.images.write import write_image
from kanjian.recipes.denoising import DenoiseRecipe
from kanjian.training.checkpoint import load_checkpoint
from kanjian.training.epoch_loop import TrainingInterrupted
from kanjian.training.events import StepDone


def smooth(number, size=(32, 40)):
    """A slope in some direction: what noise spoils most visibly."""
    rng = np.random.default_rng(number)
    rows, columns = np.mgrid[0 : size[0], 0 : size[1]]
    slope = rng.normal(size=2)
    plane = slope[0] * rows + slope[1] * columns + 20 * rng.normal()
    return np.rint((plane - plane.min()) / np.ptp(plane) * 200 + 20).astype(np.uint8)


@pytest.fixture(scope="module")
def slopes(tmp_path_factory):
    folder = tmp_path_factory.mktemp("照片 ü")
    for number in range(12):
        write_image(folder / f"{number}.png", smooth(number))
    return folder


def recipe_of(source, *, pictures=None, learning=None, **more):
    return DenoiseRecipe(
        name="slopes",
        pictures={"source": str(source), "patch": 16, "per_picture": 8, "validation": 0.2}
        | (pictures or {}),
        network={"name": "fast", "options": {"width": 8, "blocks": 1, "deep_blocks": 0}},
        optimizer={"name": "adam", "learning_rate": 5e-3},
        learning={
            "epochs": 3,
            "batch_size": 8,
            "seed": 3,
            "steps_per_execution": 2,
            "average_decay": 0.9,
        }
        | (learning or {}),
        **more,
    )


def weights_of(folder):
    load = backend.load_keras().saving.load_model
    return load(folder / "denoiser" / "model.keras", compile=False).get_weights()


class StopAt:
    """Presses Ctrl-C once, after this step of this epoch."""

    def __init__(self, epoch, step):
        self.at, self.pressed = (epoch, step), False

    def __call__(self, event):
        if self.pressed or not isinstance(event, StepDone):
            return
        if (event.epoch, event.step) >= self.at:
            self.pressed = True
            signal.raise_signal(signal.SIGINT)


@pytest.fixture(scope="module")
def unbroken(slopes, tmp_path_factory):
    return train(recipe_of(slopes), out=tmp_path_factory.mktemp("runs"))


def test_a_run_folder_holds_all_there_is_to_know(unbroken):
    written = {path.name for path in unbroken.folder.iterdir()}
    assert written >= {
        "denoise.toml", "denoiser", "checkpoint", "epochs", "history.csv", "log.txt",
        "environment.json", "report.json",
    }  # fmt: skip
    assert json.loads((unbroken.folder / "report.json").read_text())["epochs"] == 3


def test_a_network_is_kept_for_every_epoch_and_the_last_is_the_denoiser(unbroken):
    epochs = kept_epochs(unbroken.folder)
    assert [number for number, _ in epochs] == [1, 2, 3]
    load = backend.load_keras().saving.load_model
    networks = [load(path, compile=False).get_weights() for _, path in epochs]
    for kept, last in zip(networks[-1], weights_of(unbroken.folder), strict=True):
        np.testing.assert_array_equal(kept, last)
    assert any((a != b).any() for a, b in zip(networks[0], networks[1], strict=True))


@pytest.mark.parametrize("at", [(0, 2), (1, 4), (1, 10)], ids=["first", "middle", "last step"])
def test_a_resumed_run_equals_an_unbroken_one(slopes, unbroken, tmp_path, at, monkeypatch):
    monkeypatch.chdir(slopes.parent)
    with pytest.raises(TrainingInterrupted) as stopped:
        train(recipe_of(slopes.name), out=tmp_path, callback=StopAt(*at))
    monkeypatch.chdir(tmp_path)  # a relative source counts from where it was given
    write_image(slopes / "00.png", smooth(99))  # what has come since is none of its pictures
    folder = stopped.value.folder
    assert not (folder / "denoiser").exists()
    done = load_checkpoint(folder / "checkpoint")[0]
    assert (done.epoch, done.step) <= (at[0] + 1, at[1] + 2)
    run = resume(folder)
    (slopes / "00.png").unlink()
    for resumed, whole in zip(weights_of(run.folder), weights_of(unbroken.folder), strict=True):
        np.testing.assert_array_equal(resumed, whole)
    assert [number for number, _ in kept_epochs(folder)] == [1, 2, 3]


def test_an_epoch_that_a_kill_left_out_is_kept_on_the_way_back(slopes, unbroken, tmp_path):
    with pytest.raises(TrainingInterrupted) as stopped:
        train(recipe_of(slopes), out=tmp_path, callback=StopAt(0, 10))
    folder = stopped.value.folder
    assert load_checkpoint(folder / "checkpoint")[0].epoch == 1
    epoch_file(folder, 1).unlink()  # as if killed between the two
    resume(folder)
    load = backend.load_keras().saving.load_model
    pair = [
        load(epoch_file(run, 1), compile=False).get_weights() for run in (folder, unbroken.folder)
    ]
    for again, first in zip(*pair, strict=True):
        np.testing.assert_array_equal(again, first)


def test_a_run_that_cannot_go_on_says_why(slopes, unbroken, tmp_path):
    with pytest.raises(TrainingError, match="is finished"):
        resume(unbroken.folder)
    with pytest.raises(TrainingError, match="no run of 'kanjian denoise train'"):
        resume(tmp_path)
    for number in range(5):
        write_image(tmp_path / "own" / f"{number}.png", smooth(number))
    with pytest.raises(TrainingInterrupted) as stopped:
        train(recipe_of(tmp_path / "own"), out=tmp_path / "runs", callback=StopAt(0, 1))
    write_image(tmp_path / "own" / "0.png", smooth(50))
    write_image(tmp_path / "own" / "1.png", smooth(51))
    with pytest.raises(TrainingError, match="changed since the run"):
        resume(stopped.value.folder)


def test_squares_the_network_cannot_take_are_refused(slopes, tmp_path):
    with pytest.raises(RecipeError, match="multiple of 2, got 15"):
        train(recipe_of(slopes, pictures={"patch": 15}), out=tmp_path)
    assert not list(tmp_path.iterdir())


@pytest.mark.slow
@pytest.mark.parametrize("learn_from", ["clean", "noisy", "pairs"])
def test_all_three_ways_teach_to_clean(tmp_path, learn_from):
    rng = np.random.default_rng(0)
    for number in range(12):
        for twin in ("a", "b")[: 1 + (learn_from == "pairs")]:
            spoiled = smooth(number) + 25 * rng.standard_normal((32, 40))
            pixels = np.rint(spoiled.clip(0, 255)).astype(np.uint8)
            write_image(tmp_path / "in" / twin / f"{number}.png", pixels)
    run = train(
        recipe_of(tmp_path / "in", pictures={"learn_from": learn_from}, learning={"epochs": 25}),
        out=tmp_path / "runs",
    )
    clean = smooth(99)[None, :, :, None].astype(np.float32)
    noisy = clean + 25 * rng.standard_normal(clean.shape, np.float32)
    cleaned = Denoiser.load(run.folder).run(noisy)
    assert np.mean((cleaned - clean) ** 2) < 0.5 * np.mean((noisy - clean) ** 2)
    assert epoch_strip(run.folder, rows=1).ndim == 3


def test_a_told_network_learns_from_a_range(slopes, tmp_path):
    recipe = recipe_of(slopes, noise={"amount": (5, 50), "noise_map": True}, learning={"epochs": 1})
    denoiser = Denoiser.load(train(recipe, out=tmp_path).folder)
    assert denoiser.spec.noise_map
    assert denoiser.run(smooth(1)[None, :, :, None], sigma=20).shape == (1, 32, 40, 1)


def test_the_strip_has_a_tile_for_every_epoch_and_picture(unbroken, slopes):
    # what goes in, three epochs, clean
    assert epoch_strip(unbroken.folder, rows=2).shape[1] == 5 * 146 + 6
    two = epoch_strip(unbroken.folder, picture=slopes / "3.png", most=2)
    assert two.shape[1] == 4 * 146 + 6
    with pytest.raises(TrainingError, match="no run of"):
        epoch_strip(slopes)
