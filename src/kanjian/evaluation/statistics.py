"""Is one better than the other, or was it luck? Two accuracies, or the folds of one run."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from kanjian import extras
from kanjian.errors import EvaluationError
from kanjian.evaluation.intervals import Z95, check_count, wilson_interval

_DOUBT = 0.05


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two accuracies, a and b, and whether they differ beyond chance.

    Args:
        difference: Accuracy of a minus accuracy of b.
        interval: Where the true difference lies, with 95 % confidence.
        p_value: How often chance alone parts two equal recognizers this far.
        beyond_chance: Whether that is less often than 1 in 20.
        method: The test, in words.
    """

    difference: float
    interval: tuple[float, float]
    p_value: float
    beyond_chance: bool
    method: str


class MeanInterval(NamedTuple):
    """The mean of several runs; None where one run cannot tell."""

    mean: float
    deviation: float | None  # sample standard deviation
    low: float | None  # 95 % interval of the mean
    high: float | None


def differ_beyond_chance(a: tuple[int, int], b: tuple[int, int]) -> Comparison:
    """Compare two accuracies of which only the counts are known (Fisher's exact test).

    Two recognizers evaluated on the *same* pictures are better compared with
    `differ_on_same_pictures`: this one sees fewer true differences there.

    Args:
        a: How many were right, of how many.
        b: The same of the other.

    Raises:
        EvaluationError: If the counts cannot be.

    Example:
        >>> differ_beyond_chance((9940, 10000), (9921, 10000)).beyond_chance
        False
        >>> differ_beyond_chance((9940, 10000), (9850, 10000)).beyond_chance
        True

    Reference:
        Newcombe, Interval estimation for the difference between independent proportions,
        Statistics in Medicine 17 (1998), method 10, for the interval.
    """
    check_count(*a)
    check_count(*b)
    share_a, share_b = a[0] / a[1], b[0] / b[1]
    (low_a, high_a), (low_b, high_b) = wilson_interval(*a), wilson_interval(*b)
    difference = share_a - share_b
    p_value = _fisher(a, b)
    return Comparison(
        difference=difference,
        interval=(
            difference - math.hypot(share_a - low_a, high_b - share_b),
            difference + math.hypot(high_a - share_a, share_b - low_b),
        ),
        p_value=p_value,
        beyond_chance=p_value < _DOUBT,
        method="Fisher's exact test, pictures taken as independent",
    )


def differ_on_same_pictures(right_a: np.ndarray, right_b: np.ndarray) -> Comparison:
    """Compare two recognizers on the same pictures, picture by picture (McNemar, exact).

    Only pictures that one gets right and the other wrong tell them apart.

    Args:
        right_a: (n,) bool, whether a was right on each picture.
        right_b: (n,) bool, the same of b, pictures in the same order.

    Raises:
        EvaluationError: If the two do not cover the same pictures.

    Example:
        >>> easy = np.ones(990, bool)
        >>> a = np.concatenate([easy, np.ones(10, bool)])
        >>> b = np.concatenate([easy, np.zeros(10, bool)])
        >>> differ_on_same_pictures(a, b).p_value
        0.00195...

    Reference:
        Tango, Statistics in Medicine 17 (1998), for the interval: the score interval of a
        difference of paired proportions.
    """
    if right_a.shape != right_b.shape or right_a.ndim != 1 or not right_a.size:
        raise EvaluationError(
            f"both must be (n,) bool for the same pictures, got {right_a.shape} and "
            f"{right_b.shape}. Evaluate both on the same part, in the same order."
        )
    only_a = int((right_a.astype(bool) & ~right_b.astype(bool)).sum())
    only_b = int((~right_a.astype(bool) & right_b.astype(bool)).sum())
    special = extras.load("scipy.special")
    # twice the smaller tail of a fair coin thrown once for each picture that tells them apart
    tail = float(special.bdtr(min(only_a, only_b), only_a + only_b, 0.5))
    p_value = min(1.0, 2 * tail) if only_a + only_b else 1.0
    return Comparison(
        difference=(only_a - only_b) / right_a.size,
        interval=_paired_interval(only_a, only_b, right_a.size),
        p_value=p_value,
        beyond_chance=p_value < _DOUBT,
        method="McNemar's exact test, picture by picture",
    )


def mean_interval(values: list[float] | np.ndarray, *, folds: bool = False) -> MeanInterval:
    """The mean of several runs with its deviation and 95 % interval (Student's t).

    Args:
        values: One figure for each run, at least one.
        folds: Whether the runs are the folds of one data set. They share most of their
            training pictures, so they vary less than fresh runs would; the interval is
            widened for it.

    Raises:
        EvaluationError: If there is no value, or one is not finite.

    Example:
        >>> mean_interval([0.9, 0.92, 0.94])
        MeanInterval(mean=0.91999..., deviation=0.01999..., low=0.870..., high=0.969...)
        >>> mean_interval([0.9])
        MeanInterval(mean=0.9, deviation=None, low=None, high=None)

    Reference:
        Nadeau and Bengio, Inference for the generalization error, Machine Learning 52
        (2003), for the widening.
    """
    runs = np.asarray(values, np.float64)
    if runs.ndim != 1 or not runs.size or not np.isfinite(runs).all():
        raise EvaluationError(
            f"values must be at least one finite number, got {list(values)}. "
            "Leave out runs that failed, and say so."
        )
    mean = float(runs.mean())
    if runs.size == 1:
        return MeanInterval(mean, None, None, None)
    deviation = float(runs.std(ddof=1))
    # test share / training share is 1 / (k - 1) for k folds
    spread = 1 / runs.size + (1 / (runs.size - 1) if folds else 0)
    special = extras.load("scipy.special")
    half_width = float(special.stdtrit(runs.size - 1, 0.975)) * deviation * math.sqrt(spread)
    return MeanInterval(mean, deviation, mean - half_width, mean + half_width)


def _fisher(a: tuple[int, int], b: tuple[int, int]) -> float:
    """Two-sided p: the tables with the same sums that are no likelier than this one.

    Written out because `scipy.stats` takes a second to import and `scipy.special` does not.
    """
    special = extras.load("scipy.special")
    right, n = a[0] + b[0], a[1] + b[1]
    counts = np.arange(max(0, right - b[1]), min(right, a[1]) + 1)

    def log_choose(total: int, part: np.ndarray) -> np.ndarray:
        ways = [special.gammaln(k + 1) for k in (total, part, total - part)]
        return np.asarray(ways[0] - ways[1] - ways[2])

    log_chance = log_choose(a[1], counts) + log_choose(b[1], right - counts)
    log_chance -= log_choose(n, np.asarray(right))
    own = log_chance[a[0] - counts[0]]
    # 1e-7: tables equally likely must not fall to either side by rounding, as in R and SciPy
    return min(1.0, float(np.exp(log_chance[log_chance <= own + 1e-7]).sum()))


def _paired_interval(only_a: int, only_b: int, n: int) -> tuple[float, float]:
    """Tango's score interval of (only_a - only_b) / n, found by halving."""

    def score(delta: float) -> float:
        """How many standard errors the observed difference lies above `delta`."""
        # the likeliest share of "only b" if the true difference were delta
        first = -only_a - only_b + (2 * n - only_a + only_b) * delta
        last = -only_b * delta * (1 - delta)
        share = (math.sqrt(max(first * first - 8 * n * last, 0)) - first) / (4 * n)
        variance = n * (2 * share + delta * (1 - delta))
        distance = only_a - only_b - n * delta
        if variance <= 0:
            return math.copysign(math.inf, distance) if distance else 0.0
        return distance / math.sqrt(variance)

    middle = (only_a - only_b) / n
    return _edge(score, middle, -1.0, Z95), _edge(score, middle, 1.0, -Z95)


def _edge(score: Callable[[float], float], inside: float, outside: float, wanted: float) -> float:
    """Where the score, which falls as its argument rises, reaches `wanted`."""
    for _ in range(60):
        middle = (inside + outside) / 2
        if abs(score(middle)) <= abs(wanted):
            inside = middle
        else:
            outside = middle
    return inside
