"""When to say "unknown": a threshold that keeps a promise, and what it costs.

A recognizer that must predict gives a stranger a known name. With a threshold it predicts
only where its confidence is high enough; this file finds the threshold on the user's pictures.

The plain way, the lowest threshold at which the calibration part reaches the target, breaks
its promise on new pictures about every second time: the threshold was picked because the
part looked good there. Asking each threshold for a 95 % lower bound is not enough either:
the best of hundreds of thresholds is still picked, and up to 38 of 100 such promises broke in
simulation. So twelve coverages are fixed before a label is seen, and each must prove the
target (Clopper and Pearson, exactly) at a twelfth of the 5 %: together they are wrong in
at most 5 of 100 calibrations, whatever the recognizer. The price is pictures: 546 predictions
without a mistake prove 99 %, 107 prove 95 %, 53 prove 90 %.
"""

from dataclasses import asdict, dataclass

import numpy as np

from kanjian.errors import EvaluationError
from kanjian.evaluation.inputs import check_probabilities
from kanjian.evaluation.intervals import lower_bound
from kanjian.evaluation.risk_coverage import risk_coverage
from kanjian.json_types import JsonObject

# Fixed beforehand, denser near "predict everything", where most recognizers end up. Each
# further one makes the others harder to prove.
_COVERAGES = (0.3, 0.45, 0.55, 0.65, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95, 0.98, 1.0)


@dataclass(frozen=True, slots=True)
class AbstainRule:
    """Predict where the likeliest class has at least this probability, else say "unknown".

    Args:
        threshold: The smallest probability that gives a prediction; 0 always does.
        target: The accuracy asked for, of the predictions given.
        reachable: Whether the calibration part proves the target. Where it does not, the
            threshold is the one that proves most, and `proven` says how much.
        proven: The accuracy of the predictions given is at least this, at `confidence`.
        confidence: That of the proof, as in 0.95.
        n: Pictures in the calibration part.
        coverage: Share of them that get a prediction.
        accuracy: Share of the predictions given that are right.
        false_accept: Of the predictions that are wrong without a threshold, the share still
            given; None if none is wrong.
        false_reject: Of the predictions that are right, the share turned into "unknown"; None
            if none is right.
    """

    threshold: float
    target: float
    reachable: bool
    proven: float
    confidence: float
    n: int
    coverage: float
    accuracy: float
    false_accept: float | None
    false_reject: float | None

    @property
    def risk(self) -> float:
        """Share of the predictions given that are wrong."""
        return 1 - self.accuracy

    @property
    def answered(self) -> int:
        """How many pictures of the calibration part get a prediction."""
        return round(self.coverage * self.n)

    def to_dict(self) -> JsonObject:
        """The rule as plain values for JSON.

        Example:
            >>> rule = calibrate_abstain(np.full((9, 1), 1.0), np.zeros(9, int), target=0.7)
            >>> rule.to_dict()["threshold"]
            0.0
        """
        return {**asdict(self), "risk": self.risk, "answered": self.answered}


def calibrate_abstain(
    probabilities: np.ndarray, labels: np.ndarray, *, target: float, confidence: float = 0.95
) -> AbstainRule:
    """Find the threshold of most predictions among those proven to keep the target.

    Use pictures that training has not seen. A higher target never gives a lower threshold.

    Args:
        probabilities: (n, classes) floats in 0..1.
        labels: (n,) integers, the true classes.
        target: Share of the predictions given that must be right, inside 0..1, as in 0.99.
        confidence: That with which new pictures of the same kind keep it, inside 0..1.

    Raises:
        EvaluationError: If a share lies outside 0..1 or the predictions cannot be evaluated.

    Example:
        >>> high, low = [[0.95, 0.05]] * 950, [[0.55, 0.45]] * 50
        >>> labels = np.array([0] * 975 + [1] * 25)  # half of the unsure answers are wrong
        >>> rule = calibrate_abstain(np.array(high + low), labels, target=0.99)
        >>> rule.reachable, round(rule.threshold, 2), rule.coverage, round(rule.proven, 3)
        (True, 0.75, 0.95, 0.996)
    """
    _check_share("target", target)
    _check_share("confidence", confidence)
    curve = risk_coverage(probabilities, labels)
    rows = np.unique([curve.at_coverage(coverage) for coverage in _COVERAGES])
    proven = _proven(curve.right[rows], curve.answered[rows], confidence)
    good = np.flatnonzero(proven >= target)
    best = good[-1] if good.size else proven.argmax()
    chosen = int(rows[best])
    answered, right, all_right = curve.answered[chosen], curve.right[chosen], curve.right[-1]
    all_wrong = curve.n - all_right
    return AbstainRule(
        threshold=_between(curve.threshold, chosen),
        target=target,
        reachable=bool(good.size),
        proven=float(proven[best]),
        confidence=confidence,
        n=curve.n,
        coverage=float(answered / curve.n),
        accuracy=float(right / answered),
        false_accept=float((answered - right) / all_wrong) if all_wrong else None,
        false_reject=float((all_right - right) / all_right) if all_right else None,
    )


def apply_abstain(probabilities: np.ndarray, threshold: float) -> np.ndarray:
    """Say which pictures are "unknown": (n,) bool, True where the recognizer abstains.

    Args:
        probabilities: (n, classes) floats in 0..1.
        threshold: As in `AbstainRule`.

    Example:
        >>> apply_abstain(np.array([[0.9, 0.1], [0.6, 0.4]]), 0.75)
        array([False,  True])
    """
    # in float64, as the threshold is: float32 would round it up to a confidence just below it
    unknown: np.ndarray = probabilities.max(axis=1).astype(np.float64) < threshold
    return unknown


def false_accept_rate(outsiders: np.ndarray, threshold: float) -> float:
    """Share of pictures of *none* of the classes that would still be given a name.

    Only strangers can tell: the calibration part holds none, so `AbstainRule` cannot know.

    Args:
        outsiders: (n, classes) probabilities for pictures that belong to no class.
        threshold: As in `AbstainRule`.

    Example:
        >>> false_accept_rate(np.array([[0.9, 0.1], [0.6, 0.4]]), 0.75)
        0.5
    """
    check_probabilities(outsiders)
    return float(1 - apply_abstain(outsiders, threshold).mean())


def _proven(right: np.ndarray, answered: np.ndarray, confidence: float) -> np.ndarray:
    """Accuracies that hold for all rows at once, with this confidence (union bound)."""
    doubt = (1 - confidence) / len(right)
    return np.array(
        [
            lower_bound(int(hits), int(count), confidence=1 - doubt)
            for hits, count in zip(right, answered, strict=True)
        ]
    )


def _between(thresholds: np.ndarray, chosen: int) -> float:
    """A threshold midway to the next answer that is refused, 0 where none is.

    Another engine or processor gives the same picture a slightly different probability;
    a threshold exactly on a calibration picture would flip with it.
    """
    if chosen == len(thresholds) - 1:
        return 0.0
    return float((thresholds[chosen] + thresholds[chosen + 1]) / 2)


def _check_share(name: str, share: float) -> None:
    if not 0 < share < 1:
        raise EvaluationError(
            f"{name} must lie inside 0..1, got {share}. For 99 % give 0.99; "
            "nothing short of every picture proves 100 %."
        )
