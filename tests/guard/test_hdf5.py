"""Texts in HDF5 lie in heaps that the library walks through by the sizes it finds there."""

import h5py
import pytest

from kanjian.errors import KanjianError
from kanjian.guard.hdf5 import HEAP_MAGIC, check_hdf5, longest_text


@pytest.fixture
def texts(tmp_path):
    path = tmp_path / "a.h5"
    with h5py.File(path, "w") as file:
        file.attrs["short"] = "x" * 3
        file.attrs["long"] = "y" * 5000
        file.attrs["many"] = ["z" * n for n in range(40)]
    return path


def test_heaps_as_h5py_writes_them_are_sound(texts):
    check_hdf5(texts, error=KanjianError)
    assert longest_text(texts) >= 5000


@pytest.mark.parametrize(
    ("at", "number"),
    [
        (8, 0),  # a heap of no size
        (8, 1 << 40),  # or of more than the file
        (16, 0),  # its first object is free room of no size
        (24, 1 << 63),  # or longer than the heap
    ],
)
def test_a_heap_that_does_not_add_up_is_refused_and_not_walked_through(texts, at, number):
    content = bytearray(texts.read_bytes())
    place = content.find(HEAP_MAGIC) + at
    if at == 16:  # object 0, of size 0
        content[place : place + 16] = bytes(16)
    else:
        content[place : place + 8] = number.to_bytes(8, "little")
    texts.write_bytes(content)
    with pytest.raises(KanjianError, match=r"no sound file of weights: its texts do not add up\.$"):
        check_hdf5(texts, error=KanjianError)
