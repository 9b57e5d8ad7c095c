"""A gallery keeps what it was given, forgets for good, and refuses to be read when damaged."""

import os
import sqlite3

import numpy as np
import pytest

from kanjian.errors import FaceError
from kanjian.faces.gallery import Gallery, backup_path, damaged_path, restore
from kanjian.faces.gallery_file import Enrolled
from kanjian.faces.vectors import unit


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


def test_two_who_change_at_once_do_not_lose_each_others_faces(gallery):
    other = Gallery.open(gallery.path)
    other.add([face("Bo", 7)])
    with pytest.raises(FaceError, match="changed by someone else"):
        gallery.add([face("Ann", 8)])
    assert "Bo" in Gallery.open(gallery.path).names


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
