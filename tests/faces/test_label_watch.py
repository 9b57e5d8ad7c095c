"""Names in pictures and videos, faces hidden, and the page of a camera."""

import json
import threading
import urllib.error
import urllib.request

import numpy as np
import pytest

from kanjian.errors import FaceError, VideoError
from kanjian.faces.board import Board
from kanjian.faces.draw import draw_name, hide
from kanjian.faces.events import Attendance, Event, Notice
from kanjian.faces.gallery import Gallery
from kanjian.faces.gallery_file import Enrolled
from kanjian.faces.identify import ByGallery, Match, identify
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


def told_by(stream, count):
    """So many server-sent events, each with its data as it was."""
    found = []
    while len(found) < count:
        lines = iter(stream.readline, b"\n")
        fields = dict(line.decode().strip().split(": ", 1) for line in lines if line[:1] != b":")
        if "event" in fields:
            found.append(fields | {"data": json.loads(fields["data"])})
    return found


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
        elsewhere = urllib.request.Request(address[0], headers={"Origin": "http://evil.example"})
        with pytest.raises(urllib.error.HTTPError, match="403"):
            urllib.request.urlopen(elsewhere)
        live = urllib.request.urlopen(address[0] + "events")
        assert live.headers["Content-Type"].startswith("text/event-stream")
        arrived, present = told_by(live, 3)[::2]
        assert {arrived["event"], present["event"]} == {"arrived", "present"}
        assert {each["who"] for each in present["data"]} == {"unknown", "小明"}
        since = urllib.request.Request(
            address[0] + "events", headers={"Last-Event-ID": arrived["id"]}
        )
        assert [each["event"] for each in told_by(urllib.request.urlopen(since), 2)] == [
            "arrived", "present"]  # fmt: skip
    finally:
        let_go.set()
        thread.join(20)
    assert [each["event"] for each in told_by(live, 3)] == ["left", "left", "end"]
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


def walk(*colors):
    """A camera before which somebody of each color stands for half a second; None: nobody."""
    for number, color in enumerate(color for color in colors for _ in range(5)):
        # large, so that who comes and goes is no cut
        shown = scene(*[(60, 60, 40, color)] if color else [], size_hw=(480, 640))
        yield Frame(number, number / 10, shown)


def test_who_comes_is_told_when_they_come_and_who_goes_when_they_went(matcher):
    told, frames = [], []

    def camera():
        for frame in walk(None, RED, *[None] * 3, GREEN):
            frames.append(frame.index)
            yield frame

    watch(camera(), Tracker(FINDER, matcher, keep=False), matcher, port=None,
          noticed=lambda notice: told.append((notice, frames[-1])))  # fmt: skip
    assert [f"{each.kind} {each.event.who}" for each, _ in told] == [
        "arrived 小明", "left 小明", "arrived unknown", "left unknown"]  # fmt: skip
    assert told[0][1] == 7  # in the third frame of a face
    assert told[0][0].record() | {"similarity": 1} == {
        "event": "arrived", "who": "小明", "from": 0.5, "to": None, "track": 1, "similarity": 1,
        "nearest": "小明"}  # fmt: skip
    assert told[1][0].record()["to"] == 0.9


def test_a_face_that_is_known_only_later_is_told_again():
    def event(who):
        return Event(who, 0.0, 1.0, 7, 0.5, "Ann")

    class Seen:
        frames, number, from_s, to_s = 3, 7, 0.0, 1.0

        def __init__(self, who):
            self.match = Match(who, "Ann", 0.5, None)

    attendance, kinds = Attendance(), []
    for who in ("unknown", "unknown", "Ann"):
        kinds += [(each.kind, each.event.who) for each in attendance.seen([Seen(who)])]
    kinds += [each.kind for each in attendance.left(event("Ann"))]
    assert kinds == [("arrived", "unknown"), ("named", "Ann"), "left"]
    assert [each.kind for each in attendance.left(event("Bo"))] == ["arrived", "left"]


def test_the_page_is_announced_once_the_camera_gives_pictures(matcher):
    said = []

    def camera():
        said.append("opened")
        yield Frame(0, 0.0, scene())

    def broken():
        raise VideoError("cannot open camera 9.")
        yield

    tracker = Tracker(FINDER, matcher, keep=False)
    watch(camera(), tracker, matcher, port=0, ready=said.append)
    assert said[0] == "opened"
    assert said[1].startswith("http://localhost:")
    with pytest.raises(VideoError, match="camera 9"):
        watch(broken(), tracker, matcher, port=0, ready=lambda _: pytest.fail("announced"))


def test_ids_of_another_run_are_not_taken_for_ours():
    board = Board()
    board.tell(Notice("arrived", Event("Ann", 0.0, 1.0, 1, 0.9, "Ann")))
    board.close()
    for last_id in ("", "before-1", "no number", "-"):
        assert any("event: arrived" in each for each in board.stream(last_id))
    own = next(each for each in board.stream() if "id: " in each).split()[1]
    assert [each.partition("\n")[0] for each in board.stream(own)] == [
        "retry: 2000", "event: present", "event: end"]  # fmt: skip
