"""Rows of numbers as directions."""

import numpy as np


def unit(rows: np.ndarray) -> np.ndarray:
    """Each row scaled to length 1; a row of zeros stays.

    Example:
        >>> unit(np.array([[3.0, 4.0]], np.float32))
        array([[0.6, 0.8]], dtype=float32)
    """
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    scaled: np.ndarray = (rows / np.maximum(lengths, 1e-12)).astype(np.float32)
    return scaled
