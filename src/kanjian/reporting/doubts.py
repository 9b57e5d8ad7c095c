"""What makes one doubt that anything was learned, as sentences."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from kanjian.checks import plural
from kanjian.evaluation.chance import (
    chance_of,
    learned_by_heart,
    no_better_than_chance,
    one_answer,
    ran_away,
)
from kanjian.evaluation.metrics import EvaluationResult
from kanjian.reporting.wording import percent


def doubts(
    judgment: EvaluationResult | None,
    history: Sequence[Mapping[str, Any]],
    *,
    counts: np.ndarray,
    guess: float | None,
) -> tuple[str, ...]:
    """What says that nothing was learned, as sentences; none where something was.

    Args:
        judgment: Of the held-back pictures, if there are any.
        history: One row per epoch.
        counts: Training pictures of each class.
        guess: See `ran_away`.

    Example:
        >>> from kanjian.evaluation.metrics import evaluate_probabilities
        >>> cats, labels = np.tile([0.9, 0.1], (10, 1)), np.arange(10) % 2
        >>> same = evaluate_probabilities(cats, labels, ("cat", "dog"))
        >>> doubts(same, [{"loss": 0.7, "accuracy": 0.5}], counts=np.array([9, 9]), guess=0.7)
        ("Nothing was learned: all 10 held-back pictures were called 'cat'.",)
    """
    said = []
    if judgment is not None:
        only = one_answer(judgment)
        if only is not None:
            pictures = plural(judgment.n, "held-back picture")
            said.append(f"Nothing was learned: all {pictures} were called {only!r}.")
        elif no_better_than_chance(judgment) and not learned_by_heart(history, counts):
            said.append(
                f"Nothing was learned: {percent(judgment.accuracy, n=judgment.n)} of "
                f"{plural(judgment.n, 'held-back picture')} are right, and "
                f"{percent(chance_of(judgment), n=judgment.n)} would be by chance."
            )
    if ran_away(history, guess=guess):
        usual = "" if guess is None else f"; guessing has {guess:.2g}"
        said.append(f"The loss ran away: {history[-1]['loss']:.2g} in the last epoch{usual}.")
    return tuple(said)
