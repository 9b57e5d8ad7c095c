"""A picture with its time, and what gives one after the other: a video, a camera, a folder."""

from abc import ABC, abstractmethod
from collections.abc import Generator, Iterator
from dataclasses import dataclass
from fractions import Fraction
from types import TracebackType
from typing import Literal, Self

import numpy as np

Color = Literal["rgb", "gray", "as-is"]


@dataclass(frozen=True)
class Frame:
    """One picture of a video.

    Args:
        index: Its number in the video, from 0.
        seconds: When it is shown, from the beginning of the video.
        image: RGB (height, width, 3) or gray (height, width), uint8.
    """

    index: int
    seconds: float
    image: np.ndarray


@dataclass(frozen=True)
class VideoInfo:
    """What a video says of itself.

    Args:
        size_hw: Height and width of its pictures, upright.
        rate_fps: Pictures per second, exact; where the rate varies, their mean.
        frames: How many there are, as stated or reckoned; None where nothing is stated.
        seconds: How long it is; None where nothing is stated.
        codec: Name of the codec of its pictures.
        sound: Whether it has any.
        gray: Whether its pictures have no color.
    """

    size_hw: tuple[int, int]
    rate_fps: Fraction
    frames: int | None
    seconds: float | None
    codec: str
    sound: bool
    gray: bool


class Feed(Iterator[Frame], ABC):
    """An open source of frames: iterate over it, inside `with`.

    Attributes:
        name: What to call it in a message.
        live: Whether it goes on without us: what is not taken now is gone.
        info: Size, rate and, where known, length.
        note: Once it has ended: what was wrong, if anything.
    """

    name: str
    live = False
    info: VideoInfo
    note: str | None = None
    _frames: Generator[Frame]

    def __next__(self) -> Frame:
        """The next frame taken."""
        return next(self._frames)

    def __enter__(self) -> Self:
        """Itself."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close it."""
        self.close()

    @abstractmethod
    def close(self) -> None:
        """Let go of the file or the camera; no more frames come."""
