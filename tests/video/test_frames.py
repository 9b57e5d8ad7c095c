"""Frames as pictures: the right ones, named after their exact times, and kept come what may."""

import csv

import numpy as np
import pytest

from kanjian.errors import KanjianError, VideoError
from kanjian.images.decode import read_image
from kanjian.video import frames as room
from kanjian.video.frames import Choosing, extract_frames, stem_of
from kanjian.video.times import FrameRate
from level_clips import write_levels
from video_files import number_of, write_clip

pytest.importorskip("av")
UNEVEN = [0, 10, 50, 51, 200, 900, 905, 1500, 1501, 1502, 2400, 2900]


@pytest.fixture(scope="module")
def uneven(tmp_path_factory):
    return write_clip(tmp_path_factory.mktemp("帧") / "看 one.mkv", UNEVEN, key_every=4)


def test_names_and_table_hold_the_exact_times(uneven, tmp_path):
    done = extract_frames(uneven, tmp_path, suffix=".png")
    assert [path.name for path in done.files[:3]] == [
        "看 one-000000-00h00m00.000s.png",
        "看 one-000001-00h00m00.010s.png",
        "看 one-000002-00h00m00.050s.png",
    ]
    rows = list(csv.DictReader((tmp_path / "frames.csv").read_text("utf-8").splitlines()))
    assert [float(row["seconds"]) for row in rows] == [each / 1000 for each in UNEVEN]
    assert [number_of(read_image(path)) for path in done.files] == [
        number % 10 for number in range(12)
    ]


@pytest.mark.parametrize(
    ("choosing", "indices"),
    [
        (Choosing(FrameRate(step=5)), [0, 5, 10]),
        (Choosing(FrameRate(seconds=1.0)), [0, 7, 10]),
        (Choosing(start_s=0.9, end_s=1.6), [5, 6, 7, 8, 9]),
        (Choosing(limit=2), [0, 1]),
        (Choosing(FrameRate(seconds=1.0), start_s=0.05, limit=2), [2, 7]),
    ],
)
def test_which_frames(uneven, tmp_path, choosing, indices):
    done = extract_frames(uneven, tmp_path, choosing)
    assert [int(path.name.split("-")[1]) for path in done.files] == indices


def test_rotation_is_applied(tmp_path):
    clip = write_clip(tmp_path / "phone.mp4", [0, 40], rotation=90)
    done = extract_frames(clip, tmp_path / "out")
    assert read_image(done.files[0]).shape[:2] == (64, 48)


def test_the_first_frame_of_each_scene(tmp_path):
    clip = write_levels(tmp_path / "a.mp4", [("dark", 2), ("bright", 1.5), ("dark", 1)])
    done = extract_frames(clip, tmp_path / "out", Choosing(scenes=True))
    assert [int(path.name.split("-")[1]) for path in done.files] == [0, 20, 35]
    far = Choosing(FrameRate(seconds=3), scenes=True)
    assert len(extract_frames(clip, tmp_path / "far", far).files) == 2


def test_a_flash_is_no_scene(tmp_path):
    clip = write_levels(tmp_path / "a.mp4", [("dark", 2), ("bright", 0.1), ("dark", 1)])
    done = extract_frames(clip, tmp_path / "out", Choosing(scenes=True))
    assert len(done.files) <= 2  # the flash may begin a scene; what comes back does not


def test_ctrl_c_keeps_what_is_done(uneven, tmp_path, monkeypatch):
    plain, count = room.write_image, iter(range(100))

    def write(path, image):
        if next(count) == 3:
            raise KeyboardInterrupt
        plain(path, image)

    monkeypatch.setattr(room, "write_image", write)
    done = extract_frames(uneven, tmp_path)
    assert done.interrupted
    assert len(done.files) == 3 == len(list(tmp_path.glob("*.jpg")))
    assert len((tmp_path / "frames.csv").read_text(encoding="utf-8").splitlines()) == 4


def test_a_cut_file_gives_what_can_be_read_and_a_note(tmp_path):
    clip = write_clip(tmp_path / "a.mkv", range(0, 4000, 40))
    half = tmp_path / "half.mkv"
    half.write_bytes(clip.read_bytes()[: clip.stat().st_size // 2])
    done = extract_frames(half, tmp_path / "out")
    assert 5 < len(done.files) < 100
    assert done.note


def test_nothing_is_replaced_unasked_and_tables_grow(uneven, tmp_path):
    extract_frames(uneven, tmp_path, Choosing(limit=1))
    with pytest.raises(VideoError, match="is there already"):
        extract_frames(uneven, tmp_path, Choosing(limit=2))
    extract_frames(uneven, tmp_path, Choosing(start_s=2), replace=True)
    rows = list(csv.DictReader((tmp_path / "frames.csv").read_text("utf-8").splitlines()))
    assert [row["frame"] for row in rows] == ["0", "10", "11"]


def test_a_foreign_table_stays_as_it_is(uneven, tmp_path):
    (tmp_path / "frames.csv").write_text("my,own\n1,2\n")
    with pytest.raises(KanjianError, match="is no table of frames"):
        extract_frames(uneven, tmp_path, Choosing(limit=1))
    assert (tmp_path / "frames.csv").read_text() == "my,own\n1,2\n"


def test_no_frame_between_the_times_is_said(uneven, tmp_path):
    with pytest.raises(VideoError, match="not one frame between the times"):
        extract_frames(uneven, tmp_path, Choosing(start_s=60))
    with pytest.raises(VideoError, match="limit must be 1 or more"):
        extract_frames(uneven, tmp_path, Choosing(limit=0))


@pytest.mark.parametrize(
    ("spec", "stem"),
    [("a/b.mp4", "b"), ("7", "camera7"), ("shots/*.png", "shots"), ("rtsp://u:p@h/x", "rtsp-h-x")],
)
def test_files_are_called_after_their_source(spec, stem):
    assert stem_of(spec) == stem


def test_scenes_of_a_real_clip_are_where_it_was_cut(shared_data, tmp_path):
    """Three clips after each other: cuts at 2, 4 and nowhere else."""
    from kanjian.media.frame import Frame
    from kanjian.media.frames import read_frames
    from kanjian.video.scenes import scene_starts

    def joined():
        count = 0
        for name in ("sign-p1-again.mkv", "bikes.mp4", "realshort.mp4"):
            for frame in read_frames(shared_data / "videos" / name, end=1.1):
                yield Frame(count, count / 25, np.ascontiguousarray(frame.image[:240, :320]))
                count += 1

    all_frames = list(joined())
    starts = [frame.index for frame in scene_starts(all_frames)]
    lengths = [sum(1 for _ in read_frames(shared_data / "videos" / name, end=1.1))
               for name in ("sign-p1-again.mkv", "bikes.mp4")]  # fmt: skip
    assert starts == [0, lengths[0], sum(lengths)]
