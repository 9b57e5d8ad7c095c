"""Cut lists: read back as written, edited by hand, rendered to the frame and the sample."""

import itertools
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kanjian.errors import KanjianError, VideoError
from kanjian.images.decode import read_image
from kanjian.media.frames import read_frames, video_info
from kanjian.video.cuts import Cut, check_cuts, padded, read_cuts, render_cuts, write_cuts
from video_files import number_of, write_clip

av = pytest.importorskip("av")


@pytest.fixture(scope="module")
def clip(tmp_path_factory):
    """Pictures that tell their number, 25 a second, and a tone from 1 s on."""
    path = tmp_path_factory.mktemp("cuts") / "看.mp4"
    return write_clip(path, range(0, 4000, 40), tone_s=4.0)


def sound_of(path):
    with av.open(str(path)) as container:
        resampler = av.AudioResampler(format="fltp", layout="mono", rate=48000)
        parts = [
            part.to_ndarray()[0]
            for frame in container.decode(audio=0)
            for part in resampler.resample(frame)
        ]
    return np.concatenate(parts)


def test_a_list_reads_back_as_written(clip, tmp_path):
    cuts = [Cut(clip, 0.25, 1.5, "one, two"), Cut(clip, 3.0, 4.125)]
    write_cuts(tmp_path / "a.csv", cuts)
    assert read_cuts(tmp_path / "a.csv") == [
        Cut(clip, 0.25, 1.5, "one, two"),
        Cut(clip, 3.0, 4.125),
    ]


def test_a_list_moves_along_with_its_clips(tmp_path):
    clip = write_clip(tmp_path / "a.mp4", [0, 40])
    write_cuts(tmp_path / "a.csv", [Cut(clip, 0, 1)])
    assert "a.mp4,00:00:00.000,00:00:01.000," in (tmp_path / "a.csv").read_text()
    moved = tmp_path / "moved"
    moved.mkdir()
    (tmp_path / "a.csv").rename(moved / "a.csv")
    assert read_cuts(moved / "a.csv")[0].clip == moved / "a.mp4"


def test_what_people_type_and_spreadsheets_write(tmp_path):
    table = tmp_path / "a.csv"
    table.write_bytes("\ufeffClip; From ;To\r\nb.mp4;1:05;1:10.5\r\n\r\n#b.mp4;0;1\r\n".encode())
    assert read_cuts(table) == [Cut(tmp_path / "b.mp4", 65, 70.5)]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "must have the columns clip, from and to, got none"),
        ("a,b\n1,2\n", "must have the columns"),
        ("clip,from,to\n", "holds no cut"),
        ("clip,from,to\na.mp4,2,1\n", "line 2: to must lie after from, got 2 to 1"),
        ("clip,from,to\na.mp4,2,soon\n", "line 2: a time must be like"),
        ("clip,from,to\na.mp4,2\n", "line 2: a time must be like"),
    ],
)
def test_what_is_no_list_is_refused_with_its_line(tmp_path, text, sentence):
    table = tmp_path / "a.csv"
    table.write_text(text)
    with pytest.raises(VideoError, match=sentence):
        read_cuts(table)


@given(
    st.lists(st.tuples(st.floats(0, 50), st.floats(0.1, 9)), max_size=6),
    st.floats(0, 3), st.floats(0, 3),
)  # fmt: skip
def test_padding_keeps_all_and_leaves_no_small_gap(stretches, pad, join):
    stretches = [(start, start + length) for start, length in stretches]
    made = padded(stretches, pad_s=pad, join_s=join, end_s=60)
    assert all(any(a <= start and end <= b for a, b in made) for start, end in stretches)
    assert all(b[0] - a[1] > join for a, b in itertools.pairwise(made))
    assert padded(stretches, pad_s=0, join_s=0, end_s=None) == padded(
        padded(stretches, pad_s=0, join_s=0, end_s=None), pad_s=0, join_s=0, end_s=None
    )


def test_pictures_are_those_of_the_cuts_at_their_times(clip, tmp_path):
    cuts = [Cut(clip, 1.0, 1.4), Cut(clip, 0.2, 0.6), Cut(clip, 3.8, 9.0)]
    done = render_cuts(cuts, tmp_path / "out.mp4", sheet=tmp_path / "sheet.jpg")
    frames = list(read_frames(tmp_path / "out.mp4"))
    wanted = [*range(25, 35), *range(5, 15), *range(95, 100)]
    assert [number_of(frame.image) for frame in frames] == [number % 10 for number in wanted]
    assert [frame.seconds for frame in frames] == pytest.approx(np.arange(25) * 0.04, abs=1e-4)
    assert done.pictures == 25
    assert done.seconds == pytest.approx(1.0, abs=0.001)
    assert done.cuts[-1].to_s == pytest.approx(4.0, abs=0.001)
    assert read_image(tmp_path / "sheet.jpg").ndim == 3


def test_sound_is_cut_to_the_sample(clip, tmp_path):
    """The tone is a sine; each cut begins at its own phase, right after the one before."""
    render_cuts([Cut(clip, 1.0, 2.0), Cut(clip, 0.5, 1.0)], tmp_path / "out.mkv")
    heard, whole = sound_of(tmp_path / "out.mkv"), sound_of(clip)
    assert len(heard) == pytest.approx(72_000, abs=2100)
    for begin, source in ((4800, 1.1), (48_000 + 4800, 0.6)):
        mine = heard[begin : begin + 9600]
        best = max(
            (float(np.corrcoef(mine, whole[at : at + 9600])[0, 1]), lag)
            for lag in range(-40, 41)
            for at in [round(source * 48000) + lag]
        )
        assert best[0] > 0.99
    assert np.abs(heard[48_000 - 100 : 48_000]).max() < np.abs(heard).max()  # faded, no click


def test_a_clip_without_sound_is_silent_between_others(clip, tmp_path):
    mute = write_clip(tmp_path / "mute.mp4", range(0, 2000, 40))
    render_cuts([Cut(clip, 0, 1), Cut(mute, 0, 1), Cut(clip, 1, 2)], tmp_path / "out.mp4")
    heard = sound_of(tmp_path / "out.mp4")
    loud = [float(np.abs(heard[at : at + 24_000]).mean()) for at in (12_000, 60_000, 108_000)]
    assert loud[1] < 0.01 * loud[0]
    assert loud[2] == pytest.approx(loud[0], rel=0.1)
    render_cuts([Cut(mute, 0, 1)], tmp_path / "still.mp4")
    assert not video_info(tmp_path / "still.mp4").sound


def test_a_clip_of_another_size_is_fitted(clip, tmp_path):
    other = write_clip(tmp_path / "b.mp4", range(0, 400, 40), size_hw=(96, 96))
    render_cuts([Cut(clip, 0, 0.2), Cut(other, 0, 0.2)], tmp_path / "out.mp4")
    assert {frame.image.shape[:2] for frame in read_frames(tmp_path / "out.mp4")} == {(48, 64)}


@pytest.mark.parametrize(
    ("cuts", "sentence"),
    [
        ([], "there is nothing to join"),
        ([(3, 2)], "a piece must end after it begins"),
        ([(5, 6)], "is 0:04.0 long, but a cut begins at 0:05.0"),
        ([(1.001, 1.002)], "has no picture from"),
    ],
)
def test_cuts_that_cannot_be_are_refused_and_nothing_is_left(clip, tmp_path, cuts, sentence):
    with pytest.raises(VideoError, match=sentence):
        render_cuts([Cut(clip, *each) for each in cuts], tmp_path / "out.mp4")
    assert not list(tmp_path.iterdir())


def test_a_clip_is_never_replaced_by_what_is_made_of_it(clip, tmp_path):
    with pytest.raises(VideoError, match="would replace a clip"):
        render_cuts([Cut(clip, 0, 1)], clip)
    with pytest.raises(KanjianError, match="there is no clip"):
        check_cuts([Cut(Path("nowhere.mp4"), 0, 1)])
