"""What is enrolled and collected, what is left out, and that each is said."""

import numpy as np
import pytest

from kanjian.errors import FaceError, RecipeError
from kanjian.faces.collect import Take, collect, sharpness, take_name
from kanjian.faces.enroll import enroll
from kanjian.faces.gallery import Gallery
from kanjian.faces.sources import frames_of, newest, takes_of
from kanjian.faces.train import face_recipe
from kanjian.images import read_image, write_image
from kanjian.media.frame import Frame
from stand_in_faces import BLUE, GREEN, RED, ColorNetwork, SquareFinder, scene

NETWORK, FINDER = ColorNetwork(), SquareFinder()


@pytest.fixture
def gallery(tmp_path):
    return Gallery.create(tmp_path / "g", embedder="colors", sha256="c0ffee")


def photo(tmp_path, name, *squares):
    path = tmp_path / "照片" / name
    write_image(path, scene(*squares))
    return path


def test_photos_become_faces_and_the_rest_is_told(gallery, tmp_path):
    pictures = [
        photo(tmp_path, "a.png", (20, 20, 40, RED)),
        photo(tmp_path, "b.png", (60, 30, 50, RED), (5, 5, 10, GREEN)),
        photo(tmp_path, "none.png"),
        photo(tmp_path, "two.png", (10, 10, 40, RED), (90, 10, 40, BLUE)),
        tmp_path / "gone.png",
    ]
    done = enroll(gallery, "小明", pictures, FINDER, NETWORK)
    assert done.added == 2
    reasons = [each.reason for each in done.left_out]
    assert "no face" in reasons[0]
    assert "2 faces in it" in reasons[1]
    assert "cannot read" in reasons[2]
    assert Gallery.open(gallery.path).names == ("小明",)


def test_the_same_picture_twice_and_for_two_people_is_told(gallery, tmp_path):
    path = photo(tmp_path, "a.png", (20, 20, 40, RED))
    enroll(gallery, "Ann", [path], FINDER, NETWORK)
    with pytest.raises(FaceError, match="enrolled already"):
        enroll(gallery, "Ann", [path], FINDER, NETWORK)
    with pytest.raises(FaceError, match="enrolled as Ann: one face cannot be two people"):
        enroll(gallery, "Bo", [path], FINDER, NETWORK)
    assert gallery.names == ("Ann",)


def test_one_person_under_two_names_is_noticed(gallery, tmp_path):
    enroll(gallery, "Ann", [photo(tmp_path, "a.png", (20, 20, 40, RED))], FINDER, NETWORK)
    again = photo(tmp_path, "b.png", (50, 40, 44, RED))
    done = enroll(gallery, "Anna", [again], FINDER, NETWORK)
    assert "looks like Ann" in done.notes[0]
    other = photo(tmp_path, "c.png", (50, 40, 44, BLUE))
    assert enroll(gallery, "Bo", [other], FINDER, NETWORK).notes == []


def noisy(seed, blur=False):
    """A red face from light to dark, with fine noise unless it is blurred."""
    image = scene((40, 30, 60, RED)).astype(int)
    image[30:90, 40:100, 0] += np.linspace(-30, 30, 60).astype(int)
    if not blur:
        image += np.random.default_rng(seed).integers(-25, 25, image.shape)
    return image.clip(0, 255).astype(np.uint8)


def test_collecting_drops_the_blurred_and_the_same(tmp_path):
    images = [noisy(1), noisy(1), noisy(2), noisy(3, blur=True), scene()]
    frames = [Frame(number, number / 10, image) for number, image in enumerate(images)]
    done = collect([Take("clip-1", frames)], "小明", tmp_path, FINDER)
    assert (done.frames, done.kept, done.alike, done.blurred, done.without) == (5, 2, 1, 1, 1)
    names = sorted(path.name for path in (tmp_path / "小明").iterdir())
    assert names == ["clip-1~000000.png", "clip-1~000002.png"]
    cut = read_image(tmp_path / "小明" / names[0])
    assert 60 < cut.shape[0] < 100


def test_a_damaged_take_does_not_stop_the_others(tmp_path):
    write_image(tmp_path / "in" / "a.png", noisy(1))
    write_image(tmp_path / "in" / "c.png", noisy(2))
    (tmp_path / "in" / "b.png").write_bytes(b"no picture")
    done = collect(takes_of([str(tmp_path / "in")]), "Ann", tmp_path / "out", FINDER)
    assert done.kept == 2
    assert len(done.left_out) == 1
    assert len(set(done.takes)) == 3


def test_takes_of_one_name_in_two_places_are_two(tmp_path):
    assert take_name(tmp_path / "a" / "clip.mp4") != take_name(tmp_path / "b" / "clip.mp4")
    assert "/" not in take_name("a~b:c/d?.mp4")
    assert "~" not in take_name("a~b.mp4")


def test_sharpness_does_not_depend_on_light():
    face = noisy(5)[30:90, 40:100]
    dark = (face * 0.5).astype(np.uint8)
    assert sharpness(dark) == pytest.approx(sharpness(face), rel=0.1)


def collected(tmp_path, takes):
    for person, names in takes.items():
        for name in names:
            write_image(tmp_path / person / name, np.zeros((8, 8, 3), np.uint8))
    return tmp_path


def test_training_keeps_takes_together(tmp_path):
    takes = {who: ["a-1~000.png", "a-1~001.png", "b-2~000.png"] for who in ("Ann", "Bo")}
    recipe = face_recipe(collected(tmp_path, takes), changes={"training.epochs": 2})
    assert recipe.data.split == "grouped"
    assert recipe.training.epochs == 2
    from kanjian.datasets.grouped import Groups

    paths = sorted((tmp_path / "Ann").iterdir())
    assert Groups(recipe.data.group_by).of(paths, tmp_path).tolist() == [0, 0, 1]


def test_a_single_take_is_refused_unless_asked_for(tmp_path):
    folder = collected(tmp_path, {"Ann": ["a~0.png", "a~1.png"], "Bo": ["b~0.png", "c~0.png"]})
    with pytest.raises(FaceError, match="Ann has a single take"):
        face_recipe(folder)
    assert face_recipe(folder, changes={"data.split": "random"}).data.group_by is None
    with pytest.raises(RecipeError, match="unknown"):
        face_recipe(folder, changes={"data.split": "random", "data.splitt": "x"})
    with pytest.raises(FaceError, match="at least two"):
        face_recipe(collected(tmp_path / "one", {"Ann": ["a.png"]}))


def test_the_newest_frame_and_what_breaks():
    def camera():
        yield Frame(0, 0.0, scene())
        raise OSError("unplugged")

    frames = newest(camera())
    with pytest.raises(OSError, match="unplugged"):
        list(frames)


def test_a_camera_that_is_not_there_is_told():
    from kanjian.errors import VideoError

    with pytest.raises(VideoError, match="cannot open camera 97"):
        next(frames_of("97"))
