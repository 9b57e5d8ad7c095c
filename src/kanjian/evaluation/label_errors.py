"""Which labels are likely wrong: confident learning on out-of-fold predictions.

cleanlab does the same and more, at the price of pandas (84 MB). What is needed of it is short:
how good a label is, and which classes a picture is confidently counted in. A test holds both
to what cleanlab gives.
"""

import numpy as np


def label_quality(probabilities: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """How good each label is: the normalized margin of its class over the best other one.

    Args:
        probabilities: (n, classes), predicted by what has not seen these labels.
        labels: (n,) the given classes.

    Returns:
        (n,) 0..1; below 0.5 another class is more probable, near 0 the label is likely wrong.

    Example:
        >>> label_quality(np.array([[0.75, 0.25], [0.75, 0.25]]), np.array([0, 1]))
        array([0.75, 0.25])
    """
    own, best = _own_and_best_other(probabilities, labels)
    quality: np.ndarray = (own - best + 1) / 2
    return quality


def suggested(probabilities: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """The most probable class beside the given one, (n,).

    Example:
        >>> suggested(np.array([[0.7, 0.2, 0.1]]), np.array([0]))
        array([1])
    """
    others = probabilities.copy()
    others[np.arange(len(labels)), labels] = -1
    found: np.ndarray = others.argmax(axis=1)
    return found


def confidently_other(probabilities: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Which pictures are counted, with confidence, in another class than their label's.

    A class counts where its probability is at least the mean it has on the pictures that are
    labeled so: what is normal for a class that is hard to predict is doubt in an easy one.

    Args:
        probabilities: (n, classes), predicted by what has not seen these labels.
        labels: (n,) the given classes.

    Returns:
        (n,) bool.

    Example:
        >>> cat, dog, either = [0.9, 0.1], [0.2, 0.8], [0.55, 0.45]
        >>> seen = np.array([cat, cat, dog, dog, cat, either])
        >>> confidently_other(seen, np.array([0, 0, 1, 1, 1, 1]))
        array([False, False, False, False,  True, False])

    Reference:
        Northcutt et al., Confident Learning: Estimating Uncertainty in Dataset Labels, 2021.
    """
    counts = np.bincount(labels, minlength=probabilities.shape[1])
    sums = np.bincount(labels, probabilities[np.arange(len(labels)), labels], len(counts))
    # a class that nobody is labeled by has no mean to reach
    thresholds = np.where(counts > 0, sums / np.maximum(counts, 1), np.inf)
    above = probabilities >= thresholds - 1e-6
    best = np.where(above, probabilities, -1.0).argmax(axis=1)
    found: np.ndarray = above.any(axis=1) & (best != labels)
    return found


def _own_and_best_other(
    probabilities: np.ndarray, labels: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    rows = np.arange(len(labels))
    return probabilities[rows, labels], probabilities[rows, suggested(probabilities, labels)]
