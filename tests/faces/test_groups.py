"""Who is in a folder: found once, numbered for good, named in one go, forgotten without a trace."""

import json
import os
import stat

import numpy as np
import pytest

from cut_films import film
from kanjian.errors import FaceError
from kanjian.faces import found_faces
from kanjian.faces.backup import undo
from kanjian.faces.contact_page import contact_page, write_contact_page
from kanjian.faces.found_cache import BLURRED, FoundCache, FoundFace, Places
from kanjian.faces.found_faces import Look, faces_of_video, find_faces
from kanjian.faces.gallery import Gallery, default_path
from kanjian.faces.group_names import name_group, telling
from kanjian.faces.group_store import GroupStore
from kanjian.faces.groups import group_faces
from kanjian.faces.identify import ByGallery
from kanjian.faces.unit import unit
from kanjian.images.write import write_image
from kanjian.media.frame import Frame
from processes import at_once, ended, started
from stand_in_faces import BLUE, GREEN, PINK, RED, ColorNetwork, SquareFinder, scene

FINDER, NETWORK = SquareFinder(), ColorNetwork()
LOOK = Look(FINDER, NETWORK)


class Counting(SquareFinder):
    """Counts the pictures it looks at."""

    def __init__(self):
        self.pictures = 0

    def detect(self, image):
        self.pictures += 1
        return super().detect(image)


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("KANJIAN_HOME", str(tmp_path / "家"))
    # squares of one color have no edges
    monkeypatch.setattr(found_faces, "sharpness", lambda face: 0.2)
    return tmp_path / "家"


@pytest.fixture
def photos(tmp_path):
    """Three of red, two of green, one of blue; once red and green side by side."""
    folder = tmp_path / "photos"
    for name, squares in {
        "a": [(10, 20, 40, RED)],
        "b": [(30, 20, 44, RED)],
        "c": [(20, 30, 42, RED), (90, 30, 40, GREEN)],
        "d": [(40, 40, 46, GREEN)],
        "e": [(60, 50, 40, BLUE)],
    }.items():
        write_image(folder / f"{name}.png", scene(*squares))
    write_image(folder / "nobody.png", scene())
    return folder


def grouped(place, gallery=None):
    found = find_faces([place], LOOK)
    matcher = ByGallery(gallery, NETWORK) if gallery else None
    enrolled = gallery.faces if gallery else ()
    return found, group_faces(found, matcher, enrolled=enrolled, store=GroupStore())


def seen(groups):
    return {
        group.name or group.number: sorted({face.picture for face in group.faces})
        for group in groups.people
    }


def sizes(groups):
    return [(group.name or group.number, len(group.faces)) for group in groups.people]


def test_people_are_numbered_by_how_often_they_are_seen_and_files_are_looked_at_once(photos):
    finder, blue = Counting(), (photos / "e.png").read_bytes()
    (photos / "e.png").unlink()
    found = find_faces([photos], Look(finder, NETWORK))
    assert (len(found.faces), found.without, found.cached, finder.pictures) == (5, 1, 0, 5)
    assert sizes(group_faces(found, store=GroupStore())) == [(1, 3), (2, 2)]

    (photos / "a.png").rename(photos / "moved.png")
    (photos / "new.png").write_bytes(blue)
    again = find_faces([photos], Look(finder, NETWORK))
    assert (again.cached, finder.pictures) == (5, 6)
    assert sizes(group_faces(again, store=GroupStore())) == [(1, 3), (2, 2), (3, 1)]
    # another network, or another way to look, must not be told what this one found
    find_faces([photos], Look(finder, NETWORK, options="smallest 9"))
    assert finder.pictures == 12


def test_a_copy_counts_once_and_what_cannot_be_read_is_told(photos):
    (photos / "copy.png").write_bytes((photos / "a.png").read_bytes())
    (photos / "cut.png").write_bytes((photos / "a.png").read_bytes()[:60])
    found = find_faces([photos], LOOK)
    assert len(found.faces) == 6
    assert [path.name for path in next(iter(found.files.values()))] == [
        "a.png", "copy.png",
    ]  # fmt: skip
    ((path, reason),) = found.left_out
    assert path.name == "cut.png"
    assert reason.count("cut.png") == 1  # it names the file itself, so that nobody has to


def test_numbers_stay_with_their_faces_and_none_is_given_twice(photos):
    kept = {name: (photos / f"{name}.png").read_bytes() for name in "abce"}
    (photos / "e.png").unlink()
    before = seen(grouped(photos)[1])
    for name in "abc":
        (photos / f"{name}.png").unlink()
    (photos / "e.png").write_bytes(kept["e"])
    now = seen(grouped(photos)[1])
    assert sorted(now) == [2, 3]
    assert set(now[2]) < set(before[2])
    for name, content in kept.items():
        (photos / f"{name}.png").write_bytes(content)
    assert seen(grouped(photos)[1]) == before | {3: now[3]}


def test_a_name_makes_a_person_of_a_group_and_is_there_the_next_time(photos, home):
    grouped(photos)
    done = name_group("person 1", "红")
    assert (done.name, done.number, done.faces) == ("红", 1, 3)
    gallery = Gallery.open()
    assert all(face.path.endswith(".png") for face in gallery.faces)
    found, groups = grouped(photos, gallery)
    assert sizes(groups) == [("红", 3), (2, 2), (3, 1)]
    assert "红" in contact_page(groups, found)
    # neither twice, nor somebody else
    assert name_group("1", "红").added == 0
    with pytest.raises(FaceError, match="person 1 is 红 already"):
        name_group("person 1", "Bo")


def test_two_people_of_one_name_are_kept_apart(photos):
    grouped(photos)
    name_group("person 1", "Anna")
    with pytest.raises(FaceError, match=r"another Anna .* --another calls these faces 'Anna 2'"):
        name_group("person 2", "Anna")
    assert name_group("person 2", "Anna", taken="another").name == "Anna 2"
    assert sizes(grouped(photos, Gallery.open())[1])[:2] == [("Anna", 3), ("Anna 2", 2)]


def test_more_faces_of_a_person_keep_the_name(photos, tmp_path):
    grouped(photos)
    name_group("person 1", "Anna")
    write_image(tmp_path / "more" / "x.png", scene((15, 25, 40, RED)))
    assert sizes(grouped(tmp_path / "more", Gallery.open())[1]) == [("Anna", 1)]


@pytest.mark.parametrize(
    ("who", "text"),
    [
        ("person 9", r"unknown group 'person 9'"),
        ("Anna", "'Anna' is no group. Expected a number, as in 'person 3'"),
        ("", "'' is no group"),
    ],
)
def test_what_is_no_group_is_refused(photos, who, text):
    grouped(photos)
    with pytest.raises(FaceError, match=text):
        name_group(who, "Bo")
    assert not default_path().exists()


def test_a_group_whose_faces_are_gone_is_asked_for_again(photos):
    grouped(photos)
    FoundCache().drop()
    with pytest.raises(FaceError, match=r"no longer kept\. Run 'kanjian faces group' again"):
        name_group("person 1", "Bo")


def test_a_gallery_of_another_network_takes_no_group(photos):
    grouped(photos)
    Gallery.create(embedder="sface", sha256="0")
    with pytest.raises(FaceError, match="made with sface, the groups with colors"):
        name_group("person 1", "Bo")


def test_files_are_for_their_owner_alone(photos, home, tmp_path):
    old = os.umask(0)
    try:
        found, groups = grouped(photos)
        write_contact_page(tmp_path / "people.html", groups, found)
    finally:
        os.umask(old)
    assert stat.S_IMODE((home / "faces" / "found").stat().st_mode) == 0o700
    files = [path for path in home.rglob("*") if path.is_file()]
    assert len(files) == 7
    for path in [*files, tmp_path / "people.html"]:
        assert stat.S_IMODE(path.stat().st_mode) == 0o600, path


def test_who_is_forgotten_leaves_no_trace_in_any_file(photos, home):
    found, _ = grouped(photos)
    name_group("person 1", "红")
    grouped(photos, Gallery.open())  # the name is used once more
    hers = [face.embedding.astype("<f4").tobytes() for face in found.faces
            if face.embedding @ found.faces[0].embedding > 0.9]  # fmt: skip
    others = len(found.faces) - len(hers)
    pictures = {face.picture for face in found.faces[:2]}  # the third is another's, too
    assert Gallery.open().forget("红") > 0
    for path in (path for path in home.rglob("*") if path.is_file()):
        content = path.read_bytes()
        assert "红".encode() not in content, path
        assert json.dumps("红").encode() not in content, path
        assert not any(row in content for row in hers), path
        assert not any(picture.encode() in content for picture in pictures), path
        assert not any(picture in path.name for picture in pictures), path
    assert others == 3
    # the rest keep their numbers; whoever comes again is a new one
    _, groups = grouped(photos, Gallery.open())
    assert sorted(seen(groups)) == [2, 3, 4]


def test_a_person_is_forgotten_also_if_the_naming_was_taken_back(photos, home):
    _, groups = grouped(photos)
    name_group("person 1", "Bo")
    name_group("person 2", "绿")
    gallery = Gallery.open()
    undo(gallery)
    assert gallery.names == ("Bo",)
    gallery.forget("绿")
    rows = [face.embedding.astype("<f4").tobytes() for face in groups.people[1].faces]
    for path in (path for path in home.rglob("*") if path.is_file()):
        assert not any(row in path.read_bytes() for row in rows), path


def test_to_forget_someone_makes_no_files_where_nothing_was_grouped(tmp_path, home):
    gallery = Gallery.create(tmp_path / "g", embedder="colors", sha256="c0ffee")
    gallery.add([_enrolled()])
    gallery.forget("Ann")
    assert not home.exists()


def _enrolled():
    from kanjian.faces.gallery_file import Enrolled

    return Enrolled("Ann", "0" * 64, "1,2,30,40", NETWORK.embed(_crop(RED))[0])


def _crop(color):
    return np.full((1, 112, 112, 3), color, np.uint8)


def test_a_damaged_file_of_the_cache_is_made_anew(photos, home):
    grouped(photos)
    for path in (home / "faces" / "found").glob("*.npz"):
        path.write_bytes(path.read_bytes()[:-40])
    found, groups = grouped(photos)
    assert (found.cached, len(found.faces)) == (0, 6)
    assert sorted(seen(groups)) == [1, 2, 3]


@pytest.mark.parametrize("content", ["", "[]", '{"form": 2}', '{"form": 1, "next": "x"}'])
def test_damaged_numbers_are_one_line(photos, home, content):
    grouped(photos)
    (home / "faces" / "groups.json").write_text(content)
    with pytest.raises(FaceError, match=r"groups.json cannot be read .* Delete it"):
        grouped(photos)


GROUP = """
import sys
from pathlib import Path
sys.path[:0] = sys.argv[2:]
from kanjian.faces import found_faces
from kanjian.faces.group_store import GroupStore
from kanjian.faces.groups import group_faces
from stand_in_faces import ColorNetwork, SquareFinder
found_faces.sharpness = lambda face: 0.2
found = found_faces.find_faces([sys.argv[1]], found_faces.Look(SquareFinder(), ColorNetwork()))
print("found", flush=True)
groups = group_faces(found, store=GroupStore())
print(sorted(group.number for group in groups.people))
"""


def test_several_who_group_at_once_give_one_number_to_each(photos, tmp_path):
    write_image(tmp_path / "others" / "p.png", scene((50, 50, 40, PINK)))
    folders = [photos, photos, tmp_path / "others"]
    told = [json.loads(each.splitlines()[-1]) for each in at_once(GROUP, *[(f,) for f in folders])]
    assert told[0] == told[1]
    assert sorted({*told[0], *told[2]}) == [1, 2, 3, 4]


def test_who_is_killed_half_way_leaves_what_is_whole(photos, home):
    process = started(GROUP, photos)
    assert process.stdout.readline() == "found\n"
    process.kill()
    process.communicate()
    found, groups = grouped(photos)
    assert found.cached == 6
    assert sizes(groups)[0][1] == 3
    assert ended([started(GROUP, photos)])


def test_a_poor_face_goes_to_whom_it_is_like_and_makes_no_person():
    def face(picture, row, sharp):
        return FoundFace(picture, "0,0,50,50", 50.0, sharp, unit(np.array([row]))[0])

    sharp = [face("a", [1, 0, 0], 0.2), face("b", [1, 0.1, 0], 0.2)]
    poor = [face("c", [1, 0.2, 0], BLURRED / 2), face("d", [0, 0, 1], BLURRED / 2)]
    beside = face("a", [1, 0.1, 0.1], BLURRED / 2)
    found = _found([*sharp, *poor, beside])
    groups = group_faces(found)
    assert [[each.picture for each in group.faces] for group in groups.people] == [["a", "b", "c"]]
    assert [each.picture for each in groups.poor] == ["d", "a"]


def _found(faces):
    from pathlib import Path

    from kanjian.faces.found_faces import Found

    files = {face.picture: [Path(face.picture)] for face in faces}
    return Found(tuple(faces), files, ("colors", "c0ffee"), "mark")


def test_two_thousand_faces_are_grouped():
    random = np.random.default_rng(0)
    people = unit(random.normal(size=(100, 128)))
    rows = unit(people[np.arange(2000) % 100] + 0.03 * random.normal(size=(2000, 128)))
    faces = [FoundFace(f"{at}", "0,0,90,90", 90.0, 0.2, row) for at, row in enumerate(rows)]
    groups = group_faces(_found(faces))
    assert [len(group.faces) for group in groups.people] == [20] * 100


def test_a_face_followed_through_a_clip_counts_once():
    red, both = (10, 40, 40, RED), [(10, 40, 40, RED), (100, 40, 40, GREEN)]
    shown = [[red]] * 5 + [both] * 10 + [[]] * 15 + [[red]] * 5
    # large, so that who comes and goes is no cut
    frames = [Frame(at, at / 10, scene(*each, size_hw=(480, 640))) for at, each in enumerate(shown)]
    one, other, later = sorted(
        faces_of_video(frames, "clip", LOOK), key=lambda face: (face.from_s, -face.to_s)
    )
    assert (one.from_s, one.to_s, one.frames) == (0.0, 1.4, 15)
    assert one.beside(other)
    assert not one.beside(later)
    assert one.embedding @ later.embedding > 0.99
    assert "@" in one.box
    groups = group_faces(_found([one, other, later]))
    assert [len(group.faces) for group in groups.people] == [2, 1]


def test_a_face_of_a_video_is_not_followed_over_a_cut():
    frames, starts = film(0)
    for frame in frames:
        frame.image[10:50, 40:80] = RED
    found = list(faces_of_video(frames, "clip", LOOK))
    assert found
    for face in found:
        assert not [cut for cut in starts if face.from_s < frames[cut].seconds <= face.to_s]


def test_two_that_look_alike_in_one_frame_are_two_people():
    row = unit(np.ones((1, 3)))[0]
    twins = [FoundFace("p", box, 40.0, 0.2, row) for box in ("0,0,40,40", "50,0,90,40")]
    assert len(group_faces(_found(twins)).people) == 2


def test_of_many_faces_those_that_differ_are_enrolled():
    random = np.random.default_rng(1)
    rows = unit(np.ones(64) + 0.8 * random.normal(size=(60, 64)))
    faces = [FoundFace(str(at), "", 90.0, 0.2, row) for at, row in enumerate(rows)]
    assert len(telling(faces)) == 24
    assert len(telling(faces[:1] * 30)) == 1


def test_a_face_is_found_again_where_another_detector_saw_it_a_little_larger():
    places = Places([(("p", "10,10,50,50"), "Ann"), (("p", "60,10,99,50"), "Bo")])
    assert places.find(("p", "8,9,52,51")) == "Ann"
    assert places.find(("p", "58,9,99,51")) == "Bo"
    assert places.find(("q", "10,10,50,50")) is None
    assert places.find(("p", "35,10,75,50")) is None


def test_a_page_that_is_not_ours_stays(photos, tmp_path):
    found, groups = grouped(photos)
    page = tmp_path / "people.html"
    page.write_text("<title>mine</title>")
    with pytest.raises(FaceError, match="no page of kanjian"):
        write_contact_page(page, groups, found)
    page.unlink()
    write_contact_page(page, groups, found)
    write_contact_page(page, groups, found)
    assert page.read_text().count("<img") == len(found.faces)
