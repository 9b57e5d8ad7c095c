"""Training that is given minutes: how many epochs fit, planned anew after each of them."""

from collections import deque
from pathlib import Path
from typing import Any

from kanjian.checks import plural
from kanjian.denoise.run import RECIPE
from kanjian.recipes.codec import override, write_recipe
from kanjian.recipes.denoising import DenoiseRecipe
from kanjian.storage import files
from kanjian.training.epoch_loop import EpochLoop
from kanjian.training.events import EpochDone, Event, PhaseStart, TrainingCallback
from kanjian.training.schedules import build_schedule

# So many epochs at least, where squares can be left out of each: time is kept to within an epoch
LEAST_EPOCHS = 8
# A smaller change of the plan is not worth building the training function anew
_WORTH = 0.05


def planned(recipe: DenoiseRecipe, epoch_s: float) -> DenoiseRecipe:
    """A recipe with the epochs that fit its minutes; where few do, each has fewer squares.

    Args:
        recipe: With minutes.
        epoch_s: What an epoch of it takes.

    Example:
        >>> recipe = DenoiseRecipe(pictures={"per_picture": 32}, learning={"minutes": 10})
        >>> planned(recipe, 30.0).learning.epochs
        20
        >>> few = planned(recipe, 300.0)
        >>> few.learning.epochs, few.pictures.per_picture
        (8, 8)
    """
    assert recipe.learning.minutes is not None
    fitting, each = 60 * recipe.learning.minutes / epoch_s, recipe.pictures.per_picture
    fewer = max(1, int(each * min(1.0, fitting / LEAST_EPOCHS)))
    epochs = max(1, int(fitting * each / fewer))
    return override(recipe, {"pictures.per_picture": fewer, "learning.epochs": epochs})


def plan_notes(recipe: DenoiseRecipe) -> list[str]:
    """What fits the minutes of a planned recipe, for a person.

    Example:
        >>> plan_notes(DenoiseRecipe(learning={"minutes": 10, "epochs": 20}))
        ['10 min are enough for about 20 epochs, each with 16 squares from every picture']
    """
    minutes, epochs = recipe.learning.minutes, plural(recipe.learning.epochs, "epoch")
    squares = plural(recipe.pictures.per_picture, "square")
    if minutes is None:
        return []
    return [
        f"{minutes:g} min are enough for about {epochs}, each with {squares} from every picture"
    ]


def rate_of(recipe: DenoiseRecipe, steps_per_epoch: int) -> Any:
    """The learning rate over all epochs of a recipe: a number, or a Keras schedule.

    Example:
        >>> rate_of(DenoiseRecipe(), 100)
        0.001
    """
    return build_schedule(
        recipe.schedule,
        recipe.optimizer.learning_rate,
        total_steps=steps_per_epoch * recipe.learning.epochs,
        steps_per_epoch=steps_per_epoch,
    )


def phase_of(recipe: DenoiseRecipe, loop: EpochLoop) -> PhaseStart:
    """What is trained and how long, as listeners hear of it."""
    return PhaseStart(
        name=recipe.network.name,
        number=1,
        phases=1,
        earlier=0,
        epochs=recipe.learning.epochs,
        steps_per_epoch=loop.train.steps_per_epoch,
        batch_size=recipe.learning.batch_size,
        parameters=sum(weight.size for weight in loop.model.get_weights()),
    )


class InTime:
    """A callback that keeps a run to its minutes, and passes everything on.

    Args:
        recipe: Planned; the plan is changed in the run folder where the time shows otherwise.
        loop: What trains by it.
        folder: The run folder.
        callback: Hears of everything, and of the changed plan.
    """

    def __init__(
        self, recipe: DenoiseRecipe, loop: EpochLoop, folder: Path, callback: TrainingCallback
    ) -> None:
        self.recipe, self.loop, self.folder, self.callback = recipe, loop, folder, callback
        # Time spent at the end of each of the last epochs; what prepares the first one counts in
        # none of their differences
        self._ends: deque[float] = deque(maxlen=4)

    def __call__(self, event: Event) -> None:
        """Plan the rest anew after an epoch; pass everything on."""
        self.callback(event)
        if isinstance(event, EpochDone):
            done, epochs, before = event.epoch + 1, self._fitting(), self.recipe.learning.epochs
            if abs(epochs - before) > _WORTH * before or epochs == done < before:
                self._follow(override(self.recipe, {"learning.epochs": epochs}))
                if epochs > done:
                    self.callback(phase_of(self.recipe, self.loop))

    def _fitting(self) -> int:
        """All epochs that fit, by what the last ones took."""
        progress, learning = self.loop.progress, self.recipe.learning
        assert learning.minutes is not None
        self._ends.append(progress.fit_seconds)
        left_s = 60 * learning.minutes - progress.fit_seconds
        if left_s <= 0:
            return progress.epoch
        if len(self._ends) == 1:
            return learning.epochs
        epoch_s = (self._ends[-1] - self._ends[0]) / (len(self._ends) - 1)
        return progress.epoch + round(left_s / epoch_s)

    def _follow(self, recipe: DenoiseRecipe) -> None:
        self.recipe, loop = recipe, self.loop
        files.write_text(self.folder / RECIPE, write_recipe(recipe))
        loop.training = recipe.learning
        loop.model.optimizer.learning_rate = rate_of(recipe, loop.train.steps_per_epoch)
        loop.model.make_train_function(force=True)
