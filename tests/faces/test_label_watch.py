"""Names in pictures and videos, faces hidden, and the page of a camera."""

import json
import threading
import urllib.error
import urllib.request

import numpy as np
import pytest

from kanjian.errors import FaceError
from kanjian.faces.draw import draw_name, hide
from kanjian.faces.gallery import Gallery
from kanjian.faces.gallery_file import Enrolled
from kanjian.faces.identify import ByGallery, identify
from kanjian.faces.label import LabelStyle, label_picture, label_video, labeled_frames
from kanjian.faces.tracks import Tracker
from kanjian.faces.watch import watch
from kanjian.images import read_image, write_image
from kanjian.images.draw import text_plate
from kanjian.media.encode import write_video
from kanjian.media.frame import Frame
from kanjian.media.frames import read_frames, video_info
from stand_in_faces import BLUE, GREEN, RED, ColorNetwork, SquareFinder, scene

NETWORK, FINDER = ColorNetwork(), SquareFinder()


@pytest.fixture
def matcher(tmp_path):
    gallery = Gallery.create(tmp_path / "g", embedder="colors", sha256="c0ffee")
    row = NETWORK.embed(np.full((1, 112, 112, 3), RED, np.uint8))[0]
    gallery.add([Enrolled("小明", "1", "", row)])
    return ByGallery(gallery, NETWORK, threshold=0.9)


def is_red(image, box):
    left, top, right, bottom = box
    return (np.abs(image[top:bottom, left:right].astype(int) - RED).max(-1) < 60).mean()


def test_every_face_of_a_picture_is_named(matcher):
    found = identify(scene((10, 60, 40, RED), (100, 60, 40, BLUE)), FINDER, matcher)
    assert {each.match.name for each in found} == {"小明", "unknown"}
    assert identify(scene(), FINDER, matcher) == []


def test_a_labeled_picture_differs_at_box_and_plate_alone(tmp_path, matcher):
    source = tmp_path / "in.png"
    write_image(source, scene((60, 60, 40, RED)))
    label_picture(source, tmp_path / "out.png", FINDER, matcher)
    before, after = read_image(source), read_image(tmp_path / "out.png")
    changed = (before != after).any(-1)
    assert changed[60:62, 60:100].all()
    assert changed[40:58, 62:80].any()  # the plate above
    assert not changed[66:96, 66:96].any()  # the face itself
    assert not changed[:, :40].any()


def test_a_chinese_name_is_drawn_and_not_a_row_of_boxes():
    assert text_plate("看").tobytes() != text_plate("见").tobytes()
    assert text_plate("a" * 300, most=100).shape[1] <= 100


@pytest.mark.parametrize("box", [(-20, -20, 20, 20), (140, 100, 200, 160), (5, 0, 15, 9)])
def test_boxes_at_the_border_are_drawn(box):
    image = scene()
    draw_name(image, box, "小明", (1, 2, 3))
    hide(image, box)
    assert image.shape == (120, 160, 3)


def test_unknown_faces_are_hidden_in_every_frame_and_known_ones_in_none(matcher):
    squares = np.random.default_rng(0).integers(0, 2, (30, 30)).astype(bool)

    def face(image, x, color):
        part = image[40:70, x : x + 30]
        part[squares] = color
        part[~squares] = np.array(color) * 0.85

    frames = []
    for number in range(20):
        image = scene()
        face(image, 20, RED)
        face(image, 100, BLUE)
        frames.append(Frame(number, number / 10, image))

    class Forgetful(SquareFinder):
        calls = 0

        def detect(self, image):
            self.calls += 1
            found = super().detect(image)
            return found if self.calls not in (1, 7, 8, 20) else []

    tracker = Tracker(Forgetful(), matcher)
    drawn = list(
        labeled_frames(frames, tracker, matcher, LabelStyle(blur_unknown=True, draw=False))
    )
    assert [frame.index for frame in drawn] == list(range(20))
    for before, after in zip(frames, drawn, strict=True):
        stranger = after.image[45:65, 105:125].astype(int)
        assert stranger.std(axis=(0, 1)).max() < 10, after.index
        np.testing.assert_array_equal(after.image[40:70, 20:50], before.image[40:70, 20:50])


def test_nothing_of_a_face_stays_after_a_cut(matcher):
    shown, gone = scene((60, 60, 40, RED)), np.full((120, 160, 3), 20, np.uint8)
    frames = [Frame(n, n / 10, shown if n < 10 else gone) for n in range(20)]
    style = LabelStyle(blur_unknown=True)
    drawn = list(labeled_frames(frames, Tracker(FINDER, matcher), matcher, style))
    assert [(frame.image != shown).any() for frame in drawn[:10]] == [True] * 10
    assert [(frame.image != gone).any() for frame in drawn[10:]] == [False] * 10


def test_keep_hides_known_people_too(tmp_path, matcher):
    source = tmp_path / "in.png"
    write_image(source, scene((60, 60, 40, RED)))
    style = LabelStyle(blur_unknown=True, keep=frozenset({"Ann"}), draw=False)
    label_picture(source, tmp_path / "out.png", FINDER, matcher, style)
    assert (read_image(source) != read_image(tmp_path / "out.png")).any()


@pytest.fixture
def clip(tmp_path):
    path = tmp_path / "in" / "clip.mp4"
    with write_video(path, size_hw=(120, 160), rate_fps=10, quality=5) as video:
        for number in range(15):
            video.write(scene((20 + 2 * number, 50, 40, RED), (110, 50, 36, BLUE)))
    return path


def test_a_video_keeps_its_frames_and_times_and_gets_names(tmp_path, clip, matcher):
    seen = []
    done = label_video(clip, tmp_path / "o.mp4", FINDER, matcher,
                       progress=lambda at, total: seen.append((at, total)))  # fmt: skip
    assert done.pictures == 15
    assert video_info(tmp_path / "o.mp4").frames == 15
    assert seen[-1] == (15, 15)
    assert sorted(event.who for event in done.events) == ["unknown", "小明"]
    with read_frames(clip) as before, read_frames(tmp_path / "o.mp4") as after:
        pairs = list(zip(before, after, strict=True))
    assert all(one.seconds == other.seconds for one, other in pairs)
    # the name is there from the first frame on
    plate = pairs[0][1].image[34:48, 20:50].astype(int) - pairs[0][0].image[34:48, 20:50]
    assert np.abs(plate).mean() > 20


def test_a_video_does_not_replace_itself(clip, matcher):
    with pytest.raises(FaceError, match="would replace"):
        label_video(clip, clip, FINDER, matcher)


def test_the_page_shows_the_camera_to_this_machine_alone(matcher):
    shown, let_go, told = threading.Event(), threading.Event(), []
    address = []

    def camera():
        for number in range(6):
            yield Frame(number, number / 10, scene((60, 60, 40, RED), (10, 5, 20, GREEN)))
        shown.set()
        assert let_go.wait(20)

    def run():
        watch(camera(), Tracker(FINDER, matcher, keep=False), matcher, port=0,
              heard=told.append, ready=address.append)  # fmt: skip

    thread = threading.Thread(target=run)
    thread.start()
    assert shown.wait(20)
    try:
        page = urllib.request.urlopen(address[0]).read()
        assert b"stream" in page
        with urllib.request.urlopen(address[0] + "stream") as stream:
            first = stream.read(3000)
        assert b"Content-Type: image/jpeg" in first
        assert b"\xff\xd8" in first
        strange = urllib.request.Request(address[0], headers={"Host": "evil.example"})
        with pytest.raises(urllib.error.HTTPError, match="403"):
            urllib.request.urlopen(strange)
        with pytest.raises(urllib.error.HTTPError, match="404"):
            urllib.request.urlopen(address[0] + "etc/passwd")
        assert json.loads(urllib.request.urlopen(address[0] + "events").read()) == []
    finally:
        let_go.set()
        thread.join(20)
    assert sorted(event.who for event in told) == ["unknown", "小明"]
    assert told[0].record()["from"] == 0


def test_a_port_in_use_is_told(matcher):
    import socket

    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(FaceError, match="--port"):
            watch([], Tracker(FINDER, matcher), matcher, port=port)


def test_who_is_there_at_an_interruption_is_told(matcher):
    def camera():
        for number in range(5):
            yield Frame(number, number / 10, scene((60, 60, 40, RED)))
        raise KeyboardInterrupt

    told = []
    with pytest.raises(KeyboardInterrupt):
        watch(camera(), Tracker(FINDER, matcher), matcher, port=None, heard=told.append)
    assert [event.who for event in told] == ["小明"]
