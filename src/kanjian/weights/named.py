"""Weights as plain arrays by name (`.npz`, safetensors, PyTorch), brought into layers."""

import re
from pathlib import Path

import numpy as np

from kanjian.errors import WeightsError
from kanjian.guard.kinds import kind_of
from kanjian.guard.npz import read_npz
from kanjian.weights.layered import LayerWeights, normalized_order
from kanjian.weights.safetensors_file import read_safetensors
from kanjian.weights.torch_file import read_torch

# How PyTorch names what it keeps; its kernels have other axes first
_OF_TORCH = re.compile(r".*\.(weight|bias|running_mean|running_var|num_batches_tracked)$")


def read_arrays(path: Path) -> dict[str, np.ndarray]:
    """The arrays of a `.npz`, a safetensors or a PyTorch file, by name.

    Raises:
        WeightsError: If it is none of these, damaged, or tells of more than it holds.

    Example:
        >>> import tempfile
        >>> path = Path(tempfile.mkdtemp()) / "a.npz"
        >>> np.savez(path, **{"dense/kernel": np.eye(2)})
        >>> read_arrays(path)["dense/kernel"].shape
        (2, 2)
    """
    try:
        kind = kind_of(path)
        if kind and kind.name == "npz":
            return _numbers(read_npz(path, error=WeightsError), path)
    except OSError as error:
        raise WeightsError(f"cannot read {path}: {error.strerror or error}.") from error
    if kind and kind.name == "safetensors":
        return read_safetensors(path)
    return read_torch(path)


def _numbers(arrays: dict[str, np.ndarray], path: Path) -> dict[str, np.ndarray]:
    for name, array in arrays.items():
        if array.dtype.kind not in "fiub":
            raise WeightsError(f"{path} holds {array.dtype} at {name[:60]!r}, expected numbers.")
    return arrays


def as_layers(arrays: dict[str, np.ndarray], place: str) -> tuple[LayerWeights, ...]:
    """Arrays named LAYER/WEIGHT, as Keras names them, one layer after the other.

    Args:
        arrays: By name, in order.
        place: Begins the message.

    Raises:
        WeightsError: If their names tell no layers, or are PyTorch's.

    Example:
        >>> as_layers({"dense/kernel": np.eye(2), "dense/bias": np.zeros(2)}, "a")[0].names
        ('dense/kernel', 'dense/bias')
    """
    if any(_OF_TORCH.match(name) for name in arrays):
        raise WeightsError(
            f"{place} has PyTorch's names and order of numbers, which are not those of a Keras "
            "network. Save the network as ONNX in PyTorch, and run: kanjian import network.onnx"
        )
    layers: dict[str, dict[str, np.ndarray]] = {}
    for name, array in arrays.items():
        layer, _, weight = name.rpartition("/")
        if not layer or not weight:
            raise WeightsError(
                f"{place} names an array {name[:60]!r}, expected LAYER/WEIGHT as Keras does "
                "(variable.path), or arr_0, arr_1 … in the order of model.get_weights()."
            )
        layers.setdefault(layer, {})[name] = array
    return tuple(
        LayerWeights(layer.rpartition("/")[2], *normalized_order(list(held), list(held.values())))
        for layer, held in layers.items()
    )


def numbered(arrays: dict[str, np.ndarray]) -> list[np.ndarray] | None:
    """Arrays that have no names but numbers (`np.savez(file, *weights)`), in order; else None.

    Example:
        >>> [len(a) for a in numbered({"arr_1": np.zeros(2), "arr_0": np.zeros(1)})]
        [1, 2]
    """
    found = {name: re.fullmatch(r"(?:arr_)?(\d{1,6})", name) for name in arrays}
    numbers = {int(match[1]): arrays[name] for name, match in found.items() if match}
    if sorted(numbers) != list(range(len(arrays))) or not arrays:
        return None
    return [numbers[at] for at in range(len(arrays))]
