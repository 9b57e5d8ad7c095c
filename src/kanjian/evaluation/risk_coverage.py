"""Predict less, err less: what each threshold on the confidence costs and brings."""

from dataclasses import dataclass

import numpy as np

from kanjian.evaluation.inputs import check_answers


@dataclass(frozen=True, slots=True, eq=False)
class RiskCoverage:
    """Each threshold there is, strictest first, with how many it predicts and how often wrongly.

    Args:
        threshold: (m,) strictly falling.
        answered: (m,) int64, how many pictures get a prediction.
        right: (m,) int64, how many of the predictions are right.
        n: How many pictures there are.
    """

    threshold: np.ndarray
    answered: np.ndarray
    right: np.ndarray
    n: int

    @property
    def coverage(self) -> np.ndarray:
        """(m,) share of pictures that get a prediction, rising to 1."""
        share: np.ndarray = self.answered / self.n
        return share

    @property
    def risk(self) -> np.ndarray:
        """(m,) share of the predictions given that are wrong."""
        wrong: np.ndarray = self.answered - self.right
        share: np.ndarray = wrong / self.answered
        return share

    def at_coverage(self, coverage: float) -> int:
        """The row of the strictest threshold that predicts at least this share.

        Example:
            >>> curve = risk_coverage(np.array([[0.9], [0.8], [0.6]]), np.array([0, 0, 0]))
            >>> [curve.at_coverage(share) for share in (0.0, 0.5, 1.0)]
            [0, 1, 2]
        """
        return int(np.searchsorted(self.answered, coverage * self.n - 1e-9))

    def at_threshold(self, threshold: float) -> tuple[float, float | None]:
        """Coverage and risk of predicting from `threshold` up; no predictions have no risk.

        Example:
            >>> curve = risk_coverage(np.array([[0.9], [0.8], [0.6]]), np.array([0, 0, 0]))
            >>> curve.at_threshold(0.7), curve.at_threshold(0.95)
            ((0.666..., 0.0), (0.0, None))
        """
        kept = int((self.threshold >= threshold).sum())
        if not kept:
            return 0.0, None
        return float(self.coverage[kept - 1]), float(self.risk[kept - 1])

    def to_dict(self, *, points: int = 20) -> list[dict[str, float]]:
        """The curve at evenly spaced coverages, as plain values for JSON.

        Example:
            >>> curve = risk_coverage(np.array([[0.9], [0.6]]), np.array([0, 0]))
            >>> curve.to_dict(points=2)[0]
            {'threshold': 0.9, 'coverage': 0.5, 'risk': 0.0}
        """
        rows = sorted({self.at_coverage(i / points) for i in range(1, points + 1)})
        columns = (self.threshold[rows], self.coverage[rows], self.risk[rows])
        return [
            {"threshold": threshold, "coverage": coverage, "risk": risk}
            for threshold, coverage, risk in zip(*(c.tolist() for c in columns), strict=True)
        ]


def risk_coverage(probabilities: np.ndarray, labels: np.ndarray) -> RiskCoverage:
    """Every threshold that matters, with its coverage and its risk.

    Predictions of equal confidence come together: no threshold can part them.

    Args:
        probabilities: (n, classes) floats in 0..1.
        labels: (n,) integers, the true classes.

    Raises:
        EvaluationError: If the predictions cannot be evaluated.

    Example:
        >>> answers = np.array([[0.9, 0.1], [0.8, 0.2], [0.6, 0.4]])
        >>> curve = risk_coverage(answers, np.array([0, 0, 1]))
        >>> curve.threshold, curve.answered, curve.right
        (array([0.9, 0.8, 0.6]), array([1, 2, 3]), array([1, 2, 2]))

    Reference:
        Geifman and El-Yaniv, Selective classification for deep neural networks, NIPS 2017.
    """
    check_answers(probabilities, labels)
    confidence = probabilities.max(axis=1).astype(np.float64)
    order = np.argsort(-confidence, kind="stable")
    falling = confidence[order]
    right = (probabilities.argmax(axis=1) == labels)[order].cumsum()
    last = np.flatnonzero(np.append(falling[1:] != falling[:-1], True))
    return RiskCoverage(falling[last], last + 1, right[last], len(labels))
