"""Names put right: each change does what it says, and taking it back leaves no difference."""

import contextlib
import os
import sqlite3

import numpy as np
import pytest

from kanjian.errors import FaceError
from kanjian.faces.backup import undo
from kanjian.faces.changes import faces_of, merge, remove, rename
from kanjian.faces.gallery import Gallery, backup_path, page_path
from kanjian.faces.gallery_file import Enrolled
from kanjian.faces.portable import export_people, import_people
from kanjian.faces.unit import unit
from kanjian.storage.files import sha256
from old_gallery import read_old, write_old
from processes import at_once

ROWS = unit(np.random.default_rng(3).normal(size=(12, 32)))


def face(name, seed, at=0, picture=None, path=""):
    """A face of person number `seed`, the photos of whom differ a little."""
    row = unit((ROWS[seed] + 0.05 * np.roll(ROWS[seed], at + 1))[None])[0]
    return Enrolled(name, picture or f"{seed:032x}{at:032x}", "1,2,30,40", row, path=path)


@pytest.fixture
def gallery(tmp_path):
    made = Gallery.create(tmp_path / "g.sqlite", embedder="sface", sha256="ab")
    made.add([face("Anna", 1, n, path=f"/photos/a{n}.jpg") for n in range(3)])
    made.add([face("Bo 👨‍🍳", 2), face("小明", 3), face("Anne", 1, 7)])
    return made


def held(gallery):
    """All that a gallery holds, as its file has it."""
    again = Gallery.open(gallery.path)
    assert [one.person for one in again.faces] == [one.person for one in gallery.faces]
    return again.about, [
        (one.person, one.picture, one.box, one.embedding.tobytes(), one.added, one.path)
        for one in again.faces
    ]


def add_someone(gallery):
    gallery.add([face("Zoë", 5)])


def import_someone(gallery):
    other = Gallery.create(gallery.path.with_name("other"), embedder="sface", sha256="ab")
    other.add([face("Eve", 6)])
    import_people(other.path, gallery.path)
    gallery.refresh()


CHANGES = {
    "add": add_someone,
    "rename": lambda gallery: rename(gallery, "小明", "Ming"),
    "rename joins": lambda gallery: rename(gallery, "Anne", "Anna"),
    "merge": lambda gallery: merge(gallery, ["Anna", "Anne"], into="Ann"),
    "remove": lambda gallery: remove(gallery, "Anna", "2"),
    "remove the last": lambda gallery: remove(gallery, "小明", "1"),
    "threshold": lambda gallery: gallery.set_threshold(0.5),
    "import": import_someone,
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_undo_after_any_change_is_the_state_before_and_undo_twice_is_the_change(gallery, change):
    before = held(gallery)
    change(gallery)
    after = held(gallery)
    assert after != before
    taken_back = undo(gallery)
    assert held(gallery) == before
    again = undo(Gallery.open(gallery.path))
    assert (again.again, taken_back.again) == (True, False)
    assert again.change == taken_back.change == Gallery.open(gallery.path).about.change
    gallery.refresh()
    assert held(gallery) == after


def test_a_name_there_and_back_is_the_same_gallery(gallery):
    before = held(gallery)
    assert rename(gallery, "Anna", "아나").name == "아나"
    assert "Anna" not in gallery.names
    rename(gallery, "아나", "Anna")
    assert held(gallery) == before


def test_merging_keeps_every_face(gallery):
    count = len(gallery.faces)
    done = merge(gallery, ["Anne", "Anna"])
    assert (done.name, done.faces, done.in_all) == ("Anne", 3, 4)
    assert len(gallery.faces) == count
    assert gallery.names == ("Anne", "Bo 👨‍🍳", "小明")


def test_two_who_look_different_are_merged_only_when_told_so(gallery):
    with pytest.raises(FaceError, match=r"Anna and 小明 look like two people .*--same merges"):
        merge(gallery, ["Anna", "小明"])
    assert merge(gallery, ["Anna", "小明"], same=True).in_all == 4
    with pytest.raises(FaceError, match="takes two people, got Anna alone"):
        merge(gallery, ["Anna", "Anna"])
    with pytest.raises(FaceError, match=r"unknown person 'Ana'\. Did you mean 'Anna'"):
        merge(gallery, ["Ana", "Anne"])


def test_two_faces_in_one_picture_are_two_people_however_alike(gallery):
    twin = face("Twin", 1, 9, picture=faces_of(gallery, "Anna")[0].picture)
    gallery.add([Enrolled("Twin", twin.picture, "90,2,120,40", twin.embedding)])
    with pytest.raises(FaceError, match="both are in one picture"):
        merge(gallery, ["Anna", "Twin"])


def test_a_name_that_is_taken_is_joined_if_alike_and_kept_apart_else(gallery):
    assert rename(gallery, "Anne", "Anna").in_all == 4
    with pytest.raises(FaceError, match=r"another Anna .*--another .*'Anna 2', --same .*'Anna'"):
        rename(gallery, "小明", "Anna")
    assert rename(gallery, "小明", "Anna", taken="another").name == "Anna 2"
    assert rename(gallery, "Bo 👨‍🍳", "Anna", taken="another").name == "Anna 3"
    assert rename(gallery, "Anna 2", "Anna", taken="same").in_all == 5
    with pytest.raises(FaceError, match="called so already"):
        rename(gallery, "Anna", " Anna ")


def test_a_photo_is_removed_by_number_hash_file_and_name(gallery, tmp_path):
    moved = tmp_path / "moved.png"
    moved.write_bytes(b"a picture")
    gallery.add([face("Anna", 1, 8, picture=sha256(moved))])
    first, second, *_ = faces_of(gallery, "Anna")
    assert remove(gallery, "Anna", str(moved)).in_all == 3
    assert remove(gallery, "Anna", second.picture).in_all == 2
    assert remove(gallery, "Anna", "a2.jpg").in_all == 1
    assert [each.picture for each in faces_of(gallery, "Anna")] == [first.picture]
    with pytest.raises(FaceError, match="is no photo of Anna"):
        remove(gallery, "Anna", str(moved))
    assert remove(gallery, "Anna", "1").in_all == 0
    assert "Anna" not in gallery.names


@pytest.mark.parametrize(
    ("photo", "why"),
    [("0", "numbered from 1; got 0"), ("4", "numbered from 1; got 4"), ("x.jpg", "no photo"),
     ("000000", "3 photos of Anna are called")],
)  # fmt: skip
def test_a_photo_that_is_none_or_several_is_told(gallery, photo, why):
    with pytest.raises(FaceError, match=why):
        remove(gallery, "Anna", photo)


def files_of(gallery):
    return [path for path in gallery.path.parent.iterdir() if path.is_file()]


def test_who_is_forgotten_does_not_come_back_and_is_in_no_file(gallery):
    rename(gallery, "小明", "Ming")
    page_path(gallery.path).write_text("Ming")
    gallery.forget("Ming")
    for path in files_of(gallery):
        content = path.read_bytes()
        assert b"Ming" not in content
        assert "小明".encode() not in content
    with pytest.raises(FaceError, match="nothing to undo"):
        undo(gallery)
    rename(gallery, "Anna", "Ann")
    undo(gallery)
    undo(gallery)
    assert not {"Ming", "小明"} & set(gallery.names)


def test_where_a_picture_lay_is_forgotten_with_the_person(gallery):
    assert any(b"/photos/a1.jpg" in path.read_bytes() for path in files_of(gallery))
    gallery.forget("Anna")
    assert not any(b"/photos/" in path.read_bytes() for path in files_of(gallery))


def test_who_is_in_the_backup_alone_can_be_forgotten(gallery):
    remove(gallery, "小明", "1")
    assert gallery.forget("小明") == 1
    assert "小明".encode() not in backup_path(gallery.path).read_bytes()
    with pytest.raises(FaceError, match="unknown person"):
        gallery.forget("小明")


def test_words_about_a_change_name_nobody_who_is_in_no_state(gallery):
    remove(gallery, "小明", "1")
    rename(gallery, "Anna", "Ann")
    rename(gallery, "Ann", "Ana")
    for path in files_of(gallery):
        assert "小明".encode() not in path.read_bytes()
        assert b"Anna" not in path.read_bytes()


def test_a_backup_of_another_gallery_of_that_name_is_not_brought_back(gallery):
    gallery.path.unlink()
    anew = Gallery.create(gallery.path, embedder="sface", sha256="ab")
    assert backup_path(gallery.path).exists()
    with pytest.raises(FaceError, match="nothing to undo"):
        undo(anew)
    alone = Gallery.create(gallery.path.with_name("alone"), embedder="sface", sha256="ab")
    with pytest.raises(FaceError, match=r"nothing to undo .*it is gone"):
        undo(alone)


RENAME = """
import sys
from pathlib import Path
from kanjian.faces.changes import rename
from kanjian.faces.gallery import Gallery
path, name, other = Path(sys.argv[1]), sys.argv[2], sys.argv[3]
for _ in range(15):
    rename(Gallery.open(path), name, other)
    rename(Gallery.open(path), other, name)
"""


def test_two_who_rename_at_once_lose_nothing(gallery):
    before = held(gallery)[1]
    at_once(RENAME, (gallery.path, "Anna", "Ann"), (gallery.path, "小明", "Ming"))
    assert held(Gallery.open(gallery.path))[1] == before


def test_undo_sees_what_others_changed(gallery):
    other = Gallery.open(gallery.path)
    rename(other, "Anna", "Ann")
    assert undo(gallery).change == "renamed Anna to Ann"
    assert "Anna" in gallery.names


def test_files_stay_for_their_owner_alone(gallery):
    rename(gallery, "Anna", "Ann")
    undo(gallery)
    export_people(gallery, gallery.path.with_name("out"))
    if os.name != "nt":
        assert all(path.stat().st_mode & 0o077 == 0 for path in files_of(gallery))


@pytest.mark.parametrize(
    "harm",
    ["UPDATE places SET path = 5", "UPDATE places SET path = x'00ff'", "DELETE FROM places",
     "UPDATE places SET path = '/etc/passwd' WHERE face = 1", "DROP TABLE places",
     "UPDATE about SET value = x'00' WHERE key = 'change'",
     "UPDATE about SET value = 'renamed' WHERE key = 'change'"],
)  # fmt: skip
def test_what_came_later_is_known_to_be_whole_as_well(gallery, harm):
    with contextlib.closing(sqlite3.connect(gallery.path)) as store, store:
        store.execute(harm)
    with pytest.raises(FaceError, match="is damaged"):
        Gallery.open(gallery.path)


def test_a_place_that_is_no_utf8_comes_back(gallery):
    gallery.add([face("Zoë", 6, path="/photos/caf\udce9.jpg")])
    assert Gallery.open(gallery.path).faces[-1].path == "/photos/caf\udce9.jpg"


def test_a_gallery_of_the_first_versions_opens_and_a_new_one_opens_there(tmp_path):
    since = "2026-01-01T00:00:00+00:00"
    rows = [("Anna", "0" * 64, "1,2,30,40", ROWS[1], since),
            ("小明", "1" * 64, "1,2,30,40@0.200", ROWS[2], since)]  # fmt: skip
    path = tmp_path / "old.sqlite"
    write_old(path, rows)
    gallery = Gallery.open(path)
    assert [(one.person, one.picture, one.path) for one in gallery.faces] == [
        ("Anna", "0" * 64, ""), ("小明", "1" * 64, "")]  # fmt: skip
    with pytest.raises(FaceError, match="nothing to undo"):
        undo(gallery)
    rename(gallery, "Anna", "Ann")
    gallery.add([face("Bo", 3, path="/photos/b.jpg")])
    assert [row[0] for row in read_old(path)] == ["Ann", "小明", "Bo"]
    undo(gallery)
    assert gallery.names == ("Ann", "小明")
