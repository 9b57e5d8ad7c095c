"""What every evaluation asks of its input: probabilities, and labels that fit them."""

import numpy as np

from kanjian.errors import EvaluationError


def check_answers(probabilities: np.ndarray, labels: np.ndarray) -> None:
    """Refuse predictions that no figure can be trusted on.

    Rows need not add up to one: networks in half precision, and those with one sigmoid per
    class, do not.

    Args:
        probabilities: (n, k), n and k at least 1, each in 0..1.
        labels: (n,) integers in 0..k-1.

    Raises:
        EvaluationError: If a shape, a type or a range does not fit.

    Example:
        >>> check_answers(np.array([[0.2, 0.8]]), np.array([1]))
        >>> check_answers(np.array([[0.2, 0.8]]), np.array([2]))
        Traceback (most recent call last):
        kanjian.errors.EvaluationError: labels must be in 0..1 for 2 classes, got 2..2.
            The data and the recognizer do not have the same classes.
    """
    check_probabilities(probabilities)
    if labels.shape != (len(probabilities),) or labels.dtype.kind not in "iu":
        raise EvaluationError(
            f"labels must be ({len(probabilities)},) integers, one for each row of probabilities, "
            f"got {labels.shape} {labels.dtype}. Give class numbers, not one-hot rows or names."
        )
    classes = probabilities.shape[1]
    if labels.min() < 0 or labels.max() >= classes:
        raise EvaluationError(
            f"labels must be in 0..{classes - 1} for {classes} classes, "
            f"got {labels.min()}..{labels.max()}. "
            "The data and the recognizer do not have the same classes."
        )


def check_probabilities(probabilities: np.ndarray) -> None:
    """Refuse what is not a table of probabilities with at least one row; see `check_answers`.

    Example:
        >>> check_probabilities(np.array([[0.2, 0.8]]))
        >>> check_probabilities(np.array([[2.0, -1.0]]))
        Traceback (most recent call last):
        kanjian.errors.EvaluationError: probabilities must lie in 0..1, got -1..2. Give the
            recognizer's probabilities, not logits.
    """
    if probabilities.ndim != 2 or probabilities.dtype.kind != "f" or not probabilities.shape[1]:
        raise EvaluationError(
            f"probabilities must be (pictures, classes) floats, got {probabilities.shape} "
            f"{probabilities.dtype}. Give one row for each picture."
        )
    if not len(probabilities):
        raise EvaluationError(
            "there is no picture to evaluate: got 0 rows of probabilities. "
            "Give a part of the data that holds at least one picture."
        )
    broken = int((~np.isfinite(probabilities)).any(axis=1).sum())
    if broken:
        raise EvaluationError(
            f"probabilities must be finite, got NaN or infinity in {broken} of "
            f"{len(probabilities)} rows. The network has diverged: "
            "train with a lower learning rate."
        )
    low, high = float(probabilities.min()), float(probabilities.max())
    # half precision rounds 1 up by as much as this
    if low < 0 or high > 1.01:
        raise EvaluationError(
            f"probabilities must lie in 0..1, got {low:.4g}..{high:.4g}. "
            "Give the recognizer's probabilities, not logits."
        )
