"""Entries are whole or not there, used again when whole, and bounded in size."""

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kanjian.errors import KanjianError
from kanjian.storage import blocks
from kanjian.storage.arrays import ARRAY, open_array, store_array
from kanjian.storage.cache import CARD, Cache


def store(cache, key="a1", n=10, kind="things"):
    rows = np.arange(n * 100, dtype=np.uint8).reshape(n, 100)
    chunks = (rows[start : start + 4] for start in range(0, n, 4))
    return store_array(
        cache, kind, key, shape=rows.shape, dtype=np.uint8, chunks=chunks, about={"n": n}
    )


def keys(cache):
    return {entry.key for entry in cache.entries()}


def left_over(cache):
    return [path.name for path in cache.folder.glob("*/.*")]


@pytest.fixture
def cache(tmp_path):
    return Cache(tmp_path / "看见", limit_gb=1)


def test_what_was_stored_is_found_by_another(cache):
    array = store(cache)
    again = open_array(Cache(cache.folder), "things", "a1")
    np.testing.assert_array_equal(array, again)
    assert not again.flags.writeable
    (entry,) = cache.entries()
    assert (entry.kind, entry.key, entry.about) == ("things", "a1", {"n": 10})
    assert entry.size_bytes == (entry.folder / ARRAY).stat().st_size
    assert open_array(cache, "things", "a2") is None
    assert open_array(cache, "others", "a1") is None
    assert left_over(cache) == []


@pytest.mark.parametrize("place", [0, 100, -1])
def test_a_changed_byte_is_found_and_the_entry_made_anew(cache, place):
    path = Path(store(cache).filename)
    content = bytearray(path.read_bytes())
    content[place] ^= 1
    path.write_bytes(content)
    assert open_array(cache, "things", "a1") is None
    assert keys(cache) == set()
    assert store(cache).sum() == np.arange(1000).astype(np.uint8).sum()


def cut(folder):
    os.truncate(folder / ARRAY, 500)


def without_array(folder):
    (folder / ARRAY).unlink()


def without_card(folder):
    (folder / CARD).unlink()


def half_a_card(folder):
    os.truncate(folder / CARD, 50)


def altered_card(folder):
    card = json.loads((folder / CARD).read_text())
    card["about"]["n"] = 11
    (folder / CARD).write_text(json.dumps(card))


def foreign_card(folder):
    (folder / CARD).write_text('{"name": "somebody else\'s"}')


def another_key(folder):
    folder.rename(folder.with_name("a1.old"))
    (folder.with_name("a1.old")).rename(folder.with_name("b2"))


@pytest.mark.parametrize(
    "harm",
    [cut, without_array, without_card, half_a_card, altered_card, foreign_card, another_key],
)
def test_what_is_cut_altered_or_foreign_is_not_used_and_can_be_stored_anew(cache, harm):
    store(cache)
    harm(cache.folder / "things" / "a1")
    assert open_array(cache, "things", "a1") is None
    assert open_array(cache, "things", "b2") is None
    assert len(store(cache)) == 10
    assert len(open_array(cache, "things", "a1")) == 10


def test_an_array_of_objects_is_not_unpickled(cache):
    with cache.adding("things", "a1", needed_bytes=100, about={}) as folder:
        np.save(folder / ARRAY, np.array([{}], object), allow_pickle=True)
    assert open_array(cache, "things", "a1") is None


def test_the_entry_that_was_not_used_for_longest_goes_first(tmp_path):
    cache = Cache(tmp_path, limit_gb=4000e-9)
    for age, key in ((30, "a1"), (20, "a2"), (10, "a3")):
        store(cache, key)
        past = time.time() - age
        os.utime(cache.folder / "things" / key / CARD, (past, past))
    assert open_array(cache, "things", "a1") is not None
    store(cache, "a4")
    assert keys(cache) == {"a1", "a3", "a4"}


def test_an_entry_in_use_stays_and_its_reader_reads_on(tmp_path):
    cache = Cache(tmp_path, limit_gb=2500e-9)
    used = store(cache, "a1")
    part = used[3:]
    del used
    store(cache, "a2")
    store(cache, "a3")
    assert keys(cache) == {"a1", "a3"}
    with pytest.raises(KanjianError, match=r"in use.*KANJIAN_CACHE_GB"):
        store(cache, "a4", n=20)
    assert cache.clear() == (1, 1)
    assert part[0, 0] == np.arange(1000).astype(np.uint8)[300]
    del part
    assert cache.clear() == (1, 0)


def test_a_damaged_entry_may_go_while_it_is_mapped(cache):
    array = store(cache)
    with (cache.folder / "things" / "a1" / CARD).open("a") as stream:
        stream.write("x")
    again = store(cache)
    np.testing.assert_array_equal(array, again)


@settings(max_examples=25)
@given(st.lists(st.tuples(st.integers(0, 6), st.integers(1, 30)), max_size=12))
def test_the_bound_holds_whatever_comes(stored):
    with tempfile.TemporaryDirectory() as name:
        cache = Cache(Path(name), limit_gb=3500e-9)
        for number, n in stored:
            key = f"a{number}-{n}"
            assert open_array(cache, "things", key) is not None or len(store(cache, key, n)) == n
            # the header is not counted beforehand
            assert sum(entry.size_bytes for entry in cache.entries()) <= 3500 + 128
            assert key in keys(cache)


def test_more_than_the_bound_is_one_line(tmp_path):
    with pytest.raises(KanjianError, match=r"takes 0\.0 GB.*may hold 0\.0 GB.*KANJIAN_CACHE_GB"):
        store(Cache(tmp_path, limit_gb=100e-9))
    assert list(tmp_path.glob("things/*")) == []


def test_the_bound_comes_from_the_environment_or_from_the_disk(tmp_path, monkeypatch):
    monkeypatch.setenv("KANJIAN_CACHE_GB", "2.5")
    assert Cache(tmp_path).limit_bytes == 2_500_000_000
    monkeypatch.setenv("KANJIAN_CACHE_GB", "much")
    with pytest.raises(KanjianError, match=r"KANJIAN_CACHE_GB must be a number of GB, got 'much'"):
        Cache(tmp_path)
    monkeypatch.delenv("KANJIAN_CACHE_GB")
    assert 0 < Cache(tmp_path / "not" / "yet").limit_bytes <= 100_000_000_000


def test_a_disk_that_fills_up_is_one_line_and_leaves_nothing(cache):
    resource = pytest.importorskip("resource")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    # the system refuses to let any file grow past this, as a full disk does
    resource.setrlimit(resource.RLIMIT_FSIZE, (5000, before[1]))
    try:
        with pytest.raises(KanjianError, match=r"cannot write .*a1") as caught:
            store(cache, n=1000)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert "\n" not in str(caught.value)
    assert list(cache.folder.glob("things/*")) == []
    assert left_over(cache) == []


def test_an_error_while_chunks_come_leaves_nothing(cache):
    def chunks():
        yield np.zeros((1, 4), np.uint8)
        raise ValueError("no more")

    with pytest.raises(ValueError, match="no more"):
        store_array(cache, "things", "a1", shape=(2, 4), dtype=np.uint8, chunks=chunks(), about={})
    assert list(cache.folder.glob("things/*")) == []
    assert left_over(cache) == []


KILLED = """
import sys, numpy as np
from pathlib import Path
from kanjian.storage.arrays import store_array
from kanjian.storage.cache import Cache
def chunks():
    yield np.zeros((1, 100), np.uint8)
    print("half", flush=True)
    sys.stdin.read()
store_array(Cache(Path(sys.argv[1]), limit_gb=1), "things", "a1", shape=(10, 100),
            dtype=np.uint8, chunks=chunks(), about={})
"""


@pytest.mark.skipif(os.name == "nt", reason="no such signal there")
def test_what_a_killed_writer_leaves_is_not_used_and_goes_later(cache):
    writer = subprocess.Popen(
        [sys.executable, "-c", KILLED, str(cache.folder)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
    )  # fmt: skip
    with writer:
        assert writer.stdout.readline() == "half\n"
        (part,) = cache.folder.glob("things/.*.part")
        os.utime(part, (1, 1))
        store(cache, "a2")
        assert part.exists(), "its writer lives"
        writer.send_signal(signal.SIGKILL)
    assert open_array(cache, "things", "a1") is None
    assert keys(cache) == {"a2"}
    store(cache, "a3")
    assert not part.exists()
    assert len(store(cache)) == 10


def test_many_at_once_write_the_same_and_all_can_read(cache):
    with ThreadPoolExecutor(8) as pool:
        arrays = list(pool.map(lambda _: store(cache), range(16)))
    for array in arrays:
        np.testing.assert_array_equal(array, arrays[0])
    assert keys(cache) == {"a1"}
    assert left_over(cache) == []


def test_clear_takes_kinds_and_ages(cache):
    store(cache, "a1")
    store(cache, "b1", kind="others")
    os.utime(cache.folder / "things" / "a1" / CARD, (1, 1))
    assert cache.clear(kind="others", older_than_s=3600) == (0, 0)
    assert cache.clear(older_than_s=3600) == (1, 0)
    assert cache.clear(kind="others") == (1, 0)
    assert cache.entries() == []


def test_what_is_not_ours_is_neither_listed_nor_removed(cache):
    other = cache.folder / "things" / "notes"
    other.mkdir(parents=True)
    (other / CARD).write_text("[]")
    (cache.folder / "things" / "file").write_text("mine")
    assert cache.entries() == []
    cache.clear()
    assert (other / CARD).exists()


def test_of_a_large_file_the_ends_and_six_blocks_are_looked_at(tmp_path, monkeypatch):
    monkeypatch.setattr(blocks, "BLOCK_BYTES", 10)
    path = tmp_path / "a.bin"
    path.write_bytes(bytes(1005))
    told = blocks.block_hashes(path)
    assert len(told["sha256"]) == 101
    assert blocks.same_content(path, told)
    for place in (3, 1003):
        content = bytearray(1005)
        content[place] = 1
        path.write_bytes(content)
        assert not blocks.same_content(path, told)
    inside = bytes(500) + b"\1" + bytes(504)
    path.write_bytes(inside)
    found = sum(not blocks.same_content(path, told) for _ in range(300))
    assert 2 <= found <= 60, "6 of 99 blocks are looked at each time"
    path.write_bytes(bytes(1004))
    assert not blocks.same_content(path, told)
