"""How many views of a picture a prediction is averaged over: more where that wins beyond chance."""

from collections.abc import Callable

import numpy as np

from kanjian.checks import plural
from kanjian.inference.views import View, views_of
from kanjian.training.linear_probe import CrossValidated, cross_validate_probe, losses_of
from kanjian.training.verdict import Scores, wins

# A prediction takes as many times as long
MOST_TRIED = 3


def choose_views(
    features: np.ndarray,
    of_view: Callable[[View], np.ndarray],
    labels: np.ndarray,
    fold_of: np.ndarray,
    *,
    n_classes: int,
    mirror: bool,
) -> tuple[int, str]:
    """Cross-validate predictions averaged over 2 and 3 views, against those of one.

    Each picture is predicted by a probe that was fitted on others, as they are.

    Args:
        features: (n, d) of the pictures as they are.
        of_view: Gives (n, d) of a view of them.
        labels: (n,) their classes.
        fold_of: (n,) the fold of each picture; -1 for those that are never predicted.
        n_classes: How many classes there are.
        mirror: Whether mirror images are tried.

    Returns:
        The number of views, and what decided, as a sentence.

    Example:
        >>> rng = np.random.default_rng(0)
        >>> labels = np.arange(80) % 2
        >>> def seen(_view):
        ...     return 2.0 * labels[:, None] - 1 + 3 * rng.normal(size=(80, 4))
        >>> choose_views(seen(None), seen, labels, labels * 0 + np.arange(80) % 5, n_classes=2,
        ...              mirror=False)[0] > 1
        True
    """

    def scores(views: list[np.ndarray]) -> Scores:
        found = cross_validate_probe(features, labels, fold_of, n_classes=n_classes, views=views)
        return _scores(found, labels[fold_of >= 0])

    plain = scores([])
    kept, best, said = 1, plain, [_said(1, plain)]
    more: list[np.ndarray] = []
    for number, view in enumerate(views_of(MOST_TRIED, mirror=mirror)[1:], 2):
        more.append(of_view(view))
        now = scores(more)
        said.append(_said(number, now))
        if wins(best, now):
            kept, best = number, now
    pictures = plural(len(plain.right), "training picture")
    why = "" if kept > 1 else ", the others win nothing beyond chance"
    return kept, (
        f"predictions are averaged over {plural(kept, 'view')} of each picture{why}: "
        f"cross-validation on {pictures} says {'; '.join(said)}"
    )


def _scores(found: CrossValidated, labels: np.ndarray) -> Scores:
    right = found.probabilities.argmax(axis=1) == labels
    return Scores(right, losses_of(found.probabilities, labels))


def _said(views: int, scores: Scores) -> str:
    right, loss = 100 * scores.right.mean(), scores.losses.mean()
    return f"{plural(views, 'view')} {right:.1f} % right, loss {loss:.3f}"
