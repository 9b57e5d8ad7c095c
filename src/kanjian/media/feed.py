"""Pictures in the order of time, wherever from: a video, a camera, an address, a folder."""

import glob
import os
import re
from pathlib import Path

from kanjian.errors import VideoError
from kanjian.images.sniff import PICTURE_SUFFIXES, is_picture_inside
from kanjian.media.camera import Camera
from kanjian.media.choice import Choice
from kanjian.media.frame import Color, Feed
from kanjian.media.frames import read_frames
from kanjian.media.series import Series

STREAMS = ("rtsp://", "rtsps://", "rtmp://", "http://", "https://", "udp://", "tcp://")


def open_feed(
    spec: str | os.PathLike[str],
    *,
    every: float | None = None,
    step: int = 1,
    start: float | None = None,
    end: float | None = None,
    color: Color = "rgb",
    rate_fps: float = 25,
) -> Feed:
    """The frames of whatever someone names.

    Args:
        spec: A video file; the number of a camera ("0"); an address (rtsp://, http:// …); a
            folder of pictures or a pattern ("shots/*.png"), taken in the order of their
            names, 2 before 10.
        every: Take the first frame at or after each of these many seconds.
        step: Take every so many-th frame; of those, `every` chooses.
        start: Take none before so many seconds.
        end: Take none at or after so many seconds.
        color: "as-is" leaves gray frames gray and makes all others RGB; "rgb" and "gray"
            give that for every source.
        rate_fps: Pictures of a folder are this many to the second.

    Raises:
        VideoError: If it cannot be opened, holds no picture, or an option makes no sense.
        MissingExtraError: If it is a video and PyAV is not installed.

    Example:
        >>> open_feed("nothing/*.png")
        Traceback (most recent call last):
        kanjian.errors.VideoError: no picture matches the pattern nothing/*.png. Check its spelling.
    """
    text = os.fspath(spec)
    if is_live(text):
        return Camera(text, Choice(every, step, start, end), color)
    pictures = _pictures(text)
    if pictures is None:
        return read_frames(text, every=every, step=step, start=start, end=end, color=color)
    return Series(text, pictures, Choice(every, step, start, end), color, rate_fps)


def is_live(spec: str | os.PathLike[str]) -> bool:
    """Whether this is the number of a camera or the address of a stream.

    Example:
        >>> is_live("0"), is_live("rtsp://door/1"), is_live("clip.mp4")
        (True, True, False)
    """
    text = os.fspath(spec)
    return text.lower().startswith(STREAMS) or (text.isdecimal() and not Path(text).exists())


def _pictures(spec: str) -> list[Path] | None:
    """The pictures of a folder or a pattern; None: it is a file."""
    place = Path(spec)
    if place.is_dir():
        found = [path for path in place.iterdir() if path.suffix.lower() in PICTURE_SUFFIXES]
        found = [path for path in found if not path.name.startswith(".")]
        if not found:
            raise VideoError(f"no pictures in the folder {spec}. Name a video or another folder.")
    elif _is_picture(place):
        found = [place]
    elif glob.has_magic(spec) and not place.exists():
        found = [Path(name) for name in glob.glob(spec, recursive=True)]  # noqa: PTH207
        found = [path for path in found if path.is_file()]
        if not found:
            raise VideoError(f"no picture matches the pattern {spec}. Check its spelling.")
    else:
        return None
    return sorted(found, key=natural)


def _is_picture(place: Path) -> bool:
    """Whether a file is one picture; a GIF may hold many, and is read as a video."""
    suffix = place.suffix.lower()
    if not place.is_file() or suffix == ".gif":
        return False
    if suffix in PICTURE_SUFFIXES:
        return True
    with place.open("rb") as stream:
        moving = stream.read(3) == b"GIF"
    return not moving and is_picture_inside(place)


def natural(path: Path) -> list[tuple[int, int | str]]:
    """Sorts names as people do: 2 before 10.

    Example:
        >>> [path.name for path in sorted(map(Path, ["a10.png", "a2.png"]), key=natural)]
        ['a2.png', 'a10.png']
    """
    parts = re.split(r"([0-9]+)", str(path).casefold())
    return [(0, int(part)) if part.isdigit() else (1, part) for part in parts if part]
