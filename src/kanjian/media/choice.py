"""Which pictures of a video are taken."""

from fractions import Fraction

from kanjian.errors import VideoError


class Choice:
    """Says of one picture after the other whether it is taken; times are exact.

    Args:
        every: Take the first picture at or after each of these many seconds.
        step: Take every so many-th picture; of those, `every` chooses.
        start: Take none before so many seconds.
        end: Take none at or after so many seconds.

    Attributes:
        end: None: to the end.
        wanted: The earliest time that is still of interest; None for any.

    Raises:
        VideoError: If an option makes no sense.

    Example:
        >>> choice = Choice(every=0.5)
        >>> [choice.takes(index, Fraction(index, 4)) for index in range(4)]
        [True, False, True, False]
    """

    def __init__(
        self,
        every: float | None = None,
        step: int = 1,
        start: float | None = None,
        end: float | None = None,
    ) -> None:
        if (every is not None and not every > 0) or step < 1:
            raise VideoError(f"every and step must be positive, got every={every}, step={step}.")
        if (start is not None and start < 0) or (end is not None and end <= (start or 0)):
            raise VideoError(f"end must lie after start, got {start} to {end} seconds.")
        self._every, self._step = _exact(every), step
        self._start = _exact(start)
        self.end = _exact(end)
        self.wanted: Fraction | None = self._start

    def takes(self, index: int, seconds: Fraction) -> bool:
        """Whether this picture is taken; asked in the order they are shown.

        Args:
            index: Its number, from 0.
            seconds: Its time.
        """
        if index % self._step or (self.wanted is not None and seconds < self.wanted):
            return False
        if self._every is not None:
            start = self._start or Fraction(0)
            self.wanted = start + self._every * ((seconds - start) // self._every + 1)
        return True


def _exact(seconds: float | None) -> Fraction | None:
    # 0.1 means a tenth, not the binary number next to it
    return None if seconds is None else Fraction(seconds).limit_denominator(10**6)
