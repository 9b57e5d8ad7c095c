"""Arrays of a `.npz` are read by several threads as by one."""

import gc
import sys
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from kanjian.errors import KanjianError
from kanjian.guard.npz import read_npz


@pytest.fixture
def threads_often_take_turns():
    """Also in the middle of the parser, where collecting garbage runs Python."""

    def heard(*_):
        return [None for _ in range(30)]

    interval, threshold = sys.getswitchinterval(), gc.get_threshold()
    sys.setswitchinterval(1e-6)
    gc.set_threshold(5)
    gc.callbacks.append(heard)
    yield
    gc.callbacks.remove(heard)
    gc.set_threshold(*threshold)
    sys.setswitchinterval(interval)


@pytest.mark.usefixtures("threads_often_take_turns")
def test_threads_read_side_by_side(tmp_path):
    fields = [(f"field_{number}", "<f8") for number in range(200)]
    np.savez(tmp_path / "a.npz", rows=np.ones(3, fields))

    def read(_):
        return read_npz(tmp_path / "a.npz", error=KanjianError)["rows"].shape

    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(read, range(200))) == {(3,)}
