"""Faces followed from frame to frame, so that a name belongs to a person and not to a frame."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

import numpy as np

from kanjian import former
from kanjian.faces.detect import Detector, Face
from kanjian.faces.identify import FaceMatcher, Match
from kanjian.faces.names import UNKNOWN
from kanjian.faces.seen import looked_closer, overlap, seen_well
from kanjian.media.frame import Frame
from kanjian.media.scene_cuts import scenes_marked

# A face not found for this long is gone
MAX_GAP_S = 1.0
# Boxes that overlap by this share, union over intersection, may be one face
_OVERLAP = 0.3
# Frames in a row that are looked at when a face is new, and how many seconds apart then
_FIRST_EMBEDDINGS, _EMBED_S = 3, 0.5
# A name once given stays until another is better by this, or the own falls so far below
_STICK = 0.05
# Times of frames are rounded by less than this
_TICK_S = 0.002
# A face this little like the one that was there is another one that took its place
_OTHER = 0.25


@dataclass(frozen=True, eq=False)
class Detection:
    """A face in one frame.

    Args:
        index: Number of the frame.
        seconds: Its time.
        face: Where it is.
    """

    index: int
    seconds: float
    face: Face


@former.with_attributes
@dataclass(eq=False)
class Track:
    """One face through many frames.

    Args:
        number: Its number, from 1.
        sightings: Where it was, in order.
        match: Whose it is, as far as known.
        total: Sum of all embeddings, each weighted by how well the face was seen.
        n_embeddings: How many there are.
        weight: Sum of their weights.
        last_embedded_s: When the last one was.
        frames: In how many frames it was found.
    """

    number: int
    sightings: list[Detection] = field(default_factory=list)
    match: Match = field(default_factory=lambda: Match(UNKNOWN, None, 0.0, None))
    total: np.ndarray | None = None
    n_embeddings: int = 0
    weight: float = 0.0
    last_embedded_s: float = -1e9
    frames: int = 0

    @property
    def from_s(self) -> float:
        """When it was first seen."""
        return self.sightings[0].seconds

    @property
    def to_s(self) -> float:
        """When it was last seen."""
        return self.sightings[-1].seconds

    @property
    def last(self) -> Face:
        """Where it was last seen."""
        return self.sightings[-1].face

    @property
    def embedding(self) -> np.ndarray | None:
        """The mean of all embeddings; None before the first."""
        return None if self.total is None else self.total / self.weight

    def expected(self, seconds: float) -> tuple[float, float, float, float]:
        """Where its box should be by now, if it goes on as it did in the last frames."""
        last = self.sightings[-1]
        before = self.sightings[max(0, len(self.sightings) - 4)]
        box = np.array(last.face.box_xyxy)
        passed = last.seconds - before.seconds
        if passed > 0:
            speed = (box - np.array(before.face.box_xyxy)) / passed
            middle = np.tile((speed[:2] + speed[2:]) / 2, 2)  # sizes are too noisy to go on
            box = box + middle * min(seconds - last.seconds, 0.2)
        return tuple(map(float, box))  # type: ignore[return-value]

    def add_embedding(self, embedding: np.ndarray, weight: float, seconds: float) -> None:
        """Count one more embedding of it."""
        weighted = embedding * weight
        self.total = weighted if self.total is None else self.total + weighted
        self.weight += weight
        self.n_embeddings += 1
        self.last_embedded_s = seconds


class Tracker:
    """Follows faces; give it one frame after the other.

    A face is looked at when it is new and then twice a second, and its name comes from the
    mean of all embeddings: a single bad frame changes nothing.

    Args:
        finder: Finds the faces.
        matcher: Knows the people; None: nobody is known.
        gap_s: A face not found for longer is gone.
        keep: Whether tracks remember all their sightings; for a camera they need not.
        other: An embedding less like the track's own is another face that took its place.
    """

    def __init__(
        self,
        finder: Detector,
        matcher: FaceMatcher | None,
        *,
        gap_s: float = MAX_GAP_S,
        keep: bool = True,
        other: float = _OTHER,
    ) -> None:
        self._finder, self._matcher, self._other = finder, matcher, other
        self._gap_s, self._keep = gap_s, keep
        self._count = 0
        self.live: list[Track] = []
        self.ended: list[Track] = []

    def step(self, frame: Frame, *, begins: bool = False) -> list[Track]:
        """The tracks seen in this frame; those that just ended are in `ended`.

        Args:
            frame: Later than the one before.
            begins: Whether a scene begins with it, as `scenes_marked` says: no face is
                followed over a cut, where another may take its place.
        """
        if begins:
            self.finish()
        self._end_before(frame.seconds - self._gap_s)
        faces = self._finder.detect(frame.image)
        taken = self._assigned(faces, frame)
        self._embed(frame, [(track, face) for track, face in taken if self._due(track, frame)])
        return [track for track in self.live if track.sightings[-1].index == frame.index]

    def finish(self) -> list[Track]:
        """End all tracks; gives every track that ended since `ended` was emptied."""
        self.ended += self.live
        self.live = []
        return self.ended

    def _end_before(self, seconds: float) -> None:
        self.ended += [track for track in self.live if track.to_s < seconds]
        self.live = [track for track in self.live if track.to_s >= seconds]

    def _assigned(self, faces: list[Face], frame: Frame) -> list[tuple[Track, Face]]:
        """Each face goes to the track it overlaps most, the best pair first."""
        expected = [track.expected(frame.seconds) for track in self.live]
        pairs = sorted(
            (
                (overlap(box, face.box_xyxy), at, number)
                for at, box in enumerate(expected)
                for number, face in enumerate(faces)
            ),
            reverse=True,
        )
        track_of: dict[int, Track] = {}
        taken: set[int] = set()
        for share, at, number in pairs:
            if share < _OVERLAP:
                break
            if at not in taken and number not in track_of:
                taken.add(at)
                track_of[number] = self.live[at]
        given = []
        for number, face in enumerate(faces):
            track = track_of.get(number) or self._new()
            self._sight(track, frame, face)
            given.append((track, face))
        return given

    def _new(self) -> Track:
        self._count += 1
        track = Track(self._count)
        self.live.append(track)
        return track

    def _sight(self, track: Track, frame: Frame, face: Face) -> None:
        track.sightings.append(Detection(frame.index, frame.seconds, face))
        track.frames += 1
        if not self._keep and len(track.sightings) > 8:
            del track.sightings[1:-4]  # the first tells since when, the last where it goes

    def _due(self, track: Track, frame: Frame) -> bool:
        if self._matcher is None:
            return False
        if track.n_embeddings < _FIRST_EMBEDDINGS:
            return True
        lost = len(track.sightings) > 1 and track.sightings[-2].index < frame.index - 3
        return lost or frame.seconds - track.last_embedded_s >= _EMBED_S

    def _embed(self, frame: Frame, due: list[tuple[Track, Face]]) -> None:
        if not due or self._matcher is None:
            return
        closer = [looked_closer(frame.image, face, self._finder) for _, face in due]
        embeddings = self._matcher.embed(frame.image, closer)
        for (track, face), embedding in zip(due, embeddings, strict=True):
            known = track.embedding
            other = (
                known is not None
                and self._matcher.similarities(known[None], embedding)[0] < self._other
            )
            owner = self._parted(track, frame, face) if other else track
            owner.add_embedding(embedding, seen_well(face), frame.seconds)
            mean = owner.embedding
            assert mean is not None
            owner.match = _steady(owner.match, self._matcher.decide(mean), self._matcher.threshold)

    def _parted(self, track: Track, frame: Frame, face: Face) -> Track:
        """Another face took the place of the one that was followed: from here on it is its own."""
        if len(track.sightings) > 1:
            del track.sightings[-1]
            track.frames -= 1
            self.live.remove(track)
            self.ended.append(track)
            track = self._new()
            self._sight(track, frame, face)
        return track


def _steady(old: Match, new: Match, threshold: float) -> Match:
    """The new match, unless it differs from the old one by less than noise."""
    if old.known and old.name != new.name:
        fell = new.nearest == old.name and new.similarity >= threshold - _STICK
        close = new.known and new.margin is not None and new.margin < _STICK
        if fell or close:
            return Match(old.name, new.nearest, new.similarity, new.margin)
    return new


@former.renamed(knower="matcher")
def tracks(
    frames: Iterable[Frame],
    finder: Detector,
    matcher: FaceMatcher | None = None,
    *,
    gap_s: float = MAX_GAP_S,
    other: float = _OTHER,
    every_s: float = 0.0,
    heard: Callable[[Frame, bool], None] | None = None,
) -> list[Track]:
    """All faces of a clip, each followed through its scene, in the order they appear.

    Args:
        frames: As `read_frames` gives them; scenes are told apart best where all are given.
        finder: Finds the faces.
        matcher: Knows the people; None: nobody is known.
        gap_s: A face not found for longer is gone; when it is back it is a track of its own.
        other: An embedding less like the track's own is another face that took its place.
        every_s: Look for faces only so often, and at the first frame of each scene.
        heard: Called with each frame and whether a scene begins with it.
    """
    tracker, due = Tracker(finder, matcher, gap_s=gap_s, other=other), -1.0
    for frame, begins in scenes_marked(frames):
        now = frame.seconds + _TICK_S
        if begins or now >= due:
            tracker.step(frame, begins=begins)
            due = every_s * (now // every_s + 1) if every_s else now
        if heard is not None:
            heard(frame, begins)
    return sorted(tracker.finish(), key=lambda track: track.number)


former.names_in(__name__)
