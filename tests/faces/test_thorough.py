"""A second look: sideways pictures and small faces, and no more looks than there is reason for."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kanjian.faces.align import align
from kanjian.faces.detect import Face, detector
from kanjian.faces.thorough import Thorough, merged, turned_back
from kanjian.images import read_image


class Upright:
    """Finds a bright square by its red upper half, when red is on top; counts its looks."""

    name = "upright"

    def __init__(self, smallest=1):
        self.looks, self._smallest = 0, smallest

    def detect(self, image):
        self.looks += 1
        ys, xs = np.nonzero((image > 150).any(-1))
        if not len(xs) or xs.max() - xs.min() + 1 < self._smallest:
            return []
        box = (float(xs.min()), float(ys.min()), float(xs.max() + 1), float(ys.max() + 1))
        top = image[ys.min() + 1, xs.min() + 1 : xs.max()]
        return [Face(box, 0.9)] if (top[:, 0] > 150).all() and (top[:, 1] < 150).all() else []


def pictured(x, y, side, size_hw=(200, 300)):
    image = np.zeros((*size_hw, 3), np.uint8)
    image[y : y + side, x : x + side, 0] = 255
    image[y + side // 2 : y + side, x : x + side, 1] = 255
    return image


@given(st.integers(0, 200), st.integers(0, 100), st.integers(50, 99), st.integers(0, 3))
def test_a_turned_picture_shows_the_same_face_turned(x, y, side, quarters):
    image = pictured(x, y, side)
    (face,) = Thorough(Upright(), None, 12).detect(image)
    turned = np.ascontiguousarray(np.rot90(image, quarters))
    (other,) = Thorough(Upright(), None, 12).detect(turned)
    left, top, right, bottom = (round(end) for end in other.box_xyxy)
    part = np.rot90(turned[top:bottom, left:right], -quarters)
    np.testing.assert_array_equal(part, image[y : y + side, x : x + side])
    if quarters:
        aligned = [align(image, face), align(turned, other)]
        assert np.abs(np.subtract(*(each.astype(int) for each in aligned))).mean() < 12


@given(st.integers(0, 50), st.integers(0, 50), st.integers(1, 40), st.integers(1, 3))
def test_a_face_turned_all_the_way_round_is_where_it_was(x, y, side, quarters):
    points = np.array([[x, y], [x + 1, y], [x, y + 2], [x, y + 3], [x + 1, y + 3]], np.float32)
    face, size_hw = Face((x, y, x + side, y + 2 * side), 0.9, points), (200, 300)
    for _ in range(4):
        face = turned_back(face, quarters, size_hw)
        size_hw = size_hw if quarters == 2 else size_hw[::-1]
    assert face.box_xyxy == (x, y, x + side, y + 2 * side)
    np.testing.assert_array_equal(face.landmarks_xy, points)


def test_a_second_look_is_taken_only_where_there_is_reason():
    first, closer = Upright(), Upright()
    assert len(Thorough(first, closer, 12).detect(pictured(50, 50, 80))) == 1
    assert (first.looks, closer.looks) == (1, 0)
    assert Thorough(first, closer, 12).detect(np.zeros((200, 300, 3), np.uint8)) == []
    assert (first.looks, closer.looks) == (5, 1)
    closer.looks = 0  # so large that closer would be smaller
    Thorough(first, closer, 12).detect(np.zeros((20, 2600, 3), np.uint8))
    assert closer.looks == 0


@pytest.mark.parametrize(("side", "found"), [(30, 1), (16, 1), (11, 0)])
def test_small_faces_are_found_in_a_closer_look(side, found):
    faces = Thorough(Upright(smallest=32), Upright(smallest=32), 12).detect(pictured(50, 60, side))
    assert len(faces) == found
    for face in faces:
        np.testing.assert_allclose(face.box_xyxy, (50, 60, 50 + side, 60 + side), atol=1)


def test_one_face_seen_twice_is_one_face():
    face, again, other = (
        Face((x, 0, x + 20, 20), score) for x, score in ((0, 0.8), (3, 0.9), (40, 1.0))
    )
    assert merged([face], [again, other]) == [other, face]


@pytest.mark.parametrize("quarters", [1, 2, 3])
def test_a_sideways_photo_shows_its_face(shared_data, monkeypatch, quarters):
    monkeypatch.setenv("KANJIAN_MODELS", str(shared_data / "models"))
    image = read_image(shared_data / "images" / "skimage-astronaut.png")[:300, 80:380]
    finder = detector("yunet")
    (face,) = finder.detect(image)
    turned = np.ascontiguousarray(np.rot90(image, quarters))
    (other,) = finder.detect(turned)
    assert np.abs(align(image, face).astype(int) - align(turned, other)).mean() < 12


def test_frames_of_a_video_are_looked_at_once(shared_data, monkeypatch):
    monkeypatch.setenv("KANJIAN_MODELS", str(shared_data / "models"))
    assert not isinstance(detector("yunet", longest_side=480), Thorough)
    assert not isinstance(detector("haar", thorough=False), Thorough)
    assert isinstance(detector("haar"), Thorough)
