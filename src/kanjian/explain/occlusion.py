"""What a class loses when a part of the picture is covered."""

from collections.abc import Callable, Iterator

import numpy as np

from kanjian.explain.colors import enlarged, spread01

# (n, h, w, c) float32 pixels in, one score for each out
Score = Callable[[np.ndarray], np.ndarray]


def occlusion(
    picture: np.ndarray, score: Score, *, patch: int, stride: int, batch_size: int = 16
) -> np.ndarray:
    """How far the score falls when a square patch hides a place, averaged over the patches there.

    The patch has the picture's mean color.

    Args:
        picture: (h, w, c) float32.
        score: What is asked.
        patch: Side of the square, in pixels.
        stride: How far it moves at a time; at most `patch`, so that every place is hidden once.
        batch_size: Pictures asked at a time.

    Returns:
        (h, w); below 0 where hiding it raises the probability.

    Example:
        >>> picture = np.zeros((4, 4, 1), np.float32)
        >>> picture[0, 0] = 16
        >>> occlusion(picture, lambda x: x[:, 0, 0, 0], patch=2, stride=2)[:, :3]
        array([[15., 15.,  0.],
               [15., 15.,  0.],
               [ 0.,  0.,  0.],
               [ 0.,  0.,  0.]])
    """
    whole = float(score(picture[None])[0])
    color = picture.mean(axis=(0, 1))
    places = list(_patches(picture.shape[:2], patch, stride))
    drop, times = np.zeros(picture.shape[:2]), np.zeros(picture.shape[:2])
    for start in range(0, len(places), batch_size):
        some = places[start : start + batch_size]
        hidden = np.repeat(picture[None], len(some), axis=0)
        for row, place in zip(hidden, some, strict=True):
            row[place] = color
        for place, answer in zip(some, score(hidden), strict=True):
            drop[place] += whole - float(answer)
            times[place] += 1
    return drop / times


def _patches(hw: tuple[int, ...], patch: int, stride: int) -> Iterator[tuple[slice, slice]]:
    """Squares that cover everything; the last of a row or column ends at the edge."""
    sides = []
    for side in hw:
        starts = list(range(0, max(side - patch, 0), stride))
        sides.append([*starts, max(side - patch, 0)])
    for top in sides[0]:
        for left in sides[1]:
            yield slice(top, top + patch), slice(left, left + patch)


def score_cam(
    picture: np.ndarray, maps: np.ndarray, score: Score, *, batch_size: int = 16
) -> np.ndarray:
    """Maps weighted by what the score is where only what they show is left of the picture.

    No gradient is needed. What a map does not show is covered by the picture's mean color.

    Args:
        picture: (h, w, c) float32.
        maps: (h', w', m), the maps to ask about.
        score: The probability of the class.
        batch_size: Pictures asked at a time.

    Returns:
        (h', w'), at least 0.

    Example:
        >>> picture = np.zeros((2, 2, 1), np.float32)
        >>> picture[0] = 8
        >>> maps = np.stack([[[1.0, 1.0], [0.0, 0.0]], [[0.0, 0.0], [1.0, 1.0]]], axis=-1)
        >>> score_cam(picture, maps, lambda x: x[:, 0, 0, 0] / 8)
        array([[0.5, 0.5],
               [0. , 0. ]])

    Reference:
        Wang et al., Score-CAM, CVPR workshops 2020: the increase of confidence, definition 3.
    """
    height, width = picture.shape[:2]
    color = np.broadcast_to(picture.mean(axis=(0, 1)), picture.shape).astype(np.float32)
    nothing = float(score(color[None])[0])
    weights: list[float] = []
    for start in range(0, maps.shape[2], batch_size):
        masks = [
            enlarged(spread01(maps[:, :, m]), (height, width))[..., None]
            for m in range(start, min(start + batch_size, maps.shape[2]))
        ]
        shown = np.stack([mask * picture + (1 - mask) * color for mask in masks])
        weights += [float(each) - nothing for each in score(shown.astype(np.float32))]
    kept: np.ndarray = np.maximum(maps @ np.maximum(weights, 0), 0)
    return kept
