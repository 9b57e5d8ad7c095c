"""Files as PyTorch writes them, made by hand: the tests need no PyTorch."""

import io
import pickle
import struct
import zipfile
from collections import OrderedDict

import numpy as np

LEGACY_HEAD = b"".join(
    pickle.dumps(value, 2)
    for value in (
        0x1950A86A20F9469CFC6C,
        1001,
        {
            "protocol_version": 1001,
            "little_endian": True,
            "type_sizes": {"short": 2, "int": 4, "long": 4},
        },
    )
)
KINDS = {
    "<f2": "Half", "<f4": "Float", "<f8": "Double", "|i1": "Char", "|u1": "Byte",
    "<i2": "Short", "<i4": "Int", "<i8": "Long", "|b1": "Bool", "<u2": "BFloat16",
}  # fmt: skip


class Storage:
    """What a tensor looks into; the file has its numbers elsewhere."""

    def __init__(self, key, array, *, count=None, kind=None):
        self.key, self.array = key, array
        self.count = array.size if count is None else count
        self.kind = kind or f"{KINDS[array.dtype.str]}Storage"


class Tensor:
    """A tensor that tells what it is told to tell, true or not."""

    def __init__(self, storage, shape=None, *, offset=0, strides=None):
        shape = storage.array.shape if shape is None else shape
        if strides is None:
            strides = tuple(int(np.prod(shape[at + 1 :])) for at in range(len(shape)))
        self.parts = (storage, offset, shape, strides)


class Name:
    """A global name in a pickle that need not exist here."""

    def __init__(self, module, name):
        self.module, self.name = module, name


class _Pickler(pickle._Pickler):
    """Python's slow pickler: it lets names and tensors be written as they stand."""

    dispatch = dict(pickle._Pickler.dispatch)  # noqa: RUF012

    def persistent_id(self, value):
        if isinstance(value, Storage):
            return "storage", Name("torch", value.kind), value.key, "cpu", value.count
        return None

    def save_name(self, value):
        self.write(b"c%s\n%s\n" % (value.module.encode(), value.name.encode()))

    def save_tensor(self, value):
        arguments = (*value.parts, False, OrderedDict())
        self.save_reduce(Name("torch._utils", "_rebuild_tensor_v2"), arguments)

    def save_reduce(self, func, args, state=None, listitems=None, dictitems=None, **_):
        self.save(func), self.save(args)
        self.write(pickle.REDUCE)
        self._batch_setitems(dictitems or iter(()))

    dispatch[Name] = save_name
    dispatch[Tensor] = save_tensor


def dumps(value, protocol=2):
    stream = io.BytesIO()
    _Pickler(stream, protocol).dump(value)
    return stream.getvalue()


def tensors_of(arrays):
    return OrderedDict(
        (name, Tensor(Storage(str(at), array))) for at, (name, array) in enumerate(arrays.items())
    )


def storages_of(value):
    if not isinstance(value, dict):
        return {}
    return {
        tensor.parts[0].key: tensor.parts[0]
        for tensor in value.values()
        if isinstance(tensor, Tensor) and isinstance(tensor.parts[0], Storage)
    }


def zip_file(value, *, protocol=2, compression=zipfile.ZIP_STORED, extra=()):
    """The format of PyTorch 1.6 and later."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", compression) as archive:
        archive.writestr("archive/data.pkl", dumps(value, protocol))
        for key, storage in storages_of(value).items():
            archive.writestr(f"archive/data/{key}", storage.array.tobytes())
        for name, content in extra:
            archive.writestr(f"archive/{name}", content)
    return stream.getvalue()


def legacy_file(value, *, head=LEGACY_HEAD, keys=None, counts=None):
    """The format before it."""
    storages = storages_of(value)
    content = head + dumps(value) + pickle.dumps(keys or sorted(storages), 2)
    for key in sorted(storages):
        storage = storages[key]
        count = (counts or {}).get(key, storage.array.size)
        content += struct.pack("<q", count) + storage.array.tobytes()
    return content


FORMATS = {"zip": zip_file, "legacy": legacy_file}
