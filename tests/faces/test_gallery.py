"""A gallery keeps what it was given, forgets for good, and refuses to be read when damaged."""

import os
import sqlite3
import time

import numpy as np
import pytest

from kanjian.errors import FaceError
from kanjian.faces.backup import restore
from kanjian.faces.gallery import Gallery, backup_path, damaged_path
from kanjian.faces.gallery_file import Enrolled
from kanjian.faces.unit import unit
from kanjian.storage.files import part_of
from processes import at_once, ended, started


def face(name, seed=0, picture=None):
    row = unit(np.random.default_rng(seed).normal(size=(1, 16)))[0]
    return Enrolled(name, picture or f"{seed:064x}", "1,2,3,4", row)


@pytest.fixture
def gallery(tmp_path):
    made = Gallery.create(tmp_path / "看见" / "g.sqlite", embedder="sface", sha256="ab")
    made.add([face("小明", 1), face("小明", 2), face("Zoë O'Neil", 3)])
    return made


def test_what_was_enrolled_comes_back(gallery):
    again = Gallery.open(gallery.path)
    assert again.names == ("Zoë O'Neil", "小明")
    np.testing.assert_array_equal(again.embeddings, gallery.embeddings)
    assert again.person_of.tolist() == [1, 1, 0]
    assert (again.about.embedder, again.about.threshold) == ("sface", None)
    assert [each.picture for each in again.faces] == [f"{n:064x}" for n in (1, 2, 3)]


def test_a_gallery_of_nobody_can_be_read(tmp_path):
    Gallery.create(tmp_path / "g", embedder="a", sha256="b")
    again = Gallery.open(tmp_path / "g")
    assert again.names == ()
    assert again.embeddings.shape == (0, 0)


def test_a_threshold_set_by_hand_is_kept_and_taken_back(gallery):
    gallery.set_threshold(0.4321)
    assert Gallery.open(gallery.path).about.threshold == 0.4321
    gallery.set_threshold(None)
    assert Gallery.open(gallery.path).about.threshold is None
    with pytest.raises(FaceError, match="from -1 to 1"):
        gallery.set_threshold(2)


def test_who_is_forgotten_is_in_no_file_any_more(gallery):
    gone = [each.embedding.tobytes() for each in gallery.faces if each.person == "小明"]
    assert gallery.forget("小明") == 2
    left = [path for path in gallery.path.parent.iterdir() if path.is_file()]
    assert backup_path(gallery.path) in left
    for path in left:
        content = path.read_bytes()
        assert "小明".encode() not in content
        assert not any(row in content for row in gone)
        assert "Zoë".encode() in content
    with pytest.raises(FaceError, match="unknown person '小明'"):
        gallery.forget("小明")


def test_the_file_is_for_its_owner_alone(gallery):
    if os.name != "nt":
        for path in (gallery.path, backup_path(gallery.path)):
            assert path.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("harm", ["cut", "byte", "row", "text", "empty"])
def test_a_damaged_gallery_is_refused_and_its_backup_offered(gallery, harm):
    content = bytearray(gallery.path.read_bytes())
    if harm == "cut":
        gallery.path.write_bytes(content[: len(content) // 2])
    elif harm == "byte":
        at = content.find(gallery.faces[0].embedding.tobytes()[:12])
        assert at > 0
        content[at + 2] ^= 1
        gallery.path.write_bytes(content)
    elif harm == "row":
        with sqlite3.connect(gallery.path) as store:
            store.execute("UPDATE people SET name = 'Mallory' WHERE name = '小明'")
        store.close()
    else:
        gallery.path.write_bytes(b"no gallery" * 50 if harm == "text" else b"")
    with pytest.raises(FaceError, match=r"is damaged .* sound .*kanjian faces restore"):
        Gallery.open(gallery.path)
    restored = restore(gallery.path)
    assert damaged_path(gallery.path).exists()
    # the backup is the state before the last change: the first three faces came in one
    assert restored.names == ()


def test_the_backup_is_the_state_before_the_last_change(gallery):
    gallery.add([face("Bo", 9)])
    gallery.path.write_bytes(b"")
    assert restore(gallery.path).names == ("Zoë O'Neil", "小明")
    Gallery.open(gallery.path).forget("Zoë O'Neil")
    assert not damaged_path(gallery.path).exists()


def test_a_sound_gallery_is_not_restored(gallery):
    with pytest.raises(FaceError, match="is sound"):
        restore(gallery.path)


def test_a_damaged_backup_is_not_put_back(gallery):
    backup_path(gallery.path).write_bytes(b"x")
    gallery.path.write_bytes(b"x")
    with pytest.raises(FaceError, match="no sound backup"):
        Gallery.open(gallery.path)
    with pytest.raises(FaceError, match="damaged too"):
        restore(gallery.path)


def test_two_who_have_it_open_do_not_lose_each_others_faces(gallery):
    other = Gallery.open(gallery.path)
    other.add([face("Bo", 7)])
    other.forget("小明")
    gallery.add([face("Ann", 8)])
    assert gallery.names == Gallery.open(gallery.path).names == ("Ann", "Bo", "Zoë O'Neil")
    other.set_threshold(0.4)
    assert Gallery.open(gallery.path).names == gallery.names


def test_a_gallery_made_anew_with_another_embedder_is_not_added_to(gallery):
    gallery.path.unlink()
    Gallery.create(gallery.path, embedder="mobilefacenet", sha256="cd")
    with pytest.raises(FaceError, match="made anew with mobilefacenet meanwhile, not with sface"):
        gallery.add([face("Ann", 8)])


ENROLL = """
import sys
import numpy as np
from pathlib import Path
from kanjian.faces.gallery import Gallery
from kanjian.faces.gallery_file import Enrolled
path, me, row = Path(sys.argv[1]), sys.argv[2], np.ones(16, np.float32) / 4
for number in range(40):
    gallery = Gallery.open_or_create(path, embedder="sface", sha256="ab")
    gallery.add([Enrolled(f"{me} {number}", f"{number:064x}", "1,2,3,4", row)])
"""
FORGET = """
import sys
from pathlib import Path
from kanjian.faces.gallery import Gallery
for number in range(40):
    assert Gallery.open(Path(sys.argv[1])).forget(f"old {number}") == 1
"""


def test_eight_who_enroll_forty_each_lose_none_and_none_who_was_forgotten_is_back(tmp_path):
    path = tmp_path / "g.sqlite"
    old = Gallery.create(path, embedder="sface", sha256="ab")
    old.add([face(f"old {number}", number) for number in range(40)])
    enrolling = [started(ENROLL, path, f"new {writer}") for writer in range(8)]
    ended([*enrolling, started(FORGET, path)])
    wanted = {f"new {writer} {number}" for writer in range(8) for number in range(40)}
    assert set(Gallery.open(path).names) == wanted
    assert {file.name for file in tmp_path.iterdir()} == {"g.sqlite", "g.sqlite.backup"}


def test_of_many_who_come_first_all_are_enrolled(tmp_path):
    path = tmp_path / "new" / "g.sqlite"
    at_once(ENROLL.replace("range(40)", "range(1)"), *[(path, f"new {n}") for n in range(4)])
    assert len(Gallery.open(path).names) == 4


def test_a_kill_at_any_moment_leaves_a_sound_gallery_and_the_next_goes_on(tmp_path):
    path = tmp_path / "g.sqlite"
    for after in (0.0, 0.01, 0.03, 0.07):
        with started(ENROLL, path, f"killed {after}") as process:
            until = time.monotonic() + 30
            while not path.exists() and time.monotonic() < until:
                time.sleep(0.001)
            time.sleep(after)
            process.kill()
    gallery = Gallery.open(path)
    gallery.add([face("Ann")])
    gallery.forget("Ann")
    assert {file.name for file in tmp_path.iterdir()} == {"g.sqlite", "g.sqlite.backup"}


def test_what_a_kill_left_half_written_is_gone_with_who_is_forgotten(gallery):
    left = part_of(gallery.path)
    left.write_bytes("小明".encode())
    gallery.forget("小明")
    assert not left.exists()


@pytest.mark.parametrize(
    ("name", "why"),
    [("", "empty"), ("a/b", "'/'"), ("a\\b", "holds"), ("a\x07b", "U+0007"), ("..", "dot"),
     ("unknown", "meaning"), ("a\u200bb", "U+200B"), ("x" * 101, "101 letters"), ("nul", "meaning"),
     ("a\nb", "U+000A")],
)  # fmt: skip
def test_names_that_cannot_be_one_are_refused(gallery, name, why):
    with pytest.raises(FaceError, match="cannot be a name") as refused:
        gallery.add([face(name)])
    assert why in str(refused.value)
    assert "\n" not in str(refused.value)
