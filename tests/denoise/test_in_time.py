"""A training that is given minutes fits epochs and schedule to them, over interruptions too."""

from types import SimpleNamespace

import numpy as np
import pytest

from kanjian.denoise.in_time import InTime, planned
from kanjian.denoise.run import RECIPE, recipe_in
from kanjian.recipes.denoising import DenoiseRecipe
from kanjian.training.events import EpochDone, Message, PhaseStart


class Loop:
    """Stands in for a training: every epoch takes so many seconds."""

    def __init__(self, recipe, fit_seconds=0.0):
        self.training = recipe.learning
        self.progress = SimpleNamespace(epoch=0, fit_seconds=fit_seconds)
        self.train = SimpleNamespace(steps_per_epoch=10)
        self.built = 0
        self.model = SimpleNamespace(
            optimizer=SimpleNamespace(learning_rate=None),
            make_train_function=self.make,
            get_weights=lambda: [np.zeros(3)],
        )

    def make(self, *, force):
        self.built += force

    def run(self, callback, epoch_s):
        while self.progress.epoch < self.training.epochs:
            self.progress.fit_seconds += epoch_s(self.progress.epoch)
            self.progress.epoch += 1
            callback(EpochDone(self.progress.epoch - 1, {}))
        return self.progress.fit_seconds


def recipe_for(minutes, epochs):
    return DenoiseRecipe(
        schedule={"name": "cosine"}, learning={"minutes": minutes, "epochs": epochs}
    )


@pytest.mark.parametrize(
    ("epoch_s", "epochs"),
    [(lambda _: 60, 10), (lambda _: 120, 5), (lambda _: 30, 20),
     (lambda number: 30 if number < 4 else 120, 8), (lambda number: 90 if number == 0 else 60, 10)],
    ids=["as planned", "slower", "faster", "slower later", "slow to start"],
)  # fmt: skip
def test_the_time_is_kept_to_an_epoch_whatever_each_takes(tmp_path, epoch_s, epochs):
    recipe, heard = recipe_for(10, 10), []
    loop = Loop(recipe)
    spent = loop.run(InTime(recipe, loop, tmp_path, heard.append), epoch_s)
    assert abs(loop.progress.epoch - epochs) <= 1
    assert abs(spent - 600) <= epoch_s(loop.progress.epoch - 1)
    told = [event.epochs for event in heard if isinstance(event, PhaseStart)]
    assert loop.built >= len(told)
    if told:  # who resumes finds the plan in the folder, and the rate ends with the last epoch
        assert recipe_in(tmp_path).learning.epochs == loop.training.epochs
        assert float(loop.model.optimizer.learning_rate(10 * loop.training.epochs)) < 1e-9


def test_time_before_an_interruption_counts(tmp_path):
    recipe = recipe_for(10, 10)
    loop = Loop(recipe, fit_seconds=300)
    assert loop.run(InTime(recipe, loop, tmp_path, lambda _: None), lambda _: 60) <= 660
    assert 5 <= loop.progress.epoch <= 6
    assert (tmp_path / RECIPE).is_file()


def test_events_are_passed_on(tmp_path):
    heard, recipe = [], recipe_for(10, 10)
    InTime(recipe, Loop(recipe), tmp_path, heard.append)(Message("all is well"))
    assert heard == [Message("all is well")]


def test_one_epoch_of_few_squares_is_the_least():
    slow = planned(DenoiseRecipe(learning={"minutes": 1}), 10_000.0)
    assert (slow.learning.epochs, slow.pictures.per_picture) == (1, 1)
