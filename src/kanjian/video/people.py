"""Who is on screen when: faces followed through a clip, scene by scene, and put together."""

from bisect import bisect_right
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from kanjian.errors import VideoError
from kanjian.faces.detect import Detector
from kanjian.faces.identify import FaceMatcher
from kanjian.faces.people import Person, people_in
from kanjian.faces.tracks import tracks
from kanjian.media.feed import open_feed
from kanjian.media.frame import Frame
from kanjian.threads import read_ahead
from kanjian.video.scenes import end_after, length_of

Progress = Callable[[float, float], None]
# Looked at so often; faces are followed from one to the next, so they must overlap
EVERY_S = 0.1
# A face seen for less was likely none
SHORTEST_S = 0.3
# Share of the similarity demanded of one person below which a face is another's
_OTHER = 0.7


@dataclass(frozen=True, eq=False)
class Followed:
    """The people of a clip.

    Args:
        clip: What was looked at.
        people: Everybody in it, whoever is seen longest first.
        starts_s: When its scenes begin, in order.
        end_s: When its last frame has been shown.
        every_s: How often faces were looked for.
        note: What was wrong with the clip, if anything.
    """

    clip: str
    people: tuple[Person, ...]
    starts_s: tuple[float, ...]
    end_s: float
    every_s: float
    note: str | None

    def scene_at(self, seconds: float) -> tuple[float, float]:
        """From when to when the scene of a moment lasts."""
        at = bisect_right(self.starts_s, seconds)
        return self.starts_s[max(at - 1, 0)], (*self.starts_s, self.end_s)[max(at, 1)]

    def stretches(self, person: Person) -> list[tuple[float, float]]:
        """From when to when somebody is on screen, each stretch within one scene."""
        found = []
        for track in person.tracks:
            start, end = self.scene_at(track.from_s)
            until = min(track.to_s + self.every_s, end)  # the last look counts till the next
            if until - track.from_s >= min(SHORTEST_S, 0.9 * (end - start)):
                found.append((track.from_s, until))
        return found


def follow(
    spec: str | Path,
    finder: Detector,
    matcher: FaceMatcher,
    *,
    start_s: float | None = None,
    end_s: float | None = None,
    every_s: float = EVERY_S,
    progress: Progress | None = None,
) -> Followed:
    """Follow all faces of a clip and say whose they are.

    Faces are followed through each scene and clustered by their looks first; the mean of each
    cluster is then matched with the people known. So a face turned aside or in the dark
    belongs to the person it was before and is after.

    Args:
        spec: As for `open_feed`, but not live.
        finder: Finds the faces.
        matcher: Knows the people.
        start_s: Nothing before this.
        end_s: Nothing at or after this.
        every_s: How often faces are looked for; cuts are found wherever they are.
        progress: Called with (seconds done, seconds in all).

    Raises:
        KanjianError: If the clip cannot be read, or an option makes no sense.
    """
    if not every_s > 0:
        raise VideoError(f"every_s must be positive, got {every_s}.")
    starts, last_s = list[float](), 0.0
    with open_feed(spec, start=start_s, end=end_s) as feed:
        if feed.live and end_s is None:
            raise VideoError(f"{feed.name} has no end. Say how long to look with --to.")
        total = length_of(feed, end_s)

        def heard(frame: Frame, begins: bool) -> None:
            nonlocal last_s
            last_s = frame.seconds
            starts.extend([last_s] if begins else [])
            if progress is not None:
                progress(last_s, max(total, last_s))

        # tracks parted for nothing are joined again by their looks; two people in one never part
        found = tracks(
            read_ahead(feed), finder, matcher, other=_OTHER * matcher.threshold, every_s=every_s,
            heard=heard,
        )  # fmt: skip
        if not starts:
            raise VideoError(f"{feed.name}: not one frame between the times asked for.")
        people = tuple(people_in(found, matcher))
        end = end_after(last_s, feed)
        return Followed(str(spec), people, tuple(starts), end, every_s, feed.note)
