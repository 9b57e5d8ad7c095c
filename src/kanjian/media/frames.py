"""Pictures out of a video: one after the other, upright, with exact time stamps."""

import os
from collections.abc import Callable, Generator
from fractions import Fraction
from pathlib import Path
from typing import Any, get_args

import numpy as np

from kanjian import extras
from kanjian.checks import check_choice, plural
from kanjian.errors import VideoError
from kanjian.images.convert import over_white, to_gray
from kanjian.images.orientation import swaps_sides, upright
from kanjian.images.source import name_of
from kanjian.media.choice import Choice
from kanjian.media.container import (
    clock_zero,
    length_of,
    open_container,
    orientation_of,
    picture_stream,
    rate_of,
)
from kanjian.media.decode import Decoder
from kanjian.media.frame import Color, Feed, Frame, VideoInfo

VIDEO_SUFFIXES = frozenset(
    {".3gp", ".avi", ".flv", ".gif", ".m2ts", ".m4v", ".mkv", ".mov", ".mp4", ".mpeg", ".mpg"}
    | {".mts", ".ogv", ".ts", ".webm", ".wmv"}
)
_WITH_ALPHA = {"bgra", "rgba", "argb", "abgr", "yuva420p", "yuva422p", "yuva444p", "gbrap", "ya8"}
# How FFmpeg's swscale converts (BILINEAR, FULL_CHR_H_INT, ACCURATE_RND). Left to itself it
# rounds down in many places: a picture written and read again came back darker by 1.3 levels
EXACT_SCALING = 0x2 | 0x2000 | 0x40000
# Not every picture of these carries its time, which after a jump would be guessed, and wrong
_NO_JUMPS = {"mpeg", "mpegvideo", "h264", "hevc"}
# A video that stops this long before its stated end was cut off; sound and rounding take less
_SHORT_S = 0.5


def video_info(path: str | os.PathLike[str]) -> VideoInfo:
    """What a video says of itself; decodes its first picture.

    Args:
        path: Any file FFmpeg opens.

    Raises:
        VideoError: If it cannot be read or holds no picture.
        MissingExtraError: If PyAV is not installed.

    Example:
        >>> video_info("nowhere.mp4")
        Traceback (most recent call last):
        kanjian.errors.VideoError: cannot read nowhere.mp4: No such file or directory. Check the
            path and that it is a video.
    """
    with read_frames(path) as frames:
        return frames.info


def read_frames(
    path: str | os.PathLike[str],
    *,
    every: float | None = None,
    step: int = 1,
    start: float | None = None,
    end: float | None = None,
    color: Color = "rgb",
    seek: bool = False,
) -> "Frames":
    """The pictures of a video, one after the other; memory does not grow with its length.

    Time stamps are those of the file, so variable frame rates come out right; rotation and
    mirroring that a phone wrote down are applied. Where pictures are left out, whatever lies
    between key frames is not decoded.

    Args:
        path: Any file FFmpeg opens.
        every: Take the first picture at or after each of these many seconds.
        step: Take every so many-th picture; of those, `every` chooses.
        start: Take none before so many seconds.
        end: Take none at or after so many seconds.
        color: "as-is" leaves pictures of gray videos gray and makes all others RGB; "rgb"
            and "gray" give that for every video.
        seek: Jump to `start` by the file's own table in place of reading up to there, for a
            piece of a long video. The number of a picture is then reckoned from its time.

    Returns:
        An iterator over `Frame`, with `info`, and with `note` once it has ended: what was
        wrong, if anything. It closes the file at its end; to leave it earlier use `with`.

    Raises:
        VideoError: If the file cannot be read, holds no picture, or an option makes no sense.
            What breaks after the first picture ends it with a note instead.
        MissingExtraError: If PyAV is not installed.

    Example:
        >>> with read_frames("clip.mp4", every=1.0) as frames:  # doctest: +SKIP
        ...     for frame in frames:
        ...         print(frame.index, frame.seconds, frame.image.shape)
    """
    check_choice("color", color, get_args(Color), error=VideoError, where="read_frames()")
    return Frames(Path(path), Choice(every, step, start, end), color, seek=seek)


class Frames(Feed):
    """An open video; what `read_frames` gives.

    Args:
        path: The file.
        choice: Which pictures are taken.
        color: As for `read_frames`.
        seek: As for `read_frames`.
    """

    def __init__(self, path: Path, choice: Choice, color: Color, *, seek: bool = False) -> None:
        self.note: str | None = None
        self.name = name_of(path)
        self._path, self._choice, self._color = path, choice, color
        self._container = open_container(path)
        try:
            self._stream = picture_stream(self._container, path)
            self._zero = clock_zero(self._container)
            # kept for the whole video: half the time of one per picture
            self._converter = extras.load("av.video.reformatter").VideoReformatter()
            self._decoder = Decoder(self._container, self._stream, _wanted_by(choice, self._zero))
            # the first picture tells what the header does not: gray or not, upright or not
            self.info = self._look()
            self._jumped = seek and self._jump()
        except BaseException:
            self._container.close()
            raise
        self._frames = self._read()

    def close(self) -> None:
        """Close the file; no more pictures come."""
        self._frames.close()
        self._container.close()

    def _look(self) -> VideoInfo:
        with open_container(self._path) as other:
            stream = picture_stream(other, self._path)
            first = next((frame for _, frame in Decoder(other, stream).pictures()), None)
        if first is None:
            raise VideoError(
                f"cannot read {self._path}: it holds no picture that can be decoded. "
                "Get a fresh copy."
            )
        rate = rate_of(self._stream)
        seconds = length_of(self._container, self._stream)
        reckoned = None if seconds is None else round(seconds * rate)
        height, width = first.height, first.width
        return VideoInfo(
            (width, height) if swaps_sides(orientation_of(first)) else (height, width),
            rate, self._stream.frames or reckoned, None if seconds is None else float(seconds),
            self._stream.codec_context.name, bool(self._container.streams.audio),
            first.format.name.startswith("gray"),
        )  # fmt: skip

    def _jump(self) -> bool:
        """Go to the last key frame before what is wanted; False: the file stands at its start."""
        wanted = self._choice.wanted
        if not wanted or self._container.format.name in _NO_JUMPS:
            return False
        broken = extras.load("av").FFmpegError
        place = int((wanted + self._zero) / self._stream.time_base)
        try:
            self._container.seek(place, stream=self._stream)
            pictures = Decoder(self._container, self._stream).pictures()
            first = next((picture for _, picture in pictures), None)
            # some formats have no table, and land behind what was wanted
            if first is not None and first.pts is not None and first.pts <= place:
                self._container.seek(place, stream=self._stream)
                return True
            self._container.seek(int(self._zero / self._stream.time_base), stream=self._stream)
        except broken:
            self._container.close()
            self._container = open_container(self._path)
            self._stream = picture_stream(self._container, self._path)
            self._decoder = Decoder(
                self._container, self._stream, _wanted_by(self._choice, self._zero)
            )
        return False

    def _read(self) -> Generator[Frame]:
        last, count, end = Fraction(0), 0, self._choice.end
        for number, picture in self._decoder.pictures():
            last = self._time_of(number, picture)
            index = round(last * self.info.rate_fps) if self._jumped else number
            count = index + 1
            if end is not None and last >= end:
                break
            if self._choice.takes(index, last):
                yield Frame(index, float(last), self._image(picture))
        else:
            self.note = self._verdict(float(last), count)
        self._container.close()

    def _image(self, picture: Any) -> np.ndarray:
        name, color = picture.format.name, self._color
        if name in _WITH_ALPHA:
            image = over_white(self._converted(picture, "rgba"))
        else:
            plain = name.startswith("gray") and color != "rgb"
            image = self._converted(picture, "gray" if plain else "rgb24")
        return upright(to_gray(image) if color == "gray" else image, orientation_of(picture))

    def _converted(self, picture: Any, to: str) -> np.ndarray:
        converted = self._converter.reformat(picture, format=to, interpolation=EXACT_SCALING)
        image: np.ndarray = converted.to_ndarray()
        return image

    def _time_of(self, index: int, picture: Any) -> Fraction:
        if picture.pts is None:  # a bare stream of H.264 has no clock
            return index / self.info.rate_fps
        return Fraction(picture.pts * self._stream.time_base) - self._zero

    def _verdict(self, last: float, count: int) -> str | None:
        decoder, stated = self._decoder, self.info.seconds
        notes = []
        if decoder.damaged:
            notes.append(f"{decoder.damaged} damaged pictures were left out")
        until = last + float(1 / self.info.rate_fps)
        if decoder.ended_by:
            notes.append(
                f"it breaks off after {until:.2f} s ({plural(count, 'picture')}): "
                f"{decoder.ended_by}"
            )
        elif stated is not None and until < stated - _SHORT_S:
            notes.append(
                f"it ends after {until:.2f} s ({plural(count, 'picture')}) of {stated:.2f} s stated"
            )
        return f"{self.name}: {'; '.join(notes)}." if notes else None


def _wanted_by(choice: Choice, zero: Fraction) -> Callable[[], Fraction | None]:
    # no method of `Frames`: in a cycle its decoder's memory would wait for the garbage collector
    return lambda: None if choice.wanted is None else choice.wanted + zero
