"""Every picture of a video, at its time, upright; damage ends it with a note."""

import numpy as np
import pytest

from kanjian.errors import VideoError
from kanjian.media.frames import read_frames, video_info
from video_files import number_of, write_clip

pytest.importorskip("av")
EVEN = list(range(0, 2400, 40))  # 60 pictures, 25 a second
UNEVEN = [0, 10, 50, 51, 200, 900, 905, 1500, 1501, 1502, 2400, 2900]


@pytest.fixture(scope="module")
def clip(tmp_path_factory):
    return write_clip(tmp_path_factory.mktemp("视频 🎬") / "看 one.mp4", EVEN)


@pytest.fixture(scope="module")
def uneven(tmp_path_factory):
    return write_clip(tmp_path_factory.mktemp("v") / "uneven.mkv", UNEVEN, key_every=4)


def test_all_pictures_come_in_order_with_their_own_time(clip):
    with read_frames(clip) as frames:
        got = list(frames)
    assert [frame.index for frame in got] == list(range(60))
    assert [frame.seconds for frame in got] == [stamp / 1000 for stamp in EVEN]
    assert [number_of(frame.image) for frame in got] == [number % 10 for number in range(60)]
    assert frames.note is None


def test_variable_rates_keep_every_time(uneven):
    times = [frame.seconds for frame in read_frames(uneven)]
    np.testing.assert_allclose(times, np.array(UNEVEN) / 1000, atol=1e-9)


@pytest.mark.parametrize("start", [0, 0.04, 0.3, 0.479, 0.48, 0.481, 1.0, 2.3, 2.36])
@pytest.mark.parametrize("name", ["clip", "uneven"])
def test_starting_later_gives_the_same_pictures_as_reading_all(name, start, request):
    path = request.getfixturevalue(name)
    wanted = [frame for frame in read_frames(path) if frame.seconds >= start]
    got = list(read_frames(path, start=start))
    assert [(frame.index, frame.seconds) for frame in got] == [
        (frame.index, frame.seconds) for frame in wanted
    ]
    assert all((a.image == b.image).all() for a, b in zip(got, wanted, strict=True))


@pytest.mark.parametrize("start", [0, 0.04, 0.479, 0.48, 0.481, 1.0, 2.36, 9.0])
@pytest.mark.parametrize("name", ["clip", "uneven"])
def test_jumping_gives_the_same_pictures_at_the_same_times(name, start, request):
    path = request.getfixturevalue(name)
    wanted = list(read_frames(path, start=start))
    got = list(read_frames(path, start=start, seek=True))
    assert [frame.seconds for frame in got] == [frame.seconds for frame in wanted]
    assert all((a.image == b.image).all() for a, b in zip(got, wanted, strict=True))
    if name == "clip":  # its rate is constant, so reckoned numbers are right
        assert [frame.index for frame in got] == [frame.index for frame in wanted]


@pytest.mark.parametrize("suffix", [".ts", ".avi", ".h264", ".mpg"])
def test_jumping_works_or_reads_on_in_formats_without_a_table(suffix, tmp_path):
    # MPEG's program streams are its own: others than its own codecs lose pictures in them
    codec = {".mpg": "mpeg2video"}.get(suffix, "libx264")
    path = write_clip(tmp_path / f"a{suffix}", EVEN, codec=codec)
    wanted = [(frame.seconds, number_of(frame.image)) for frame in read_frames(path, start=1.3)]
    got = [
        (frame.seconds, number_of(frame.image)) for frame in read_frames(path, start=1.3, seek=True)
    ]
    assert got == wanted
    assert len(got) > 20


def test_a_time_between_is_one_past_the_end_excluded(clip):
    got = list(read_frames(clip, start=0.4, end=0.8))
    assert [frame.index for frame in got] == list(range(10, 20))


@pytest.mark.parametrize(
    ("options", "indices"),
    [
        ({"every": 0.5}, [0, 13, 25, 38, 50]),
        ({"every": 1.0, "start": 0.3}, [8, 33, 58]),
        ({"step": 25}, [0, 25, 50]),
        ({"every": 0.1, "end": 0.5}, [0, 3, 5, 8, 10]),
        ({"every": 0.01, "end": 0.2}, [0, 1, 2, 3, 4]),
    ],
)
def test_some_pictures_are_the_first_at_or_after_their_time(clip, options, indices):
    got = list(read_frames(clip, **options))
    assert [frame.index for frame in got] == indices
    assert [number_of(frame.image) for frame in got] == [index % 10 for index in indices]


def test_a_sparse_reading_decodes_only_what_it_needs(clip, monkeypatch):
    from kanjian.media import decode

    fed = []
    plain = decode.Decoder._frames
    monkeypatch.setattr(
        decode.Decoder,
        "_frames",
        lambda self, packet: fed.append(packet) or plain(self, packet),
    )
    assert [frame.index for frame in read_frames(clip, start=2.0)] == list(range(50, 60))
    assert len(fed) < 20  # not 60: two for the first look, and from key frame 48 on


# counterclockwise, as FFmpeg counts; where the white corner of `picture` goes
@pytest.mark.parametrize(
    ("rotation", "mirrored", "corner"),
    [
        (0, False, "top left"),
        (-90, False, "top right"),
        (90, False, "bottom left"),
        (180, False, "bottom right"),
        (0, True, "top right"),
    ],
)
def test_rotation_and_mirroring_are_applied(tmp_path, rotation, mirrored, corner):
    path = write_clip(tmp_path / "phone.mp4", [0, 40], rotation=rotation, mirrored=mirrored)
    frame = next(read_frames(path))
    size_hw = (64, 48) if rotation in (90, -90) else (48, 64)
    assert frame.image.shape[:2] == video_info(path).size_hw == size_hw
    where = {
        "top left": (2, 2),
        "top right": (2, -3),
        "bottom left": (-3, 2),
        "bottom right": (-3, -3),
    }
    bright = {name: frame.image[place].mean() > 200 for name, place in where.items()}
    assert bright == {name: name == corner for name in where}


def test_time_begins_with_the_video_whatever_its_clock_says(tmp_path):
    path = write_clip(tmp_path / "broadcast.ts", EVEN, first_ms=7_200_000)
    times = [frame.seconds for frame in read_frames(path)]
    np.testing.assert_allclose(times, np.array(EVEN) / 1000, atol=1e-4)
    assert [frame.index for frame in read_frames(path, start=2.0)] == list(range(50, 60))


def test_what_a_video_says_of_itself(tmp_path, clip):
    info = video_info(clip)
    assert (info.size_hw, info.frames, info.codec, info.sound) == ((48, 64), 60, "h264", False)
    assert (float(info.rate_fps), info.seconds) == (25, 2.4)
    assert video_info(write_clip(tmp_path / "a.mp4", EVEN, tone_s=1)).sound


@pytest.mark.parametrize(
    ("color", "shape"), [("rgb", (48, 64, 3)), ("gray", (48, 64)), ("as-is", (48, 64, 3))]
)
def test_color_as_asked(clip, color, shape):
    assert next(read_frames(clip, color=color)).image.shape == shape


def test_a_file_cut_short_gives_what_is_there_and_a_note(tmp_path, uneven):
    whole = write_clip(tmp_path / "whole.mkv", EVEN)
    content = whole.read_bytes()
    (tmp_path / "cut.mkv").write_bytes(content[: len(content) * 6 // 10])
    frames = read_frames(tmp_path / "cut.mkv")
    got = list(frames)
    assert 10 < len(got) < 55
    assert [frame.index for frame in got] == list(range(len(got)))
    assert "cut.mkv: it ends after" in frames.note


def test_damage_in_the_middle_does_not_end_it(tmp_path):
    path = write_clip(tmp_path / "hurt.mp4", EVEN, size_hw=(96, 128))
    content = bytearray(path.read_bytes())
    start = content.index(b"mdat")
    middle = start + int.from_bytes(content[start - 4 : start], "big") // 2
    content[middle : middle + 200] = bytes(200)
    path.write_bytes(content)
    frames = read_frames(path)
    got = list(frames)
    assert 40 < len(got) < 60
    assert got[-1].seconds == pytest.approx(2.36)
    assert "damaged pictures were left out" in frames.note


@pytest.mark.parametrize("content", [b"", b"no video at all, only words", bytes(3000)])
def test_what_is_no_video_is_one_clear_error(tmp_path, content):
    path = tmp_path / "no.mp4"
    path.write_bytes(content)
    with pytest.raises(VideoError, match=r"cannot read .*no\.mp4"):
        read_frames(path)


def test_a_file_of_sound_only_has_no_pictures(tmp_path):
    import av

    path = tmp_path / "song.wav"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("pcm_s16le", rate=8000, layout="mono")
        frame = av.AudioFrame.from_ndarray(
            np.zeros((1, 800), np.int16), format="s16", layout="mono"
        )
        frame.sample_rate = 8000
        container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    with pytest.raises(VideoError, match="holds no moving pictures"):
        video_info(path)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"every": 0}, "every and step must be positive"),
        ({"step": 0}, "every and step must be positive"),
        ({"start": 2, "end": 2}, "end must lie after start"),
        ({"color": "grey"}, "Did you mean 'gray'"),
    ],
)
def test_options_that_make_no_sense(clip, options, words):
    with pytest.raises(VideoError, match=words):
        read_frames(clip, **options)


@pytest.mark.shared_data
@pytest.mark.parametrize(
    "name", ["sign-p1-again.mkv", "carphone_pristine.mp4", "three-people-walking.gif"]
)
def test_real_videos_from_the_middle(shared_data, name):
    path = shared_data / "videos" / name
    whole = [(frame.index, frame.seconds) for frame in read_frames(path, end=2.5)]
    assert len(whole) >= 30
    for start in (0.5, 2.2):
        got = [(frame.index, frame.seconds) for frame in read_frames(path, start=start, end=2.5)]
        assert got == [pair for pair in whole if pair[1] >= start]
