"""The scenes of one person in a clip."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from kanjian.checks import check_choice
from kanjian.errors import FaceError, VideoError
from kanjian.faces.detect import Detector
from kanjian.faces.identify import FaceMatcher
from kanjian.faces.people import Person, people_in
from kanjian.faces.tracks import Track, Tracker
from kanjian.media.frame import Frame
from kanjian.media.frames import read_frames
from kanjian.paths import AnyPath
from kanjian.threads import read_ahead
from kanjian.video.cuts import Cut, padded
from kanjian.video.scenes import scenes_marked

Progress = Callable[[float, float], None]
PAD_S, JOIN_S = 1.0, 2.0
# Looked at so often; faces are followed from one to the next, so they must overlap
EVERY_S = 0.1
# A face seen for less was likely none
_SHORTEST_S = 0.3
# Share of the similarity demanded of one person below which a face is another's
_OTHER = 0.7


@dataclass(frozen=True, eq=False)
class Found:
    """Where somebody is in a clip.

    Args:
        cuts: The scenes, in order; empty: nowhere.
        people: Everybody in the clip, whoever is seen longest first.
        note: What was wrong with the clip, if anything.
    """

    cuts: tuple[Cut, ...]
    people: tuple[Person, ...]
    note: str | None


def find_person(
    clip: AnyPath,
    name: str,
    finder: Detector,
    matcher: FaceMatcher,
    *,
    pad_s: float = PAD_S,
    join_s: float = JOIN_S,
    every_s: float = EVERY_S,
    progress: Progress | None = None,
) -> Found:
    """The scenes of a clip that show one person.

    Faces are followed through the clip and clustered by their looks first; the mean of each
    cluster is then matched with the people known. So a face turned aside or in the dark
    belongs to the person it was before and is after.

    Args:
        clip: A video file.
        name: A person the matcher knows.
        finder: Finds the faces.
        matcher: Knows the people.
        pad_s: Time added before and after each scene.
        join_s: Scenes with at most so much between them are joined.
        every_s: How often a frame is looked at.
        progress: Called with (seconds done, seconds in all).

    Raises:
        KanjianError: If nobody of that name is known, or the clip cannot be read.

    Example:
        >>> from kanjian.faces.detect import detector
        >>> from kanjian.faces.identify import open_matcher
        >>> clip = Path("party.mp4")
        >>> found = find_person(clip, "Ann", detector(), open_matcher())  # doctest: +SKIP
        >>> [(cut.from_s, cut.to_s) for cut in found.cuts]  # doctest: +SKIP
        [(3.5, 9.0), (31.0, 40.5)]
    """
    clip = Path(clip)
    check_choice("person", name, matcher.names, error=FaceError, where="--person")
    with read_frames(clip, every=every_s) as frames:
        length = frames.info.seconds
        seen = _tracks(_counted(read_ahead(frames), length or 0.0, progress), finder, matcher)
        note = frames.note
    people = people_in(seen, matcher)
    stretches = [
        (track.from_s, track.to_s)
        for person in people
        if person.match.name == name
        for track in person.tracks
        if track.to_s - track.from_s >= _SHORTEST_S
    ]
    joined = padded(stretches, pad_s=pad_s, join_s=join_s, end_s=length)
    cuts = tuple(Cut(clip, start, end, name) for start, end in joined if end > start)
    return Found(cuts, tuple(people), note)


def _tracks(frames: Iterator[Frame], finder: Detector, matcher: FaceMatcher) -> list[Track]:
    """All faces of a clip; none is followed over a cut, where another may take its place."""
    # tracks parted for nothing are joined again by their looks; two people in one never part
    tracker = Tracker(finder, matcher, other=_OTHER * matcher.threshold)
    for frame, begins in scenes_marked(frames):
        if begins:
            tracker.finish()
        tracker.step(frame)
    return sorted(tracker.finish(), key=lambda track: track.number)


def _counted(frames: Iterator[Frame], length: float, progress: Progress | None) -> Iterator[Frame]:
    for frame in frames:
        yield frame
        if progress is not None:
            progress(frame.seconds, max(length, frame.seconds))


def nobody(clip: Path, name: str, found: Found) -> VideoError:
    """The one line for a clip that does not show the person; says who is there."""
    others = [person for person in found.people if person.seconds >= _SHORTEST_S]
    if not others:
        seen = "no face was found in it"
    else:
        told = [f"{each.match.name} ({_of(each)})" for each in others[:5]]
        seen = f"it shows {', '.join(told)}"
    return VideoError(
        f"{name} was not found in {clip}: {seen}. Enroll more pictures, or lower --threshold."
    )


def _of(person: Person) -> str:
    match = person.match
    near = "" if match.known else f", nearest {match.nearest} {match.similarity:.2f}"
    return f"{person.seconds:.0f} s{near}"
