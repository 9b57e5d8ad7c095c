"""What a clip is about: tags by vote over its frames, and segments."""

import threading
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal, NotRequired, TypedDict, get_args

import numpy as np

from kanjian.checks import check_choice
from kanjian.errors import VideoError
from kanjian.inference.recognizer import Recognizer
from kanjian.media.feed import open_feed
from kanjian.video.samples import Progress, Samples, sample
from kanjian.video.segments import SHORTEST_S, Segment, segments_of, smoothed
from kanjian.video.times import FrameRate

Vote = Literal["count", "mean", "confidence"]
# Dense enough that borders are right to an eighth of a second
EVERY = FrameRate(seconds=0.25)
# A label with less of the clip than this is no tag of it
LEAST_SHARE = 0.05


@dataclass(frozen=True)
class Tagging:
    """How clips are tagged.

    Args:
        rate: How often a frame is asked about.
        start_s: None before this.
        end_s: None at or after this.
        shortest_s: No segment is shorter.
        vote: "count": the share of samples whose label, smoothed, it is; "confidence": the
            same, each sample weighing as much as it is probable; "mean": the mean
            probability, not smoothed.
        least_share: Labels with less are no tags.
    """

    rate: FrameRate = EVERY
    start_s: float | None = None
    end_s: float | None = None
    shortest_s: float = SHORTEST_S
    vote: Vote = "count"
    least_share: float = LEAST_SHARE


@dataclass(frozen=True)
class Tag:
    """What a clip is about.

    Args:
        label: A class.
        share: Of the votes, 0 to 1.
        seconds: How long its segments are together.
        confidence: Its mean probability in them; 0 where it has none.
    """

    label: str
    share: float
    seconds: float
    confidence: float


class TagRecord(TypedDict):
    """A tag as JSON holds it."""

    label: str
    share: float
    seconds: float
    confidence: float


SegmentRecord = TypedDict(
    "SegmentRecord",
    {"label": str, "known": bool, "from": float, "to": float, "confidence": float},
)
# A clip with its tags as JSON holds it; `key` says in a file what they depend on
ClipRecord = TypedDict(
    "ClipRecord",
    {
        "clip": str,
        "recognizer": str,
        "from": float,
        "to": float,
        "every": str,
        "shortest": float,
        "samples": int,
        "vote": str,
        "tags": list[TagRecord],
        "unknown": float,
        "segments": list[SegmentRecord],
        "note": str | None,
        "key": NotRequired[str | None],
    },
)


@dataclass(frozen=True, eq=False)
class Tagged:
    """A clip with its tags.

    Args:
        source: The clip.
        recognizer: The name of what was asked.
        how: The options.
        samples: What it said, frame by frame.
        tags: The clip's tags, greatest share first.
        unknown: The share of the votes that nobody got.
        segments: Without gaps, in order.
    """

    source: str
    recognizer: str
    how: Tagging
    samples: Samples
    tags: tuple[Tag, ...]
    unknown: float
    segments: tuple[Segment, ...]

    def record(self) -> ClipRecord:
        """As JSON holds it."""
        return {
            "clip": self.source,
            "recognizer": self.recognizer,
            "from": round(self.samples.start_s, 3),
            "to": round(self.samples.end_s, 3),
            "every": str(self.how.rate),
            "shortest": self.how.shortest_s,
            "samples": len(self.samples.times),
            "vote": self.how.vote,
            "tags": [
                {
                    "label": tag.label,
                    "share": round(tag.share, 4),
                    "seconds": round(tag.seconds, 3),
                    "confidence": round(tag.confidence, 4),
                }
                for tag in self.tags
            ],
            "unknown": round(self.unknown, 4),
            "segments": [segment_record(segment) for segment in self.segments],
            "note": self.samples.note,
        }


def segment_record(segment: Segment) -> SegmentRecord:
    """A segment as JSON holds it.

    Example:
        >>> segment_record(Segment("cat", True, 0.0, 1.25, 0.98765))["confidence"]
        0.9877
    """
    return {
        "label": segment.label,
        "known": segment.known,
        "from": round(segment.from_s, 3),
        "to": round(segment.to_s, 3),
        "confidence": round(segment.confidence, 4),
    }


def tag_clip(
    recognizer: Recognizer,
    spec: str | Path,
    how: Tagging | None = None,
    *,
    progress: Progress | None = None,
    stop: threading.Event | None = None,
) -> Tagged:
    """Say what a clip is about, and when.

    Args:
        recognizer: Is asked about its frames.
        spec: As for `open_feed`, but not live.
        how: The options.
        progress: Called with (seconds done, seconds in all).
        stop: Set from outside to end it early.

    Raises:
        KanjianError: If the clip cannot be read, or an option makes no sense.

    Example:
        >>> tag_clip(recognizer, "clip.mp4").tags[0].label  # doctest: +SKIP
        'cat'
    """
    how = how or Tagging()
    check_choice("vote", how.vote, get_args(Vote), error=VideoError)
    if not 0 <= how.least_share <= 1:
        raise VideoError(f"least_share must be from 0 to 1, got {how.least_share}.")
    with open_feed(
        spec, every=how.rate.seconds, step=how.rate.step, start=how.start_s, end=how.end_s,
        color="as-is",
    ) as feed:  # fmt: skip
        if feed.live and how.end_s is None:
            raise VideoError(f"{feed.name} has no end. Say how long to listen with --to.")
        samples = sample(
            recognizer, feed, start_s=how.start_s or 0.0, end_s=how.end_s, progress=progress,
            stop=stop,
        )  # fmt: skip
    segments = segments_of(samples, shortest_s=how.shortest_s)
    shares = voted(samples, vote=how.vote, shortest_s=how.shortest_s)
    tags = [
        _tag(name, float(share), segments)
        for name, share in zip(samples.classes, shares, strict=False)
        if share >= max(how.least_share, 1e-9)
    ]
    tags.sort(key=lambda tag: (-tag.share, -tag.confidence))
    unknown = float(shares[len(samples.classes)])
    return Tagged(str(spec), recognizer.name, how, samples, tuple(tags), unknown, tuple(segments))


def voted(samples: Samples, *, vote: Vote, shortest_s: float = SHORTEST_S) -> np.ndarray:
    """The share of the votes of each class, (k + 1,); the last is that of "unknown".

    Example:
        >>> scores = np.array([[0.9, 0.1]] * 3 + [[0.2, 0.8]])
        >>> samples = Samples(("cat", "dog"), None, np.arange(4.0), scores, 0.0, 4.0, {}, None)
        >>> voted(samples, vote="count").tolist(), voted(samples, vote="mean").round(3).tolist()
        ([0.75, 0.25, 0.0], [0.725, 0.275, 0.0])
    """
    k = len(samples.classes)
    if vote == "mean":
        return np.asarray(replace(samples, threshold=None).with_unknown.mean(axis=0))
    labels = smoothed(samples, shortest_s=shortest_s)
    weights = np.ones(len(labels))
    if vote == "confidence":
        padded = np.hstack([samples.scores, samples.scores.max(axis=1, keepdims=True)])
        weights = padded[np.arange(len(labels)), labels].astype(np.float64)
    votes = np.bincount(labels, weights, minlength=k + 1)
    return np.asarray(votes / max(votes.sum(), 1e-12))


def _tag(name: str, share: float, segments: list[Segment]) -> Tag:
    own = [segment for segment in segments if segment.known and segment.label == name]
    seconds = sum(segment.seconds for segment in own)
    sure = sum(segment.confidence * segment.seconds for segment in own)
    return Tag(name, share, seconds, sure / seconds if seconds else 0.0)
