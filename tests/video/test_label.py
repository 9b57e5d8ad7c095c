"""Annotated copies: same times, sound kept, the label of the moment."""

import numpy as np
import pytest

from kanjian.errors import VideoError
from kanjian.media.frames import read_frames, video_info
from kanjian.video.label import label_clip
from level_clips import LEVELS, write_levels
from video_files import write_clip

pytest.importorskip("av")


def test_times_stay_and_the_bar_shows_the_segments(recognizer, tmp_path):
    clip = write_levels(tmp_path / "a.mp4", [("dark", 3), ("bright", 3)], size_hw=(120, 160))
    heard = []
    done = label_clip(
        recognizer, clip, tmp_path / "b.mp4", progress=lambda *at: heard.append(at[0] / at[1])
    )
    before, after = list(read_frames(clip)), list(read_frames(tmp_path / "b.mp4"))
    assert [frame.seconds for frame in after] == [frame.seconds for frame in before]
    assert done.pictures == 60
    last = after[0].image[-2].astype(int)
    left, right = last[60:75].mean(axis=0), last[85:150].mean(axis=0)
    assert np.abs(left - right).max() > 60  # two colors, one for each half
    plate = after[0].image[4:12, 8:40].astype(int)
    assert np.abs(plate - LEVELS["dark"]).max() > 60
    middle = after[0].image[60, 80].astype(int)
    assert np.abs(middle - LEVELS["dark"]).max() < 8
    assert heard == sorted(heard)
    assert heard[-1] == pytest.approx(1, abs=0.05)


def test_sound_is_kept(recognizer, tmp_path):
    clip = write_clip(tmp_path / "a.mp4", range(0, 2000, 40), tone_s=2.0)
    label_clip(recognizer, clip, tmp_path / "b.mp4")
    assert video_info(tmp_path / "b.mp4").sound


def test_the_original_is_never_replaced(recognizer, tmp_path):
    clip = write_clip(tmp_path / "a.mp4", range(0, 400, 40))
    with pytest.raises(VideoError, match="would replace the clip"):
        label_clip(recognizer, clip, clip)
    with pytest.raises(VideoError, match="unknown suffix"):
        label_clip(recognizer, clip, tmp_path / "b.gif")
