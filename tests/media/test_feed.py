"""One way to frames: videos, cameras, addresses and pictures behave alike."""

import http.server
import threading

import numpy as np
import pytest

from kanjian.errors import VideoError
from kanjian.images.write import write_image
from kanjian.media.camera import Camera, without_password
from kanjian.media.choice import Choice
from kanjian.media.feed import is_live, natural, open_feed
from video_files import number_of, picture, write_clip

pytest.importorskip("av")


@pytest.fixture(scope="module")
def clip(tmp_path_factory):
    return write_clip(tmp_path_factory.mktemp("feed") / "clip.mp4", range(0, 1000, 40))


@pytest.fixture
def shots(tmp_path):
    for number in range(12):
        write_image(tmp_path / f"shot{number}.png", picture(number))
    return tmp_path


def numbers(feed):
    with feed as frames:
        return [number_of(frame.image) for frame in frames]


def test_pictures_of_a_folder_come_as_people_count(shots):
    with open_feed(shots, rate_fps=2) as feed:
        got = list(feed)
    assert [number_of(frame.image) for frame in got] == [number % 10 for number in range(12)]
    assert [frame.seconds for frame in got] == [number / 2 for number in range(12)]
    assert feed.note is None
    assert (feed.info.frames, feed.info.seconds, feed.live) == (12, 6.0, False)


def test_a_pattern_gives_what_matches(shots):
    assert numbers(open_feed(f"{shots}/shot1?.png")) == [0, 1]


@pytest.mark.parametrize(
    ("options", "indices"),
    [
        ({"step": 5}, [0, 5, 10]),
        ({"every": 1.0}, [0, 2, 4, 6, 8, 10]),
        ({"start": 2, "end": 3}, [4, 5]),
        ({"every": 2.0, "start": 0.6}, [2, 6, 10]),
    ],
)
def test_every_source_chooses_alike(shots, tmp_path, options, indices):
    with open_feed(shots, rate_fps=2, **options) as feed:
        assert [frame.index for frame in feed] == indices
    same = write_clip(tmp_path / "same.mp4", range(0, 6000, 500))
    with open_feed(same, **options) as feed:
        assert [frame.index for frame in feed] == indices


def test_a_damaged_picture_is_left_out_and_told(shots):
    (shots / "shot3.png").write_bytes(b"no picture")
    with open_feed(shots) as feed:
        got = [frame.index for frame in feed]
    assert got == [0, 1, 2, *range(4, 12)]
    assert "1 picture was left out" in feed.note
    assert "shot3.png" in feed.note


@pytest.mark.parametrize(
    ("spec", "sentence"),
    [
        ("none/*.png", "no picture matches the pattern"),
        ("none.mp4", "cannot read none.mp4"),
        ("http://127.0.0.1:9/a.mp4", "cannot open http://127.0.0.1:9/a.mp4"),
        ("rtsp://me:secret@127.0.0.1:9/a", "cannot open rtsp://127.0.0.1:9/a"),
    ],
)
def test_what_is_not_there_is_said_in_one_line(spec, sentence):
    with pytest.raises(VideoError, match=sentence.replace("*", r"\*")):
        open_feed(spec)


def test_a_folder_without_pictures_is_refused(tmp_path):
    with pytest.raises(VideoError, match="no pictures in the folder"):
        open_feed(tmp_path)
    (tmp_path / "a.png").write_bytes(b"")
    with pytest.raises(VideoError, match=r"no picture of .* can be read"):
        open_feed(tmp_path)


def test_a_camera_ends_with_a_note_when_it_goes_away(clip):
    """A file in place of the camera: the same code, and it goes away for certain."""
    with Camera(str(clip), Choice(), patience_s=0.05) as camera:
        got = list(camera)
    assert [number_of(frame.image) for frame in got] == [number % 10 for number in range(25)]
    assert "went away after 25 frames" in camera.note
    assert camera.live
    assert camera.info.size_hw == (48, 64)
    seconds = [frame.seconds for frame in got]
    assert seconds[0] == 0
    assert (np.diff(seconds) > 0).all()


@pytest.mark.parametrize(("color", "ndim"), [("gray", 2), ("rgb", 3), ("as-is", 3)])
def test_a_camera_gives_the_color_asked_for(clip, color, ndim):
    with Camera(str(clip), Choice(step=30), color, patience_s=0.05) as camera:
        assert next(camera).image.ndim == ndim


def test_an_address_is_read_over_the_network(clip):
    class Handler(http.server.SimpleHTTPRequestHandler):
        def __init__(self, *args):
            super().__init__(*args, directory=clip.parent)

        def log_message(self, *args):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        with open_feed(f"http://127.0.0.1:{server.server_port}/clip.mp4", step=5) as feed:
            assert feed.live
            assert [number_of(next(feed).image) for _ in range(5)] == [0, 5, 0, 5, 0]
    finally:
        server.shutdown()
        server.server_close()


def test_what_is_live():
    assert is_live("0")
    assert is_live("RTSP://x")
    assert not is_live("0.mp4")
    assert not is_live("shots")
    assert without_password("http://a/b@c") == "http://a/b@c"


def test_natural_order_reads_numbers(tmp_path):
    names = ["b", "a10", "a9", "A1", "a"]
    paths = sorted((tmp_path / name for name in names), key=natural)
    assert [path.name for path in paths] == ["a", "A1", "a9", "a10", "b"]
