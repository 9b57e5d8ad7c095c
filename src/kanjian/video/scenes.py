"""Where a video is cut: a frame unlike the one before it, more than its neighbors are."""

from collections import deque
from collections.abc import Iterable, Iterator

import numpy as np

from kanjian.errors import VideoError
from kanjian.media.frame import Frame

# Mean difference of hue, saturation and value, 0 to 255, from which on two frames may lie on
# both sides of a cut, and how many times that of the frames around it must be: a shaking camera
# differs all the time, a cut once. PySceneDetect's adaptive detector takes the same two. Two
# people filmed alike in one room differ by 23, with 2 to 4 around it
THRESHOLD, _TIMES = 15.0, 3.0
# Frames on each side that a difference is compared with
_AROUND = 2
_SIDE = 64
SHORTEST_S = 0.4


def scene_starts(
    frames: Iterable[Frame], *, threshold: float = THRESHOLD, shortest_s: float = SHORTEST_S
) -> Iterator[Frame]:
    """The first frame of each scene, in order; the first of all begins one.

    Hard cuts are found; a slow fade from one scene to the next is not.

    Args:
        frames: All frames of a video, RGB or gray.
        threshold: How unlike two frames on both sides of a cut are, 0 to 255.
        shortest_s: A scene is at least this long; a flash light is none.

    Raises:
        VideoError: If the threshold is not positive.

    Example:
        >>> dark, bright = np.zeros((9, 16, 3), np.uint8), np.full((9, 16, 3), 200, np.uint8)
        >>> shown = [Frame(n, n / 10, bright if 10 <= n < 20 else dark) for n in range(30)]
        >>> [frame.index for frame in scene_starts(shown)]
        [0, 10, 20]
    """
    marked = scenes_marked(frames, threshold=threshold, shortest_s=shortest_s)
    return (frame for frame, begins in marked if begins)


def scenes_marked(
    frames: Iterable[Frame], *, threshold: float = THRESHOLD, shortest_s: float = SHORTEST_S
) -> Iterator[tuple[Frame, bool]]:
    """Every frame, and whether a scene begins with it; as `scene_starts`, two frames late.

    Raises:
        VideoError: If the threshold is not positive.
    """
    if not 0 < threshold < 255:
        raise VideoError(f"threshold must be between 0 and 255, got {threshold}.")
    return _marked(frames, threshold, shortest_s)


def _marked(
    frames: Iterable[Frame], threshold: float, shortest_s: float
) -> Iterator[tuple[Frame, bool]]:
    last_s = -np.inf
    for frame, difference, around in _compared(frames):
        cut = difference >= threshold and difference >= _TIMES * around
        begins = last_s == -np.inf or (cut and frame.seconds - last_s >= shortest_s)
        if begins:
            last_s = frame.seconds
        yield frame, begins


def _compared(frames: Iterable[Frame]) -> Iterator[tuple[Frame, float, float]]:
    """Each frame, its difference from the one before, and the largest of those around that."""
    held: deque[tuple[Frame, float]] = deque(maxlen=2 * _AROUND + 1)
    before: np.ndarray | None = None
    at = 0  # of the next frame to give, counted in `held`
    for frame in frames:
        small = _small(frame.image)
        difference = 0.0 if before is None else float(np.abs(small - before).mean())
        before = small
        if len(held) == held.maxlen:
            at -= 1
        held.append((frame, difference))
        if len(held) - 1 - at == _AROUND:
            yield _with_around(held, at)
            at += 1
    for rest in range(at, len(held)):
        yield _with_around(held, rest)


def _with_around(held: "deque[tuple[Frame, float]]", at: int) -> tuple[Frame, float, float]:
    frame, difference = held[at]
    near = range(max(0, at - _AROUND), min(len(held), at + _AROUND + 1))
    others = [held[number][1] for number in near if number != at]
    return frame, difference, float(np.mean(others)) if others else 0.0


def _small(image: np.ndarray) -> np.ndarray:
    """Hue, saturation and value of the frame, shrunk, as int16; hue counts in 0 to 255."""
    import cv2

    height, width = image.shape[:2]
    scale = min(1.0, _SIDE / max(height, width))
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    small = cv2.resize(image, size, interpolation=cv2.INTER_AREA)
    if small.ndim == 2:
        small = small[..., None]
        return np.asarray(small, np.int16)
    made: np.ndarray = cv2.cvtColor(small, cv2.COLOR_RGB2HSV_FULL).astype(np.int16)
    return made
