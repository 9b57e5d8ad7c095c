"""How good are the predictions? Every figure of a report, from probabilities and labels."""

from dataclasses import asdict, dataclass

import numpy as np

from kanjian import former
from kanjian.errors import EvaluationError
from kanjian.evaluation.inputs import check_answers
from kanjian.evaluation.intervals import wilson_interval
from kanjian.evaluation.risk_coverage import RiskCoverage, risk_coverage
from kanjian.json_types import JsonObject

RELIABILITY_BINS = 15
_TOP = (1, 3, 5)
# Keras clips here too, so this loss and the training log agree
_SMALLEST = 1e-7
_MATRIX_LIMIT = 200


@dataclass(frozen=True, slots=True)
class ClassScore:
    """How one class fares. None where a share has nothing to be a share of."""

    name: str
    support: int  # pictures of this class
    predicted: int  # pictures said to be of this class
    precision: float | None  # of those said to be it, the share that was
    recall: float | None  # of those that were it, the share found
    f1: float | None  # harmonic mean of the two


@dataclass(frozen=True, slots=True)
class ReliabilityBin:
    """Predictions of like confidence, in (low, high]: their mean confidence, and accuracy."""

    low: float
    high: float
    count: int
    confidence: float | None
    accuracy: float | None


@dataclass(frozen=True, slots=True, eq=False)
class EvaluationResult:
    """What a set of predictions is worth.

    Args:
        n: How many pictures were evaluated on.
        classes: Class names.
        accuracy: Share of right predictions.
        interval: Where the true accuracy lies, with 95 % confidence (Wilson).
        loss: The loss given to `evaluate_probabilities`, else the mean negative log likelihood.
        top_k: Share of pictures whose class is among the k likeliest; k = 1, and 3 and 5
            where there are more classes than that.
        per_class: One score for each class, in stored order.
        confusion: (classes, classes) int64; row: the true class, column: the prediction.
        calibration_error: Mean distance between confidence and accuracy (ECE, 15 bins).
        reliability: The bins behind it.
        risk_coverage: What each threshold on the confidence would predict, and how wrongly.
    """

    n: int
    classes: tuple[str, ...]
    accuracy: float
    interval: tuple[float, float]
    loss: float
    top_k: dict[int, float]
    per_class: tuple[ClassScore, ...]
    confusion: np.ndarray
    calibration_error: float
    reliability: tuple[ReliabilityBin, ...]
    risk_coverage: RiskCoverage

    @property
    def correct(self) -> int:
        """How many predictions were right."""
        return int(np.trace(self.confusion))

    @property
    def balanced_accuracy(self) -> float:
        """Mean recall of the classes that have pictures: small classes count like large ones."""
        return float(np.mean([s.recall for s in self.per_class if s.recall is not None]))

    def to_dict(self) -> JsonObject:
        """The result as plain values for JSON; what is undefined is None.

        The confusion matrix is None above 200 classes, where it is megabytes of zeros;
        `confused_pairs` has what counts.

        Example:
            >>> given = np.array([[0.9, 0.1], [0.2, 0.8]], np.float32)
            >>> result = evaluate_probabilities(given, np.array([0, 1]), ("cat", "dog"))
            >>> result.to_dict()["confusion"]
            [[1, 0], [0, 1]]
        """
        return {
            "n": self.n,
            "correct": self.correct,
            "accuracy": self.accuracy,
            "interval": list(self.interval),
            "loss": self.loss,
            "balanced_accuracy": self.balanced_accuracy,
            "top_k": {str(k): share for k, share in self.top_k.items()},
            "calibration_error": self.calibration_error,
            "classes": list(self.classes),
            "per_class": [asdict(score) for score in self.per_class],
            "confusion": self.confusion.tolist() if len(self.classes) <= _MATRIX_LIMIT else None,
            "confused_pairs": [
                {"true": true, "predicted": predicted, "count": count}
                for true, predicted, count in confused_pairs(self.confusion, self.classes, most=50)
            ],
            "reliability": [asdict(part) for part in self.reliability],
            "risk_coverage": self.risk_coverage.to_dict(),
        }


def evaluate_probabilities(
    probabilities: np.ndarray,
    labels: np.ndarray,
    classes: tuple[str, ...],
    *,
    loss: float | None = None,
) -> EvaluationResult:
    """Evaluate predictions against the labels.

    The prediction is the likeliest class; of equally likely ones, the first. A class without
    pictures is allowed and its recall is None.

    Args:
        probabilities: (n, classes) floats in 0..1, one row for each picture.
        labels: (n,) integers, the true class of each picture.
        classes: Class names, one for each column.
        loss: The loss the network was trained with, where that is not the negative log
            likelihood, which is computed here otherwise.

    Raises:
        EvaluationError: If there is no picture, or the arguments do not fit together.

    Example:
        >>> answers = np.array([[0.9, 0.1], [0.2, 0.8], [0.6, 0.4], [0.3, 0.7]], np.float32)
        >>> verdict = evaluate_probabilities(answers, np.array([0, 1, 1, 1]), ("cat", "dog"))
        >>> verdict.accuracy, verdict.per_class[1].recall
        (0.75, 0.666...)
    """
    check_answers(probabilities, labels)
    if len(classes) != probabilities.shape[1]:
        raise EvaluationError(
            f"there must be one class name for each of the {probabilities.shape[1]} columns of "
            f"probabilities, got {len(classes)} names. Evaluate with the recognizer's own classes."
        )
    n = len(labels)
    predicted = probabilities.argmax(axis=1)
    confusion = confusion_matrix(labels, predicted, len(classes))
    correct = int(np.trace(confusion))
    reliability = reliability_bins(probabilities.max(axis=1), predicted == labels)
    if loss is None:
        loss = negative_log_likelihood(probabilities, labels)
    return EvaluationResult(
        n=n,
        classes=tuple(classes),
        accuracy=correct / n,
        interval=wilson_interval(correct, n),
        loss=loss,
        top_k=top_accuracies(probabilities, labels),
        per_class=class_scores(confusion, classes),
        confusion=confusion,
        calibration_error=calibration_error(reliability),
        reliability=reliability,
        risk_coverage=risk_coverage(probabilities, labels),
    )


def confusion_matrix(labels: np.ndarray, predicted: np.ndarray, classes: int) -> np.ndarray:
    """Count each pair of true class (row) and prediction (column), (classes, classes) int64.

    Example:
        >>> confusion_matrix(np.array([0, 1, 1]), np.array([0, 0, 1]), 2)
        array([[1, 0],
               [1, 1]])
    """
    # int64 first: with uint8 labels, 200 * 1000 would wrap around in silence
    pairs = labels.astype(np.int64) * classes + predicted
    return np.bincount(pairs, minlength=classes * classes).reshape(classes, classes)


def class_scores(confusion: np.ndarray, classes: tuple[str, ...]) -> tuple[ClassScore, ...]:
    """Precision, recall and F1 of each class from the confusion counts.

    Example:
        >>> class_scores(np.array([[3, 0], [1, 0]]), ("cat", "dog"))[1]
        ClassScore(name='dog', support=1, predicted=0, precision=None, recall=0.0, f1=0.0)
    """
    hits = confusion.diagonal().tolist()
    supports, answers = confusion.sum(axis=1).tolist(), confusion.sum(axis=0).tolist()
    return tuple(
        ClassScore(
            name=name,
            support=support,
            predicted=answered,
            precision=_share(hit, answered),
            recall=_share(hit, support),
            f1=_share(2 * hit, support + answered),
        )
        for name, hit, support, answered in zip(classes, hits, supports, answers, strict=True)
    )


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None


def top_accuracies(probabilities: np.ndarray, labels: np.ndarray) -> dict[int, float]:
    """Share of pictures whose class is among the k likeliest, for k = 1, 3, 5.

    A k is left out where the data has no more classes than that: it would always be 1.
    Equally likely classes count in stored order.

    Example:
        >>> answers = np.array([[0.5, 0.3, 0.15, 0.05], [0.5, 0.3, 0.15, 0.05]])
        >>> top_accuracies(answers, np.array([0, 2]))
        {1: 0.5, 3: 1.0}
    """
    own = np.take_along_axis(probabilities, labels[:, None].astype(np.int64), axis=1)
    earlier = np.arange(probabilities.shape[1]) < labels[:, None]
    rank = ((probabilities > own) | ((probabilities == own) & earlier)).sum(axis=1)
    wanted = [k for k in _TOP if k == 1 or k < probabilities.shape[1]]
    return {k: float((rank < k).mean()) for k in wanted}


def negative_log_likelihood(probabilities: np.ndarray, labels: np.ndarray) -> float:
    """Mean of -log of the probability given to the true class; 0 is perfect.

    A probability under 1e-7 counts as 1e-7, as in Keras, so that one confident mistake cannot
    make the mean infinite.

    Example:
        >>> round(negative_log_likelihood(np.array([[0.5, 0.5]]), np.array([0])), 4)
        0.6931
    """
    own = probabilities[np.arange(len(labels)), labels].astype(np.float64)
    return float(-np.log(own.clip(_SMALLEST, 1.0)).mean()) + 0.0  # + 0.0 turns -0.0 into 0.0


def reliability_bins(
    confidence: np.ndarray, right: np.ndarray, *, bins: int = RELIABILITY_BINS
) -> tuple[ReliabilityBin, ...]:
    """Sort predictions by confidence into equal bins; in each, mean confidence and accuracy.

    Args:
        confidence: (n,) probability of the prediction given.
        right: (n,) bool, whether it was right.
        bins: How many equal parts of 0..1; part i is (i / bins, (i + 1) / bins].

    Example:
        >>> reliability_bins(np.array([0.9, 0.7]), np.array([True, False]), bins=2)[1]
        ReliabilityBin(low=0.5, high=1.0, count=2, confidence=0.8, accuracy=0.5)

    Reference:
        Guo et al., On calibration of modern neural networks, ICML 2017.
    """
    confidence = confidence.astype(np.float64)
    place = (np.ceil(confidence * bins).astype(np.int64) - 1).clip(0, bins - 1)
    counts = np.bincount(place, minlength=bins)
    sure = np.bincount(place, weights=confidence, minlength=bins)
    hits = np.bincount(place, weights=right, minlength=bins)
    return tuple(
        ReliabilityBin(
            low=i / bins,
            high=(i + 1) / bins,
            count=int(count),
            confidence=float(sure[i] / count) if count else None,
            accuracy=float(hits[i] / count) if count else None,
        )
        for i, count in enumerate(counts)
    )


def calibration_error(reliability: tuple[ReliabilityBin, ...]) -> float:
    """Mean distance between confidence and accuracy, each bin weighted by its predictions (ECE).

    Example:
        >>> bins = reliability_bins(np.array([0.9, 0.7]), np.array([True, False]), bins=2)
        >>> round(calibration_error(bins), 3)
        0.3
    """
    n = sum(part.count for part in reliability)
    gaps = [
        part.count * abs(part.confidence - part.accuracy)
        for part in reliability
        if part.confidence is not None and part.accuracy is not None
    ]
    return float(sum(gaps) / n)


def confused_pairs(
    confusion: np.ndarray, classes: tuple[str, ...], *, most: int = 12
) -> list[tuple[str, str, int]]:
    """The confusions that happen most: (true class, prediction, count), most frequent first.

    Example:
        >>> confused_pairs(np.array([[5, 2], [1, 5]]), ("cat", "dog"))
        [('cat', 'dog', 2), ('dog', 'cat', 1)]
    """
    wrong = confusion - np.diag(confusion.diagonal())
    # a stable sort keeps stored order among equals, so the table is the same every time
    order = np.argsort(-wrong, axis=None, kind="stable")[:most]
    pairs = [(int(i), int(j)) for i, j in zip(*np.unravel_index(order, wrong.shape), strict=True)]
    return [(classes[i], classes[j], int(wrong[i, j])) for i, j in pairs if wrong[i, j]]


former.names_in(__name__)
