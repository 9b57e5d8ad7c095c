"""Gradient ascent on pixels: change pictures step by step until a network likes them."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from kanjian import extras
from kanjian.errors import RecognizerError

# How fast pictures grow from one octave to the next, as DeepDream does
_OCTAVE = 1.4
_LEAST_SIDE = 16

# Pictures (n, h, w, c) and the rows they are in; their scores and the gradients
ObjectiveGradient = Callable[[np.ndarray, np.ndarray], tuple[np.ndarray, np.ndarray]]
Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class AscentConfig:
    """How pictures climb. The plain recipe is 20 steps along the normalized gradient.

    Args:
        steps: How many steps, in each octave.
        rate: Length of a step: gray levels by which a pixel moves on average (root of the
            mean square).
        jitter: Pictures are shifted at random by up to so many pixels at each step, against
            patterns as fine as a pixel.
        octaves: Sizes to climb at, the smallest first, each 1.4 times the one before.
        blur: Standard deviation in pixels of a blur after each step but the last.
        tv: Weight of smoothness (total variation) against the network's wish: 1 is as
            strong.
        bounded: Whether pixels stay in 0…255; a plain climb may leave that range.
        seed: Of the start and of the jitter.

    Example:
        >>> AscentConfig().steps
        20
    """

    steps: int = 20
    rate: float = 1.0
    jitter: int = 0
    octaves: int = 1
    blur: float = 0.0
    tv: float = 0.0
    bounded: bool = False
    seed: int = 0

    def __post_init__(self) -> None:
        """Refuse numbers that mean nothing."""
        for name, least in (("steps", 1), ("octaves", 1), ("jitter", 0), ("blur", 0), ("tv", 0)):
            if not getattr(self, name) >= least:
                raise RecognizerError(
                    f"{name} must be at least {least}, got {getattr(self, name)}."
                )
        if not 0 < self.rate < np.inf:
            raise RecognizerError(f"rate must be a step above 0, got {self.rate}.")


def gray_noise(rows: np.ndarray, shape_hwc: tuple[int, int, int], *, seed: int = 0) -> np.ndarray:
    """Pictures of nearly even gray, 118 … 138, to climb from.

    Each depends on the seed and its row alone, not on those it is drawn with.

    Args:
        rows: (n,) whole numbers: of the filters, say.
        shape_hwc: Of a picture.
        seed: Same seed, same pictures.

    Returns:
        (n, h, w, c) float32.

    Example:
        >>> gray_noise(np.array([3]), (2, 2, 1)).shape
        (1, 2, 2, 1)
    """
    draws = [np.random.default_rng([seed, int(row)]).random(shape_hwc) for row in rows]
    return (np.stack(draws) * 20 + 118).astype(np.float32)


def climb(
    start: np.ndarray,
    gradient: ObjectiveGradient,
    ascent: AscentConfig,
    *,
    at_once: int = 8,
    progress: Progress | None = None,
) -> np.ndarray:
    """Let pictures climb, as many at once as memory holds well.

    Args:
        start: (n, h, w, c) float32 pixels.
        gradient: Gives the scores and gradients of some of them.
        ascent: How.
        at_once: How many climb together; more are taken one group after the other, so
            memory does not grow with n.
        progress: Called with (steps done, steps in all) of all groups.

    Returns:
        (n, h, w, c) float32; pixels may lie outside 0…255.

    Example:
        >>> def brighter(pictures, rows):
        ...     return pictures.mean((1, 2, 3)), np.ones_like(pictures)
        >>> climb(np.zeros((1, 2, 2, 1), np.float32), brighter, AscentConfig(steps=3)).ravel()
        array([3., 3., 3., 3.], dtype=float32)
    """
    groups = [np.arange(at, min(at + at_once, len(start))) for at in range(0, len(start), at_once)]
    total = len(groups) * ascent.octaves * ascent.steps
    done = 0

    def tick() -> None:
        nonlocal done
        done += 1
        if progress is not None:
            progress(done, total)

    return np.concatenate(
        [_climb_group(start[rows], rows, gradient, ascent, tick) for rows in groups]
    )


def _climb_group(
    start: np.ndarray,
    rows: np.ndarray,
    gradient: ObjectiveGradient,
    ascent: AscentConfig,
    tick: Callable[[], None],
) -> np.ndarray:
    # drawn anew for each group: a picture does not depend on how many climb at once
    random = np.random.default_rng([ascent.seed, ascent.steps])
    sizes = octave_sizes(start.shape[1:3], ascent.octaves)
    base = resized(start, sizes[0])
    pictures = base
    for size_hw in sizes:
        # what was gained so far is enlarged, and the fine grain that the start has comes back
        gained = resized(pictures - base, size_hw)
        base = resized(start, size_hw)
        pictures = base + gained
        for step in range(ascent.steps):
            pictures = _step(pictures, rows, gradient, ascent, random)
            if ascent.blur and step + 1 < ascent.steps:
                pictures = blurred(pictures, ascent.blur)
            tick()
    return pictures


def _step(
    pictures: np.ndarray,
    rows: np.ndarray,
    gradient: ObjectiveGradient,
    ascent: AscentConfig,
    random: np.random.Generator,
) -> np.ndarray:
    down, right = random.integers(-ascent.jitter, ascent.jitter + 1, 2)
    if ascent.jitter:
        pictures = np.roll(pictures, (down, right), (1, 2))
    way = normalized(gradient(pictures, rows)[1])
    if ascent.tv:
        way = way - ascent.tv * normalized(roughness(pictures))
    pictures = pictures + np.float32(ascent.rate) * way
    if ascent.bounded:
        pictures = pictures.clip(0, 255)
    return np.roll(pictures, (-down, -right), (1, 2)) if ascent.jitter else pictures


def normalized(gradients: np.ndarray) -> np.ndarray:
    """Gradients of length 1 per pixel (root of the mean square); one that is 0 stays so.

    Example:
        >>> normalized(np.array([[3.0, -3.0], [0.0, 0.0]], np.float32)).tolist()
        [[1.0, -1.0], [0.0, 0.0]]
    """
    axes = tuple(range(1, gradients.ndim))
    # powers of the largest first: gradients of small networks can be 1e-30
    largest = np.abs(gradients).max(axis=axes, keepdims=True)
    scaled = gradients / np.where(largest > 0, largest, 1)
    length = np.sqrt(np.square(scaled).mean(axis=axes, keepdims=True))
    return np.asarray(scaled / np.where(length > 0, length, 1), np.float32)


def roughness(pictures: np.ndarray) -> np.ndarray:
    """The gradient of total variation: which way each pixel differs from its neighbors.

    Example:
        >>> roughness(np.array([0.0, 5.0, 0.0]).reshape(1, 1, 3, 1)).ravel().tolist()
        [-1.0, 2.0, -1.0]
    """
    down = np.sign(np.diff(pictures, axis=1))
    right = np.sign(np.diff(pictures, axis=2))
    gradient = np.zeros_like(pictures)
    gradient[:, 1:] += down
    gradient[:, :-1] -= down
    gradient[:, :, 1:] += right
    gradient[:, :, :-1] -= right
    return gradient


def octave_sizes(size_hw: tuple[int, ...], octaves: int) -> list[tuple[int, int]]:
    """The sizes to climb at, the smallest first.

    Example:
        >>> octave_sizes((140, 70), 3)
        [(71, 36), (100, 50), (140, 70)]
    """
    return [
        (
            max(round(size_hw[0] / _OCTAVE**n), min(_LEAST_SIDE, size_hw[0])),
            max(round(size_hw[1] / _OCTAVE**n), min(_LEAST_SIDE, size_hw[1])),
        )
        for n in reversed(range(octaves))
    ]


def resized(pictures: np.ndarray, size_hw: tuple[int, int]) -> np.ndarray:
    """Float pictures (n, h, w, c) brought to another size."""
    if pictures.shape[1:3] == size_hw:
        return pictures
    cv2 = extras.load("cv2")
    smaller = size_hw[0] < pictures.shape[1]
    how = cv2.INTER_AREA if smaller else cv2.INTER_LINEAR
    # cv2 wants (width, height) and drops a single channel
    new = [cv2.resize(picture, size_hw[::-1], interpolation=how) for picture in pictures]
    return np.stack(new).reshape(len(pictures), *size_hw, -1)


def blurred(pictures: np.ndarray, sigma: float) -> np.ndarray:
    """Float pictures (n, h, w, c) under a Gaussian of this many pixels."""
    cv2 = extras.load("cv2")
    soft = [
        cv2.GaussianBlur(each, (0, 0), sigma, borderType=cv2.BORDER_REFLECT) for each in pictures
    ]
    return np.stack(soft).reshape(pictures.shape)


def as_picture(pixels: np.ndarray) -> np.ndarray:
    """Pixels that climbed anywhere as a picture to look at: its own contrast around gray.

    Args:
        pixels: (h, w, c) floats.

    Returns:
        (h, w, c) uint8: mean 127, a quarter of all levels for one standard deviation.

    Example:
        >>> as_picture(np.array([1.0, 3.0]).reshape(1, 2, 1)).ravel()
        array([ 64, 191], dtype=uint8)

    Reference:
        Chollet, How convolutional neural networks see the world, 2016: `deprocess_image`,
        there with a tenth; so little contrast suits one filter, not a sheet of them.
    """
    spread = float(pixels.std())
    even = (pixels - pixels.mean()) / (spread if spread > 1e-6 else 1.0)
    picture: np.ndarray = np.round(127.5 + 63.75 * even).clip(0, 255).astype(np.uint8)
    return picture
