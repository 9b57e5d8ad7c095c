"""A folder that is replaced as a whole, by many at once, and with what the user put into it."""

import time

import pytest

from kanjian.errors import KanjianError
from kanjian.inference.whole_folder import hashes_of, read_whole, replacing_folder
from processes import ended, started

REPLACE = """
import sys
from pathlib import Path
from kanjian.inference.whole_folder import replacing_folder
for number in range(int(sys.argv[2]), int(sys.argv[2]) + 40):
    with replacing_folder(Path(sys.argv[1])) as new:
        for name in "abc":
            (new / name).write_text(str(number))
"""


def test_whoever_reads_while_others_replace_a_folder_finds_one_whole(tmp_path):
    folder, seen = tmp_path / "ex 看", set()
    with replacing_folder(folder) as new:
        for name in "abc":
            (new / name).write_text("first")
    writers = [started(REPLACE, folder, 100 * writer) for writer in range(3)]
    while any(writer.poll() is None for writer in writers):
        found = read_whole(folder, lambda: [(folder / name).read_text() for name in "abc"])
        assert len(set(found)) == 1
        seen |= set(found)
    ended(writers)
    assert len(seen) > 2
    assert [path.name for path in tmp_path.iterdir()] == [folder.name]


def test_after_a_kill_at_any_moment_a_folder_is_whole_and_the_next_writes(tmp_path):
    folder = tmp_path / "ex"
    for after in (0.0, 0.003, 0.01, 0.03):
        with started(REPLACE, folder, 0) as process:
            until = time.monotonic() + 30
            while not folder.exists() and time.monotonic() < until:
                time.sleep(0.001)
            time.sleep(after)
            process.kill()
        assert len({(folder / name).read_text() for name in "abc"}) == 1
    with replacing_folder(folder) as new:
        (new / "last").touch()
    assert [path.name for path in folder.iterdir()] == ["last"]
    assert [path.name for path in tmp_path.iterdir()] == ["ex"]


def test_what_the_user_put_into_a_folder_of_ours_stays(tmp_path):
    folder = tmp_path / "ex"
    (folder / "mine").mkdir(parents=True)
    for name in ("ours.txt", "notes.txt", "mine/app.py"):
        (folder / name).write_text(name)
    (folder / "mine/link").symlink_to("app.py")
    with replacing_folder(folder, own=lambda _: {"ours.txt": None}) as new:
        (new / "other.txt").touch()
    assert set(hashes_of(folder)) == {"other.txt", "notes.txt", "mine/app.py", "mine/link"}
    assert (folder / "mine/app.py").read_text() == "mine/app.py"
    assert (folder / "mine/link").is_symlink()


def test_a_file_of_ours_that_was_changed_or_one_of_the_users_in_the_way_stops_it(tmp_path):
    folder = tmp_path / "ex"
    with replacing_folder(folder) as new:
        (new / "card.md").write_text("ours")
    first = hashes_of(folder)
    (folder / "card.md").write_text("ours, and my notes")
    with (
        pytest.raises(KanjianError, match=r"card\.md was changed since it was written"),
        replacing_folder(folder, own=lambda _: first),
    ):
        pass
    with (
        pytest.raises(KanjianError, match=r"card\.md is none of the files .* in the way"),
        replacing_folder(folder, own=lambda _: {}) as new,
    ):
        (new / "card.md").touch()
    assert (folder / "card.md").read_text() == "ours, and my notes"
    assert [path.name for path in tmp_path.iterdir()] == ["ex"]
