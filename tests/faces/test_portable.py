"""People handed on arrive as they were; what a stranger hands on is looked at first."""

import os
from dataclasses import replace

import numpy as np
import pytest

from kanjian.errors import FaceError
from kanjian.faces.gallery import Gallery
from kanjian.faces.gallery_file import About, Enrolled, write
from kanjian.faces.identify import ByGallery
from kanjian.faces.portable import export_people, import_people
from kanjian.faces.unit import unit

ROWS = unit(np.random.default_rng(5).normal(size=(30, 16)))


class Network:
    name, sha256, length = "sface", "ab", 16


def face(name, at, **other):
    return Enrolled(name, f"{at:064x}", "1,2,30,40", ROWS[at], path=f"/photos/{at}.jpg", **other)


@pytest.fixture
def gallery(tmp_path):
    made = Gallery.create(tmp_path / "g", embedder="sface", sha256="ab")
    made.add([face(name, at) for at, name in enumerate(["Anna", "小明", "Bo", "Anna", "Anna 2"])])
    return made


@pytest.mark.parametrize("threshold", [None, 0.43])
def test_exported_and_imported_they_are_the_same_people_and_give_the_same_answers(
    gallery, tmp_path, threshold
):
    gallery.set_threshold(threshold)
    assert len(export_people(gallery, tmp_path / "out.people")) == 5
    done = import_people(tmp_path / "out.people", tmp_path / "new" / "g")
    assert (done.added, done.there, len(done.people)) == (5, 0, 4)
    again = Gallery.open(done.gallery)
    one, other = ByGallery(gallery, Network()), ByGallery(again, Network())
    assert one.names == other.names
    assert [one.decide(row) for row in ROWS] == [other.decide(row) for row in ROWS]
    assert one.threshold == other.threshold
    assert not any(each.path for each in again.faces)


def test_the_file_says_no_place_and_can_be_used_as_it_is(gallery, tmp_path):
    export_people(gallery, tmp_path / "out", names=["Anna"])
    content = (tmp_path / "out").read_bytes()
    assert b"/photos" not in content
    assert "小明".encode() not in content
    assert Gallery.open(tmp_path / "out").names == ("Anna",)
    if os.name != "nt":
        assert (tmp_path / "out").stat().st_mode & 0o077 == 0


def test_a_file_that_is_there_is_replaced_only_when_told_so(gallery, tmp_path):
    export_people(gallery, tmp_path / "out")
    with pytest.raises(FaceError, match="is there already"):
        export_people(gallery, tmp_path / "out")
    assert len(export_people(gallery, tmp_path / "out", names=["Bo"], force=True)) == 1
    with pytest.raises(FaceError, match="is the gallery itself"):
        export_people(gallery, gallery.path, force=True)
    with pytest.raises(FaceError, match="unknown person 'Zoe'"):
        export_people(gallery, tmp_path / "out2", names=["Zoe"])


def test_imported_twice_nothing_is_added(gallery, tmp_path):
    export_people(gallery, tmp_path / "out")
    done = import_people(tmp_path / "out", gallery.path)
    assert (done.added, done.there, done.people) == (0, 5, ())
    assert len(Gallery.open(gallery.path).faces) == 5


def strangers(tmp_path):
    """Another Bo, and Anna once more."""
    other = Gallery.create(tmp_path / "other", embedder="sface", sha256="ab")
    near = unit((ROWS[0] + ROWS[3] + 0.1 * ROWS[9])[None])[0]
    other.add([face("Bo", 20), replace(face("Anna", 21), embedding=near)])
    return other.path


def test_two_of_one_name_are_asked_about_and_kept_apart_and_one_is_one(gallery, tmp_path):
    path, before = strangers(tmp_path), len(gallery.faces)
    with pytest.raises(FaceError, match=r"another Bo is enrolled.*--another"):
        import_people(path, gallery.path)
    assert len(Gallery.open(gallery.path).faces) == before
    done = import_people(path, gallery.path, taken="another")
    assert done.people == (("Bo", "Bo 2"), ("Anna", "Anna"))


def test_told_that_they_are_the_same_they_are_one(gallery, tmp_path):
    done = import_people(strangers(tmp_path), gallery.path, names=["Bo"], taken="same")
    assert done.people == (("Bo", "Bo"),)
    assert sum(each.person == "Bo" for each in Gallery.open(gallery.path).faces) == 2


def test_another_embedder_is_one_line(gallery, tmp_path):
    other = Gallery.create(tmp_path / "m", embedder="mobilefacenet", sha256="cd")
    other.add([face("Eve", 9)])
    with pytest.raises(FaceError, match=r"made with mobilefacenet .* the gallery with sface"):
        import_people(other.path, gallery.path)


HOSTILE = {
    "name": face("a/b", 1), "escape": face("a\x1b[2J", 1), "hidden": face("An\u200bna", 1),
    "picture": replace(face("Eve", 1), picture="../../etc/passwd"),
    "box": replace(face("Eve", 1), box="x"), "long box": replace(face("Eve", 1), box="9" * 99),
    "date": replace(face("Eve", 1), added="x" * 10000),
    "zeros": replace(face("Eve", 1), embedding=np.zeros(16, np.float32)),
    "no number": replace(face("Eve", 1), embedding=np.full(16, np.nan, np.float32)),
    "huge": replace(face("Eve", 1), embedding=np.full(16, 3e38, np.float32)),
    "length": replace(face("Eve", 1), embedding=np.ones(1, np.float32)),
}  # fmt: skip


@pytest.mark.parametrize("harm", HOSTILE.values(), ids=HOSTILE)
def test_what_no_gallery_of_ours_holds_is_refused_in_one_line(gallery, tmp_path, harm):
    write(tmp_path / "evil", About("sface", "ab"), [face("Mallory", 2), harm])
    with pytest.raises(FaceError) as refused:
        import_people(tmp_path / "evil", gallery.path)
    assert "\n" not in str(refused.value)
    assert len(Gallery.open(gallery.path).faces) == 5
    assert not (tmp_path / "fresh").exists()
    with pytest.raises(FaceError):
        import_people(tmp_path / "evil", tmp_path / "fresh")
    assert not (tmp_path / "fresh").exists()


@pytest.mark.parametrize("content", [b"", b"no gallery" * 99])
def test_what_is_no_gallery_is_told(gallery, tmp_path, content):
    (tmp_path / "x").write_bytes(content)
    with pytest.raises(FaceError, match="is no file of people"):
        import_people(tmp_path / "x", gallery.path)
    with pytest.raises(FaceError, match="is no file of people"):
        import_people(tmp_path, gallery.path)
