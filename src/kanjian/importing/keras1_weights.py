"""Weights of legacy files into a network rebuilt from its description."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from kanjian.errors import NetworkError
from kanjian.importing.keras1 import clean_name
from kanjian.weights.assign import layers_with_weights
from kanjian.weights.layered import LayerWeights, read_layers, rows_by_place


def set_legacy_weights(network: Any, path: Path, *, channels_first: bool) -> None:
    """Set every weight of a network from a legacy `.h5`, or refuse.

    Layers are matched by name, else by order. A network within the network is one layer of
    the file; its arrays are matched by their names, since their order depends on what was
    frozen when they were saved.

    Args:
        network: Built from the file's description.
        path: The file.
        channels_first: Whether the network had colors before height and width.

    Raises:
        NetworkError: If layers or shapes do not fit.
        WeightsError: If the file cannot be read.
    """
    layers = read_layers(path)
    wanted = [layer for layer in network.layers if layer.weights]
    by_name = {clean_name(read.name): read for read in layers}
    if all(layer.name in by_name for layer in wanted):
        pairs = [(layer, by_name[layer.name]) for layer in wanted]
    elif len(layers) == len(wanted):
        pairs = list(zip(wanted, layers, strict=True))
    else:
        raise NetworkError(
            f"{path} has weights of {len(layers)} layers, the network has {len(wanted)} that take "
            "some. Do the two files belong together?"
        )
    for layer, read in pairs:
        places = _places(layer, read, path)
        before = _flattened(network, layer) if channels_first else 0
        for variable, array in places:
            variable.assign(_turned(variable, array, before, channels_first=channels_first))


@dataclass(frozen=True)
class _Leaf:
    """One weight of a network within the network."""

    layer: str
    kind: str
    variable: Any


def _places(layer: Any, read: LayerWeights, path: Path) -> list[tuple[Any, np.ndarray]]:
    """Which array goes where; shapes fit, save for what `_turned` still turns."""
    ways = [list(layer.weights)]
    if hasattr(layer, "layers"):
        named = _by_names(layer, read)
        if named is not None:
            return named
        ways.insert(0, [*layer.trainable_weights, *layer.non_trainable_weights])
    for variables in ways:
        if len(variables) == len(read.arrays) and all(
            sorted(variable.shape) == sorted(array.shape)
            for variable, array in zip(variables, read.arrays, strict=True)
        ):
            return list(zip(variables, read.arrays, strict=True))
    expected = " and ".join("×".join(map(str, each.shape)) for each in ways[0][:4])
    got = " and ".join("×".join(map(str, each.shape)) for each in read.arrays[:4])
    raise NetworkError(
        f"{path} does not fit at layer {layer.name!r}: expected {expected or 'nothing'}, got "
        f"{got or 'nothing'}. Do the two files belong together?"
    )


def _by_names(network: Any, read: LayerWeights) -> list[tuple[Any, np.ndarray]] | None:
    """Arrays of a network within, by the names of layer and weight; None if they do not tell."""
    if len(read.names) != len(read.arrays):
        return None
    leaves = [
        _Leaf(layer.name, str(variable.name), variable)
        for layer in layers_with_weights(network)
        for variable in layer.weights
    ]
    array_of: dict[tuple[str, str], np.ndarray] = {}
    owners = {leaf.layer for leaf in leaves}
    for name, array in zip(read.names, read.arrays, strict=True):
        path, _, kind = name.partition(":")[0].rpartition("/")
        owner = _owner(clean_name(path), owners)
        if owner is None or (owner, kind) in array_of:
            return None
        array_of[owner, kind] = array
    found = []
    for leaf in leaves:
        # Keras 2 called the kernel of a depthwise convolution so
        kinds = (leaf.kind, f"depthwise_{leaf.kind}")
        fitting = [array_of[leaf.layer, kind] for kind in kinds if (leaf.layer, kind) in array_of]
        if not fitting or tuple(leaf.variable.shape) != fitting[0].shape:
            return None
        found.append((leaf.variable, fitting[0]))
    return found if len(found) == len(read.arrays) else None


def _owner(path: str, owners: set[str]) -> str | None:
    """The layer a weight's path names; the path may begin with the networks around it."""
    parts = path.split("_")
    for start in range(len(parts)):
        name = "_".join(parts[start:])
        if name in owners:
            return name
    return None


def _flattened(network: Any, layer: Any) -> int:
    """The channels that a Flatten before this layer has seen; 0 where there is none."""
    at = network.layers.index(layer)
    for before in reversed(network.layers[:at]):
        if type(before).__name__ == "Flatten":
            shape = before.input.shape
            return int(shape[-1]) if len(shape) == 4 else 0
        if before.weights:
            return 0
    return 0


def _turned(
    variable: Any, array: np.ndarray, flattened: int, *, channels_first: bool
) -> np.ndarray:
    wanted = tuple(variable.shape)
    # Keras 1 with colors first: (out, in, height, width)
    if channels_first and array.ndim == 4 and array.shape != wanted:
        array = array.transpose(2, 3, 1, 0)
    if flattened and array.ndim == 2:
        array = rows_by_place(array, flattened)
    if array.shape != wanted:
        raise NetworkError(
            f"weights of {'×'.join(map(str, array.shape))} do not fit where "
            f"{'×'.join(map(str, wanted))} are expected."
        )
    return array
