"""Reading a state dict of PyTorch without PyTorch: arrays come out, nothing is run.

Both formats are read: the zip of PyTorch 1.6 and later, and the stream of pickles and raw
numbers before it. The pickle in them goes through `safe_pickle`; every size it tells is held
against the bytes that are there before memory is taken.
"""

import io
import math
import struct
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from kanjian.errors import WeightsError
from kanjian.storage.safe_pickle import Fillable, Maker, RefusedPickleError, read_pickle, refusing

MAGIC_NUMBER = 0x1950A86A20F9469CFC6C
LEGACY_VERSION = 1001
# Of a pickle; that of a network of 1 000 arrays takes 0.1 MB.
LIMIT_PICKLE_BYTES = 32 << 20
MOST_DIMENSIONS = 16
# What a checkpoint calls the state dict among its other things.
INNER = ("state_dict", "model_state_dict", "model")


@dataclass(frozen=True)
class Kind:
    """What a class of storage holds.

    Args:
        dtype: How the numbers lie in the file.
        bfloat16: Whether they are the upper halves of float32, which NumPy does not have.
    """

    dtype: np.dtype[Any]
    bfloat16: bool = False


KINDS = {
    ("torch", f"{name}Storage"): Kind(np.dtype(code))
    for name, code in {
        "Half": "<f2", "Float": "<f4", "Double": "<f8", "Char": "i1", "Byte": "u1",
        "Short": "<i2", "Int": "<i4", "Long": "<i8", "Bool": "u1",
    }.items()
} | {("torch", "BFloat16Storage"): Kind(np.dtype("<u2"), bfloat16=True)}  # fmt: skip
BOOL = KINDS["torch", "BoolStorage"]


@dataclass
class _Storage:
    """A run of numbers in the file that tensors look into; read after the pickle."""

    key: str
    kind: Kind
    count: int
    values: np.ndarray | None = None

    def take(self, raw: bytes) -> None:
        if len(raw) != self.count * self.kind.dtype.itemsize:
            raise RefusedPickleError(f"its storage {self.key[:40]!r} has {len(raw)} bytes")
        values = np.frombuffer(raw, self.kind.dtype)
        if self.kind.bfloat16:
            # done once for a storage: many tensors may look into one
            values = (values.astype("<u4") << 16).view("<f4")
        self.values = values.astype(bool) if self.kind is BOOL else values


@dataclass
class _Tensor:
    storage: _Storage
    offset: int
    shape: tuple[int, ...]
    strides: tuple[int, ...]

    def array(self) -> np.ndarray:
        values = self.storage.values
        assert values is not None
        if not math.prod(self.shape):
            return np.empty(self.shape, values.dtype)
        steps = [stride * values.itemsize for stride in self.strides]
        return np.lib.stride_tricks.as_strided(
            values[self.offset :], self.shape, steps, writeable=False
        )


class _Ordered(dict[Any, Any], Fillable):
    """An OrderedDict; PyTorch hangs version numbers on it, which are left."""

    def fill(self, state: Any) -> None:
        """There is nothing to keep."""


def _ordered() -> _Ordered:
    # empty, and filled key by key: a list of pairs could be given a million times over
    return _Ordered()


def _tensor(storage: object, offset: object, shape: object, strides: object, *_: object) -> _Tensor:
    """A tensor whose every element lies in its storage."""
    if not isinstance(storage, _Storage) or not _is_size(offset):
        raise RefusedPickleError("it has a tensor of an unknown form")
    for numbers in (shape, strides):
        if not isinstance(numbers, tuple) or len(numbers) > MOST_DIMENSIONS:
            raise RefusedPickleError("it has a tensor of an unknown form")
        if not all(map(_is_size, numbers)):
            raise RefusedPickleError("it has a tensor of a shape that is not one")
    if len(shape) != len(strides):  # type: ignore[arg-type]
        raise RefusedPickleError("it has a tensor with more lengths than strides, or fewer")
    made = _Tensor(storage, offset, shape, strides)  # type: ignore[arg-type]
    _check_inside(made)
    return made


def _is_size(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 1 << 48


def _check_inside(tensor: _Tensor) -> None:
    count = math.prod(tensor.shape)
    reach = tensor.offset + sum(
        (length - 1) * stride for length, stride in zip(tensor.shape, tensor.strides, strict=True)
    )
    # a stride of 0 would let a huge tensor stand on one number, and burst whoever copies it
    if count and (reach >= tensor.storage.count or count > tensor.storage.count):
        raise RefusedPickleError(
            f"its tensor of shape {tensor.shape} does not fit its storage of "
            f"{tensor.storage.count} numbers"
        )


def _parameter(data: object, *_: object) -> object:
    return data


NAMES: dict[tuple[str, str], object] = {
    ("collections", "OrderedDict"): Maker(_ordered),
    ("torch._utils", "_rebuild_tensor_v2"): Maker(_tensor),
    ("torch._utils", "_rebuild_parameter"): Maker(_parameter),
    **KINDS,
}


class _Storages:
    """The storages that a pickle names, each once."""

    def __init__(self, limit_bytes: int) -> None:
        self.by_key: dict[str, _Storage] = {}
        self._left = limit_bytes

    def find(self, identifier: object) -> _Storage:
        match identifier:
            case (str("storage"), Kind() as kind, str(key), str(), int(count)) | (
                str("storage"), Kind() as kind, str(key), str(), int(count), None
            ) if _is_size(count):  # fmt: skip
                pass
            case _:
                raise RefusedPickleError("it asks for something outside the file")
        known = self.by_key.get(key)
        if known is None:
            self._left -= count * kind.dtype.itemsize
            if self._left < 0:
                raise RefusedPickleError("its storages are larger than the file")
            known = self.by_key[key] = _Storage(key, kind, count)
        if (known.kind, known.count) != (kind, count):
            raise RefusedPickleError(f"it tells two things of its storage {key[:40]!r}")
        return known


def read_torch(path: Path | str) -> dict[str, np.ndarray]:
    """The arrays of a state dict that PyTorch saved, by name, in the order of the file.

    PyTorch is not needed. Arrays, ordered dicts, numbers and texts are all that is built; a
    pickle that asks for anything else is refused before anything is done. A checkpoint
    that holds the state dict among other things (as "state_dict", "model_state_dict" or
    "model") gives that one.

    Args:
        path: A `.pth` or `.pt`, of any version since PyTorch 0.4.

    Returns:
        Read-only arrays, some of which may look into the same memory. bfloat16, which NumPy
        does not have, comes as float32.

    Raises:
        WeightsError: If the file is missing, damaged, cut, lies about a size, or holds
            anything but arrays.

    Example:
        >>> read_torch("missing.pth")
        Traceback (most recent call last):
        kanjian.errors.WeightsError: cannot read missing.pth: No such file or directory.
    """
    path = Path(path)
    what = f"{path} is not a PyTorch state dict"
    try:
        with path.open("rb") as stream, refusing(what, WeightsError):
            is_zip = stream.read(4) == b"PK\x03\x04"
            stream.seek(0)
            value = (_read_zip if is_zip else _read_legacy)(stream, path.stat().st_size)
            return _arrays(value)
    except OSError as error:
        raise WeightsError(f"cannot read {path}: {error.strerror or error}.") from error


def _arrays(value: object) -> dict[str, np.ndarray]:
    if not isinstance(value, dict):
        raise RefusedPickleError("it holds no dict of arrays")
    arrays = {
        name: inner.array()
        for name, inner in value.items()
        if isinstance(inner, _Tensor) and isinstance(name, str)
    }
    if arrays:
        return arrays
    for name in INNER:
        if isinstance(value.get(name), dict):
            return _arrays({**value[name], **dict.fromkeys(INNER)})
    raise RefusedPickleError("it holds no dict of arrays")


def _read_legacy(stream: BinaryIO, size: int) -> object:
    head = io.BytesIO(stream.read(min(size, LIMIT_PICKLE_BYTES)))
    magic, version, system = (read_pickle(head, names={}) for _ in range(3))
    if not isinstance(magic, int) or magic != MAGIC_NUMBER:
        raise RefusedPickleError("it does not begin like one")
    if not isinstance(version, int) or version != LEGACY_VERSION:
        raise RefusedPickleError("its version of the format is unknown")
    if not isinstance(system, dict) or system.get("little_endian") is not True:
        raise RefusedPickleError("it was written on a big-endian machine")
    storages = _Storages(size)
    value = read_pickle(head, names=NAMES, outside=storages.find)
    keys = read_pickle(head, names={})
    stream.seek(head.tell())
    head.close()  # it may be as large as the numbers that follow
    _read_storages(stream, size, keys, storages.by_key)
    return value


def _read_storages(
    stream: BinaryIO, size: int, keys: object, storages: dict[str, _Storage]
) -> None:
    """Each storage is its count in 8 bytes and its numbers, one behind the other."""
    if not isinstance(keys, list) or not all(isinstance(key, str) for key in keys):
        raise RefusedPickleError("it has no list of storages")
    if len(keys) != len(storages) or set(keys) != set(storages):
        raise RefusedPickleError("its list of storages is not that of its tensors")
    for key in keys:
        storage = storages[key]
        (count,) = struct.unpack("<q", _exactly(stream, 8, size))
        if count != storage.count:
            raise RefusedPickleError(f"it tells two sizes of its storage {key[:40]!r}")
        storage.take(_exactly(stream, count * storage.kind.dtype.itemsize, size))


def _exactly(stream: BinaryIO, count: int, size: int) -> bytes:
    if stream.tell() + count > size:
        raise RefusedPickleError("it is cut off")
    content = stream.read(count)
    if len(content) != count:
        raise RefusedPickleError("it is cut off")
    return content


def _read_zip(stream: BinaryIO, size: int) -> object:
    try:
        with zipfile.ZipFile(stream) as archive:
            return _read_members(archive, size)
    except (
        zipfile.BadZipFile, zlib.error, struct.error, NotImplementedError, RuntimeError
    ) as error:  # fmt: skip
        raise RefusedPickleError(f"its zip is damaged ({error})") from error


def _read_members(archive: zipfile.ZipFile, size: int) -> object:
    members = {member.filename: member for member in archive.infolist()}
    # PyTorch packs nothing; so what comes out is at most what lies there
    if any(member.compress_type != zipfile.ZIP_STORED for member in members.values()):
        raise RefusedPickleError("its zip is compressed, which PyTorch does not do")
    if sum(max(member.file_size, member.compress_size) for member in members.values()) > size:
        raise RefusedPickleError("its zip tells sizes larger than the file")
    pickles = [name for name in members if name.endswith("/data.pkl")]
    if len(pickles) != 1 or members[pickles[0]].file_size > LIMIT_PICKLE_BYTES:
        raise RefusedPickleError("its zip has no data.pkl, or more than one")
    folder = pickles[0].removesuffix("data.pkl")
    order = f"{folder}byteorder"
    if order in members and archive.read(order) != b"little":
        raise RefusedPickleError("it was written on a big-endian machine")
    storages = _Storages(size)
    value = read_pickle(archive.read(pickles[0]), names=NAMES, outside=storages.find)
    for key, storage in storages.by_key.items():
        storage.take(archive.read(f"{folder}data/{key}"))
    return value
