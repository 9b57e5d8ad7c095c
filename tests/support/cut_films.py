"""Films cut together at known frames: textured scenes with a camera that moves."""

import cv2
import numpy as np

from kanjian.media.frame import Frame


def view(rng, size_hw=(72, 96)):
    """A picture of soft spots, larger than a frame of it, so that a camera can move over it."""
    coarse = rng.integers(0, 256, (6, 8, 3), np.uint8)
    return cv2.resize(coarse, (2 * size_hw[1], 2 * size_hw[0]), interpolation=cv2.INTER_CUBIC)


def shot(rng, length, *, speed=1.0, size_hw=(72, 96)):
    """Frames of one scene: the camera goes over a view, pixels a frame."""
    whole, (height, width) = view(rng, size_hw), size_hw
    top, left = rng.integers(0, height // 2, 2)
    moves = [(top, left + min(round(speed * n), width // 2)) for n in range(length)]
    return [whole[y : y + height, x : x + width].copy() for y, x in moves]


def film(seed, *, scenes=5, rate=25.0):
    """Frames and the numbers of those a scene begins with."""
    rng = np.random.default_rng(seed)
    lengths = rng.integers(8, 30, scenes)
    images = [image for length in lengths for image in shot(rng, length, speed=rng.uniform(0, 1.5))]
    return framed(images, rate), [0, *np.cumsum(lengths)[:-1].tolist()]


def framed(images, rate=25.0):
    """Pictures as frames, one after the other."""
    return [Frame(number, number / rate, image) for number, image in enumerate(images)]
