"""KerasHub's networks layer by layer, so that a part of one can learn and all of it is saved."""

import inspect
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from kanjian.backend import load_keras
from kanjian.models.graph import run_again
from kanjian.models.keras_lookup import REFUSALS

# Layers that hold a whole stack of blocks: the last of these may learn while the first rest
_STACKS: dict[str, Callable[[Any], Sequence[Any]]] = {
    "ViTEncoder": lambda stack: [stack.dropout, *stack.encoder_layers, stack.layer_norm],
    "DINOV2Encoder": lambda stack: stack.layers,
    "DINOV3Encoder": lambda stack: stack.layers,
}
_FUNCTIONAL = "Functional.call"  # a model with a call of its own is one step
_OF_EVERY_LAYER = ("name", "trainable", "dtype")
_PLAIN = (bool, int, float, str, tuple, type(None))


def opened(operation: Any, args: Sequence[Any], kwargs: dict[str, Any]) -> list[Any] | None:
    """What a KerasHub model or stack of blocks gives, made part by part; None for other layers.

    One whose parts cannot be saved by themselves stays as it is: KerasHub describes a whole
    network well, but not each of its layers.

    Args:
        operation: A layer or model of a graph.
        args: What it is called on.
        kwargs: What else it is called with.

    Example:
        >>> opened(load_keras().layers.Dense(3), [], {}) is None
        True
    """
    if not type(operation).__module__.startswith("keras_hub."):
        return None
    keras = load_keras()
    if isinstance(operation, keras.Model):
        whole = type(operation).call.__qualname__ != _FUNCTIONAL
        if whole or not all(map(savable, operation.layers)):
            return None
        tensors = [each for each in keras.tree.flatten([*args, kwargs]) if _is_tensor(each)]
        return run_again(operation, tensors, instead=opened)
    parts = list(_parts(operation))
    if not parts or not all(map(savable, parts)):
        return None
    x = args[0]
    for part in parts:
        if not part.name.startswith(operation.name):
            part.name = f"{operation.name}_{part.name}"
        taken = inspect.signature(part.call).parameters
        x = part(x, **{key: value for key, value in kwargs.items() if key in taken})
    return [x]


def _is_tensor(value: Any) -> bool:
    return isinstance(value, load_keras().KerasTensor)


def _parts(stack: Any) -> Iterator[Any]:
    yield from _STACKS.get(type(stack).__name__, lambda _: ())(stack)


def savable(layer: Any) -> bool:
    """Whether a layer that is described can be made again, the same; KerasHub's are mended first.

    Some of them describe more than they take, so that Keras could not open what holds them.

    Example:
        >>> savable(load_keras().layers.Dense(3))
        True
    """
    cls = type(layer)
    if not cls.__module__.startswith("keras_hub.") or isinstance(layer, load_keras().Model):
        return True
    parameters = inspect.signature(cls.__init__).parameters
    taken = {*parameters, *_OF_EVERY_LAYER}

    def described() -> dict[str, Any]:
        return {key: value for key, value in cls.get_config(layer).items() if key in taken}

    layer.get_config = described
    try:
        again = cls.from_config(described())
    except (*REFUSALS, AttributeError):
        return False
    return _traits(again) == _traits(layer)


def _traits(layer: Any) -> dict[str, Any]:
    """What was set when it was made, as far as it is plain."""
    return {
        key: value
        for key, value in vars(layer).items()
        if isinstance(value, _PLAIN) and not key.startswith("_") and key not in {"built", "name"}
    }
