"""A run that is not finished, and the network of any epoch, clean as the finished one does."""

import shutil

import numpy as np
import pytest

from kanjian.denoise.folder import Denoiser
from kanjian.denoise.run import RECIPE, epoch_file
from kanjian.denoise.train import train
from kanjian.errors import DenoiserError
from kanjian.images.write import write_image
from kanjian.recipes.denoising import DenoiseRecipe
from kanjian.training.checkpoint import load_checkpoint, save_checkpoint


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """A finished run of two epochs, of which a test takes the end away."""
    place = tmp_path_factory.mktemp("去噪 ü")
    rng = np.random.default_rng(0)
    for number in range(6):
        write_image(place / "in" / f"{number}.png", rng.integers(0, 256, (20, 24), dtype=np.uint8))
    recipe = DenoiseRecipe(
        name="grain",
        pictures={
            "source": str(place / "in"), "patch": 16, "per_picture": 4, "validation": 0.3,
        },
        network={"options": {"width": 4, "blocks": 1, "deep_blocks": 0}},
        learning={"epochs": 2, "batch_size": 4, "average_decay": 0.5},
    )  # fmt: skip
    return train(recipe, out=place / "runs").folder


@pytest.fixture
def unfinished(run, tmp_path):
    """As Ctrl-C leaves it."""
    folder = tmp_path / "grain"
    shutil.copytree(run, folder, ignore=shutil.ignore_patterns("denoiser", "report.json"))
    return folder


@pytest.fixture
def noisy():
    return np.random.default_rng(1).normal(128, 60, (2, 9, 14, 1)).astype(np.float32)


def rated(folder, *losses):
    """Set the validation loss of every epoch."""
    progress, arrays = load_checkpoint(folder / "checkpoint")
    for row, loss in zip(progress.history, losses, strict=True):
        row["val_loss"] = loss
    save_checkpoint(folder / "checkpoint", progress, arrays)


def test_the_file_of_the_last_epoch_cleans_as_the_finished_run(run, noisy):
    finished = Denoiser.load(run)
    epoch = Denoiser.load(epoch_file(run, 2))
    assert (epoch.spec, epoch.name, epoch.note) == (finished.spec, "grain, epoch 2", None)
    np.testing.assert_allclose(epoch.run(noisy), finished.run(noisy), atol=0.01)


@pytest.mark.parametrize(("losses", "best"), [((2.0, 1.0), 2), ((1.0, 2.0), 1)])
def test_of_an_unfinished_run_the_best_epoch_is_taken_and_said(unfinished, noisy, losses, best):
    rated(unfinished, *losses)
    taken = Denoiser.load(unfinished)
    assert f"this is epoch {best} of 2, the best by its held-out pictures so far" in taken.note
    named = Denoiser.load(epoch_file(unfinished, best))
    np.testing.assert_array_equal(taken.run(noisy), named.run(noisy))


def test_where_nothing_says_which_is_best_the_last_epoch_is_taken(unfinished):
    shutil.rmtree(unfinished / "checkpoint")
    assert "this is epoch 2 of 2, the last so far" in Denoiser.load(unfinished).note


def test_a_run_without_an_epoch_says_how_to_go_on(unfinished):
    shutil.rmtree(unfinished / "epochs")
    with pytest.raises(DenoiserError, match=r"has finished no epoch\. Go on with: kanjian denoise"):
        Denoiser.load(unfinished)


def test_a_file_that_no_run_kept_is_refused(run, tmp_path):
    lost = shutil.copy(epoch_file(run, 1), tmp_path / "epoch-001.keras")
    for path in (lost, run / "history.csv", run / "denoiser" / "model.keras"):
        with pytest.raises(DenoiserError, match=rf"is no epoch of a run: .*{RECIPE}"):
            Denoiser.load(path)


def test_openvino_alone_cannot_run_an_epoch(unfinished):
    with pytest.raises(DenoiserError, match=r"epoch 2 of .* has no OpenVINO form"):
        Denoiser.load(epoch_file(unfinished, 2), engine="openvino")
