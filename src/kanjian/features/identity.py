"""A name for exactly this network: its layers and its weights, whatever they are called."""

import hashlib
import json
from collections.abc import Callable
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np

# What Keras counts on from model to model, or what a prediction does not depend on
_DROPPED = frozenset({"trainable", "build_config"})


class TensorForm(NamedTuple):
    """Shape and type of what a network takes or gives; the batch's side is None."""

    shape: tuple[int | None, ...]
    dtype: str


class KnownNetwork:
    """A network known by its key, which is built only when it has to compute.

    It stands for the network wherever features are taken: those that are kept are found
    without importing Keras.

    Args:
        key: What `network_key` gives for it.
        takes: Its one input.
        gives: Its one output.
        build: Makes it.

    Example:
        >>> picture, vector = TensorForm((None, 4, 4, 3), "uint8"), TensorForm((None, 2), "float32")
        >>> network_key(KnownNetwork("a1", picture, vector, build=lambda: None))
        'a1'
    """

    def __init__(
        self, key: str, takes: TensorForm, gives: TensorForm, build: Callable[[], Any]
    ) -> None:
        self.key, self.inputs, self.outputs = key, (takes,), (gives,)
        self._build = build

    @classmethod
    def of(cls, network: Any) -> "KnownNetwork":
        """A network that stands, with its key taken once; its weights must stay as they are."""
        (takes,), (gives,) = map(_forms, (network.inputs, network.outputs))
        return cls(network_key(network), takes, gives, lambda: network)

    @cached_property
    def network(self) -> Any:
        """The network itself, built when first asked for."""
        return self._build()


def _forms(tensors: Any) -> list[TensorForm]:
    return [TensorForm(tuple(tensor.shape), str(tensor.dtype)) for tensor in tensors]


def built(network: Any) -> Any:
    """The Keras model, be it given or only known.

    Example:
        >>> picture = TensorForm((None, 4, 4, 3), "uint8")
        >>> built(KnownNetwork("a1", picture, picture, build=lambda: "a model")), built("a model")
        ('a model', 'a model')
    """
    return network.network if isinstance(network, KnownNetwork) else network


def network_key(network: Any) -> str:
    """A hash that changes when a layer, an option, a connection or a weight changes.

    Names of layers do not count: Keras numbers them on from model to model. Nor does what is
    trainable.

    Args:
        network: A functional Keras model, or one that is known.

    Returns:
        32 hexadecimal digits.

    Example:
        >>> from kanjian.backend import load_keras
        >>> keras = load_keras()
        >>> def twice(factor):
        ...     pixels = keras.Input((4, 4, 1), dtype="uint8")
        ...     return keras.Model(pixels, keras.layers.Rescaling(factor)(pixels))
        >>> network_key(twice(2)) == network_key(twice(2)), network_key(twice(2)) == network_key(
        ...     twice(3))
        (True, False)
    """
    if isinstance(network, KnownNetwork):
        return network.key
    names = {layer.name: f"#{number}" for number, layer in enumerate(network.layers)}
    plain = _plain(network.get_config(), names)
    plain.pop("name", None)
    digest = hashlib.sha256(json.dumps(plain, sort_keys=True, default=str).encode())
    for weight in network.weights:
        array = np.ascontiguousarray(weight)
        digest.update(f"{array.shape} {array.dtype}".encode())
        digest.update(array.data)
    return digest.hexdigest()[:32]


def _plain(value: Any, names: dict[str, str]) -> Any:
    """The same without names: only where a name of a layer stands, not a word that equals it."""
    if isinstance(value, dict):
        plain = {key: _plain(each, names) for key, each in value.items() if key not in _DROPPED}
        if isinstance(plain.get("name"), str):
            plain["name"] = names.get(plain["name"], "")
        for key in ("keras_history", "input_layers", "output_layers"):
            if key in plain:
                plain[key] = _numbered(plain[key], names)
        return plain
    if isinstance(value, list | tuple):
        return [_plain(each, names) for each in value]
    return value


def _numbered(value: Any, names: dict[str, str]) -> Any:
    if isinstance(value, list):
        return [_numbered(each, names) for each in value]
    return names.get(value, value) if isinstance(value, str) else value
