"""The container of a video: its clock, its picture stream, how the camera was held."""

from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np

from kanjian import extras
from kanjian.errors import VideoError

# What the display matrix of a stream does to (x, y), as EXIF counts it: the signs of its
# entries a, b, c, d in x' = a x + c y, y' = b x + d y
_ORIENTATIONS = {
    (1, 0, 0, 1): 1, (-1, 0, 0, 1): 2, (-1, 0, 0, -1): 3, (1, 0, 0, -1): 4,
    (0, 1, 1, 0): 5, (0, 1, -1, 0): 6, (0, -1, -1, 0): 7, (0, -1, 1, 0): 8,
}  # fmt: skip


def open_container(path: Path) -> Any:
    """The file, opened with PyAV; `with` closes it.

    Raises:
        VideoError: If it is missing or no video.
        MissingExtraError: If PyAV is not installed.
    """
    av = extras.load("av")
    try:
        return av.open(str(path))
    except (av.FFmpegError, OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise VideoError(
            f"cannot read {path}: {reason}. Check the path and that it is a video."
        ) from error


def orientation_of(picture: Any) -> int:
    """How the camera was held, 1 to 8 as EXIF counts; 1 where no right angle is stated."""
    data = picture.side_data.get("DISPLAYMATRIX")
    if data is None:
        return 1
    a, b, _, c, d = np.frombuffer(bytes(data), np.int32)[:5] / 65536
    signs = tuple(int(value) for value in np.rint([a, b, c, d]).clip(-1, 1))
    return _ORIENTATIONS.get(signs, 1)  # type: ignore[arg-type]


def picture_stream(container: Any, path: Path) -> Any:
    """The stream of moving pictures.

    Raises:
        VideoError: If there is none.
    """
    # a cover picture of a song is a video stream of one picture
    streams = [
        each for each in container.streams.video
        if not each.disposition & each.disposition.__class__.attached_pic
    ]  # fmt: skip
    if not streams:
        raise VideoError(f"cannot read {path}: it holds no moving pictures. Choose a video.")
    streams[0].thread_type = "AUTO"
    return streams[0]


def clock_zero(container: Any) -> Fraction:
    """Where the file's clock stands at its beginning; broadcasts start at any hour."""
    starts = [
        stream.start_time * stream.time_base
        for stream in (*container.streams.video, *container.streams.audio)
        if stream.start_time is not None and stream.time_base
    ]
    return Fraction(min(starts, default=0))


def rate_of(stream: Any) -> Fraction:
    """Pictures per second, as stated or guessed; their mean where it varies."""
    rate = stream.average_rate or stream.guessed_rate or stream.base_rate
    return Fraction(rate) if rate else Fraction(25)


def length_of(container: Any, stream: Any) -> Fraction | None:
    """How long it is, in seconds; None where nothing is stated."""
    if stream.duration and stream.time_base:
        return Fraction(stream.duration * stream.time_base)
    # the container's length counts from its own beginning, in millionths, sound included
    return Fraction(container.duration, 10**6) if container.duration else None
