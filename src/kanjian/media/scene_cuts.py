"""Where a video is cut: a frame unlike the one before it, far more than frames around it differ.

One detector for all of kanjian: tracks of faces, highlights, tags, lists of scenes. It is adaptive
as PySceneDetect's AdaptiveDetector is: a change counts against the mean of the changes around it,
so that a shaking camera is no cut and a cut between two quiet takes of one room is. Three things
are added, each of which is measured (bench/scene_cuts.py):

- the change must be larger than the largest near it, too: clips that show each picture two or three
  times jump where they do not, and their mean is small;
- what comes after is compared with what was before: a flash comes back to the same picture;
- one frame blended of both sides, as conversions of the rate leave it, is seen through.

PySceneDetect itself (BSD-3, alive) could be fed with frames. It is not used: its two packages
bring an OpenCV each, of which one lies over ours; it wants 24-bit BGR and time codes, calls that
interface unstable, and cannot see the first and last two frames. What is needed of it is the page
below. Levels are compared as they are, not as HSV: the hue of a gray wall is noise, and gray videos
have none.

Fades and dissolves begin no scene: each of their frames differs little from the next. Where a face
changes into another in one, the tracker parts them by their looks.
"""

from collections import deque
from collections.abc import Iterable, Iterator

import numpy as np

from kanjian.errors import VideoError
from kanjian.media.frame import Frame

# Mean difference of the levels, 0 to 255, from which on two frames may lie on both sides of a cut:
# key frames of a still, strongly compressed clip differ by 3.1, two takes of one person by 5.1
THRESHOLD = 4.0
# How many times the mean of the changes around it, as in PySceneDetect, and the largest of them
_TIMES_MEAN, _TIMES_LARGEST = 3.0, 1.4
# A picture that comes back within so many frames, by this share of the change, was a flash
_FLASH, _BACK = 4, 0.6
# Changes that count as around: before, the begin of a flash that ends; after, the next change where
# a cartoon or a converted rate shows a picture three times
_BEHIND, _AHEAD = _FLASH, 3
_SIDE = 64


def scene_starts(frames: Iterable[Frame], *, threshold: float = THRESHOLD) -> Iterator[Frame]:
    """The first frame of each scene, in order; the first of all begins one.

    Hard cuts are found, also in a shaking picture, in a still one and between takes alike; a
    flash, a fade, a dissolve and a camera that moves begin nothing.

    Args:
        frames: All frames of a video, RGB or gray; times do not matter, so rates may vary.
        threshold: How unlike two frames on both sides of a cut are at least, 0 to 255.

    Raises:
        VideoError: If the threshold makes no sense.

    Example:
        >>> dark, bright = np.zeros((9, 16, 3), np.uint8), np.full((9, 16, 3), 200, np.uint8)
        >>> shown = [Frame(n, n / 10, bright if 10 <= n < 20 else dark) for n in range(30)]
        >>> [frame.index for frame in scene_starts(shown)]
        [0, 10, 20]
    """
    return (frame for frame, begins in scenes_marked(frames, threshold=threshold) if begins)


def scenes_marked(
    frames: Iterable[Frame], *, threshold: float = THRESHOLD
) -> Iterator[tuple[Frame, bool]]:
    """Every frame, and whether a scene begins with it.

    A frame comes at once, unless it may begin a scene: then a few later ones are looked at first.

    Raises:
        VideoError: If the threshold makes no sense.
    """
    if not 0 < threshold < 255:
        raise VideoError(f"threshold must be between 0 and 255, got {threshold}.")
    return _marked(frames, threshold)


def _marked(frames: Iterable[Frame], threshold: float) -> Iterator[tuple[Frame, bool]]:
    waiting, window = deque[Frame](), _Window(threshold)
    for frame in frames:
        waiting.append(frame)
        window.later.append(_small(frame.image))
        while waiting and (window.quiet() or len(waiting) > _FLASH + 1):
            yield waiting.popleft(), window.step()
    while waiting:
        yield waiting.popleft(), window.step()


class _Window:
    """Small pictures around the one that is judged, which is the first of `later`."""

    def __init__(self, threshold: float) -> None:
        self._threshold = threshold
        self.later = deque[np.ndarray]()
        self._before: np.ndarray | None = None
        self._steps = deque[float](maxlen=_BEHIND)  # within this scene, up to the one judged
        self._second = False  # whether the one judged is the second picture of a scene

    def quiet(self) -> bool:
        """Whether it begins no scene, whatever comes after."""
        if self._before is None or self._second:
            return True
        # to a blended frame it is about half the change
        least = max(self._threshold, _TIMES_LARGEST * max(self._steps, default=0.0)) / 2
        return _change(self._before, self.later[0]) < least

    def step(self) -> bool:
        """Go on to the next picture; gives whether a scene began with this one."""
        picture, before = self.later[0], self._before
        begins = before is None or (not self.quiet() and self._is_start([before, *self.later]))
        # the first picture of a scene may be blended of both, which says nothing of either
        if before is None or begins or self._second:
            self._steps.clear()
        else:
            self._steps.append(_change(before, picture))
        self._second = begins and before is not None
        self._before = self.later.popleft()
        return begins

    def _is_start(self, row: list[np.ndarray]) -> bool:
        return any(self._is_cut(row, length) for length in (1, 2) if length < len(row))

    def _is_cut(self, row: list[np.ndarray], length: int) -> bool:
        """Whether so many steps lead from the first of the row into another scene."""
        size = _change(row[0], row[length])
        after = row[length : length + _AHEAD + 1]
        around = [*self._steps, *map(_change, after, after[1:])]
        if around:
            least = max(_TIMES_LARGEST * max(around), _TIMES_MEAN * float(np.mean(around)))
            if size < length * least:
                return False
        # a frame between is blended of both sides, or it is a picture of its own
        steps = [*map(_change, row[:length], row[1 : length + 1])]
        if size < max(self._threshold, 0.8 * sum(steps)) or min(steps) < 0.2 * size:
            return False
        back = [_change(row[0], other) for other in row[length + 1 : length + 1 + _FLASH]]
        return min(back, default=size) >= _BACK * size


def _change(one: np.ndarray, other: np.ndarray) -> float:
    """The mean difference of the levels; of pictures of another shape, all there can be."""
    return float(np.abs(one - other).mean()) if one.shape == other.shape else 255.0


def _small(image: np.ndarray) -> np.ndarray:
    """The picture with at most 64 pixels a side, as int16."""
    import cv2

    height, width = image.shape[:2]
    # of every so many-th pixel, which of a large picture is five times faster and no worse
    stride = max(1, max(height, width) // (4 * _SIDE))
    scale = min(1.0, _SIDE / max(height, width))
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    small = cv2.resize(image[::stride, ::stride], size, interpolation=cv2.INTER_AREA)
    return np.asarray(small, np.int16)
