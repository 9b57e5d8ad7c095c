"""A network of TensorFlow.js: `model.json` and the numbers beside it."""

from math import prod
from pathlib import Path
from typing import Any

import numpy as np

from kanjian.errors import NetworkError
from kanjian.guard.text import read_json
from kanjian.weights.layered import LayerWeights
from kanjian.weights.named import as_layers

_LIMIT = 4 << 30
_KINDS = {
    "float32": "<f4", "float16": "<f2", "int32": "<i4", "uint8": "u1", "int8": "i1",
    "uint16": "<u2", "bool": "?",
}  # fmt: skip


def is_tfjs(description: Any) -> bool:
    """Whether what was read as JSON describes a network of TensorFlow.js."""
    return isinstance(description, dict) and "weightsManifest" in description


def check_layers(description: Any, path: Path) -> None:
    """Refuse a converted graph, which is no network of layers.

    Raises:
        NetworkError: If it is one.
    """
    if description.get("format") == "graph-model" or "node" in description.get("modelTopology", {}):
        raise NetworkError(
            f"{path} is a graph of TensorFlow.js, of which no layers are known. Where it came "
            "from, save the network as .keras, .h5 or ONNX, and import that."
        )


def weights_of(description: Any, path: Path) -> tuple[LayerWeights, ...]:
    """The weights that a `model.json` tells of, from the files beside it.

    Args:
        description: What it holds.
        path: Where it lies; its files must lie beside it.

    Raises:
        NetworkError: If a file is missing or elsewhere, or sizes do not add up.
        WeightsError: If the names tell no layers.
    """
    arrays: dict[str, np.ndarray] = {}
    try:
        for group in description["weightsManifest"]:
            content, at = b"".join(_part(path, name) for name in group["paths"]), 0
            for entry in group["weights"]:
                array, at = _array(entry, content, at)
                arrays[entry["name"]] = array
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError) as error:
        raise NetworkError(f"{path} does not say where its weights lie: {error}.") from error
    return as_layers(arrays, str(path))


def _part(path: Path, name: str) -> bytes:
    if Path(name).name != name:
        raise NetworkError(f"{path} keeps numbers in another folder ({name[:60]!r}).")
    part = path.parent / name
    try:
        if part.stat().st_size > _LIMIT:
            raise NetworkError(f"{part} is larger than {_LIMIT >> 30} GB.")
        return part.read_bytes()
    except OSError as error:
        raise NetworkError(f"cannot read {part}: {error.strerror or error}.") from error


def _array(entry: Any, content: bytes, at: int) -> tuple[np.ndarray, int]:
    packed = entry.get("quantization")
    dtype = np.dtype(_KINDS[packed["dtype"] if packed else entry["dtype"]])
    shape = [int(side) for side in entry["shape"]]
    count = prod(shape)
    if min(shape, default=0) < 0 or at + count * dtype.itemsize > len(content):
        raise ValueError(f"{entry['name']!r} tells of {shape}, past the end of its file")
    values = np.frombuffer(content, dtype, count, at).reshape(shape)
    if packed and "scale" in packed:
        values = values.astype(np.float32) * np.float32(packed["scale"])
        values += np.float32(packed["min"])
    return values, at + count * dtype.itemsize


def names_beside(path: Path) -> tuple[tuple[str, ...] | None, bool]:
    """Class names from a `metadata.json` beside it, and whether Teachable Machine wrote that."""
    beside = path.parent / "metadata.json"
    if not beside.is_file():
        return None, False
    try:
        metadata = read_json(beside, error=NetworkError, limit=1 << 20)
    except OSError as error:
        raise NetworkError(f"cannot read {beside}: {error.strerror or error}.") from error
    if not isinstance(metadata, dict):
        return None, False
    names = metadata.get("labels")
    whole = isinstance(names, list) and all(isinstance(name, str) for name in names)
    teachable = "tmVersion" in metadata or "tfjsVersion" in metadata
    return (tuple(names) if whole and names else None), teachable
