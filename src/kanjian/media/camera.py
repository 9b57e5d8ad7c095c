"""Frames of a camera or of a stream over the network, with the time they came."""

import contextlib
import os
import time
from collections.abc import Callable, Generator
from fractions import Fraction
from typing import Any

import numpy as np

from kanjian import extras
from kanjian.checks import plural
from kanjian.errors import VideoError
from kanjian.images.convert import to_gray
from kanjian.media.choice import Choice
from kanjian.media.frame import Color, Feed, Frame, VideoInfo

# A stream must open, and give each frame, within this; a camera that gives none for
# PATIENCE_S is gone
_OPEN_MS, _READ_MS, PATIENCE_S = 8000, 5000, 2.0


class Camera(Feed):
    """A camera's frames as they come; what `open_feed` gives for one.

    The clock starts with the first frame. A frame nobody takes in time is lost, or waits in
    the driver; nothing is kept here.

    Args:
        spec: The number of a camera, or an address.
        choice: Which frames are taken.
        color: As for `open_feed`.
        clock: Gives the time in seconds.
        patience_s: A camera that gives nothing for so long is gone.

    Raises:
        VideoError: If it cannot be opened or gives no picture.
    """

    live = True

    def __init__(
        self,
        spec: str,
        choice: Choice,
        color: Color = "rgb",
        *,
        clock: Callable[[], float] = time.monotonic,
        patience_s: float = PATIENCE_S,
    ) -> None:
        self.name = f"camera {spec}" if spec.isdecimal() else without_password(spec)
        self.note: str | None = None
        self._choice, self._color = choice, color
        self._clock, self._patience_s = clock, patience_s
        self._camera = self._opened(spec)
        self._first = self._grab()
        if self._first is None:
            self._camera.release()
            raise VideoError(
                f"{self.name} opens but gives no picture. Check that nothing else uses it."
            )
        self.info = self._look(self._first)
        self._frames = self._read()

    def _opened(self, spec: str) -> Any:
        cv2 = extras.load("cv2")
        with _silent(cv2):
            if spec.isdecimal():
                camera = cv2.VideoCapture(int(spec))
            else:
                limits = [
                    cv2.CAP_PROP_OPEN_TIMEOUT_MSEC, _OPEN_MS,
                    cv2.CAP_PROP_READ_TIMEOUT_MSEC, _READ_MS,
                ]  # fmt: skip
                camera = cv2.VideoCapture(spec, cv2.CAP_FFMPEG, limits)
        if not camera.isOpened():
            camera.release()
            raise VideoError(
                f"cannot open {self.name}. Check that it is there, switched on and not in use."
            )
        camera.set(cv2.CAP_PROP_BUFFERSIZE, 1)  # old frames are worth nothing
        return camera

    def _look(self, first: np.ndarray) -> VideoInfo:
        cv2 = extras.load("cv2")
        stated = self._camera.get(cv2.CAP_PROP_FPS)
        rate = Fraction(stated).limit_denominator(1001) if 1 <= stated <= 1000 else Fraction(25)
        return VideoInfo(
            (first.shape[0], first.shape[1]), rate, None, None, "camera", sound=False,
            gray=first.ndim == 2,
        )  # fmt: skip

    def _grab(self) -> np.ndarray | None:
        """The next picture; None when it is gone."""
        since = self._clock()
        while True:
            came, picture = self._camera.read()
            if came and picture is not None and picture.size:
                if picture.ndim == 3 and picture.shape[2] == 1:
                    picture = picture[:, :, 0]
                # cv2 gives BGR
                image: np.ndarray = picture if picture.ndim == 2 else picture[:, :, ::-1].copy()
                return image
            if self._clock() - since >= self._patience_s:
                return None
            time.sleep(0.02)

    def _read(self) -> Generator[Frame]:
        image, index, began = self._first, 0, self._clock()
        self._first = None
        seconds = 0.0
        while image is not None:
            exact = Fraction(seconds).limit_denominator(10**6)
            if self._choice.end is not None and exact >= self._choice.end:
                break
            if self._choice.takes(index, exact):
                yield Frame(index, seconds, self._colored(image))
            image, index = self._grab(), index + 1
            seconds = self._clock() - began
        else:
            self.note = f"{self.name} went away after {plural(index, 'frame')} ({seconds:.1f} s)."
        self._camera.release()

    def _colored(self, image: np.ndarray) -> np.ndarray:
        if self._color == "gray":
            return to_gray(image)
        if self._color == "rgb" and image.ndim == 2:
            return np.repeat(image[:, :, None], 3, axis=2)
        return image

    def close(self) -> None:
        """Give the camera back to others."""
        self._frames.close()
        self._camera.release()


@contextlib.contextmanager
def _silent(cv2: Any) -> Generator[None]:
    """OpenCV tells in several lines of its own what one sentence of ours says."""
    log = cv2.utils.logging
    level = log.getLogLevel()
    os.environ.setdefault("OPENCV_FFMPEG_LOGLEVEL", "-8")
    log.setLogLevel(log.LOG_LEVEL_SILENT)
    try:
        yield
    finally:
        log.setLogLevel(level)


def without_password(address: str) -> str:
    """An address as it may be shown.

    Example:
        >>> without_password("rtsp://me:secret@door/1")
        'rtsp://door/1'
    """
    scheme, mark, rest = address.partition("://")
    host, slash, path = rest.partition("/")
    return scheme + mark + host.rpartition("@")[2] + slash + path
