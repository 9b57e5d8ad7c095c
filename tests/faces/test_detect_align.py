"""Boxes inside pictures, landmarks brought to their places, tiny and odd pictures survived."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kanjian.errors import FaceError, ImageError
from kanjian.faces.align import TEMPLATE, align, crop, points_of, similarity
from kanjian.faces.detect import Face, detector
from kanjian.faces.embed import embedder
from kanjian.images import read_image

POINTS = np.array([[70, 80], [110, 78], [90, 100], [75, 122], [106, 120]], np.float32)


@given(st.floats(0.2, 5), st.floats(-3, 3), st.floats(-200, 200), st.floats(-200, 200))
def test_similarity_undoes_turning_scaling_and_shifting(scale, angle, x, y):
    turn = scale * np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    matrix = similarity(TEMPLATE @ turn.T + [x, y])
    back = (TEMPLATE @ turn.T + [x, y]) @ matrix[:, :2].T + matrix[:, 2]
    np.testing.assert_allclose(back, TEMPLATE, atol=1e-6)


def test_points_that_are_one_are_refused():
    with pytest.raises(FaceError, match="must differ"):
        similarity(np.ones((5, 2)))


@pytest.mark.parametrize("times", [1, 6])
def test_landmarks_come_to_lie_on_the_template(times):
    image = np.zeros((200 * times, 180 * times, 3), np.uint8)
    for x, y in POINTS * times:
        image[int(y) - 3 * times : int(y) + 3 * times + 1,
              int(x) - 3 * times : int(x) + 3 * times + 1] = 255  # fmt: skip
    made = align(image, Face((60, 60, 120, 140), 1.0, POINTS * times))
    matrix = similarity(POINTS)
    for x, y in POINTS @ matrix[:, :2].T + matrix[:, 2]:
        assert made[round(y), round(x)].min() > 200
    assert made.shape == (112, 112, 3)


def test_gray_and_border_faces_are_aligned():
    image = np.full((50, 40), 200, np.uint8)
    made = align(image, Face((-20, -20, 20, 20), 1.0))
    assert made.shape == (112, 112, 3)
    assert made.min() == 0  # black where the picture ends
    assert made.max() == 200


def test_a_box_alone_gives_points_inside_it():
    points = points_of(Face((10, 20, 110, 120), 1.0))
    assert ((points > [10, 20]) & (points < [110, 120])).all()


@given(st.floats(-50, 150), st.floats(-50, 150), st.floats(1, 200), st.floats(0, 1))
def test_crops_stay_inside_the_picture(x, y, side, margin):
    image = np.arange(70 * 90, dtype=np.int64).astype(np.uint8).reshape(70, 90)
    cut = crop(image, Face((x, y, x + side, y + side), 1.0), margin=margin)
    assert cut.size
    assert cut.shape[0] <= 70
    assert cut.shape[1] <= 90


@pytest.mark.parametrize("shape", [(1, 1), (1, 1, 3), (7, 500), (30, 30, 3)])
def test_pictures_without_a_face_give_none(shape):
    assert detector("haar").detect(np.zeros(shape, np.uint8)) == []


def test_the_cascade_finds_a_face_in_gray_and_color(shared_data):
    image = read_image(shared_data / "images" / "skimage-astronaut.png")
    finder = detector("haar", smallest=40)
    (face,) = finder.detect(image)
    x, y = face.center_xy
    assert 190 < x < 250
    assert 80 < y < 150
    assert len(finder.detect(image[:, :, 1].copy())) == 1
    assert detector("haar", smallest=400).detect(image) == []


@pytest.mark.parametrize(
    ("options", "text"),
    [({"name": "yunett"}, "Did you mean 'yunet'"), ({"smallest": 0}, "at least 1"),
     ({"score": 3}, "from 0 to 1"), ({"longest_side": 5}, "at least 64"),
     ({"name": "none.onnx"}, "cannot read")],
)  # fmt: skip
def test_wrong_options_are_told(options, text):
    with pytest.raises(FaceError, match=text):
        detector(**options)


def test_what_is_no_picture_is_refused():
    with pytest.raises(ImageError, match="uint8"):
        detector("haar").detect(np.zeros((40, 40), np.float32))


@pytest.fixture
def models(shared_data, monkeypatch):
    monkeypatch.setenv("KANJIAN_MODELS", str(shared_data / "models"))


def test_yunet_finds_faces_with_landmarks(models, shared_data):
    image = read_image(shared_data / "images" / "skimage-astronaut.png")
    finder = detector("auto")
    (face,) = finder.detect(image)
    assert finder.name == "yunet"
    left, top, right, bottom = face.box_xyxy
    assert face.landmarks_xy.shape == (5, 2)
    assert ((face.landmarks_xy > [left, top]) & (face.landmarks_xy < [right, bottom])).all()
    # small and large, in shrunk, gray and bordered pictures it is the same face
    for size in (100, 250):
        import cv2

        small = cv2.resize(image, (size, size), interpolation=cv2.INTER_AREA)
        (other,) = detector("yunet", smallest=8).detect(small)
        np.testing.assert_allclose(np.array(other.center_xy) * 512 / size, face.center_xy, atol=12)
    assert len(finder.detect(image[:, :, 0].copy())) == 1


def test_two_hundred_faces_are_all_found(models, shared_data):
    import cv2

    face = read_image(shared_data / "images" / "skimage-astronaut.png")[40:200, 140:300]
    tile = cv2.resize(face, (72, 72), interpolation=cv2.INTER_AREA)
    crowd = np.tile(tile, (10, 20, 1))
    found = detector("yunet", smallest=16, longest_side=None).detect(crowd)
    assert len(found) == 200


class StandInMtcnn:
    """Finds one face in the middle half of whatever it is given."""

    def detect_faces(self, image):
        height, width = image.shape[:2]
        x, y, w, h = width // 4, height // 4, width // 2, height // 2
        points = {"left_eye": (x + w // 4, y), "right_eye": (x + w // 2, y),
                  "nose": (x + w // 3, y + h // 2), "mouth_left": (x, y + h),
                  "mouth_right": (x + w, y + h)}  # fmt: skip
        return [
            {"box": [x, y, w, h], "confidence": 0.99, "keypoints": points},
            {"box": [0, 0, w, h], "confidence": 0.5, "keypoints": points},
        ]


def test_mtcnn_speaks_in_the_coordinates_of_the_picture(monkeypatch):
    import sys
    from types import SimpleNamespace

    monkeypatch.setitem(sys.modules, "mtcnn", SimpleNamespace(MTCNN=StandInMtcnn))
    finder = detector("mtcnn", smallest=40, longest_side=400)
    (face,) = finder.detect(np.zeros((400, 800, 3), np.uint8))
    assert face.box_xyxy == (200, 100, 600, 300)
    assert face.landmarks_xy[0].tolist() == [300, 100]
    assert finder.detect(np.zeros((10, 10), np.uint8)) == []


def test_mtcnn_that_is_not_installed_is_told(monkeypatch):
    import sys

    from kanjian.errors import MissingExtraError

    monkeypatch.setitem(sys.modules, "mtcnn", None)
    with pytest.raises(MissingExtraError, match=r"pip install .*\[faces\]"):
        detector("mtcnn")


def test_a_file_that_is_another_is_refused(tmp_path, monkeypatch):
    monkeypatch.setenv("KANJIAN_MODELS", str(tmp_path))
    (tmp_path / "face_detection_yunet_2026may.onnx").write_bytes(b"something else")
    with pytest.raises(FaceError, match="not the published file"):
        detector("yunet")
    (tmp_path / "odd.onnx").write_bytes(b"something else")
    with pytest.raises(FaceError, match="is damaged, or no ONNX file"):
        detector(str(tmp_path / "odd.onnx"))


@pytest.mark.parametrize("open_network", [detector, embedder])
def test_a_network_of_strangers_that_asks_for_too_much_is_refused(tmp_path, open_network):
    pytest.importorskip("onnx")
    from hostile_onnx import hostile

    path = tmp_path / "odd.onnx"
    path.write_bytes(hostile("Tile"))
    with pytest.raises(FaceError, match=r"odd\.onnx computes 3e\+09 numbers for one picture"):
        open_network(str(path))
