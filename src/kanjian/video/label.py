"""What a recognizer sees, written into a copy of a video."""

import time
from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from kanjian.errors import VideoError
from kanjian.faces.draw import color_of
from kanjian.images.convert import to_rgb
from kanjian.images.draw import text_plate
from kanjian.inference.recognizer import Recognizer
from kanjian.media.encode import check_video_suffix, write_video
from kanjian.media.frame import Frame
from kanjian.media.frames import read_frames
from kanjian.paths import AnyPath
from kanjian.threads import in_threads, read_ahead
from kanjian.video.segments import Segment
from kanjian.video.tag import Tagged, Tagging, tag_clip

Progress = Callable[[float, float], None]
# The probability shown is the mean over so long, or its digits could not be read
_CALM_S = 1.0


@dataclass(frozen=True, eq=False)
class LabeledClip:
    """An annotated copy.

    Args:
        target: The copy.
        tagged: What it shows, and when.
        pictures: How many it has.
        seconds: What making it took.
        notes: What went wrong, if anything.
    """

    target: Path
    tagged: Tagged
    pictures: int
    seconds: float
    notes: tuple[str, ...]


def label_clip(
    recognizer: Recognizer,
    source: AnyPath,
    target: AnyPath,
    how: Tagging | None = None,
    *,
    progress: Progress | None = None,
) -> LabeledClip:
    """Write what a clip shows, moment by moment, into a copy; times and sound are kept.

    The clip is read twice: first to be asked about, then to be drawn. So a label is there
    from the first frame of its stretch and does not flicker, and a bar at the bottom shows
    what is still to come. Memory does not grow with the length.

    Args:
        recognizer: Is asked.
        source: The clip.
        target: .mp4, .m4v, .mov or .mkv.
        how: As for `tag_clip`; all of the clip is copied, from begin to end.
        progress: Called with (seconds done, seconds in all), both readings counted.

    Raises:
        KanjianError: If it cannot be read or written.

    Example:
        >>> recognizer = Recognizer.load("runs/pets")  # doctest: +SKIP
        >>> label_clip(recognizer, Path("a.mp4"), Path("b.mp4")).pictures  # doctest: +SKIP
        250
    """
    source, target = Path(source), Path(target)
    check_video_suffix(target)
    if target.exists() and target.samefile(source):
        raise VideoError(f"{target} would replace the clip it is made from. Choose another name.")
    started = time.perf_counter()
    half = None if progress is None else lambda done, total: progress(done, 2 * total)
    tagged = tag_clip(recognizer, source, how, progress=half)
    pen, count = _Pen(tagged), 0
    with read_frames(source) as frames:
        info, length = frames.info, tagged.samples.end_s
        with write_video(
            target, size_hw=info.size_hw, rate_fps=info.rate_fps, sound_from=source
        ) as video:

            def write(frame: Frame) -> float:
                video.write(frame.image, seconds=frame.seconds)
                return frame.seconds

            for seconds in in_threads(write, _drawn(pen, read_ahead(frames)), threads=1):
                count += 1
                if progress is not None:
                    progress(length + min(seconds, length), 2 * length)
    notes = [note for note in (frames.note, video.note) if note]
    return LabeledClip(target, tagged, count, time.perf_counter() - started, tuple(notes))


def _drawn(pen: "_Pen", frames: Iterator[Frame]) -> Iterator[Frame]:
    for frame in frames:
        image = to_rgb(frame.image).copy()
        pen.draw(image, frame.seconds)
        yield Frame(frame.index, frame.seconds, image)


class _Pen:
    """Draws what a clip shows at any moment of it."""

    def __init__(self, tagged: Tagged) -> None:
        samples = tagged.samples
        self._segments: Sequence[Segment] = tagged.segments
        self._starts = [each.from_s for each in tagged.segments]
        self._from_s, self._to_s = samples.start_s, samples.end_s
        seen = [each.label for each in tagged.segments if each.known]
        self._names = list(dict.fromkeys([*seen, *samples.classes]))
        self._times, self._classes = samples.times, samples.classes
        width = max(1, round(_CALM_S / samples.interval_s)) if samples.interval_s else 1
        self._calm = {
            name: _moving_mean(samples.scores[:, samples.classes.index(name)], width)
            for name in dict.fromkeys(seen)
        }

    def draw(self, image: np.ndarray, seconds: float) -> None:
        """Label and bar, in place; outside of what was looked at there is no label."""
        self._bar(image, seconds)
        if not self._from_s <= seconds <= self._to_s:
            return
        at = max(bisect_right(self._starts, seconds) - 1, 0)
        segment = self._segments[at]
        text = segment.label
        if segment.known:
            share = float(np.interp(seconds, self._times, self._calm[segment.label]))
            text = f"{text} {100 * share:.0f} %"
        height, width = image.shape[:2]
        px = max(12, min(48, round(min(height, width) / 16)))
        color = color_of(segment.label, self._names)
        number = self._classes.index(segment.label) if segment.label in self._classes else 0
        plate = text_plate(
            text, text_px=px, ground=color, most=max(width, 16), otherwise=f"#{number}"
        )
        room = image[px // 2 : px // 2 + len(plate), px // 2 : px // 2 + plate.shape[1]]
        room[:] = plate[: room.shape[0], : room.shape[1]]

    def _bar(self, image: np.ndarray, seconds: float) -> None:
        height, width = image.shape[:2]
        thick = max(3, round(height / 60))
        span = max(self._to_s - self._from_s, 1e-9)

        def place(moment: float) -> int:
            return int(width * min(max((moment - self._from_s) / span, 0.0), 1.0) + 0.5)

        for each in self._segments:
            color = color_of(each.label, self._names)
            image[-thick:, place(each.from_s) : place(each.to_s)] = color
        now = min(place(seconds), width - 1)
        image[-2 * thick :, max(now - 1, 0) : now + 1] = 255


def _moving_mean(values: np.ndarray, width: int) -> np.ndarray:
    """The mean around each place; near the ends of what there is."""
    total = np.convolve(values, np.ones(width), "same")
    count = np.convolve(np.ones(len(values)), np.ones(width), "same")
    made: np.ndarray = total[: len(values)] / count[: len(values)]
    return made
