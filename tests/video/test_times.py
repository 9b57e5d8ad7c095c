"""Times typed and shown."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kanjian.errors import VideoError
from kanjian.video.times import FrameRate, clock, file_stamp, frame_rate_of, seconds_of, stamp


@given(st.integers(0, 359_999_999))
def test_a_stamp_reads_back_to_the_millisecond(milliseconds):
    assert seconds_of(stamp(milliseconds / 1000, ".")) == pytest.approx(milliseconds / 1000)


@given(st.floats(0, 1e5), st.floats(0, 1e5))
def test_file_stamps_sort_by_time(one, other):
    if file_stamp(one) < file_stamp(other):
        assert one < other


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("0", 0), ("0:10", 10), ("1:00", 60), ("90:00", 5400), ("1:02:03.5", 3723.5), ("10s", 10),
     ("250ms", 0.25), ("1.5min", 90), (" 7 ", 7)],
)  # fmt: skip
def test_times_as_people_type_them(text, seconds):
    assert seconds_of(text) == pytest.approx(seconds)


@pytest.mark.parametrize("text", ["", "x", "1:60", "-1", "1:2:3:4", "1:60:00", "nan", "10f", "1e3"])
def test_what_is_no_time_is_refused(text):
    with pytest.raises(VideoError, match="a time must be like"):
        seconds_of(text)


def test_paces():
    assert frame_rate_of("1s") == frame_rate_of("1") == FrameRate(seconds=1.0)
    assert frame_rate_of("500ms") == FrameRate(seconds=0.5)
    assert frame_rate_of("10f") == FrameRate(step=10)
    assert [str(frame_rate_of(text)) for text in ("2min", "10f")] == ["120s", "10f"]


@pytest.mark.parametrize("text", ["0s", "0f", "1.5f", "f", "-1s", "inf", "every"])
def test_what_is_no_pace_is_refused(text):
    with pytest.raises(VideoError, match="every must be like"):
        frame_rate_of(text)


def test_rounding_never_says_sixty_seconds():
    assert clock(59.999) == "1:00.0"
    assert clock(3599.9999, digits=0) == "1:00:00"
    assert stamp(3599.9999) == "01:00:00,000"
