"""Class activation maps: which places of a feature map speak for a class."""

from math import isqrt

import numpy as np


def as_map(tokens: np.ndarray) -> np.ndarray:
    """The patch tokens of a transformer where they lie in the picture; a map stays as it is.

    Class and register tokens come first and have no place: what is left is a square.

    Args:
        tokens: (t, c) for one picture, or (h, w, c).

    Example:
        >>> as_map(np.arange(5)[:, None])[..., 0]
        array([[1, 2],
               [3, 4]])
    """
    if tokens.ndim != 2:
        return tokens
    side = isqrt(len(tokens))
    return tokens[len(tokens) - side * side :].reshape(side, side, -1)


def grad_cam(maps: np.ndarray, gradients: np.ndarray) -> np.ndarray:
    """Maps weighted by how much the score rises with each of them, what speaks against cut off.

    Args:
        maps: (h, w, c), what a layer gives for one picture.
        gradients: Of the class's score by them, same shape.

    Returns:
        (h, w), at least 0.

    Example:
        >>> maps = np.stack([np.eye(2), np.ones((2, 2))], axis=-1)
        >>> grad_cam(maps, np.stack([np.full((2, 2), 3.0), np.full((2, 2), -1.0)], axis=-1))
        array([[2., 0.],
               [0., 2.]])

    Reference:
        Selvaraju et al., Grad-CAM, ICCV 2017, equations 1 and 2.
    """
    weights = gradients.mean(axis=(0, 1))
    return _positive(maps @ weights)


def grad_cam_plus_plus(maps: np.ndarray, gradients: np.ndarray) -> np.ndarray:
    """As `grad_cam`, but places count by how much they alone explain the score's rise.

    Several things of one class light up evenly instead of the largest alone. The score is
    taken to enter as its exponential, as in the paper, so higher derivatives are powers.

    Args:
        maps: (h, w, c).
        gradients: Same shape.

    Returns:
        (h, w), at least 0.

    Example:
        >>> maps = np.eye(2)[..., None]
        >>> grad_cam_plus_plus(maps, np.ones((2, 2, 1))).round(2)
        array([[1., 0.],
               [0., 1.]])

    Reference:
        Chattopadhyay et al., Grad-CAM++, WACV 2018, equations 10 and 19.
    """
    square, cube = gradients**2, gradients**3
    below = 2 * square + maps.sum(axis=(0, 1)) * cube
    share = np.divide(square, below, out=np.zeros_like(below), where=np.abs(below) > 1e-20)
    weights = (share * _positive(gradients)).sum(axis=(0, 1))
    return _positive(maps @ weights)


def _positive(values: np.ndarray) -> np.ndarray:
    kept: np.ndarray = np.maximum(values, 0)
    return kept


def strongest(maps: np.ndarray, most: int) -> np.ndarray:
    """Which maps vary most over the picture, the first the most; ties in their order.

    Args:
        maps: (h, w, c).
        most: How many at most.

    Example:
        >>> strongest(np.stack([np.ones((2, 2)), np.eye(2), 3 * np.eye(2)], axis=-1), 2)
        array([2, 1])
    """
    order: np.ndarray = np.argsort(-maps.std(axis=(0, 1), dtype=np.float64), kind="stable")
    return order[:most]
