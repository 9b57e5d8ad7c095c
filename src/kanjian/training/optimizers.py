"""Optimizers by the names Keras gives them."""

from typing import Any

from kanjian.backend import load_keras
from kanjian.errors import RecipeError
from kanjian.models.keras_lookup import classes_of, construct, find_class
from kanjian.recipes.learning import Optimizer

_NOT_ALONE = ("Optimizer", "LossScaleOptimizer", "MultiOptimizer", "OptimizerMap")
_FORMER = {
    "lr": "Write learning_rate.",
    "decay": 'Write [schedule] name = "inverse-time" and factor, which is what decay did.',
}

_NOT_DECAYED = ["bias", "gamma", "beta"]


def optimizer_names() -> tuple[str, ...]:
    """The optimizers of the installed Keras, as a recipe spells them.

    Example:
        >>> {"sgd", "rmsprop", "adam", "nadam"} <= set(optimizer_names())
        True
    """
    return tuple(sorted(name.lower() for name in _optimizers()))


def _optimizers() -> dict[str, type]:
    return classes_of(load_keras().optimizers, without=_NOT_ALONE)


def build_optimizer(optimizer: Optimizer, learning_rate: Any = None) -> Any:
    """A fresh Keras optimizer.

    `weight_decay` leaves biases and the scales of normalization alone: pulled towards zero,
    they would undo what the layer is for.

    Args:
        optimizer: The recipe's section; what stands beside name and learning rate goes to
            the Keras class as it is (`momentum`, `nesterov`, `clipnorm`, `weight_decay`, …).
        learning_rate: A number or a Keras schedule; the section's own number by default.

    Raises:
        RecipeError: If Keras knows no such optimizer or parameter, or refuses a value.

    Example:
        >>> sgd = build_optimizer(Optimizer(name="sgd", momentum=0.9, clipnorm=1.0))
        >>> type(sgd).__name__, sgd.momentum
        ('SGD', 0.9)
    """
    cls = find_class("optimizer", optimizer.name, _optimizers(), where="[optimizer] name")
    for name, advice in _FORMER.items():
        if name in optimizer.parameters:
            raise RecipeError(f"[optimizer] {name} is Keras 1 and 2. {advice}")
    rate = optimizer.learning_rate if learning_rate is None else learning_rate
    built = construct(cls, {**optimizer.parameters, "learning_rate": rate}, where="[optimizer]")
    if built.weight_decay:
        built.exclude_from_weight_decay(var_names=_NOT_DECAYED)
    return built
