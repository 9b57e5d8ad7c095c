"""The worst mistakes: wrong predictions given with the most confidence, worst first."""

from dataclasses import dataclass

import numpy as np

from kanjian.evaluation.inputs import check_answers


@dataclass(frozen=True, slots=True, eq=False)
class Mistake:
    """A picture that got a wrong name.

    Args:
        image: The picture, uint8, RGB (h, w, 3) or gray (h, w).
        name: What the picture is called: a path, or a row of an array.
        true: Its class.
        predicted: The prediction.
        probability: The confidence of the prediction.
    """

    image: np.ndarray
    name: str
    true: str
    predicted: str
    probability: float


def worst_mistakes(probabilities: np.ndarray, labels: np.ndarray, *, most: int = 48) -> np.ndarray:
    """Which pictures got a wrong name with the most confidence, worst first.

    They teach most: a label that is wrong, a picture of two things, a class that needs
    other examples.

    Args:
        probabilities: (n, classes) floats in 0..1.
        labels: (n,) integers, the true classes.
        most: How many at the most.

    Returns:
        (m,) int64 row numbers, m at most `most`; empty if no prediction is wrong.

    Raises:
        EvaluationError: If the predictions cannot be evaluated.

    Example:
        >>> answers = np.array([[0.9, 0.1], [0.4, 0.6], [0.2, 0.8]])
        >>> worst_mistakes(answers, np.array([0, 0, 0]))
        array([2, 1])
    """
    check_answers(probabilities, labels)
    wrong = np.flatnonzero(probabilities.argmax(axis=1) != labels)
    # stable: mistakes of equal confidence keep the order of the pictures
    order = np.argsort(-probabilities[wrong].max(axis=1), kind="stable")
    return wrong[order][:most]
