"""Which learning rate? One short training with a rate that grows from step to step tells."""

import json
import math
from pathlib import Path
from typing import Any, Unpack

import numpy as np

from kanjian.datasets.dataset import Splits
from kanjian.errors import TrainingError
from kanjian.experiments.lr_curve import RateCurve
from kanjian.paths import AnyPath, as_path
from kanjian.recipes.learning import Schedule
from kanjian.recipes.recipe import Recipe
from kanjian.reporting import canvas
from kanjian.storage import files
from kanjian.training.batches import Batches
from kanjian.training.epoch_loop import TrainingInterrupted
from kanjian.training.events import StepDone, TrainingCallback
from kanjian.training.former_listener import hears_listeners
from kanjian.training.interrupt import asked_to_stop
from kanjian.training.notebook import usual_callback
from kanjian.training.phase_setup import set_up_phase
from kanjian.training.phases import phases_of
from kanjian.training.prepare import prepare
from kanjian.training.recipe_options import RecipeOptions, recipe_from
from kanjian.training.trainer import open_pictures

CURVE, FIGURE = "learning-rate.json", "learning-rate.png"
# The mean loss remembers about the last 1 / (1 - 0.9) = 10 steps: enough to calm batches of a
# hundred pictures, short enough that 200 steps over seven decades lag by a third of a decade
_MEMORY = 0.9
_DIVERGED = 2.0  # the loss has left its best value by as much as it had fallen, and once more
_SAFETY = 10.0
# A fall of this many times the noise left after averaging is none of it: the lowest of 200
# smoothed steps lies up to six times below the first ten
_SURE, _FIRST = 8.0, 10


@hears_listeners
def find_learning_rate(
    source: Recipe | AnyPath,
    *,
    lowest: float = 1e-6,
    highest: float = 10.0,
    steps: int = 200,
    data_folder: AnyPath | None = None,
    allow_code: bool = False,
    callback: TrainingCallback | None = None,
    **options: Unpack[RecipeOptions],
) -> RateCurve:
    """Find a learning rate in one short sweep; `suggested` is the one to train with.

    Args:
        source: What will be trained: a recipe, or anything else `train` takes.
        lowest: The first rate, above 0.
        highest: The last rate, above `lowest`.
        steps: How many steps, 20 or more.
        data_folder: Where built-in data sets are looked for first.
        allow_code: Whether the recipe may name Python code to run.
        callback: Hears of every step.
        **options: What to change in the recipe first, as for `train`: batch_size=32.

    Raises:
        KanjianError: If recipe or pictures do not allow it, or the loss never falls.
        TrainingInterrupted: If stopped with Ctrl-C.

    Example:
        >>> curve = find_learning_rate("digits", lowest=1e-4, highest=10, steps=60, limit=300)
        >>> 1e-4 < curve.suggested < 10
        True
    """
    data_folder = as_path(data_folder)
    recipe = recipe_from(source, options, data_folder=data_folder, step_by_step=True)
    splits, _ = open_pictures(recipe, data_folder)
    return find_rate(
        recipe, splits, lowest=lowest, highest=highest, steps=steps, allow_code=allow_code,
        callback=callback,
    )  # fmt: skip


@hears_listeners
def find_rate(
    recipe: Recipe,
    splits: Splits,
    *,
    lowest: float = 1e-6,
    highest: float = 10.0,
    steps: int = 200,
    allow_code: bool = False,
    callback: TrainingCallback | None = None,
) -> RateCurve:
    """Train a throw-away network while the learning rate grows, and read a good rate off.

    The rate climbs from `lowest` to `highest` in equal factors, one step each, and stops
    where the loss runs away. Batches, network and optimizer are those of the recipe; only
    its learning rate and its schedule are not used.

    Args:
        recipe: What will be trained.
        splits: Its pictures; only the training part is looked at.
        lowest: The first rate, above 0.
        highest: The last rate, above `lowest`.
        steps: How many steps, 20 or more.
        allow_code: Whether the recipe may name Python code to run.
        callback: Hears of every step.

    Raises:
        TrainingError: If the range is none, or the loss never falls.
        TrainingInterrupted: If stopped with Ctrl-C.

    Reference:
        Smith, Cyclical learning rates for training neural networks, WACV 2017.
    """
    _check_range(lowest, highest, steps)
    callback = callback or usual_callback()
    prepared = prepare(_plain(recipe, lowest), Splits(splits.train), allow_code=allow_code)
    setup = set_up_phase(prepared, phases_of(prepared.recipe)[0], callback=callback)
    rates = np.geomspace(lowest, highest, steps)
    losses: list[float] = []
    try:
        with asked_to_stop() as interrupted:
            for step, batch in enumerate(_endless(setup.train, steps)):
                losses.append(_step(setup.model, float(rates[step]), batch))
                logs = {"loss": losses[-1], "learning_rate": float(rates[step])}
                callback(StepDone(0, step + 1, logs))
                if interrupted():
                    raise TrainingInterrupted
                if _ran_away(losses):
                    break
    finally:
        setup.close()
    return read_curve(
        rates[: len(losses)],
        np.array(losses),
        optimizer=recipe.optimizer.name,
        batch_size=recipe.training.batch_size,
    )


def _check_range(lowest: float, highest: float, steps: int) -> None:
    if not 0 < lowest < highest < math.inf or steps < 20:
        raise TrainingError(
            f"the learning rate must climb from above 0 in 20 steps or more, got {lowest:g} to "
            f"{highest:g} in {steps} steps. The usual is 1e-06 to 10 in 200."
        )


def _plain(recipe: Recipe, rate: float) -> Recipe:
    """The recipe with a rate that can be set by hand after every single step."""
    return recipe.model_copy(
        update={
            "schedule": Schedule(),
            "optimizer": recipe.optimizer.model_copy(update={"learning_rate": rate}),
            "training": recipe.training.model_copy(update={"steps_per_execution": 1}),
        }
    )


def _endless(batches: Batches, steps: int) -> Any:
    """Batches of epoch after epoch, this many in all."""
    for step in range(steps):
        epoch, within = divmod(step, batches.steps_per_epoch)
        if within == 0:
            batches.begin(epoch)
        yield batches[within]


def _step(model: Any, rate: float, batch: tuple[np.ndarray, ...]) -> float:
    model.optimizer.learning_rate = rate
    model.reset_metrics()  # else Keras answers with the mean of all steps so far
    return float(model.train_on_batch(*batch, return_dict=True)["loss"])


def smooth(losses: np.ndarray) -> np.ndarray:
    """A running mean over about ten steps, without the pull of its start at zero.

    Example:
        >>> smooth(np.array([2.0, 2.0, 2.0]))
        array([2., 2., 2.])
    """
    mean, out = 0.0, np.empty(len(losses))
    for step, loss in enumerate(losses):
        mean = _MEMORY * mean + (1 - _MEMORY) * loss
        out[step] = mean / (1 - _MEMORY ** (step + 1))
    return out


def _ran_away(losses: list[float]) -> bool:
    if not math.isfinite(losses[-1]):
        return True
    curve = smooth(np.array(losses))
    fallen = curve[: int(curve.argmin()) + 1].max() - curve.min()
    # a flat noisy start must not count as running away
    return len(losses) >= 20 and curve[-1] - curve.min() > max(_DIVERGED * fallen, curve[0])


def read_curve(
    rates: np.ndarray, losses: np.ndarray, *, optimizer: str = "", batch_size: int = 0
) -> RateCurve:
    """Read a good learning rate off the losses of a sweep.

    The rule: a tenth of the rate at which the smoothed loss is lowest, or the rate at which
    it fell fastest, whichever is smaller. At the lowest point the rate is about to be too
    high; a tenth of it stays clear of the edge when the loss surface gets steeper later.

    Args:
        rates: (n,) climbing.
        losses: (n,) the loss of each step; the last may be NaN.
        optimizer: Written down with it.
        batch_size: Written down with it.

    Raises:
        TrainingError: If the loss never fell.

    Example:
        >>> rates = np.geomspace(1e-5, 10, 121)
        >>> losses = 1 + np.abs(np.log10(rates) + 1)  # falls evenly to 0.1, then climbs
        >>> round(read_curve(rates, losses).suggested, 3)  # smoothing lags a little
        0.02
    """
    finite = np.isfinite(losses)
    kept = len(losses) if finite.all() else int(finite.argmin())
    diverged = kept < len(losses) or _ran_away(list(losses))
    curve = smooth(losses[:kept])
    lowest = int(curve.argmin()) if kept else 0
    if not _fell(losses[:kept], curve, lowest):
        raise TrainingError(
            f"the loss never fell between the learning rates {rates[0]:.1e} and "
            f"{rates[max(kept - 1, 0)]:.1e}. Sweep a wider range, or look for a mistake in labels, "
            "loss or network."
        )
    # the first steps are averaged over few and jump about: nothing is read off them
    read = slice(_FIRST, lowest + 1)
    steepest = float(rates[read][_steepest(curve[read], np.log10(rates[read]))])
    return RateCurve(
        rates=tuple(map(float, rates[:kept])),
        losses=tuple(map(float, losses[:kept])),
        smoothed=tuple(map(float, curve)),
        suggested=min(float(rates[lowest]) / _SAFETY, steepest),
        steepest=steepest,
        diverged=float(rates[len(losses) - 1]) if diverged else None,
        optimizer=optimizer,
        batch_size=batch_size,
    )


def _fell(losses: np.ndarray, curve: np.ndarray, lowest: int) -> bool:
    """Whether the smoothed loss fell by more than the noise of its batches explains."""
    if lowest < 2 * _FIRST:
        return False
    noise = float(np.std(np.diff(losses[: lowest + 1]))) / math.sqrt(2)
    # averaging with memory m leaves sqrt((1 - m) / (1 + m)) of the noise
    left = noise * math.sqrt((1 - _MEMORY) / (1 + _MEMORY))
    return float(losses[:_FIRST].mean() - curve[lowest]) > _SURE * left


def _steepest(curve: np.ndarray, decades: np.ndarray) -> int:
    """Where the curve falls fastest, looking over half a decade so that noise says little."""
    reach = max(1, int(np.searchsorted(decades, decades[0] + 0.25)))
    if len(curve) <= 2 * reach:
        return int(np.gradient(curve, decades).argmin())
    fall = curve[2 * reach :] - curve[: -2 * reach]
    return int(fall.argmin()) + reach


def save_curve(folder: AnyPath, curve: RateCurve) -> None:
    """Write the curve as JSON and as a picture."""
    folder = Path(folder)
    from kanjian.experiments.figures import draw_rate_curve

    text = json.dumps(curve.to_dict(), indent=2) + "\n"
    files.write_text(folder / CURVE, text)
    files.write_bytes(folder / FIGURE, canvas.png(draw_rate_curve(curve)))
