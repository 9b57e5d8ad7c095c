"""What is written comes back: pictures, times, sound; whole or not at all."""

from fractions import Fraction

import numpy as np
import pytest

from kanjian.errors import ImageError, KanjianError, VideoError
from kanjian.media.encode import write_video
from kanjian.media.frames import read_frames, video_info
from video_files import number_of, picture, write_clip

pytest.importorskip("av")


def sound_of(path):
    """Codec, seconds and loudest moment of the sound."""
    import av

    with av.open(str(path)) as container:
        (stream,) = container.streams.audio
        parts = [frame.to_ndarray() for frame in container.decode(stream)]
        samples = np.concatenate([part.astype(float).ravel() for part in parts])
        return stream.codec_context.name, samples.size / stream.codec_context.sample_rate, samples


@pytest.mark.parametrize("suffix", [".mp4", ".mkv", ".mov", ".M4V"])
def test_pictures_come_back_in_order_at_their_times(tmp_path, suffix):
    path = tmp_path / f"看见 🎬{suffix}"
    with write_video(path, size_hw=(48, 64), rate_fps=Fraction(30000, 1001)) as video:
        for number in range(20):
            video.write(picture(number))
    got = list(read_frames(path))
    assert [number_of(frame.image) for frame in got] == [number % 10 for number in range(20)]
    expected = np.arange(20) * 1001 / 30000
    np.testing.assert_allclose([frame.seconds for frame in got], expected, atol=6e-4)
    assert list(tmp_path.iterdir()) == [path]


def test_uneven_times_are_kept(tmp_path):
    times = [0, 0.01, 0.5, 0.51, 2.0, 2.001]
    with write_video(tmp_path / "a.mp4", size_hw=(48, 64), rate_fps=25) as video:
        for number, seconds in enumerate(times):
            video.write(picture(number), seconds=seconds)
    got = [frame.seconds for frame in read_frames(tmp_path / "a.mp4")]
    np.testing.assert_allclose(got, times, atol=1e-4)


@pytest.mark.parametrize("size_hw", [(48, 64), (720, 96)])
def test_colors_are_kept_to_a_level_or_two(tmp_path, size_hw):
    image = np.empty((*size_hw, 3), np.uint8)
    image[:, :48], image[:, 48:] = (200, 100, 50), (20, 130, 240)
    with write_video(tmp_path / "a.mp4", size_hw=size_hw, rate_fps=25, quality=4) as video:
        video.write(image)
    got = next(read_frames(tmp_path / "a.mp4")).image.astype(int)
    inside = np.abs(got - image)[:, [*range(4, 44), *range(52, 60)]]
    assert inside.max() <= 3
    assert inside.mean() < 1


def test_odd_sides_get_their_last_row_twice_and_gray_stays_gray(tmp_path):
    image = np.tile(np.arange(0, 210, 10, np.uint8), (33, 1))
    with write_video(tmp_path / "a.mkv", size_hw=image.shape, rate_fps=10, quality=4) as video:
        video.write(image)
    got = next(read_frames(tmp_path / "a.mkv")).image
    assert got.shape == (34, 22, 3)
    assert np.ptp(got.astype(int), axis=2).max() <= 1
    assert np.abs(got[:33, :21, 0].astype(int) - image).mean() < 3


@pytest.mark.parametrize(
    ("source", "target", "codec"),
    [
        ("a.mp4", "b.mp4", "aac"),
        ("a.mp4", "b.mkv", "aac"),
        ("a.mkv", "b.mov", "aac"),
        ("pcm.mkv", "b.mp4", "aac"),
        ("pcm.mkv", "b.mkv", "pcm_s16le"),
    ],
)
def test_sound_goes_along_whole(tmp_path, source, target, codec):
    name = "pcm_s16le" if source.startswith("pcm") else "aac"
    clip = write_clip(tmp_path / source, range(0, 1500, 40), tone_s=1.5, sound_codec=name)
    with (
        read_frames(clip) as frames,
        write_video(tmp_path / target, size_hw=(48, 64), rate_fps=25, sound_from=clip) as video,
    ):
        for frame in frames:
            video.write(frame.image, seconds=frame.seconds)
    assert video.note is None
    assert video_info(tmp_path / target).sound
    before, after = sound_of(clip), sound_of(tmp_path / target)
    assert after[0] == codec
    assert after[1] == pytest.approx(before[1], abs=0.06)
    assert after[2].std() == pytest.approx(
        before[2].std() / (1 if name == codec else 2**15), rel=0.1
    )


def test_sound_stays_in_step_where_the_clock_begins_late(tmp_path):
    import av

    clip = write_clip(tmp_path / "a.ts", range(0, 1500, 40), tone_s=1.5, first_ms=60_000)
    with write_video(tmp_path / "b.mp4", size_hw=(48, 64), rate_fps=25, sound_from=clip) as video:
        for frame in read_frames(clip):
            video.write(frame.image, seconds=frame.seconds)
    with av.open(str(tmp_path / "b.mp4")) as container:
        starts = [float(each.start_time * each.time_base) for each in container.streams]
    assert np.abs(starts).max() < 0.1


def test_a_source_without_sound_gives_none(tmp_path):
    clip = write_clip(tmp_path / "a.mp4", [0, 40])
    with write_video(tmp_path / "b.mp4", size_hw=(48, 64), rate_fps=25, sound_from=clip) as video:
        video.write(picture(0))
    assert not video_info(tmp_path / "b.mp4").sound


def test_an_error_on_the_way_leaves_what_was_there(tmp_path):
    path = tmp_path / "a.mp4"
    path.write_bytes(b"old")
    with (
        pytest.raises(RuntimeError, match="stop"),
        write_video(path, size_hw=(48, 64), rate_fps=25) as video,
    ):
        video.write(picture(0))
        raise RuntimeError("stop")
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_no_picture_no_video(tmp_path):
    with pytest.raises(VideoError, match="at least one picture"):  # noqa: SIM117
        with write_video(tmp_path / "a.mp4", size_hw=(48, 64), rate_fps=25):
            pass
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"path": "a.avi"}, "unknown suffix '.avi'"),
        ({"size_hw": (0, 64)}, "must be positive"),
        ({"rate_fps": 0}, "must be positive"),
        ({"quality": 52}, "quality from 0 to 51"),
        ({"sound_from": "nowhere.mp3"}, "cannot read nowhere.mp3"),
    ],
)
def test_impossible_wishes(tmp_path, options, words):
    given = {"path": "a.mp4", "size_hw": (48, 64), "rate_fps": 25} | options
    path = tmp_path / given.pop("path")
    with pytest.raises(KanjianError, match=words), write_video(path, **given):
        pass


def test_pictures_must_fit(tmp_path):
    with (
        pytest.raises(VideoError, match=r"are \(48, 64\), got \(64, 48\)"),
        write_video(tmp_path / "a.mp4", size_hw=(48, 64), rate_fps=25) as video,
    ):
        video.write(np.zeros((64, 48), np.uint8))
    with (
        pytest.raises(ImageError, match="must be"),
        write_video(tmp_path / "a.mp4", size_hw=(48, 64), rate_fps=25) as video,
    ):
        video.write(np.zeros((48, 64)))
