"""Reading pickled arrays without letting the pickle do anything.

A pickle is a program for a small machine that may call any function it names. Here the
program is read through first, only harmless instructions are let pass, and the few names
that a pickled array needs lead to stand-ins of ours that hold plain bytes.
"""

import io
import math
import pickle
import pickletools
import warnings
from typing import Any, Never, Self

import numpy as np

from kanjian.errors import DatasetError

# Everything that protocols 2 to 5 need for numbers, texts, bytes, lists, dicts and one array.
# Left out: what imports by other ways (INST, OBJ, NEWOBJ, EXT, PERSID) and what takes memory
# before it reads (BYTEARRAY8, buffers). LONG_BINPUT is bounded below.
ALLOWED = frozenset({
    "PROTO", "FRAME", "STOP", "MARK", "POP", "MEMOIZE", "BINPUT", "LONG_BINPUT", "BINGET",
    "LONG_BINGET", "NONE", "NEWTRUE", "NEWFALSE", "BININT", "BININT1", "BININT2", "LONG1",
    "BINFLOAT", "BINSTRING", "SHORT_BINSTRING", "BINBYTES", "SHORT_BINBYTES", "BINBYTES8",
    "BINUNICODE", "SHORT_BINUNICODE", "BINUNICODE8", "EMPTY_LIST", "APPEND", "APPENDS",
    "EMPTY_DICT", "SETITEM", "SETITEMS", "EMPTY_TUPLE", "TUPLE", "TUPLE1", "TUPLE2", "TUPLE3",
    "GLOBAL", "STACK_GLOBAL", "REDUCE", "BUILD",
})  # fmt: skip
MOST_STEPS = 5_000_000


class _StandIn:
    """What a name in the pickle leads to. `__setstate__` and slots leave BUILD nothing to set."""

    __slots__ = ()

    def __setstate__(self, state: object) -> None:
        raise pickle.UnpicklingError("it fills in something that is not an array")


class _Dtype(_StandIn):
    __slots__ = ()

    def __init__(self, code: object, *_: object) -> None:
        if code not in ("u1", b"u1", "|u1", b"|u1"):
            raise pickle.UnpicklingError(f"it has an array of type {code!r}, expected 'u1'")

    def __setstate__(self, state: object) -> None:
        """One byte has no order and no fields: there is nothing to keep."""


class _Array(_StandIn):
    __slots__ = ("value",)

    def __init__(self, *_: object) -> None:
        self.value: np.ndarray = np.empty(0, np.uint8)

    def __setstate__(self, state: object) -> None:
        match state:
            case (int(), tuple(shape), _Dtype(), bool() | int() as by_column, bytes(raw)):
                self.value = _filled(shape, raw, order="F" if by_column else "C")
            case _:
                raise pickle.UnpicklingError("it has an array of an unknown form")


def _filled(shape: tuple[object, ...], raw: bytes, *, order: Any) -> np.ndarray:
    lengths = [length for length in shape if isinstance(length, int) and length >= 0]
    if len(lengths) != len(shape) or len(shape) > 8 or math.prod(lengths) != len(raw):
        raise pickle.UnpicklingError(f"its array of shape {shape} has {len(raw)} bytes")
    return np.frombuffer(raw, np.uint8).reshape(lengths, order=order)


class _Reconstruct(_StandIn):
    """NumPy pickles an array as "make an empty one", then fills it in."""

    __slots__ = ()

    def __new__(cls, *_: object) -> Self:
        return _Array()  # type: ignore[return-value]


class _Latin1(_StandIn):
    """Protocol 2 of Python 3 writes bytes as "encode this text"."""

    __slots__ = ()

    def __new__(cls, text: object, encoding: object = "latin1") -> Self:
        if not isinstance(text, str) or encoding != "latin1":
            raise pickle.UnpicklingError("it encodes something that is not bytes")
        return text.encode("latin1")  # type: ignore[return-value]


NAMES = {
    ("numpy.core.multiarray", "_reconstruct"): _Reconstruct,
    ("numpy._core.multiarray", "_reconstruct"): _Reconstruct,
    ("numpy", "ndarray"): _Array,
    ("numpy", "dtype"): _Dtype,
    ("_codecs", "encode"): _Latin1,
}


class _Unpickler(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> Any:
        if (module, name) not in NAMES:
            raise pickle.UnpicklingError(f"it asks for {module}.{name}")
        return NAMES[module, name]

    def persistent_load(self, pid: object) -> Never:  # noqa: ARG002
        raise pickle.UnpicklingError("it asks for something outside the file")


def loads_arrays(content: bytes, *, name: str) -> Any:
    """The numbers, texts, lists, dicts and uint8 arrays in a pickle; nothing in it is run.

    Args:
        content: The pickle, of protocol 2 or later. Texts of Python 2 come as bytes.
        name: What to call it in messages.

    Raises:
        DatasetError: If it is damaged, or asks for anything else.

    Example:
        >>> array = np.array([[1, 2]], np.uint8)
        >>> loads_arrays(pickle.dumps({"data": array}, protocol=2), name="batch")
        {'data': array([[1, 2]], dtype=uint8)}
        >>> import os
        >>> loads_arrays(pickle.dumps(os.system), name="batch")
        Traceback (most recent call last):
        kanjian.errors.DatasetError: batch is not a pickle of arrays: it asks for posix.system. Get
            the file from the source you trust.
    """
    try:
        with warnings.catch_warnings():
            # reading a text with a wrong escape warns before the step can be refused
            warnings.simplefilter("ignore")
            _check_steps(content)
        value = _Unpickler(io.BytesIO(content), encoding="bytes").load()
        return _plain(value)
    except RecursionError as error:
        raise DatasetError(f"{name} is not a pickle of arrays: it is nested too deep.") from error
    except (
        pickle.UnpicklingError, ValueError, TypeError, EOFError, KeyError, IndexError,
        AttributeError, MemoryError, OverflowError,
    ) as error:  # fmt: skip
        raise DatasetError(
            f"{name} is not a pickle of arrays: {error}. Get the file from the source you trust."
        ) from error


def _check_steps(content: bytes) -> None:
    for step, (opcode, argument, _) in enumerate(pickletools.genops(content)):
        if opcode.name not in ALLOWED:
            raise pickle.UnpicklingError(f"it uses {opcode.name}")
        if step > MOST_STEPS:
            raise pickle.UnpicklingError("it is too long")
        # the memo is a table as long as its largest index, whatever little is put in it
        if opcode.name == "LONG_BINPUT" and (argument or 0) > 256 + 2 * step:
            raise pickle.UnpicklingError(f"it uses memo {argument}")


def _plain(value: Any) -> Any:
    """Arrays in place of their stand-ins, in the two levels of dict and list that CIFAR has."""
    if isinstance(value, dict):
        return {key: _plain(inner) for key, inner in value.items()}
    return value.value if isinstance(value, _Array) else value
