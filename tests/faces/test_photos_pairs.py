"""Photos in doubt are marked, pictures found again, two faces compared, one person looked for."""

import os

import numpy as np
import pytest

from kanjian.errors import FaceError
from kanjian.faces.changes import rename
from kanjian.faces.enroll import enroll
from kanjian.faces.found_again import Pictures, by_hash
from kanjian.faces.gallery import Gallery
from kanjian.faces.gallery_file import Enrolled
from kanjian.faces.pairs import looking, search_pictures, the_chosen, verify
from kanjian.faces.people_page import write_people_page
from kanjian.faces.photos import photos_of
from kanjian.images import write_image
from kanjian.inference.find_images import pictures_in
from stand_in_faces import BLUE, GREEN, RED, ColorNetwork, SquareFinder, scene

NETWORK, FINDER = ColorNetwork(), SquareFinder()
LOOK = looking(FINDER, NETWORK)


def photo(folder, name, *squares):
    path = folder / "照片" / name
    write_image(path, scene(*squares))
    return path


@pytest.fixture
def gallery(tmp_path):
    made = Gallery.create(tmp_path / "g", embedder="colors", sha256="c0ffee")
    red = [photo(tmp_path, f"r{n}.png", (20 + n, 20, 40 + n, RED)) for n in range(4)]
    enroll(made, "Ann", red, FINDER, NETWORK)
    enroll(made, "Bo", [photo(tmp_path, "b.png", (30, 20, 50, BLUE))], FINDER, NETWORK)
    return made


def test_another_person_of_a_name_is_refused_and_kept_apart(gallery, tmp_path):
    blue = [photo(tmp_path, f"b{n}.png", (10 + n, 9, 44, BLUE)) for n in range(2)]
    with pytest.raises(FaceError, match=r"another Ann .* they look like Bo\)"):
        enroll(gallery, "Ann", blue, FINDER, NETWORK)
    assert enroll(gallery, "Ann", blue, FINDER, NETWORK, taken="another").name == "Ann 2"
    assert gallery.names == ("Ann", "Ann 2", "Bo")
    more = [photo(tmp_path, "r9.png", (50, 20, 50, RED))]
    assert enroll(gallery, " Ann\u3000", more, FINDER, NETWORK).name == "Ann"


def test_a_joined_emoji_is_told_as_it_is_typed(gallery, tmp_path):
    name = "👩\u200d🚀 Ann"
    rename(gallery, "Ann", name)
    blue = [photo(tmp_path, "b9.png", (10, 9, 44, BLUE))]
    with pytest.raises(FaceError, match=f"calls these faces '{name} 2', --same calls .* '{name}'"):
        enroll(gallery, name, blue, FINDER, NETWORK)


def test_a_photo_of_somebody_else_is_in_doubt_and_no_other(gallery, tmp_path):
    green = photo(tmp_path, "green.png", (10, 9, 44, GREEN))
    blue = photo(tmp_path, "blue.png", (10, 9, 44, BLUE))
    enroll(gallery, "Ann", [green, blue], FINDER, NETWORK, taken="same")
    photos = photos_of(gallery, "Ann")
    assert [each.number for each in photos if each.doubted] == [5, 6]
    assert (photos[4].unlike, photos[4].nearer) == (True, False)
    assert (photos[5].nearer, photos[5].nearest) == (True, "Bo")


def test_a_single_photo_is_in_doubt_only_if_it_is_somebody_elses(gallery):
    assert not any(each.doubted for each in photos_of(gallery, "Bo"))
    twin = Enrolled("Twin", "f" * 64, "1,2,30,40", gallery.embeddings[0])
    gallery.add([twin])
    assert [each.nearest for each in photos_of(gallery, "Twin") if each.doubted] == ["Ann"]


def test_a_picture_is_found_by_place_and_hash_and_a_gap_is_shown_where_it_is_gone(
    gallery, tmp_path
):
    page, ann = tmp_path / "page.html", [*photos_of(gallery, "Ann")]
    assert write_people_page(page, "Ann", {"Ann": ann}, Pictures()) == 0
    assert page.read_text(encoding="utf-8").count("data:image/") == 4
    if os.name != "nt":
        assert page.stat().st_mode & 0o077 == 0
    folder = tmp_path / "照片"
    (folder / "r0.png").rename(folder / "moved.png")
    (folder / "r1.png").write_bytes(b"another")
    files = Pictures()
    assert [files.file_of(each.face) is None for each in ann] == [True, True, False, False]
    assert [files.why_gone(each.face) for each in ann[:2]] == ["gone", "changed"]
    assert write_people_page(page, "Ann", {"Ann": ann}, Pictures()) == 2
    elsewhere = Pictures(by_hash(pictures_in([folder])))
    assert elsewhere.file_of(ann[0].face) == folder / "moved.png"
    assert write_people_page(page, "Ann", {"Ann": ann}, elsewhere) == 1


def test_places_stay_with_faces_through_changes(gallery, tmp_path):
    rename(gallery, "Ann", "Zoë")
    again = Gallery.open(gallery.path)
    assert [each.path for each in again.faces][:2] == [
        str(tmp_path / "照片" / f"r{n}.png") for n in range(2)]  # fmt: skip


def test_two_pictures_of_one_person_are_the_same_and_it_does_not_matter_which_is_first():
    rows = [NETWORK.embed(np.full((1, 112, 112, 3), color, np.uint8))[0] for color in (RED, BLUE)]
    one, other = (verify(*pair, embedder="colors") for pair in (rows, rows[::-1]))
    assert one == other
    assert not one.same
    assert verify(rows[0], rows[0], embedder="colors").same
    itself = verify(rows[0], rows[0], embedder="colors")
    assert one.false_match_rate.expected > itself.false_match_rate.expected
    assert not itself.false_match_rate.promised  # nothing is known of such a network


def test_which_face_of_several_is_chosen_from_the_left(tmp_path):
    both = photo(tmp_path, "both.png", (10, 10, 40, RED), (90, 10, 50, BLUE))
    faces = LOOK(both)
    red = NETWORK.embed(np.full((1, 112, 112, 3), RED, np.uint8))[0]
    assert the_chosen(faces, 1, both, "--face") @ red > 0.99
    assert the_chosen(faces, 2, both, "--face") @ red < 0.5
    for number, why in ((None, "choose one with --face"), (0, "from 1 to 2"), (3, "got 3")):
        with pytest.raises(FaceError, match=why):
            the_chosen(faces, number, both, "--face")
    with pytest.raises(FaceError, match="no face found"):
        the_chosen([], None, both, "--face")


def test_a_search_gives_the_pictures_with_that_person_the_best_first(tmp_path):
    red = photo(tmp_path, "red.png", (20, 20, 40, RED))
    photo(tmp_path, "both.png", (10, 10, 40, (200, 60, 60)), (90, 10, 50, BLUE))
    photo(tmp_path, "blue.png", (20, 20, 40, BLUE))
    photo(tmp_path, "none.png")
    (tmp_path / "照片" / "broken.png").write_bytes(b"no picture")
    pictures = pictures_in([tmp_path / "照片"])
    heard = []
    done = search_pictures(
        LOOK(red)[0][1], pictures, LOOK, threshold=0.8,
        progress=lambda done, total: heard.append((done, total)),
    )  # fmt: skip
    assert [hit.picture.name for hit in done.found] == ["red.png", "both.png"]
    assert [hit.similarity for hit in done.found] == sorted(
        (hit.similarity for hit in done.found), reverse=True
    )
    assert done.faces == 4
    assert [path.name for path, _ in done.left_out] == ["broken.png"]
    assert heard[-1] == (5, 5)
