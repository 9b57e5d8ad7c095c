"""From a row of predictions to stretches of time: one label each, none shorter than told."""

import math
from dataclasses import dataclass

import numpy as np

from kanjian.errors import VideoError
from kanjian.inference.prediction import unknown_word
from kanjian.video.samples import Samples

SHORTEST_S = 1.0
# No single prediction, however confident, outweighs more than this: 1 % in place of nothing
_FLOOR = 0.01


@dataclass(frozen=True)
class Segment:
    """A stretch of a video.

    Args:
        label: What it shows, or "unknown".
        known: Whether the recognizer knew.
        from_s: Where it begins.
        to_s: Where it ends.
        confidence: Mean probability of the label; where it is "unknown", of the best class.
    """

    label: str
    known: bool
    from_s: float
    to_s: float
    confidence: float

    @property
    def seconds(self) -> float:
        """How long it is."""
        return self.to_s - self.from_s


def segments_of(samples: Samples, *, shortest_s: float = SHORTEST_S) -> list[Segment]:
    """The segments of a video, without gaps, in order.

    Of all ways to part the samples into segments of at least `shortest_s`, the most probable:
    the one with the greatest sum of log probabilities (dynamic programming, exact). A border
    lies in the middle between two samples.

    Args:
        samples: What the recognizer said.
        shortest_s: No segment is shorter, so a prediction that jumps aside for less is passed
            over; 0 leaves every prediction as it is.

    Raises:
        VideoError: If `shortest_s` is negative.

    Example:
        >>> scores = np.array([[0.9, 0.1]] * 4 + [[0.2, 0.8]] * 4)
        >>> times = np.arange(8) / 2
        >>> samples = Samples(("cat", "dog"), None, times, scores, 0.0, 4.0, {}, None)
        >>> [(each.label, each.from_s, each.to_s) for each in segments_of(samples)]
        [('cat', 0.0, 1.75), ('dog', 1.75, 4.0)]
    """
    if shortest_s < 0:
        raise VideoError(f"shortest_s must not be negative, got {shortest_s}.")
    labels = smoothed(samples, shortest_s=shortest_s)
    changes = np.flatnonzero(np.diff(labels)) + 1
    starts, ends = [0, *changes.tolist()], [*changes.tolist(), len(labels)]
    middles = (samples.times[1:] + samples.times[:-1]) / 2
    return [
        _segment(
            samples, int(labels[first]), first, last,
            samples.start_s if first == 0 else float(middles[first - 1]),
            samples.end_s if last == len(labels) else float(middles[last - 1]),
        )
        for first, last in zip(starts, ends, strict=True)
    ]  # fmt: skip


def _segment(
    samples: Samples, label: int, first: int, last: int, from_s: float, to_s: float
) -> Segment:
    part = samples.scores[first:last]
    known = label < len(samples.classes)
    share = part[:, label] if known else part.max(axis=1)
    name = samples.classes[label] if known else unknown_word(samples.classes)
    return Segment(name, known, from_s, to_s, float(share.mean()))


def smoothed(samples: Samples, *, shortest_s: float = SHORTEST_S) -> np.ndarray:
    """The number of the label of each sample, (n,) int; that after the last is "unknown"."""
    scores = samples.with_unknown  # "unknown" competes as a class
    interval = samples.interval_s
    least = max(1, math.ceil(shortest_s / interval - 0.01)) if interval > 0 else 1
    return best_parting(np.log(np.maximum(scores, _FLOOR)), least)


def best_parting(gains: np.ndarray, least: int) -> np.ndarray:
    """The row of labels with the greatest sum, each label kept for at least so many places.

    Args:
        gains: What each label is worth at each place, (n, k).
        least: Places a label stays at least; where there are fewer places, one label.

    Returns:
        The number of the label at each place, (n,) int.

    Example:
        >>> best_parting(np.array([[2, 0], [0, 1], [2, 0], [0, 9], [0, 9]]), 2)
        array([0, 0, 0, 1, 1])
    """
    n, k = gains.shape
    if n < 2 * least:
        return np.full(n, gains.sum(axis=0).argmax())
    now = gains[:least].sum(axis=0)  # worth of the best parting so far that ends in each label
    window = now.copy()  # worth of each label over the last `least` places
    begun = np.zeros((n + 1, k), bool)  # whether that parting's last segment is `least` long
    begun[least] = True
    worth, label_of = np.zeros(n + 1), np.zeros(n + 1, int)  # the best of all labels
    worth[least], label_of[least] = now.max(), now.argmax()
    for end in range(least + 1, n + 1):
        now = now + gains[end - 1]
        window += gains[end - 1] - gains[end - 1 - least]
        if end >= 2 * least:
            fresh = worth[end - least] + window
            begun[end] = fresh > now
            now = np.maximum(now, fresh)
        worth[end], label_of[end] = now.max(), now.argmax()
    labels = np.empty(n, int)
    end, label = n, int(label_of[n])
    while end > 0:
        length = least if begun[end, label] else 1
        labels[end - length : end] = label
        end -= length
        if length == least and begun[end + length, label]:
            label = int(label_of[end])
    return labels
