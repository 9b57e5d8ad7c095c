"""Times as people type them and as subtitles, tables and file names show them."""

import math
import re
from dataclasses import dataclass

from kanjian import former
from kanjian.errors import VideoError

_CLOCK = re.compile(r"(?:(?:(\d+):)?(\d+):)?(\d+(?:\.\d+)?)")
_SPAN = re.compile(r"(\d+(?:\.\d+)?)(ms|s|min|h|f)?")
_SECONDS = {None: 1.0, "ms": 0.001, "s": 1.0, "min": 60.0, "h": 3600.0}


@dataclass(frozen=True)
class FrameRate:
    """How often a frame is taken: every so many seconds, or every so many frames.

    Args:
        seconds: Between frames; None: counted in frames.
        step: Every so many-th frame.
    """

    seconds: float | None = None
    step: int = 1

    def __str__(self) -> str:
        return f"{self.step}f" if self.seconds is None else f"{self.seconds:g}s"


def frame_rate_of(text: str) -> FrameRate:
    """What "--every" means.

    Example:
        >>> frame_rate_of("0.5s"), frame_rate_of("10f")
        (FrameRate(seconds=0.5, step=1), FrameRate(seconds=None, step=10))
        >>> frame_rate_of("2min")
        FrameRate(seconds=120.0, step=1)

    Raises:
        VideoError: If it is neither a time nor a number of frames.
    """
    found = _SPAN.fullmatch(text.strip())
    value = float(found[1]) if found else 0.0
    if not found or not 0 < value < math.inf or (found[2] == "f" and "." in found[1]):
        raise VideoError(f"every must be like 1s, 500ms, 2min or 10f (frames), got {text!r}.")
    if found[2] == "f":
        return FrameRate(step=int(found[1]))
    return FrameRate(seconds=value * _SECONDS[found[2]])


def seconds_of(text: str) -> float:
    """A moment or a length: seconds, m:ss or h:mm:ss, or a number with ms, s, min or h.

    Example:
        >>> seconds_of("75.5"), seconds_of("1:15.5"), seconds_of("1:00:00"), seconds_of("2min")
        (75.5, 75.5, 3600.0, 120.0)

    Raises:
        VideoError: If it is no time.
    """
    text = text.strip()
    clock = _CLOCK.fullmatch(text)
    if clock and (clock[2] is None or float(clock[3]) < 60):
        hours, minutes = int(clock[1] or 0), int(clock[2] or 0)
        if clock[1] is None or minutes < 60:
            return 3600 * hours + 60 * minutes + float(clock[3])
    span = _SPAN.fullmatch(text)
    if span and span[2] in _SECONDS:
        return float(span[1]) * _SECONDS[span[2]]
    raise VideoError(f"a time must be like 75, 75.5s, 1:15 or 1:02:03.5, got {text!r}.")


def clock(seconds: float, *, digits: int = 1) -> str:
    """A moment as people read it.

    Example:
        >>> clock(75.25), clock(3661.0, digits=0), clock(59.97)
        ('1:15.3', '1:01:01', '1:00.0')
    """
    ticks = math.floor(max(seconds, 0) * 10**digits + 0.5)
    whole, part = divmod(ticks, 10**digits)
    minutes, rest = divmod(whole, 60)
    hours, minutes = divmod(minutes, 60)
    tail = f"{rest:02d}" + (f".{part:0{digits}d}" if digits else "")
    return f"{hours}:{minutes:02d}:{tail}" if hours else f"{minutes}:{tail}"


def whole_ms(seconds: float) -> float:
    """A moment rounded down to the millisecond, for lists: what ends at a cut must not pass it.

    Example:
        >>> whole_ms(1.0336), whole_ms(0.29)
        (1.033, 0.29)
    """
    return math.floor(seconds * 1000 + 1e-6) / 1000


def stamp(seconds: float, mark: str = ",") -> str:
    """A moment with milliseconds, as subtitles (SRT) write it.

    Example:
        >>> stamp(3661.0405), stamp(59.9996, ".")
        ('01:01:01,041', '00:01:00.000')
    """
    whole, part = divmod(math.floor(max(seconds, 0) * 1000 + 0.5), 1000)
    minutes, rest = divmod(whole, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours:02d}:{minutes:02d}:{rest:02d}{mark}{part:03d}"


def file_stamp(seconds: float) -> str:
    """A moment for the name of a file: sorts by time, holds nothing a system forbids.

    Example:
        >>> file_stamp(3661.04)
        '01h01m01.040s'
    """
    hours, minutes, rest = stamp(seconds, ".").split(":")
    return f"{hours}h{minutes}m{rest}s"


former.names_in(__name__)
