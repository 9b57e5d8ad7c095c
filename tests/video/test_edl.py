"""Time codes count as editing programs do."""

from fractions import Fraction

import pytest

from kanjian.errors import VideoError
from kanjian.media.frame import VideoInfo
from kanjian.video.edl import edl_of, time_code
from kanjian.video.scenes import Scene, Scenes


def scenes_at(rate):
    info = VideoInfo((48, 64), rate, None, None, "h264", False, False)
    cut = float(150 / rate)
    scenes = (Scene(0, 150, 0.0, cut, b""), Scene(150, 150, cut, 2 * cut, b""))
    return Scenes("clips/看 a.mp4", info, scenes, None)


@pytest.mark.parametrize(("counted", "less"), [(30, 2), (60, 4)])
def test_drop_frame_leaves_out_two_numbers_a_minute_but_each_tenth(counted, less):
    rate, label = Fraction(1000 * counted, 1001), 0
    for frame in range(counted * 60 * 21):
        seconds, part = divmod(label, counted)
        if seconds % 60 == 0 and part < less and seconds // 60 % 10:
            label += less
            seconds, part = divmod(label, counted)
        shown = f"00:{seconds // 60:02d}:{seconds % 60:02d};{part:02d}"
        assert time_code(frame, rate, drop_frame=True) == shown
        label += 1


def test_an_hour_of_drop_frame_is_an_hour():
    frames = round(3600 * Fraction(30000, 1001))
    assert time_code(frames, Fraction(30000, 1001), drop_frame=True) == "01:00:00;00"
    assert time_code(frames, Fraction(30000, 1001)) == "00:59:56:12"


@pytest.mark.parametrize(
    ("rate", "code"),
    [(Fraction(25), "00:00:06:00"), (Fraction(24000, 1001), "00:00:06:06"),
     (Fraction(30000, 1001), "00:00:05:00"), (Fraction(60), "00:00:02:30")],
)  # fmt: skip
def test_events_go_from_cut_to_cut(rate, code):
    lines = edl_of(scenes_at(rate)).splitlines()
    assert lines[:3] == ["TITLE: ? a", "FCM: NON-DROP FRAME", ""]
    start = "00:00:00:00"
    assert lines[3] == f"001  AX       V     C        {start} {code} {start} {code}"
    assert lines[4] == "* FROM CLIP NAME: ? a.mp4"
    assert lines[5].split()[4] == code


def test_a_rate_no_list_knows_is_refused_and_can_be_told():
    with pytest.raises(VideoError, match=r"got 29\.4 of .*Say with --rate"):
        edl_of(scenes_at(Fraction(294, 10)))
    told = edl_of(scenes_at(Fraction(294, 10)), rate_fps=29.97, drop_frame=True)
    assert "FCM: DROP FRAME" in told
    with pytest.raises(VideoError, match="drop-frame is for"):
        edl_of(scenes_at(Fraction(25)), drop_frame=True)
