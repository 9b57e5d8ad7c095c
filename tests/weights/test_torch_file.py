import os
import pickle
import tracemalloc
import zipfile
from collections import OrderedDict

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kanjian.errors import WeightsError
from kanjian.weights.torch_file import read_torch
from torch_files import (
    FORMATS,
    LEGACY_HEAD,
    Name,
    Storage,
    Tensor,
    legacy_file,
    tensors_of,
    zip_file,
)  # fmt: skip

ARRAYS = {
    "conv.weight": np.arange(24, dtype=np.float32).reshape(2, 3, 2, 2),
    "conv.bias": np.array([0.5, -1], np.float64),
    "half": np.array([1, 2], np.float16),
    "steps": np.array(7, np.int64),
    "bytes": np.array([[1, 255]], np.uint8),
    "small": np.array([-3], np.int8),
    "short": np.array([-300], np.int16),
    "int": np.array([70_000], np.int32),
    "mask": np.array([True, False]),
    "empty": np.zeros((0, 4), np.float32),
}


def written(folder, content, name="a.pth"):
    path = folder / name
    path.write_bytes(content)
    return path


@pytest.fixture(params=FORMATS)
def file_of(request):
    return FORMATS[request.param]


def test_arrays_come_back_as_they_were(tmp_path, file_of):
    arrays = read_torch(written(tmp_path, file_of(tensors_of(ARRAYS)), "权重 ü.pth"))
    assert list(arrays) == list(ARRAYS)
    for name, array in ARRAYS.items():
        np.testing.assert_array_equal(arrays[name], array, strict=True)
        assert not arrays[name].flags.writeable or not array.size


def test_bfloat16_comes_as_float32(tmp_path, file_of):
    # the upper halves of 1.0, -2.0 and 3.140625
    halves = np.array([0x3F80, 0xC000, 0x4049], "<u2")
    (array,) = read_torch(written(tmp_path, file_of(tensors_of({"a": halves})))).values()
    np.testing.assert_array_equal(array, np.array([1, -2, 3.140625], np.float32), strict=True)


def test_views_of_one_storage(tmp_path, file_of):
    storage = Storage("0", np.arange(12, dtype=np.float32))
    content = file_of({
        "turned": Tensor(storage, (4, 3), strides=(1, 4)),
        "late": Tensor(storage, (2,), offset=10, strides=(1,)),
    })  # fmt: skip
    arrays = read_torch(written(tmp_path, content))
    np.testing.assert_array_equal(arrays["turned"], np.arange(12).reshape(3, 4).T)
    assert arrays["late"].tolist() == [10, 11]
    assert np.shares_memory(*arrays.values())


@pytest.mark.parametrize("protocol", [2, 3, 4, 5])
def test_any_protocol_of_pickle(tmp_path, protocol):
    content = zip_file({"a": Tensor(Storage("0", np.ones(2)))}, protocol=protocol)
    assert read_torch(written(tmp_path, content))["a"].tolist() == [1, 1]


@pytest.mark.parametrize("name", ["state_dict", "model_state_dict", "model"])
def test_a_checkpoint_gives_its_state_dict(tmp_path, name):
    inner = tensors_of({"a": np.ones(2)})
    content = zip_file({"epoch": 3, name: inner, "optimizer": {"state": {}}})
    # the helper looks for storages at the top only
    with zipfile.ZipFile(written(tmp_path, content), "a") as archive:
        archive.writestr("archive/data/0", np.ones(2).tobytes())
    assert read_torch(tmp_path / "a.pth")["a"].tolist() == [1, 1]


def test_both_formats_of_pytorch_itself(tmp_path):
    torch = pytest.importorskip("torch")
    network = torch.nn.Sequential(torch.nn.Conv2d(3, 4, 3), torch.nn.BatchNorm2d(4))
    state = network.state_dict()
    state["half"] = torch.tensor([1.5, -2], dtype=torch.bfloat16)
    state["turned"] = torch.arange(6).reshape(2, 3).T
    state["parameter"] = torch.nn.Parameter(torch.ones(2))
    for new in (True, False):
        torch.save(state, tmp_path / "a.pth", _use_new_zipfile_serialization=new)
        arrays = read_torch(tmp_path / "a.pth")
        assert list(arrays) == list(state)
        for name, tensor in state.items():
            np.testing.assert_array_equal(arrays[name], tensor.detach().float().numpy())


def refused(folder, content, match):
    path = written(folder, content)
    with pytest.raises(WeightsError, match=match) as caught:
        read_torch(path)
    assert str(caught.value).startswith(f"{path} is not a PyTorch state dict: ")
    assert "\n" not in str(caught.value)


class Call:
    def __init__(self, how):
        self.how = how

    def __reduce__(self):
        return self.how


@pytest.mark.parametrize(
    "how", [(os.system, ("touch HACKED",)), (eval, ("open('HACKED', 'w')",)), (bytearray, (9,))]
)
@pytest.mark.parametrize("protocol", range(6))
def test_no_code_runs(tmp_path, monkeypatch, how, protocol):
    monkeypatch.chdir(tmp_path)
    bomb = pickle.dumps({"a": Call(how)}, protocol)
    with zipfile.ZipFile("a.zip", "w") as archive:
        archive.writestr("archive/data.pkl", bomb)
    contents = [(tmp_path / "a.zip").read_bytes(), bomb]
    contents += [LEGACY_HEAD + bomb, legacy_file({}) + bomb]
    (tmp_path / "a.zip").unlink()
    for content in contents:
        refused(tmp_path, content, None)
        assert {path.name for path in tmp_path.iterdir()} == {"a.pth"}


ONE = np.ones(4, np.float32)


@pytest.mark.parametrize(
    ("tensor", "match"),
    [
        (Tensor(Storage("0", ONE), (5,)), r"shape \(5,\) does not fit its storage of 4 numbers"),
        (Tensor(Storage("0", ONE), (4,), offset=1), "does not fit"),
        (Tensor(Storage("0", ONE), (2, 2), strides=(3, 1)), "does not fit"),
        (Tensor(Storage("0", ONE), (1 << 40,), strides=(0,)), "does not fit"),
        (Tensor(Storage("0", ONE), (1 << 30, 1 << 30, 0, 1 << 40)), "array is too big|too large"),
        (Tensor(Storage("0", ONE), (-1,)), "shape that is not one"),
        (Tensor(Storage("0", ONE), (4,), strides=(-1,)), "shape that is not one"),
        (Tensor(Storage("0", ONE), (4,), offset=-1), "unknown form"),
        (Tensor(Storage("0", ONE), (True,)), "shape that is not one"),
        (Tensor(Storage("0", ONE), (1.0,), strides=(1,)), "shape that is not one"),
        (Tensor(Storage("0", ONE), (4,), strides=()), "more lengths than strides"),
        (Tensor(Storage("0", ONE), (1,) * 17), "unknown form"),
        (Tensor("text", (1,)), "unknown form"),
        (Tensor(Storage("0", ONE, count=1 << 45)), "storages are larger than the file"),
        (Tensor(Storage("0", ONE, count=-1)), "outside the file"),
        (Tensor(Storage("0", ONE, kind="DoubleStorage")), "has 16 bytes|cut off"),
        (Tensor(Storage("0", ONE, kind="QInt8Storage")), "asks for torch.QInt8Storage"),
        (Tensor(Storage("0", ONE, count=3), (3,)), "has 16 bytes|two sizes"),
        (Name("torch", "FloatStorage"), "no dict of arrays"),
        (Name("os", "system"), "asks for os.system"),
    ],
)
def test_sizes_that_lie_are_refused(tmp_path, file_of, tensor, match):
    refused(tmp_path, file_of({"a": tensor}), match)


def test_a_storage_that_is_told_twice(tmp_path, file_of):
    value = {"a": Tensor(Storage("0", ONE)), "b": Tensor(Storage("0", ONE, count=2), (2,))}
    refused(tmp_path, file_of(value), "tells two things of its storage '0'")


@pytest.mark.parametrize(
    ("content", "match"),
    [
        (b"", "pickle exhausted|empty"),
        (b"hello, this is text", None),
        (pickle.dumps(1, 2), "does not begin|exhausted"),
        (pickle.dumps(5, 2) * 3, "does not begin like one"),
        (LEGACY_HEAD.replace(b"\xe9\x03", b"\xe8\x03", 1), "version of the format is unknown"),
        (LEGACY_HEAD.replace(b"\x88", b"\x89"), "big-endian"),
        (LEGACY_HEAD, "exhausted"),
        (legacy_file(tensors_of({"a": ONE}), keys=["1"]), "list of storages"),
        (legacy_file(tensors_of({"a": ONE}), keys=["0", "0"]), "list of storages"),
        (legacy_file(tensors_of({"a": ONE}), keys=7), "no list of storages"),
        (legacy_file(tensors_of({"a": ONE}), counts={"0": 1 << 40}), "two sizes"),
        (legacy_file(tensors_of({"a": ONE}), counts={"0": -4}), "two sizes"),
        (legacy_file(tensors_of({"a": ONE}))[:-1], "cut off"),
        (zip_file(tensors_of({"a": ONE}))[:-1], "zip is damaged"),
        (zip_file(tensors_of({"a": ONE}), compression=zipfile.ZIP_DEFLATED), "compressed"),
        (zip_file(tensors_of({"a": ONE}), extra=[("b/data.pkl", b"")]), "more than one"),
        (zip_file(tensors_of({"a": ONE}), extra=[("byteorder", b"big")]), "big-endian"),
        (zip_file({"epoch": 3}), "no dict of arrays"),
        (zip_file([1, 2]), "no dict of arrays"),
    ],
)
def test_damaged_files_are_refused(tmp_path, content, match):
    refused(tmp_path, content, match)


def test_a_bomb_is_refused_in_little_memory(tmp_path):
    zeros = np.zeros(64 << 20, np.uint8)
    bomb = zip_file(tensors_of({"a": zeros}), compression=zipfile.ZIP_DEFLATED)
    lying = bytearray(zip_file(tensors_of({"a": ONE})))
    for signature, at in ((b"PK\x01\x02", 20), (b"PK\x03\x04", 18)):
        where = lying.rfind(signature) + at
        lying[where : where + 8] = b"\x00\x00\x00\x70" * 2  # the last member is 1.9 GB long
    tracemalloc.start()
    try:
        refused(tmp_path, bomb, "compressed")
        refused(tmp_path, bytes(lying), "sizes larger than the file")
        assert tracemalloc.get_traced_memory()[1] < 2 << 20
    finally:
        tracemalloc.stop()


def test_many_tensors_on_one_storage_cost_nothing(tmp_path, file_of):
    storage = Storage("0", np.zeros(1 << 20, "<u2"))
    value = OrderedDict((f"a{at}", Tensor(storage)) for at in range(500))
    path = written(tmp_path, file_of(value))
    tracemalloc.start()
    try:
        assert len(read_torch(path)) == 500
        assert tracemalloc.get_traced_memory()[1] < 24 << 20
    finally:
        tracemalloc.stop()


WHOLE = {name: make(tensors_of(ARRAYS)) for name, make in FORMATS.items()}


def arrays_or_error(folder, content):
    try:
        arrays = read_torch(written(folder, content))
    except WeightsError as error:
        assert "\n" not in str(error)
    else:
        assert all(isinstance(array.sum(), np.generic) for array in arrays.values())


@pytest.mark.parametrize("name", FORMATS)
def test_cut_anywhere(tmp_path, name):
    for end in range(0, len(WHOLE[name]), 7):
        arrays_or_error(tmp_path, WHOLE[name][:end])


@pytest.mark.parametrize("name", FORMATS)
@given(data=st.data())
def test_mutated_files_never_escape(tmp_path_factory, name, data):
    content = bytearray(WHOLE[name])
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(content) - 1))
        content[at : at + 1] = data.draw(st.binary(max_size=3))
    arrays_or_error(tmp_path_factory.getbasetemp(), bytes(content))
