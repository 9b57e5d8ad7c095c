"""Pictures of a folder as if they were a video."""

from collections.abc import Generator, Sequence
from fractions import Fraction
from pathlib import Path

from kanjian.checks import plural
from kanjian.errors import ImageError, VideoError
from kanjian.images.decode import read_image
from kanjian.media.choice import Choice
from kanjian.media.frame import Color, Feed, Frame, VideoInfo

# A second has this many pictures unless someone says otherwise
RATE_FPS = 25


class Series(Feed):
    """Picture files, one after the other, so many to the second; what `open_feed` gives.

    One that cannot be read is left out and counted; the others keep their time.

    Args:
        name: What to call it.
        pictures: In order.
        choice: Which are taken.
        color: As for `open_feed`.
        rate_fps: How many make a second.

    Raises:
        VideoError: If the rate is not positive, or none of the pictures can be read.
    """

    def __init__(
        self,
        name: str,
        pictures: Sequence[Path],
        choice: Choice,
        color: Color = "rgb",
        rate_fps: float = RATE_FPS,
    ) -> None:
        if not rate_fps > 0:
            raise VideoError(f"rate_fps must be positive, got {rate_fps}.")
        self.name = name
        self.note: str | None = None
        self._rate = Fraction(rate_fps).limit_denominator(10**6)
        self._pictures, self._choice, self._color = list(pictures), choice, color
        self.info = self._look()
        self._frames = self._read()

    def _look(self) -> VideoInfo:
        reason = "there is none"
        for path in self._pictures:
            try:
                first = read_image(path)
            except ImageError as error:
                reason = str(error)
                continue
            count = len(self._pictures)
            return VideoInfo(
                (first.shape[0], first.shape[1]), self._rate, count, float(count / self._rate),
                path.suffix.lower().removeprefix("."), sound=False, gray=first.ndim == 2,
            )  # fmt: skip
        raise VideoError(f"no picture of {self.name} can be read: {reason}")

    def _read(self) -> Generator[Frame]:
        unread: list[str] = []
        for index, path in enumerate(self._pictures):
            seconds = index / self._rate
            if self._choice.end is not None and seconds >= self._choice.end:
                break
            if not self._choice.takes(index, seconds):
                continue
            try:
                image = read_image(path, color=self._color)
            except ImageError as error:
                unread.append(str(error))
                continue
            yield Frame(index, float(seconds), image)
        if unread:
            left_out = plural(len(unread), "picture was", "pictures were")
            self.note = f"{self.name}: {left_out} left out; first: {unread[0]}"

    def close(self) -> None:
        """No more pictures come."""
        self._frames.close()
