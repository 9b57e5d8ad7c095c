"""Gradients of a class by the pixels, plain, smoothed and integrated."""

from collections.abc import Callable

import numpy as np

# (n, h, w, c) float32 pixels in; a score for each and its gradient by the pixels out
Gradients = Callable[[np.ndarray], tuple[np.ndarray, np.ndarray]]


def saliency(picture: np.ndarray, gradients: Gradients) -> np.ndarray:
    """How much the score moves with each pixel: the largest of its channels' gradients.

    Args:
        picture: (h, w, c) float32.
        gradients: Of the score.

    Returns:
        (h, w), at least 0.

    Example:
        >>> def twice_the_first(x):
        ...     gradient = np.zeros_like(x)
        ...     gradient[:, 0, 0] = [2, -3]
        ...     return (x * gradient).sum((1, 2, 3)), gradient
        >>> saliency(np.zeros((1, 2, 2), np.float32), twice_the_first)
        array([[3., 0.]], dtype=float32)

    Reference:
        Simonyan et al., Deep Inside Convolutional Networks, 2013, section 3.1.
    """
    _, found = gradients(picture[None])
    return _per_pixel(found[0])


def smooth_grad(
    picture: np.ndarray,
    gradients: Gradients,
    *,
    noise: float = 0.15,
    samples: int = 32,
    seed: int = 0,
    batch_size: int = 16,
) -> np.ndarray:
    """The gradient, averaged over noisy copies of the picture: what flickers cancels out.

    Args:
        picture: (h, w, c) float32.
        gradients: Of the score.
        noise: Deviation of the noise, as a share of the picture's own range.
        samples: How many copies.
        seed: Of the noise.
        batch_size: Copies computed at a time.

    Returns:
        (h, w), at least 0.

    Reference:
        Smilkov et al., SmoothGrad, 2017.
    """
    deviation = noise * float(np.ptp(picture))
    draw = np.random.default_rng(seed)
    total = np.zeros(picture.shape, np.float64)
    for start in range(0, samples, batch_size):
        n = min(batch_size, samples - start)
        noisy = picture + deviation * draw.standard_normal((n, *picture.shape), np.float32)
        total += gradients(noisy.astype(np.float32))[1].sum(axis=0, dtype=np.float64)
    return _per_pixel(total / samples)


def integrated_gradients(
    picture: np.ndarray,
    baseline: np.ndarray,
    gradients: Gradients,
    *,
    steps: int = 64,
    batch_size: int = 16,
) -> tuple[np.ndarray, float]:
    """What each value of the picture adds to the score, from a picture of nothing to this one.

    The attributions add up to the difference of the two scores, but for the error of taking
    an integral in steps, which is told.

    Args:
        picture: (h, w, c) float32.
        baseline: The picture of nothing, same shape.
        gradients: Of the score.
        steps: Points on the straight way from one to the other, each in the middle of its part.
        batch_size: Points computed at a time.

    Returns:
        (h, w, c) attributions, and the difference of the scores they should add up to.

    Example:
        >>> def square(x):
        ...     return (x**2).sum((1, 2, 3)), 2 * x
        >>> parts, whole = integrated_gradients(
        ...     np.array([[[3.0]], [[4.0]]], np.float32), np.zeros((2, 1, 1), np.float32), square)
        >>> parts.ravel().tolist(), whole
        ([9.0, 16.0], 25.0)

    Reference:
        Sundararajan et al., Axiomatic Attribution for Deep Networks, ICML 2017.
    """
    way = (picture - baseline).astype(np.float64)
    total = np.zeros(picture.shape, np.float64)
    places = (np.arange(steps) + 0.5) / steps
    for start in range(0, steps, batch_size):
        some = places[start : start + batch_size, None, None, None]
        points = (baseline + some * way).astype(np.float32)
        total += gradients(points)[1].sum(axis=0, dtype=np.float64)
    ends = gradients(np.stack([baseline, picture]).astype(np.float32))[0]
    return way * total / steps, float(ends[1]) - float(ends[0])


def _per_pixel(gradient: np.ndarray) -> np.ndarray:
    most: np.ndarray = np.abs(gradient).max(axis=-1)
    return most
