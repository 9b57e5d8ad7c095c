"""An open set fitted to training pictures, and calibrated on others.

The threshold comes from right predictions for pictures that the fit has not seen: those of the
validation part, or, without one, training pictures out of fold. Whether it tells strangers is then
tried on made ones.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from kanjian import extras
from kanjian.datasets.dataset import Dataset
from kanjian.evaluation.open_set import OpenSetRule, calibrate_open_set
from kanjian.inference.card import Card
from kanjian.inference.open_set import OpenSet
from kanjian.inference.views import View, view_images, views_of
from kanjian.pipeline.input_shape import InputShape
from kanjian.pipeline.resized import fitted_batch
from kanjian.training.made_outliers import made_outliers

if TYPE_CHECKING:
    from kanjian.inference.engines import Engine

# Directions with a variance of their own, each as many numbers as there are features. On 320 cats
# and dogs 16 to 256 of them tell faces, cars and other pictures apart alike, to .01 of AUROC
_AXES = 64
# Pictures to fit on, to calibrate on, and made ones: more change the threshold by less than chance
_FIT, _CALIBRATE, _MADE = 600, 400, 64
_AT_ONCE = 32
# Below this a score that does not tell even made ones costs right predictions for nothing
_WORTH = 0.8


@dataclass(frozen=True, eq=False)
class Held:
    """Labeled pictures that calibrate.

    Args:
        pictures: Of the validation part; or training pictures that were predicted out of fold.
        right: (n,) bool, whether each was predicted rightly.
        folds: (n,) the fold of each training picture; None for those of validation.
    """

    pictures: Dataset
    right: np.ndarray
    folds: np.ndarray | None = None


def fit_open_set(features: np.ndarray, labels: np.ndarray) -> OpenSet:
    """Find where the features of each class lie, and how much they vary about that.

    The covariance is one for all classes, shrunk as Ledoit and Wolf do it, and beyond its
    foremost axes a single number: fewer pictures than features tell no more.

    Args:
        features: (n, d).
        labels: (n,) their classes.

    Example:
        >>> rng = np.random.default_rng(0)
        >>> labels = np.arange(40) % 2
        >>> found = fit_open_set(rng.normal(size=(40, 3)) + 9 * labels[:, None], labels)
        >>> near, far = found.distances(np.array([[0.0, 0.0, 0.0], [4.5, 4.5, 4.5]]))
        >>> bool(near < 2 < far)
        True
    """
    rows = features.astype(np.float64)
    there, numbers = np.unique(labels, return_inverse=True)
    means = np.stack([rows[numbers == number].mean(axis=0) for number in range(len(there))])
    spread = rows - means[numbers]
    n, d = spread.shape
    axes, variances = _foremost(spread)
    total, shrunk = float((spread**2).sum() / n), 1.0
    if total > 0:
        covariance = extras.load("sklearn.covariance")
        shrunk = covariance.ledoit_wolf_shrinkage(spread, assume_centered=True)
    mean = max(total / d, float(np.finfo(np.float32).tiny))
    left = max(total - float(variances.sum()), 0.0) / max(d - len(variances), 1)
    # features that do not vary at all, as of a layer that died, would give infinite distances
    rest = max((1 - shrunk) * left + shrunk * mean, 1e-3 * mean)
    own = np.maximum((1 - shrunk) * variances + shrunk * mean, rest)
    narrow = np.float32
    return OpenSet(means.astype(narrow), axes.astype(narrow), own.astype(narrow), float(rest))


def _foremost(spread: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The axes along which rows vary most, (d, r), and their variances, (r,)."""
    n, d = spread.shape
    wide = d > n  # the smaller of two matrices has the same values
    values, vectors = np.linalg.eigh(spread @ spread.T if wide else spread.T @ spread)
    most = np.argsort(-values)[: min(_AXES, d)]
    most = most[values[most] > 1e-9 * max(values[-1], 1e-30)]
    values, vectors = values[most], vectors[:, most]
    return (spread.T @ vectors / np.sqrt(values) if wide else vectors), values / n


def calibrated_open_set(
    engine: "Engine", card: Card, train: Dataset, held: Held, *, target: float, seed: int
) -> tuple[OpenSet, OpenSetRule] | None:
    """Fit an open set on training pictures, calibrate it on others, try it on made ones.

    Args:
        engine: Gives features.
        card: Of the recognizer.
        train: What it was trained on.
        held: What calibrates.
        target: The share of right predictions to keep.
        seed: Of what is drawn.

    Returns:
        What was found; None where too few pictures calibrate, or it tells no strangers.
    """
    shape = InputShape(card.size_hw, card.channels, card.fit)
    views = views_of(card.views, mirror=card.mirror)

    def features(images: np.ndarray, views: Sequence[View]) -> np.ndarray:
        """(n, views, d)."""
        seen = view_images(images, views)
        return np.stack([engine.with_features(each)[1][:, 0] for each in seen], axis=1)

    def features_of(pictures: Dataset, views: Sequence[View]) -> np.ndarray:
        parts = np.array_split(np.arange(len(pictures)), -(-len(pictures) // _AT_ONCE))
        images = (fitted_batch(pictures, part, shape) for part in parts)
        return np.concatenate([features(each, views) for each in images])

    if not held.right.any():
        return None
    picked = _evenly(held.pictures.labels, _CALIBRATE if held.folds is None else _FIT, seed)
    tried, right = held.pictures.subset(picked), held.right[picked]
    seen = features_of(tried, views)
    if held.folds is not None:
        found = fit_open_set(seen[:, 0], tried.labels)
        distances = _out_of_fold(seen, tried.labels, held.folds[picked])
    else:
        fitted = train.subset(_evenly(train.labels, _FIT, seed))
        found = fit_open_set(features_of(fitted, views[:1])[:, 0], fitted.labels)
        distances = _mean_distances(found, seen)
    picked = _evenly(tried.labels, _MADE, seed)
    made = made_outliers(fitted_batch(tried, picked, shape), _MADE, seed=seed)
    rule = calibrate_open_set(
        distances[right], _mean_distances(found, features(made, views)), target=target
    )
    return None if rule is None or rule.auroc < _WORTH else (found, rule)


def _out_of_fold(seen: np.ndarray, labels: np.ndarray, folds: np.ndarray) -> np.ndarray:
    """The distance of each picture from those of the other folds."""
    distances = np.empty(len(labels), np.float32)
    for fold in np.unique(folds):
        mine = folds == fold
        others = fit_open_set(seen[~mine, 0], labels[~mine])
        distances[mine] = _mean_distances(others, seen[mine])
    return distances


def _mean_distances(found: OpenSet, seen: np.ndarray) -> np.ndarray:
    """Over all views of each picture, as a recognizer takes them; (n, views, d) to (n,)."""
    distances: np.ndarray = found.distances(seen.reshape(-1, seen.shape[-1]))
    mean: np.ndarray = distances.reshape(seen.shape[:2]).mean(axis=1)
    return mean


def _evenly(labels: np.ndarray, most: int, seed: int) -> np.ndarray:
    """Up to `most` numbers of pictures, as many of each class as there can be, in order."""
    order = np.random.default_rng(seed).permutation(len(labels))
    turn = np.empty(len(labels), np.int64)
    for label in np.unique(labels):
        mine = order[labels[order] == label]
        turn[mine] = np.arange(len(mine))
    chosen: np.ndarray = np.sort(order[np.argsort(turn[order], kind="stable")][:most])
    return chosen
