"""Was anything learned at all? Decided by statistics, so that a small fine run is not accused."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from kanjian.evaluation.intervals import wilson_interval
from kanjian.evaluation.metrics import EvaluationResult

# Where half of the pictures of other classes were recognized, that not one of so many is has a
# chance of 1 in 32
_ENOUGH = 5
# A loss so many times that of guessing, or of the first epoch, has run away
_FAR, _RISEN = 100, 10


def always_predicted(metrics: EvaluationResult) -> str | None:
    """The class that every picture was given, if that cannot be luck; else None.

    Args:
        metrics: Of the held-out pictures. At least five of them must be of other classes.

    Example:
        >>> from kanjian.evaluation.metrics import evaluate_probabilities
        >>> same = np.tile([0.9, 0.1], (10, 1))
        >>> always_predicted(evaluate_probabilities(same, np.arange(10) % 2, ("cat", "dog")))
        'cat'
        >>> few = evaluate_probabilities(same[:4], np.arange(4) % 2, ("cat", "dog"))
        >>> always_predicted(few) is None
        True
    """
    answers = metrics.confusion.sum(axis=0)
    if np.count_nonzero(answers) != 1 or metrics.n - metrics.correct < _ENOUGH:
        return None
    return metrics.classes[int(answers.argmax())]


def chance_of(metrics: EvaluationResult) -> float:
    """The accuracy of the same predictions dealt out to the pictures at random.

    Example:
        >>> from kanjian.evaluation.metrics import evaluate_probabilities
        >>> chance_of(evaluate_probabilities(np.eye(4), np.arange(4), ("a", "b", "c", "d")))
        0.25

    Reference:
        Cohen, A coefficient of agreement for nominal scales, 1960.
    """
    shares = metrics.confusion / metrics.n
    return float(shares.sum(axis=0) @ shares.sum(axis=1))


def no_better_than_chance(metrics: EvaluationResult) -> bool:
    """Whether predictions agree with the labels no more than by chance.

    Their interval must hold chance, and end before the middle between chance and all right:
    of so few pictures that it does not, nothing can be said.

    Example:
        >>> from kanjian.evaluation.metrics import evaluate_probabilities
        >>> truth, answers = np.arange(40) % 2, np.eye(2)[np.arange(40) // 2 % 2]
        >>> no_better_than_chance(evaluate_probabilities(answers, truth, ("cat", "dog")))
        True
        >>> no_better_than_chance(evaluate_probabilities(answers[:3], truth[:3], ("cat", "dog")))
        False
    """
    chance, (low, high) = chance_of(metrics), metrics.interval
    return low <= chance and high < (1 + chance) / 2


def worse_than_chance(metrics: EvaluationResult) -> bool:
    """Whether predictions agree with the labels less than by chance.

    No network learns that from right labels: the same pictures lie in several classes.

    Example:
        >>> from kanjian.evaluation.metrics import evaluate_probabilities
        >>> truth = np.arange(40) % 2
        >>> worse_than_chance(evaluate_probabilities(np.eye(2)[1 - truth], truth, ("cat", "dog")))
        True
    """
    return metrics.interval[1] < chance_of(metrics)


def learned_by_heart(history: Sequence[Mapping[str, Any]], counts: np.ndarray) -> bool:
    """Whether the training pictures, at least, were told apart better than by chance.

    Args:
        history: One row per epoch.
        counts: Training pictures of each class.

    Example:
        >>> learned_by_heart([{"accuracy": 0.9}], np.array([20, 20]))
        True
        >>> learned_by_heart([{"accuracy": 0.55}], np.array([20, 20]))
        False
    """
    n, accuracy = int(counts.sum()), history[-1].get("accuracy") if history else None
    if accuracy is None or not n or not 0 <= accuracy <= 1:
        return False
    return wilson_interval(round(accuracy * n), n)[0] > int(counts.max()) / n


def ran_away(history: Sequence[Mapping[str, Any]], *, guess: float | None) -> bool:
    """Whether the training loss grew out of all measure and stayed a number.

    Args:
        history: One row per epoch.
        guess: The loss of guessing; None where the loss is none that has one.

    Example:
        >>> ran_away([{"loss": 5e14}], guess=2.3)
        True
        >>> ran_away([{"loss": 2.3}, {"loss": 0.1}, {"loss": 0.9}], guess=2.3)
        False
    """
    losses = [row["loss"] for row in history]
    if not losses:
        return False
    risen = losses[0] > 0 and losses[-1] > _RISEN * max(losses[0], guess or 0)
    return risen or (guess is not None and losses[-1] > _FAR * guess)
