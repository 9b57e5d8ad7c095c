"""The simplest head there is: a logistic regression on features, fitted at once.

Its strength of weight decay is chosen by cross-validation; so are its figures, where no pictures
are held back: each picture is then predicted by a probe that was fitted on others.
"""

import time
import warnings
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from kanjian import extras

# (n, d) features beyond this take longer to regress on than the head takes to learn
MOST_NUMBERS = 20_000_000
# Weight decay per picture for features of mean length one. Many classes of few pictures want
# less of it: on 300 faces of 30 people the loss is .05 at 1e-5, .19 at 1e-4
DECAYS = (1e-5, 3e-5, 1e-4, 3e-4)
# The best of them on cats and dogs, athletes and CIFAR-10, where there is nothing to choose by
USUAL_DECAY = 1e-4
_STEPS = 200
_NEVER = -20.0  # the logit of a class without pictures
_LEAST = 1e-7  # a probability below this counts as this in the loss


@dataclass(frozen=True, eq=False)
class Probed:
    """A logistic regression on features, and what it reaches.

    Args:
        kernel: (d, classes) float32; features times this, plus `bias`, are its logits.
        bias: (classes,) float32.
        accuracy: Share of the validation pictures it is right on.
        seconds: What it took.
    """

    kernel: np.ndarray
    bias: np.ndarray
    accuracy: float
    seconds: float


@dataclass(frozen=True, eq=False)
class CrossValidated:
    """What probes of some features predict for the pictures that they were not fitted on.

    Args:
        decay: The strength of weight decay with the lowest loss.
        losses: (n,) the cross-entropy of each picture at that strength.
        probabilities: (n, classes) out of fold. The strength for each fold is the one with the
            lowest loss in the others, so that no picture helps to choose how it is predicted.
        folds: How many there were.
    """

    decay: float
    losses: np.ndarray
    probabilities: np.ndarray
    folds: int = 0


def linear_probe(
    features: np.ndarray,
    labels: np.ndarray,
    test_features: np.ndarray,
    test_labels: np.ndarray,
    *,
    n_classes: int,
    decay: float = USUAL_DECAY,
    weights: np.ndarray | None = None,
) -> Probed | None:
    """Fit a logistic regression (L-BFGS) on features, and evaluate it on others.

    Args:
        features: (n, …) to train on.
        labels: (n,) their classes.
        test_features: (m, …) to evaluate on.
        test_labels: (m,) their classes.
        n_classes: How many there are; one without a picture gets none of the predictions.
        decay: Weight decay per picture.
        weights: (n,) how much each picture counts; all the same by default.

    Returns:
        The probe; None where there are too many numbers, or only one class.

    Example:
        >>> rng = np.random.default_rng(0)
        >>> labels = np.arange(40) % 2
        >>> features = rng.normal(size=(40, 3)) + 5 * labels[:, None]
        >>> linear_probe(features, labels, features, labels, n_classes=2).accuracy
        1.0
    """
    if features.size > MOST_NUMBERS or len(np.unique(labels)) < 2:
        return None
    started = time.perf_counter()
    rows = features.reshape(len(features), -1)
    turned, back = _turned(rows)
    kernel, bias = _regress(turned, labels, n_classes=n_classes, decay=decay, weights=weights)
    kernel = (back @ kernel).astype(np.float32)
    logits = test_features.reshape(len(test_features), -1) @ kernel + bias
    accuracy = float((logits.argmax(axis=1) == test_labels).mean())
    return Probed(kernel, bias.astype(np.float32), accuracy, time.perf_counter() - started)


def cross_validate_probe(
    features: np.ndarray,
    labels: np.ndarray,
    fold_of: np.ndarray,
    *,
    n_classes: int,
    decays: tuple[float, ...] = DECAYS,
    weights: np.ndarray | None = None,
    views: Sequence[np.ndarray] = (),
) -> CrossValidated:
    """Predict every picture by a probe that was fitted on the other folds.

    Args:
        features: (n, d).
        labels: (n,) their classes.
        fold_of: (n,) the fold of each picture; those of fold -1 are fitted on in every fold
            and predicted in none.
        n_classes: How many there are.
        decays: Strengths of weight decay to choose from.
        weights: (n,) how much each picture counts; all the same by default.
        views: (n, d) each: features of further views of the pictures, which nothing is fitted
            on; what is predicted is the mean over all views.

    Returns:
        What was predicted, for the pictures that lie in a fold, in their order.

    Example:
        >>> rng = np.random.default_rng(0)
        >>> labels = np.arange(40) % 2
        >>> features = rng.normal(size=(40, 3)) + 5 * labels[:, None]
        >>> found = cross_validate_probe(features, labels, np.arange(40) % 4, n_classes=2)
        >>> bool((found.probabilities.argmax(axis=1) == labels).all())
        True
    """
    turned, back = _turned(features.reshape(len(features), -1))
    seen = [turned, *(each.reshape(len(each), -1) @ back for each in views)]
    inside = fold_of >= 0
    found = np.zeros((len(decays), len(labels), n_classes))
    for number, decay in enumerate(decays):
        for fold in np.unique(fold_of[inside]):
            rest, mine = fold_of != fold, fold_of == fold
            kernel, bias = _regress(
                turned[rest], labels[rest], n_classes=n_classes, decay=decay,
                weights=None if weights is None else weights[rest],
            )  # fmt: skip
            found[number, mine] = np.mean(
                [softmax(each[mine] @ kernel + bias) for each in seen], axis=0
            )
    found, labels, fold_of = found[:, inside], labels[inside], fold_of[inside]
    losses = np.stack([losses_of(each, labels) for each in found])
    probabilities = np.zeros_like(found[0])
    for fold in np.unique(fold_of):
        best = losses[:, fold_of != fold].mean(axis=1).argmin()
        probabilities[fold_of == fold] = found[best, fold_of == fold]
    best = int(losses.mean(axis=1).argmin())
    return CrossValidated(decays[best], losses[best], probabilities, len(np.unique(fold_of)))


def losses_of(probabilities: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """The cross-entropy of each picture, (n,).

    Example:
        >>> losses_of(np.array([[0.5, 0.5], [1.0, 0.0]]), np.array([0, 0])).round(3)
        array([0.693, 0.   ])
    """
    losses: np.ndarray = -np.log(np.maximum(probabilities[np.arange(len(labels)), labels], _LEAST))
    absolute: np.ndarray = np.abs(losses)  # no -0
    return absolute


def _turned(rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Features in as few numbers as there are pictures, and the way back for a kernel.

    The best kernel is a sum of the rows, so that nothing outside of what they span counts: to
    regress on 300 pictures takes 300 numbers of each, not 2560. Their mean length becomes one.
    """
    rows = rows.astype(np.float64)
    length = np.sqrt((rows**2).sum(axis=1).mean()) or 1.0
    if len(rows) >= rows.shape[1]:
        return rows / length, np.eye(rows.shape[1]) / length
    values, vectors = np.linalg.eigh(rows @ rows.T)
    kept = values > values[-1] * 1e-12
    scale, vectors = np.sqrt(values[kept]), vectors[:, kept]
    return vectors * scale / length, rows.T @ (vectors / scale) / length


def _regress(
    rows: np.ndarray,
    labels: np.ndarray,
    *,
    n_classes: int,
    decay: float,
    weights: np.ndarray | None,
) -> tuple[np.ndarray, np.ndarray]:
    """Kernel (d, classes) and bias (classes,) of a logistic regression."""
    kernel, bias = np.zeros((rows.shape[1], n_classes)), np.full(n_classes, _NEVER)
    there = np.unique(labels)
    if len(there) == 1:
        bias[there] = 0.0
        return kernel, bias
    probe = extras.load("sklearn.linear_model").LogisticRegression(
        C=1 / (decay * len(rows)), max_iter=_STEPS
    )
    # small products are faster on one core, and the other one computes features
    with warnings.catch_warnings(), extras.load("threadpoolctl").threadpool_limits(1):
        warnings.simplefilter("ignore")  # a probe that is not quite there yet is one, too
        probe.fit(rows, labels, sample_weight=weights)
    factors, offsets = probe.coef_.T, probe.intercept_
    if len(there) == 2:  # one logit for two classes
        factors, offsets = np.hstack([-factors, factors]) / 2, np.array([-1, 1]) * offsets / 2
    kernel[:, probe.classes_], bias[probe.classes_] = factors, offsets
    return kernel, bias


def softmax(logits: np.ndarray) -> np.ndarray:
    """Probabilities, (n, classes).

    Example:
        >>> softmax(np.zeros((1, 4)))
        array([[0.25, 0.25, 0.25, 0.25]])
    """
    raised = np.exp(logits - logits.max(axis=1, keepdims=True))
    shares: np.ndarray = raised / raised.sum(axis=1, keepdims=True)
    return shares
