"""A training in which nothing was learned: said plainly, with what to try."""

import math

import numpy as np

from kanjian.evaluation.chance import ran_away
from kanjian.evaluation.metrics import EvaluationResult
from kanjian.recipes.recipe import Recipe
from kanjian.reporting.doubts import doubts
from kanjian.reporting.facts import Doubts
from kanjian.training.prepare import TrainingSetup

# A network that made fewer steps may just not have begun
_FEW_STEPS = 100
# Classes whose sizes differ by more than this draw every prediction to the largest
_UNEQUAL = 3


def doubts_of(
    prepared: TrainingSetup, judged: EvaluationResult | None, history: list[dict[str, float]]
) -> Doubts:
    """What says that a training learned nothing, and commands to try; empty where it did.

    Args:
        prepared: What was trained.
        judged: The result that counts.
        history: One row per epoch.
    """
    recipe, train = prepared.recipe, prepared.splits.train
    counts = np.bincount(train.labels, minlength=len(train.classes))
    guess = _loss_of_guessing(recipe, classes=len(train.classes))
    said = doubts(judged, history, counts=counts, guess=guess)
    if not said:
        return Doubts()
    steps = len(history) * -(-len(train) // recipe.training.batch_size)
    away = ran_away(history, guess=guess)
    return Doubts(said, cures(recipe, counts, epochs=len(history), steps=steps, away=away))


def _loss_of_guessing(recipe: Recipe, *, classes: int) -> float | None:
    name = recipe.training.loss.casefold()
    return math.log(classes) if name == "auto" or "crossentropy" in name.replace("_", "") else None


def cures(
    recipe: Recipe, counts: np.ndarray, *, epochs: int, steps: int, away: bool
) -> tuple[str, ...]:
    """Commands to try after a training that learned nothing, the likeliest to help first.

    Args:
        recipe: What was trained.
        counts: Training pictures of each class.
        epochs: How many were trained.
        steps: How many were made.
        away: Whether the loss ran away.

    Example:
        >>> cures(Recipe(), np.array([9, 9]), epochs=5, steps=500, away=True)
        ('kanjian train RUN --learning-rate 0.0001', 'kanjian find-rate RUN')
        >>> cures(Recipe(), np.array([9, 9]), epochs=5, steps=10, away=False)[0]
        'kanjian resume RUN --epochs 50'
    """
    slower = f"kanjian train RUN --learning-rate {recipe.optimizer.learning_rate / 10:g}"
    if away:
        return slower, "kanjian find-rate RUN"
    found = []
    if steps < _FEW_STEPS:
        found.append(f"kanjian resume RUN --epochs {10 * epochs}")
    natural = (recipe.training.class_weights, recipe.training.sampling) == ("none", "natural")
    if natural and counts.max() > _UNEQUAL * counts[counts > 0].min():
        found.append("kanjian train RUN --set training.class_weights=balanced")
    return (*found, "kanjian find-rate RUN", slower)
