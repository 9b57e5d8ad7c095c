"""Names written into pictures and videos, and faces hidden that shall not be seen."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import takewhile
from pathlib import Path

import numpy as np

from kanjian import former
from kanjian.errors import FaceError, VideoError
from kanjian.faces.detect import Detector
from kanjian.faces.draw import Box, color_of, draw_name, hide
from kanjian.faces.events import Event, event_of
from kanjian.faces.identify import FaceMatcher, Identified, Match, identify
from kanjian.faces.tracks import MAX_GAP_S, Track, Tracker
from kanjian.images.convert import to_rgb
from kanjian.images.decode import read_image
from kanjian.images.write import write_image
from kanjian.media.encode import write_video
from kanjian.media.frame import Frame
from kanjian.media.frames import read_frames, video_info
from kanjian.media.scene_cuts import scenes_marked
from kanjian.paths import AnyPath
from kanjian.threads import in_threads, read_ahead

# A frame is drawn this much later than it was looked at, so that names are there from the
# first frame of a face and gaps can be filled from both sides
_DELAY_S = 0.5
_MOST_HELD = 30
# So long a face that is no longer found stays hidden where it was, and before it was found
_LINGER_S = 0.4

# Frames are looked at in this size: 12 instead of 22 ms for 640×480. Who it is is told from the
# frame as it is
VIDEO_SIDE = 480
# Smaller faces than this share of a video's height are skipped
_LEAST = 1 / 20

Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class LabelStyle:
    """What is drawn.

    Args:
        blur_unknown: Hide every face without a name.
        draw: Draw boxes and names; without it only faces are hidden.
        keep: Names that are not hidden; None: everybody who is known.
    """

    blur_unknown: bool = False
    draw: bool = True
    keep: frozenset[str] | None = None

    def hides(self, match: Match) -> bool:
        """Whether a face is hidden."""
        if not self.blur_unknown:
            return False
        return not match.known or (self.keep is not None and match.name not in self.keep)


@dataclass(frozen=True, eq=False)
class Labeled:
    """A file that was labeled.

    Args:
        source: What was read.
        target: What was written.
        pictures: How many pictures it has.
        faces: Those of a picture; empty for a video.
        events: Who is seen from when to when; empty for a picture.
        notes: What else is to be said.
    """

    source: Path
    target: Path
    pictures: int
    faces: tuple[Identified, ...] = ()
    events: tuple[Event, ...] = ()
    notes: tuple[str, ...] = field(default=())


@former.renamed(knower="matcher", look="style")
def label_picture(
    source: AnyPath,
    target: AnyPath,
    finder: Detector,
    matcher: FaceMatcher,
    style: LabelStyle | None = None,
) -> Labeled:
    """Write the names of people into a copy of a picture.

    Args:
        source: The picture.
        target: The copy; its suffix says the format.
        finder: Finds the faces.
        matcher: Knows the people.
        style: What is drawn.

    Raises:
        KanjianError: If it cannot be read or written.
    """
    source, target = Path(source), Path(target)
    style = style or LabelStyle()
    # a copy: what was read may be shared
    image = np.array(read_image(source, color="rgb"))
    faces = identify(image, finder, matcher)
    _draw(image, [(each.face.box_xyxy, each.match) for each in faces], matcher.names, style)
    write_image(target, image)
    return Labeled(source, target, 1, tuple(faces))


def least_in_video(source: AnyPath) -> int:
    """The smallest face worth finding in a video, in pixels: 24, or more in a large picture.

    Raises:
        VideoError: If it cannot be read.
    """
    source = Path(source)
    return max(24, round(min(video_info(source).size_hw) * _LEAST))


@former.renamed(knower="matcher", look="style")
def label_video(
    source: AnyPath,
    target: AnyPath,
    finder: Detector,
    matcher: FaceMatcher,
    style: LabelStyle | None = None,
    *,
    progress: Progress | None = None,
) -> Labeled:
    """Write the names of people into a copy of a video; times and sound are kept.

    Reading, looking and writing go on side by side; memory does not grow with the length.

    Args:
        source: The video.
        target: The copy, H.264; .mp4, .m4v, .mov or .mkv.
        finder: Finds the faces.
        matcher: Knows the people.
        style: What is drawn.
        progress: Called with (pictures done, pictures in all).

    Raises:
        KanjianError: If it cannot be read or written.
    """
    source, target = Path(source), Path(target)
    style = style or LabelStyle()
    if target.exists() and target.samefile(source):
        raise FaceError(f"{target} would replace the video it is made from. Choose another name.")
    events: list[Event] = []
    with read_frames(source) as frames:
        info = frames.info
        with write_video(
            target, size_hw=info.size_hw, rate_fps=info.rate_fps, sound_from=source
        ) as video:
            drawn = labeled_frames(
                read_ahead(frames),
                Tracker(finder, matcher, keep=False),
                matcher,
                style,
                events.append,
            )
            count = 0
            for count, _ in enumerate(
                in_threads(
                    lambda frame: video.write(frame.image, seconds=frame.seconds), drawn, threads=1
                ),
                1,
            ):
                if progress is not None:
                    progress(count, max(count, info.frames or count))
            if not count:
                raise VideoError(f"{source} holds no picture. Get a fresh copy.")
    notes = [note for note in (frames.note, video.note) if note]
    return Labeled(source, target, count, (), tuple(events), tuple(notes))


@former.renamed(knower="matcher", look="style")
def labeled_frames(
    frames: Iterable[Frame],
    tracker: Tracker,
    matcher: FaceMatcher,
    style: LabelStyle,
    heard: Callable[[Event], None] | None = None,
    *,
    delay_s: float = _DELAY_S,
) -> Iterator[Frame]:
    """The frames with names drawn in, in order, each a little later than it was looked at.

    Args:
        frames: RGB frames.
        tracker: Follows the faces.
        matcher: Knows the people.
        style: What is drawn.
        heard: Called with each event as it ends.
        delay_s: How much later; 0 draws what is known at that moment.
    """
    waiting = _Waiting(matcher, style)
    for frame, begins in scenes_marked(frames):
        waiting.add(frame, tracker.step(frame, begins=begins), begins=begins)
        yield from waiting.drawn(frame.seconds - delay_s)
        tell_ended(tracker, heard)
    tracker.finish()
    yield from waiting.drawn(None)
    tell_ended(tracker, heard)


def tell_ended(tracker: Tracker, heard: Callable[[Event], None] | None) -> None:
    """Tell of each track that ended since the last time."""
    for track in tracker.ended:
        event = event_of(track)
        if heard is not None and event is not None:
            heard(event)
    tracker.ended.clear()


@dataclass(frozen=True, eq=False)
class _Seen:
    """Where the face of a track was, and when."""

    track: Track
    seconds: float
    box: Box


class _Waiting:
    """Frames that were looked at and wait to be drawn."""

    def __init__(self, matcher: FaceMatcher, style: LabelStyle) -> None:
        self._names, self._style = matcher.names, style
        self._held: deque[tuple[Frame, dict[int, _Seen], bool]] = deque()
        self._before: dict[int, _Seen] = {}

    def add(self, frame: Frame, tracks: Sequence[Track], *, begins: bool) -> None:
        seen = {track.number: _Seen(track, frame.seconds, track.last.box_xyxy) for track in tracks}
        self._held.append((frame, seen, begins))

    def drawn(self, until: float | None) -> Iterator[Frame]:
        """Those up to this time, and all that are too many to wait."""
        while self._held and (
            until is None or self._held[0][0].seconds <= until or len(self._held) > _MOST_HELD
        ):
            yield self._next()

    def _next(self) -> Frame:
        frame, seen, begins = self._held.popleft()
        self._before = {
            number: last
            for number, last in self._before.items()
            if not begins and frame.seconds - last.seconds <= MAX_GAP_S
        }
        boxes = [(each.box, each.track.match) for each in seen.values()]
        boxes += self._filled(frame.seconds, seen)
        self._before |= seen
        image = to_rgb(frame.image).copy()
        _draw(image, boxes, self._names, self._style)
        return Frame(frame.index, frame.seconds, image)

    def _filled(self, now: float, seen: dict[int, _Seen]) -> Iterator[tuple[Box, Match]]:
        """Faces not found in this frame but a little before or after it, in its scene."""
        after: dict[int, _Seen] = {}
        for _, later, _ in takewhile(lambda held: not held[2], self._held):
            after = later | after
        for number in (self._before.keys() | after.keys()) - seen.keys():
            last, following = self._before.get(number), after.get(number)
            if last and following:
                share = (now - last.seconds) / (following.seconds - last.seconds)
                box = (1 - share) * np.array(last.box) + share * np.array(following.box)
                yield tuple(map(float, box)), last.track.match  # type: ignore[misc]
            elif self._style.blur_unknown:
                near = last or following
                assert near is not None
                if abs(now - near.seconds) <= _LINGER_S:
                    yield near.box, near.track.match


def _draw(
    image: np.ndarray,
    boxes: Iterable[tuple[Box, Match]],
    names: Sequence[str],
    style: LabelStyle,
) -> None:
    boxes = list(boxes)
    hidden = [(box, match) for box, match in boxes if style.hides(match)]
    for box, _ in hidden:
        hide(image, box)
    if style.draw:
        for box, match in boxes:
            if not style.hides(match):
                number = list(names).index(match.name) if match.name in names else len(names)
                color = color_of(match.name, names)
                draw_name(image, box, match.name, color, otherwise=f"#{number}")


former.names_in(__name__)
