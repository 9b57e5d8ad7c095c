"""The scenes of a clip, from cut to cut, each with a small picture."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from kanjian.errors import VideoError
from kanjian.media.feed import open_feed
from kanjian.media.frame import Feed, Frame, VideoInfo
from kanjian.media.scene_cuts import THRESHOLD, scene_starts, scenes_marked
from kanjian.threads import read_ahead
from kanjian.video.samples import thumbnail

__all__ = ["Scene", "Scenes", "find_scenes", "scene_starts"]

Progress = Callable[[float, float], None]
# A scene is shown by its middle, or by this moment of it where it is long
_SHOWN_S = 1.0
_THUMB = 240


@dataclass(frozen=True, eq=False)
class Scene:
    """What lies between two cuts.

    Args:
        first: Number of its first frame.
        frames: How many it has.
        from_s: When its first frame is shown.
        to_s: When the first frame after it is shown.
        thumb: A small picture of it, as JPEG.
    """

    first: int
    frames: int
    from_s: float
    to_s: float
    thumb: bytes

    @property
    def seconds(self) -> float:
        """How long it is."""
        return self.to_s - self.from_s


@dataclass(frozen=True, eq=False)
class Scenes:
    """A clip and its scenes.

    Args:
        clip: The file.
        info: What it says of itself.
        scenes: Without gaps, in order.
        note: What was wrong with it, if anything.
    """

    clip: str
    info: VideoInfo
    scenes: tuple[Scene, ...]
    note: str | None


def find_scenes(
    spec: str | Path,
    *,
    start_s: float | None = None,
    end_s: float | None = None,
    threshold: float = THRESHOLD,
    shortest_s: float = 0.0,
    rate_fps: float = 25,
    progress: Progress | None = None,
) -> Scenes:
    """The scenes of a clip, each with a small picture; memory grows by 10 kB a scene.

    Args:
        spec: As for `open_feed`, but not live.
        start_s: None before this.
        end_s: None at or after this.
        threshold: As for `scene_starts`.
        shortest_s: What begins sooner after the scene before belongs to that.
        rate_fps: Pictures of a folder are this many to the second.
        progress: Called with (seconds done, seconds in all).

    Raises:
        KanjianError: If the clip cannot be read, or an option makes no sense.

    Example:
        >>> found = find_scenes("film.mp4")  # doctest: +SKIP
        >>> [(scene.from_s, scene.to_s) for scene in found.scenes]  # doctest: +SKIP
        [(0.0, 4.2), (4.2, 7.96)]
    """
    if not shortest_s >= 0:
        raise VideoError(f"shortest_s must not be negative, got {shortest_s}.")
    with open_feed(
        spec, start=start_s, end=end_s, color="as-is", rate_fps=rate_fps
    ) as feed:  # fmt: skip
        if feed.live and end_s is None:
            raise VideoError(f"{feed.name} has no end. Say how long to look with --to.")
        length, open_scene, scenes = length_of(feed, end_s), None, list[Scene]()
        for frame, begins in scenes_marked(read_ahead(feed), threshold=threshold):
            if open_scene is None or (begins and frame.seconds - open_scene.from_s >= shortest_s):
                if open_scene is not None:
                    scenes.append(open_scene.until(frame.seconds))
                open_scene = _Open(frame)
            open_scene.add(frame)
            if progress is not None:
                progress(frame.seconds, max(length, frame.seconds))
        if open_scene is None:
            raise VideoError(f"{feed.name}: not one frame between the times asked for.")
        scenes.append(open_scene.until(end_after(open_scene.last_s, feed)))
        return Scenes(str(spec), feed.info, tuple(scenes), feed.note)


def length_of(feed: Feed, end_s: float | None) -> float:
    """How long there is to read, as far as known: 0 where nothing is stated."""
    stated = feed.info.seconds or 0.0
    return stated if end_s is None else min(end_s, stated or end_s)


def end_after(last_s: float, feed: Feed) -> float:
    """When the last frame of a feed has been shown: as stated, or a frame's time after it."""
    frame_s = float(1 / feed.info.rate_fps)
    stated = feed.info.seconds or 0.0
    return stated if last_s < stated < last_s + 2 * frame_s else last_s + frame_s


class _Open:
    """A scene whose end is still to come."""

    def __init__(self, first: Frame) -> None:
        self.from_s = self.last_s = first.seconds
        self._first, self._count = first.index, 0
        self._thumbs: list[tuple[float, bytes]] = []

    def add(self, frame: Frame) -> None:
        self._count += 1
        self.last_s = frame.seconds
        inside = frame.seconds - self.from_s
        if inside <= _SHOWN_S or not self._thumbs:
            self._thumbs.append((inside, thumbnail(frame.image, _THUMB)))

    def until(self, to_s: float) -> Scene:
        shown = min(_SHOWN_S, (to_s - self.from_s) / 2)
        _, thumb = min(self._thumbs, key=lambda each: abs(each[0] - shown))
        return Scene(self._first, self._count, self.from_s, to_s, thumb)
