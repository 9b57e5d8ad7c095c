"""The end of a network spelled out in layers: its dropout and its hidden layer, told and set."""

from collections.abc import Sequence
from typing import Any

Layers = Sequence[dict[str, Any]]


def dropout_of(layers: Layers) -> float | None:
    """The rate of the first dropout, 0 without one; None where layers branch or end otherwise.

    Example:
        >>> head = ({"type": "Dropout", "rate": 0.2}, {"type": "Dense", "units": "classes"})
        >>> dropout_of(head), dropout_of(head[1:]), dropout_of(head[:1])
        (0.2, 0.0, None)
    """
    ends = bool(layers) and layers[-1].get("type") == "Dense"
    if not ends or layers[-1].get("units") != "classes" or any("inputs" in each for each in layers):
        return None
    rates = [float(each.get("rate", 0.0)) for each in layers if each.get("type") == "Dropout"]
    return rates[0] if rates else 0.0


def hidden_of(layers: Layers) -> int:
    """The units of the dense layer before the last one; 0 without one.

    Example:
        >>> hidden_of(({"type": "Dense", "units": 64}, {"type": "Dense", "units": "classes"}))
        64
    """
    found = [each.get("units") for each in layers[:-1] if each.get("type") == "Dense"]
    return int(found[-1] or 0) if found else 0


def with_dropout(layers: Layers, rate: float) -> tuple[dict[str, Any], ...]:
    """The layers with this rate in every dropout; without one, one comes before the last layer.

    Example:
        >>> with_dropout(({"type": "Dense", "units": "classes"},), 0.3)[0]
        {'type': 'Dropout', 'rate': 0.3}
    """
    if dropout_of(layers) == rate:
        return tuple(layers)
    if any(each.get("type") == "Dropout" for each in layers):
        return tuple(
            {**each, "rate": rate} if each.get("type") == "Dropout" else each for each in layers
        )
    return (*layers[:-1], {"type": "Dropout", "rate": rate}, layers[-1])


def with_hidden(layers: Layers, units: int) -> tuple[dict[str, Any], ...]:
    """The layers with a dense layer of so many units before the dropout and the last layer.

    Example:
        >>> made = with_hidden(({"type": "Dense", "units": "classes"},), 64)
        >>> [each["units"] for each in made]
        [64, 'classes']
    """
    if not units or hidden_of(layers) == units:
        return tuple(layers)
    at = len(layers) - 1
    if at and layers[at - 1].get("type") == "Dropout":
        at -= 1
    return (*layers[:at], {"type": "Dense", "units": units, "activation": "relu"}, *layers[at:])
