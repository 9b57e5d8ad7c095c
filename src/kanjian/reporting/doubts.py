"""What says that nothing was learned, as sentences."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from kanjian.evaluation.chance import (
    always_predicted,
    chance_of,
    learned_by_heart,
    no_better_than_chance,
    ran_away,
    worse_than_chance,
)
from kanjian.evaluation.metrics import EvaluationResult
from kanjian.i18n import _, ngettext
from kanjian.reporting.wording import count, percent


def doubts(
    metrics: EvaluationResult | None,
    history: Sequence[Mapping[str, Any]],
    *,
    counts: np.ndarray,
    guess: float | None,
) -> tuple[str, ...]:
    """What says that nothing was learned; nothing where something was.

    Args:
        metrics: Of the held-back pictures, if there are any.
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
    found = ["" if metrics is None else _of_predictions(metrics, history, counts)]
    if ran_away(history, guess=guess):
        found.append(_of_loss(history[-1]["loss"], guess))
    return tuple(filter(None, found))


def _of_predictions(
    metrics: EvaluationResult, history: Sequence[Mapping[str, Any]], counts: np.ndarray
) -> str:
    n = metrics.n
    only = always_predicted(metrics)
    if only is not None:
        return ngettext(
            "Nothing was learned: all {n} held-back picture were called {label}.",
            "Nothing was learned: all {n} held-back pictures were called {label}.",
            n,
            n=count(n),
            label=repr(only),
        )
    if worse_than_chance(metrics):
        return ngettext(
            "Worse than chance: {right} of {n} held-back picture are right, and {chance} would be "
            "by chance. Look for pictures that lie in several classes: kanjian datasets check.",
            "Worse than chance: {right} of {n} held-back pictures are right, and {chance} would be "
            "by chance. Look for pictures that lie in several classes: kanjian datasets check.",
            n,
            n=count(n),
            right=percent(metrics.accuracy, n=n),
            chance=percent(chance_of(metrics), n=n),
        )
    if not no_better_than_chance(metrics) or learned_by_heart(history, counts):
        return ""
    return ngettext(
        "Nothing was learned: {right} of {n} held-back picture are right, and {chance} would be by "
        "chance.",
        "Nothing was learned: {right} of {n} held-back pictures are right, and {chance} would be "
        "by chance.",
        n,
        n=count(n),
        right=percent(metrics.accuracy, n=n),
        chance=percent(chance_of(metrics), n=n),
    )


def _of_loss(last: float, guess: float | None) -> str:
    loss = f"{last:.2g}"
    if guess is None:
        return _("The loss ran away: {loss} in the last epoch.", loss=loss)
    return _(
        "The loss ran away: {loss} in the last epoch; guessing has {guess}.",
        loss=loss,
        guess=f"{guess:.2g}",
    )
