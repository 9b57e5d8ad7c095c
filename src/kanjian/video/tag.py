"""What a clip is about: tags by vote over its frames, segments, and who is on screen when."""

import threading
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal, NotRequired, TypedDict, get_args

import numpy as np

from kanjian.checks import check_choice
from kanjian.errors import VideoError
from kanjian.inference.recognizer import Recognizer
from kanjian.media.feed import is_live, open_feed
from kanjian.video.on_screen import OnScreen, PeopleLook, on_screen
from kanjian.video.people import follow
from kanjian.video.samples import Progress, Samples, StoppedError, sample
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
StretchRecord = TypedDict("StretchRecord", {"from": float, "to": float})


class OnScreenRecord(TypedDict):
    """When somebody is on screen, as JSON holds it."""

    name: str
    known: bool
    share: float
    seconds: float
    similarity: float | None
    stretches: list[StretchRecord]


# A clip with its tags as JSON holds it; `key` says in a file what they depend on
ClipRecord = TypedDict(
    "ClipRecord",
    {
        "clip": str,
        "recognizer": str | None,
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
        "people": NotRequired[list[OnScreenRecord]],
        "key": NotRequired[str | None],
    },
)


@dataclass(frozen=True, eq=False)
class Tagged:
    """A clip with its tags.

    Args:
        source: The clip.
        recognizer: The name of what was asked; None: nothing was, and there are no tags.
        how: The options.
        samples: What it said, frame by frame.
        tags: The clip's tags, greatest share first.
        unknown: The share of the votes that nobody got.
        segments: Without gaps, in order.
        people: Who is on screen when; None: nobody was looked for.
    """

    source: str
    recognizer: str | None
    how: Tagging
    samples: Samples
    tags: tuple[Tag, ...]
    unknown: float
    segments: tuple[Segment, ...]
    people: tuple[OnScreen, ...] | None = None

    def record(self) -> ClipRecord:
        """As JSON holds it."""
        record: ClipRecord = {
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
        if self.people is not None:
            record["people"] = [on_screen_record(each) for each in self.people]
        return record


def on_screen_record(row: OnScreen) -> OnScreenRecord:
    """When somebody is on screen, as JSON holds it.

    Example:
        >>> on_screen_record(OnScreen("unknown", False, 0.25, None, ((0.5, 1.0),)))["stretches"]
        [{'from': 0.5, 'to': 1.0}]
    """
    return {
        "name": row.name,
        "known": row.known,
        "share": round(row.share, 4),
        "seconds": round(row.seconds, 3),
        "similarity": None if row.similarity is None else round(row.similarity, 4),
        "stretches": [{"from": start, "to": end} for start, end in row.stretches],
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
    recognizer: Recognizer | None,
    spec: str | Path,
    how: Tagging | None = None,
    *,
    people: PeopleLook | None = None,
    progress: Progress | None = None,
    stop: threading.Event | None = None,
) -> Tagged:
    """Say what a clip is about, who is on screen, and when.

    Args:
        recognizer: Is asked about its frames; None: people alone.
        spec: As for `open_feed`, but not live.
        how: The options.
        people: How people are looked for; None: they are not.
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
    if recognizer is None and people is None:
        raise VideoError("nothing to look for: give a recognizer, a PeopleLook, or both.")
    if recognizer is not None and people is not None and is_live(spec):
        raise VideoError(
            f"{spec} is live and can be looked at once. Ask for classes or for people, not both."
        )
    passes = _Passes((recognizer is not None) + (people is not None), progress, stop)
    tagged = (
        _people_alone(spec, how)
        if recognizer is None
        else _classes(recognizer, spec, how, passes.next(), stop)
    )
    return tagged if people is None else _with_people(tagged, spec, how, people, passes.next())


def _classes(
    recognizer: Recognizer,
    spec: str | Path,
    how: Tagging,
    progress: Progress,
    stop: threading.Event | None,
) -> Tagged:
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


def _people_alone(spec: str | Path, how: Tagging) -> Tagged:
    """A clip whose classes nobody asked for; how long it is shows when it is looked at."""
    start = how.start_s or 0.0
    samples = Samples((), None, np.empty(0), np.empty((0, 0)), start, start, {}, None)
    return Tagged(str(spec), None, how, samples, (), 0.0, ())


def _with_people(
    tagged: Tagged, spec: str | Path, how: Tagging, look: PeopleLook, progress: Progress
) -> Tagged:
    followed = follow(
        spec, look.finder, look.matcher, start_s=how.start_s, end_s=how.end_s,
        every_s=look.every_s, progress=progress,
    )  # fmt: skip
    samples = replace(tagged.samples, note=tagged.samples.note or followed.note)
    if tagged.recognizer is None:
        samples = replace(samples, end_s=followed.end_s)
    found = on_screen(followed, start_s=samples.start_s, end_s=samples.end_s)
    return replace(tagged, samples=samples, people=found)


class _Passes:
    """The progress of a clip that is read once for classes and once for people."""

    def __init__(self, count: int, progress: Progress | None, stop: threading.Event | None) -> None:
        self._count, self._progress, self._stop = count, progress, stop
        self._number = -1

    def next(self) -> Progress:
        self._number += 1
        before = self._number

        def tell(done: float, total: float) -> None:
            if self._stop is not None and self._stop.is_set():
                raise StoppedError
            if self._progress is not None:
                self._progress((before * total + done) / self._count, total)

        return tell


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
