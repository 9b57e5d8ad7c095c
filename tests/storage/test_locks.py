"""One writer at a time, across processes and threads, also after a kill."""

import errno
import threading
import time
from pathlib import Path

import pytest

from kanjian.errors import StorageError
from kanjian.storage import locks
from kanjian.storage.locks import alone, lock_file
from processes import at_once, started

COUNT_UP = """
import sys, time
from pathlib import Path
from kanjian.storage.locks import alone
path = Path(sys.argv[1])
for _ in range(25):
    with alone(path):
        number = int(path.read_text())
        time.sleep(0.0005)
        path.write_text(str(number + 1))
"""
HOLD = """
import sys, time
from pathlib import Path
from kanjian.storage.locks import alone
with alone(Path(sys.argv[1])):
    print("mine", flush=True)
    time.sleep(60)
"""


def count_up(path, times):
    for _ in range(times):
        with alone(path):
            number = int(path.read_text())
            time.sleep(0.0005)
            path.write_text(str(number + 1))


@pytest.fixture
def holder(tmp_path):
    """A process that holds the lock of a file until it is killed."""
    path = tmp_path / "看 a.txt"
    with started(HOLD, path) as process:
        assert process.stdout.readline() == "mine\n"
        yield path, process
        process.kill()


def test_no_count_of_eight_processes_is_lost(tmp_path):
    path = tmp_path / "count"
    path.write_text("0")
    at_once(COUNT_UP, *[[path]] * 8)
    assert path.read_text() == "200"
    assert [file.name for file in tmp_path.iterdir()] == ["count"]


def test_no_count_of_four_threads_is_lost(tmp_path):
    path = tmp_path / "count"
    path.write_text("0")
    threads = [threading.Thread(target=count_up, args=(path, 25)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert path.read_text() == "100"


def test_who_waits_in_vain_is_told_who_writes(holder):
    path, process = holder
    told = rf"written by another .*process {process.pid},"
    with pytest.raises(StorageError, match=told), alone(path, wait_s=0.05):
        pass


def test_a_kill_leaves_no_lock_behind(holder):
    path, process = holder
    process.kill()
    process.wait()
    assert lock_file(path).exists()
    with alone(path, wait_s=0):
        pass
    assert not lock_file(path).exists()


def test_who_holds_it_may_ask_again_and_others_still_wait(tmp_path):
    path, told = tmp_path / "a", []

    def ask():
        try:
            with alone(path, wait_s=0):
                told.append("had it")
        except StorageError:
            told.append("waited")

    with alone(path):
        with alone(path, wait_s=0):
            pass
        thread = threading.Thread(target=ask)
        thread.start()
        thread.join()
    assert told == ["waited"]


def test_where_the_disk_knows_no_locks_those_of_this_machine_still_wait(tmp_path, monkeypatch):
    flock, scraps = locks.fcntl.flock, tmp_path / "scraps"
    scraps.mkdir()
    monkeypatch.setattr(locks.tempfile, "gettempdir", lambda: str(scraps))

    def only_in_scraps(number, kind):
        if "scraps" not in str(Path(f"/proc/self/fd/{number}").readlink()):
            raise OSError(errno.ENOLCK, "No locks available")
        flock(number, kind)

    if not Path("/proc/self/fd").is_dir():
        pytest.skip("this system does not tell the name of an open file")
    monkeypatch.setattr(locks.fcntl, "flock", only_in_scraps)
    path, told = tmp_path / "a", []

    def ask():
        with pytest.raises(StorageError, match="is being written"), alone(path, wait_s=0):
            told.append("had it")

    with alone(path):
        assert [file.suffix for file in scraps.iterdir()] == [".lock"]
        thread = threading.Thread(target=ask)
        thread.start()
        thread.join()
    assert told == []
    assert list(scraps.iterdir()) == []


def test_a_name_as_long_as_the_system_allows_can_be_locked(tmp_path):
    with alone(tmp_path / ("猫" * 85)):
        assert len(list(tmp_path.iterdir())) == 1
