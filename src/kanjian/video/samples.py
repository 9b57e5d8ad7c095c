"""What a recognizer says of a video, sample by sample."""

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice

import numpy as np

from kanjian import extras
from kanjian.errors import VideoError
from kanjian.images.convert import to_rgb
from kanjian.inference.recognizer import Recognizer
from kanjian.media.frame import Feed
from kanjian.threads import read_ahead

# Asked at once: enough to keep all cores busy, too few to hold much
_BATCH = 16
# Small pictures kept of a video, however long; about 3 kB each
_THUMBS, _THUMB_SIDE = 600, 160
# How sure it is that a sample is unlike the training pictures: about as many frames that are like
# them are taken to be unlike (`[answer] open_set`)
_SURE = 0.95

Progress = Callable[[float, float], None]


class StoppedError(Exception):
    """Somebody asked to stop."""


@dataclass(frozen=True, eq=False)
class Samples:
    """Predictions over the time of a video.

    Args:
        classes: The recognizer's classes.
        threshold: Below this probability it does not know; None: it always predicts.
        times: When each sample is shown, (n,) float64 seconds.
        scores: Probabilities, (n, k) float32.
        start_s: Where the part that was looked at begins.
        end_s: Where it ends.
        thumbs: Small JPEG pictures by the number of their sample.
        note: What was wrong with the video, if anything.
        unlike: Which samples are unlike the training pictures, (n,) bool; None: it cannot tell.
    """

    classes: tuple[str, ...]
    threshold: float | None
    times: np.ndarray
    scores: np.ndarray
    start_s: float
    end_s: float
    thumbs: dict[int, bytes]
    note: str | None
    unlike: np.ndarray | None = None

    @property
    def with_unknown(self) -> np.ndarray:
        """The probabilities and, in one more column, that of "unknown": (n, k + 1) float64.

        What is unlike the training pictures is "unknown" at 95 %, whatever the classes say;
        elsewhere "unknown" is always as probable as the threshold.

        Example:
            >>> scores = np.array([[0.9, 0.1], [0.9, 0.1]])
            >>> times, unlike = np.arange(2.0), np.array([False, True])
            >>> samples = Samples(("cat", "dog"), 0.5, times, scores, 0.0, 2.0, {}, None, unlike)
            >>> samples.with_unknown.round(3).tolist()
            [[0.9, 0.1, 0.5], [0.045, 0.005, 0.95]]
        """
        unknown = np.full((len(self.times), 1), self.threshold or 0.0)
        found = np.hstack([self.scores.astype(np.float64), unknown])
        if self.unlike is not None:
            found[self.unlike] *= 1 - _SURE
            found[self.unlike, -1] = _SURE
        return found

    @property
    def interval_s(self) -> float:
        """The mean time between two samples."""
        if len(self.times) < 2:
            return max(self.end_s - self.start_s, 0.0)
        return float(self.times[-1] - self.times[0]) / (len(self.times) - 1)


def sample(
    recognizer: Recognizer,
    feed: Feed,
    *,
    start_s: float = 0.0,
    end_s: float | None = None,
    progress: Progress | None = None,
    stop: threading.Event | None = None,
) -> Samples:
    """Ask about all frames a feed gives; memory grows by a line of numbers for each.

    Args:
        recognizer: Is asked.
        feed: Open, with its frames chosen.
        start_s: Where it begins, as the feed was told.
        end_s: Where it ends, as the feed was told; None: at its end.
        progress: Called with (seconds done, seconds in all).
        stop: Set from outside to end it early.

    Raises:
        VideoError: If it gives no frame.
        StoppedError: If `stop` was set.
    """
    times: list[float] = []
    scores: list[np.ndarray] = []
    thumbs = _Thumbs()
    until = _until(feed, end_s)
    for batch in _batches(read_ahead(_fitted(recognizer, feed, thumbs), 2 * _BATCH)):
        if stop is not None and stop.is_set():
            raise StoppedError
        times += [seconds for seconds, _ in batch]
        scores.append(recognizer.judge(np.stack([image for _, image in batch])))
        if progress is not None:
            progress(times[-1] - start_s, max(until - start_s, times[-1] - start_s))
    if not times:
        raise VideoError(f"{feed.name}: not one frame between the times asked for.")
    found, unlike = np.split(np.concatenate(scores), [len(recognizer.classes)], axis=1)
    last = times[-1] + (times[-1] - times[-2] if len(times) > 1 else 1 / float(feed.info.rate_fps))
    # a video that broke off ends where its last frame was seen, whatever it states
    end = max(until if until and feed.note is None else last, times[-1])
    return Samples(
        recognizer.classes, recognizer.abstain_threshold, np.array(times), found, start_s,
        end if feed.note is None else min(end, last), thumbs.kept, feed.note,
        unlike=unlike[:, 0] > 1,
    )  # fmt: skip


def _until(feed: Feed, end_s: float | None) -> float:
    stated = feed.info.seconds
    if end_s is None:
        return stated or 0.0
    return end_s if stated is None else min(end_s, stated)


def _fitted(
    recognizer: Recognizer, feed: Feed, thumbs: "_Thumbs"
) -> Iterator[tuple[float, np.ndarray]]:
    for number, frame in enumerate(feed):
        thumbs.offer(number, frame.image)
        image = recognizer.preprocess(frame.image)
        yield frame.seconds, image.copy() if np.may_share_memory(image, frame.image) else image


def _batches(
    items: Iterator[tuple[float, np.ndarray]],
) -> Iterator[list[tuple[float, np.ndarray]]]:
    while batch := list(islice(items, _BATCH)):
        yield batch


class _Thumbs:
    """Small pictures of samples: of all at first, of every second, fourth … as they get many."""

    def __init__(self) -> None:
        self.kept: dict[int, bytes] = {}
        self._stride = 1

    def offer(self, number: int, image: np.ndarray) -> None:
        if number % self._stride:
            return
        self.kept[number] = thumbnail(image)
        if len(self.kept) > _THUMBS:
            self._stride *= 2
            self.kept = {each: jpeg for each, jpeg in self.kept.items() if each % self._stride == 0}


def thumbnail(image: np.ndarray, side: int = _THUMB_SIDE) -> bytes:
    r"""A small JPEG of a picture.

    Example:
        >>> thumbnail(np.zeros((480, 640, 3), np.uint8))[:2]
        b'\xff\xd8'
    """
    cv2 = extras.load("cv2")
    height, width = image.shape[:2]
    scale = min(1.0, side / max(height, width))
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    small = cv2.resize(to_rgb(image), size, interpolation=cv2.INTER_AREA)
    _, coded = cv2.imencode(".jpg", small[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, 80])
    made: bytes = coded.tobytes()
    return made
