"""Pickled arrays, as the authors of CIFAR ship them; nothing in the pickle is run."""

import math
from typing import Any

import numpy as np

from kanjian.errors import DatasetError
from kanjian.storage.safe_pickle import Fillable, Maker, RefusedPickleError, read_pickle, refusing


class _Dtype(Fillable):
    """The one type of CIFAR: bytes. One byte has no order and no fields, so nothing to fill."""

    def __init__(self, code: object, *_: object) -> None:
        code = code.decode("latin1") if isinstance(code, bytes) else code
        if not isinstance(code, str) or code not in ("u1", "|u1"):
            shown = repr(code) if isinstance(code, str) else "something else"
            raise RefusedPickleError(f"it has an array of type {shown}, expected 'u1'")

    def fill(self, state: Any) -> None:
        """There is nothing to keep."""


class _Array(Fillable):
    """NumPy pickles an array as "make an empty one", then fills it in."""

    def __init__(self, *_: object) -> None:
        self.value: np.ndarray = np.empty(0, np.uint8)

    def fill(self, state: Any) -> None:
        match state:
            case (int(), tuple(shape), _Dtype(), bool() | int() as by_column, bytes(raw)):
                self.value = _filled(shape, raw, order="F" if by_column else "C")
            case _:
                raise RefusedPickleError("it has an array of an unknown form")


def _filled(shape: tuple[object, ...], raw: bytes, *, order: Any) -> np.ndarray:
    lengths = [length for length in shape if isinstance(length, int) and length >= 0]
    if len(lengths) != len(shape) or len(shape) > 8:
        raise RefusedPickleError("it has an array whose shape is not one")
    if math.prod(lengths) != len(raw):
        raise RefusedPickleError(f"its array of shape {tuple(lengths)} has {len(raw)} bytes")
    return np.frombuffer(raw, np.uint8).reshape(lengths, order=order)


class _Latin1:
    """Protocol 2 of Python 3 writes bytes as "encode this text"."""

    def __init__(self, budget: int) -> None:
        self._left = budget  # one long text remembered and encoded again and again fills memory

    def __call__(self, text: object, encoding: object = "latin1") -> bytes:
        if not isinstance(text, str) or not isinstance(encoding, str) or encoding != "latin1":
            raise RefusedPickleError("it encodes something that is not bytes")
        self._left -= len(text)
        if self._left < 0:
            raise RefusedPickleError("it encodes more than it holds")
        return text.encode("latin1")


NAMES: dict[tuple[str, str], object] = {
    ("numpy.core.multiarray", "_reconstruct"): Maker(_Array),
    ("numpy._core.multiarray", "_reconstruct"): Maker(_Array),
    ("numpy", "ndarray"): _Array,
    ("numpy", "dtype"): Maker(_Dtype),
}


def loads_arrays(content: bytes, *, name: str) -> Any:
    """The numbers, texts, lists, dicts and uint8 arrays in a pickle; nothing in it is run.

    Args:
        content: The pickle, of protocol 2 or later. Texts of Python 2 come as bytes.
        name: What to call it in messages.

    Raises:
        DatasetError: If it is damaged, or asks for anything else.

    Example:
        >>> import os, pickle
        >>> array = np.array([[1, 2]], np.uint8)
        >>> loads_arrays(pickle.dumps({"data": array}, protocol=2), name="batch")
        {'data': array([[1, 2]], dtype=uint8)}
        >>> loads_arrays(pickle.dumps(os.system), name="batch")
        Traceback (most recent call last):
        kanjian.errors.DatasetError: batch is not a pickle of arrays: it asks for posix.system. Get
            the file from the source you trust.
    """
    with refusing(f"{name} is not a pickle of arrays", DatasetError):
        encode = {("_codecs", "encode"): Maker(_Latin1(len(content)))}
        return _plain(read_pickle(content, names={**NAMES, **encode}), 2)


def _plain(value: Any, levels: int) -> Any:
    """Arrays in place of their stand-ins; CIFAR has two levels of dict and list."""
    if isinstance(value, dict) and levels:
        return {key: _plain(inner, levels - 1) for key, inner in value.items()}
    return value.value if isinstance(value, _Array) else value
