"""Weights in safetensors: a head in JSON that says where each array lies, and the arrays."""

from math import prod
from pathlib import Path
from typing import Any

import numpy as np

from kanjian.errors import WeightsError
from kanjian.guard.text import parse_json

_MOST_HEAD, _MOST_SIDES = 64 << 20, 16
_KINDS = {
    "F64": "<f8", "F32": "<f4", "F16": "<f2", "BF16": "<u2", "I64": "<i8", "I32": "<i4",
    "I16": "<i2", "I8": "i1", "U64": "<u8", "U32": "<u4", "U16": "<u2", "U8": "u1", "BOOL": "?",
}  # fmt: skip


def read_safetensors(path: Path) -> dict[str, np.ndarray]:
    """The arrays of a safetensors file by name, in the order they lie in.

    Returns:
        Read-only arrays; bfloat16, which NumPy does not have, comes as float32.

    Raises:
        WeightsError: If it is missing, cut, or tells of places that it does not have.

    Example:
        >>> read_safetensors(Path("missing.safetensors"))
        Traceback (most recent call last):
        kanjian.errors.WeightsError: cannot read missing.safetensors: No such file or directory.
    """
    try:
        size = path.stat().st_size
        with path.open("rb") as stream:
            length = int.from_bytes(stream.read(8), "little")
            if not 2 <= length <= min(_MOST_HEAD, size - 8):
                raise WeightsError(f"{path} is no safetensors file, or cut off.")
            head = stream.read(length).decode("utf-8", errors="replace")
            content = stream.read()
    except OSError as error:
        raise WeightsError(f"cannot read {path}: {error.strerror or error}.") from error
    header = parse_json(head, str(path), error=WeightsError)
    if not isinstance(header, dict):
        raise WeightsError(f"{path} is no safetensors file: its head is no table.")
    header.pop("__metadata__", None)
    found = {str(name): _array(entry, content) for name, entry in header.items()}
    for name, array in found.items():
        if array is None:
            raise WeightsError(f"{path} is damaged, or cut off, at {name[:60]!r}.")
    return {name: array for name, array in found.items() if array is not None}


def _array(entry: Any, content: bytes) -> np.ndarray | None:
    """One array; None where its entry does not add up."""
    match entry:
        case {"dtype": str(kind), "shape": list(shape), "data_offsets": [int(begin), int(end)]}:
            pass
        case _:
            return None
    if kind not in _KINDS or not all(type(side) is int and side >= 0 for side in shape):
        return None
    dtype = np.dtype(_KINDS[kind])
    if not 0 <= begin <= end <= len(content) or prod(shape) * dtype.itemsize != end - begin:
        return None
    if len(shape) > _MOST_SIDES:
        return None
    values = np.frombuffer(content, dtype, prod(shape), begin)
    if kind == "BF16":
        values = (values.astype("<u4") << 16).view("<f4")
    return values.reshape(shape)
