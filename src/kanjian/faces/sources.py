"""Where frames come from: a video file, a camera, a network stream, a folder of pictures."""

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from kanjian import former
from kanjian.errors import KanjianError, VideoError
from kanjian.faces.collect import Take, take_name
from kanjian.images.decode import read_image
from kanjian.inference.find_images import pictures_in
from kanjian.media.feed import is_live, open_feed
from kanjian.media.frame import Frame
from kanjian.media.frames import VIDEO_SUFFIXES


def is_video(spec: str) -> bool:
    """Whether a file is a video, by its suffix.

    Example:
        >>> is_video("clip.MP4"), is_video("photo.jpg")
        (True, False)
    """
    return Path(spec).suffix.lower() in VIDEO_SUFFIXES


@former.renamed(told="warn")
def frames_of(
    spec: str,
    *,
    every: float | None = None,
    paced: bool = False,
    warn: Callable[[str], None] | None = None,
) -> Iterator[Frame]:
    """The frames of a camera, a stream or a video file.

    Args:
        spec: A camera's number, an address, or a file.
        every: Take a frame only every so many seconds.
        paced: Give a file's frames at its own pace, as a camera would.
        warn: Called at the end with what was wrong, if anything.

    Raises:
        VideoError: If it cannot be opened. A camera that goes away ends its frames.
        MissingExtraError: If PyAV is not installed.
    """
    started = time.monotonic()
    with open_feed(spec, every=every) as frames:
        for frame in frames:
            if paced and not frames.live:
                time.sleep(max(0.0, frame.seconds - (time.monotonic() - started)))
            yield frame
        if warn is not None and frames.note:
            warn(frames.note)


def newest(frames: Iterator[Frame]) -> Iterator[Frame]:
    """The newest frame each time, those in between left out: what is seen never falls behind.

    Args:
        frames: Taken in a thread of their own, as fast as they come.

    Example:
        >>> [frame.index for frame in newest(iter([Frame(0, 0.0, None)]))]
        [0]
    """
    changed = threading.Condition()
    latest: list[Frame] = []
    ended: list[BaseException | None] = []

    def run() -> None:
        error: BaseException | None = None
        try:
            for frame in frames:
                with changed:
                    latest[:] = [frame]
                    changed.notify()
                    if ended:
                        return
        except BaseException as raised:  # noqa: BLE001 - raised where the frames are asked for
            error = raised
        with changed:
            ended.append(error)
            changed.notify()

    threading.Thread(target=run, daemon=True).start()
    try:
        while True:
            with changed:
                changed.wait_for(lambda: latest or ended)
                if not latest:
                    break
                frame = latest.pop()
            yield frame
        if ended[0] is not None:
            raise ended[0]
    finally:
        with changed:
            ended.append(None)


def takes_of(places: Sequence[str], *, every: float | None = None) -> Iterator[Take]:
    """Each video or camera as a take of its own, and so each picture of a folder.

    Args:
        places: Videos, cameras, addresses, pictures, folders, patterns.
        every: As for `frames_of`.

    Raises:
        KanjianError: If a folder or a pattern gives no picture.
    """
    for place in places:
        if is_live(place):
            now = time.strftime("camera-%Y%m%d-%H%M%S")
            yield Take(take_name(now), frames_of(place, every=every))
        elif is_video(place) and Path(place).suffix.lower() != ".gif":
            yield Take(take_name(place), frames_of(place, every=every))
        else:
            for path in pictures_in([place], suffixes=_SEEN):
                video = is_video(str(path)) and path.suffix.lower() != ".gif"
                frames = frames_of(str(path), every=every) if video else _picture(path)
                yield Take(take_name(path), frames)


def _suffixes() -> frozenset[str]:
    from kanjian.images.sniff import PICTURE_SUFFIXES

    return PICTURE_SUFFIXES | VIDEO_SUFFIXES


_SEEN = _suffixes()


def _picture(path: Path) -> Iterator[Frame]:
    try:
        yield Frame(0, 0.0, read_image(path, color="rgb"))
    except KanjianError as error:
        raise VideoError(str(error)) from error
