"""How far a measured share may lie from the true one: two intervals, and when to use which."""

import math

from kanjian import extras
from kanjian.errors import EvaluationError

Z95 = 1.959963984540054  # the normal quantile at 97.5 %


def wilson_interval(correct: int, n: int) -> tuple[float, float]:
    """The 95 % interval of a share, such as an accuracy, measured on `n` pictures.

    Stays inside 0..1 and is honest for small `n` and for shares near 0 or 1, where the
    school formula (share ± 2 standard errors) claims certainty.

    Args:
        correct: How many were right, 0..n.
        n: How many there were, at least 1.

    Raises:
        EvaluationError: If the counts cannot be.

    Example:
        >>> wilson_interval(990, 1000)
        (0.981..., 0.994...)
        >>> wilson_interval(10, 10)  # ten of ten does not prove perfection
        (0.722..., 1.0)

    Reference:
        Wilson (1927); Brown, Cai and DasGupta, Interval estimation for a binomial
        proportion, Statistical Science 16 (2001).
    """
    check_count(correct, n)
    return share_interval(correct / n, n, z=Z95)


def share_interval(share: float, n: float, *, z: float) -> tuple[float, float]:
    """Wilson's interval of a share found on what is worth `n` independent looks.

    Args:
        share: What was found, 0 to 1.
        n: How many looks it is worth, which need not be a whole number.
        z: The normal quantile of its confidence, as in 1.96 for 95 %.

    Example:
        >>> share_interval(0.5, 4.5, z=1.96)
        (0.160..., 0.839...)
    """
    spread = z**2 / n
    middle = (share + spread / 2) / (1 + spread)
    half_width = math.sqrt(share * (1 - share) * spread + spread**2 / 4) / (1 + spread)
    # at the ends the formula gives exactly 0 or 1, but rounding does not
    low = 0.0 if share == 0 else max(0.0, middle - half_width)
    high = 1.0 if share == 1 else min(1.0, middle + half_width)
    return low, high


def lower_bound(correct: int, n: int, *, confidence: float) -> float:
    """The share that `correct` of `n` proves at the given confidence (Clopper and Pearson).

    Exact: whatever the true share is, the bound lies above it in at most 1 - confidence of
    all samples. Wilson's interval is shorter but only right on average, which is enough for
    reading a figure and not enough for making a promise.

    Args:
        correct: How many were right, 0..n.
        n: How many there were, at least 1.
        confidence: Of the interval, inside 0..1, as in 0.95.

    Example:
        >>> round(lower_bound(299, 299, confidence=0.95), 4)
        0.99
        >>> lower_bound(0, 5, confidence=0.95)
        0.0
    """
    check_count(correct, n)
    if correct == 0:
        return 0.0
    special = extras.load("scipy.special")
    return float(special.betaincinv(correct, n - correct + 1, 1 - confidence))


def check_count(correct: int, n: int) -> None:
    """Refuse counts that cannot be: `correct` of `n`.

    Example:
        >>> check_count(3, 2)
        Traceback (most recent call last):
        kanjian.errors.EvaluationError: correct must be in 0..n and n at least 1, got 3 of 2.
    """
    if n < 1 or not 0 <= correct <= n:
        raise EvaluationError(f"correct must be in 0..n and n at least 1, got {correct} of {n}.")
