"""Learning rates of their own: lower ones far from the output, higher ones for offsets."""

from collections import defaultdict
from typing import Any

from kanjian.models.split_model import cuttable


def set_rates(network: Any, *, decay: float = 1.0, offsets: float = 1.0) -> None:
    """Let every block of a compiled network learn at `decay` times the rate of the one behind.

    A block is what lies between two places where the network could be cut: a layer, or a
    branching and joining group of them. Blocks without weights do not count. Works with any
    Keras optimizer on any backend: variables of one rate are handed on together.

    Args:
        network: Compiled functional Keras model.
        decay: 1 changes nothing.
        offsets: How many times the rate the offsets of normalization (beta) learn at.

    Reference:
        Howard and Ruder, Universal language model fine-tuning for text classification, 2018;
        Page, How to train your ResNet 8: back of the envelope, 2019.
    """
    if decay == offsets == 1:
        return
    factors = {
        path: factor * (offsets if path.endswith("/beta") else 1)
        for path, factor in rate_factors(network, decay).items()
    }
    # where Keras hands gradients to the backend; above it there is one rate for all
    update_all = network.optimizer._backend_update_step

    def update_by_rate(gradients: Any, variables: Any, learning_rate: Any) -> None:
        by_factor: dict[float, list[tuple[Any, Any]]] = defaultdict(list)
        for gradient, variable in zip(gradients, variables, strict=True):
            by_factor[factors.get(variable.path, 1.0)].append((gradient, variable))
        for factor, pairs in by_factor.items():
            chosen, moved = zip(*pairs, strict=True)
            update_all(list(chosen), list(moved), learning_rate * factor)

    network.optimizer._backend_update_step = update_by_rate


def rate_factors(network: Any, decay: float) -> dict[str, float]:
    """What each variable's rate is multiplied with, by its path.

    Example:
        >>> from kanjian.backend import load_keras
        >>> keras = load_keras()
        >>> network = keras.Sequential([keras.Input((2,)), keras.layers.Dense(2, name="low"),
        ...                             keras.layers.Dense(1, name="top")])
        >>> factors = rate_factors(network, 0.5)
        >>> {path.split('/')[1]: factor for path, factor in factors.items()}
        {'top': 1.0, 'low': 0.5}
    """
    ends = set(cuttable(network))
    factors: dict[str, float] = {}
    depth, seen = 0, False
    for layer in reversed(network.layers):
        if layer.name in ends and seen:
            depth, seen = depth + 1, False
        for weight in layer.trainable_weights:
            factors[weight.path] = decay**depth
            seen = True
    return factors
