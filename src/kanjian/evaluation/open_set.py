"""From which distance on a picture is unlike the training pictures, and what that does."""

from dataclasses import asdict, dataclass

import numpy as np

from kanjian.json_types import JsonObject


@dataclass(frozen=True, slots=True)
class OpenSetRule:
    """Predict where a picture lies at most this far from the training pictures, else "unknown".

    Args:
        threshold: The greatest distance at which a prediction is given.
        target: The share of right predictions that it shall keep.
        kept: The share that it keeps of those it was calibrated on.
        n: How many these are.
        made: Pictures of no class, made to try it on.
        auroc: How often one of them lies further off than a right prediction does.
        named: The share of them that is still given the name of a class.
    """

    threshold: float
    target: float
    kept: float
    n: int
    made: int
    auroc: float
    named: float

    def to_dict(self) -> JsonObject:
        """The rule as plain values for JSON."""
        return asdict(self)

    @property
    def sentence(self) -> str:
        """What it does, for people."""
        return (
            f"unlike the training pictures: of {self.n} right predictions {100 * self.kept:.1f} % "
            f"are kept, of {self.made} made pictures of nothing {100 * self.named:.1f} % are "
            f"named (AUROC {self.auroc:.3f})"
        )


def calibrate_open_set(
    distances: np.ndarray, strangers: np.ndarray, *, target: float
) -> OpenSetRule | None:
    """Find the distance within which a share of right predictions lies.

    It is the conformal quantile: of new right predictions on pictures of the same kind it keeps
    `target` on average, however the distances are distributed.

    Args:
        distances: (n,) of pictures that are predicted rightly, and that nothing was fitted on.
        strangers: (m,) of pictures of no class; they decide nothing.
        target: The share of right predictions to keep, inside 0..1.

    Returns:
        The rule; None where the distances are too few to hold that share: 0.95 takes 19.

    Example:
        >>> rule = calibrate_open_set(np.arange(1.0, 20), np.array([5.0, 30.0]), target=0.95)
        >>> rule.threshold, rule.named, rule.auroc
        (19.0, 0.5, 0.618...)
        >>> calibrate_open_set(np.arange(18.0), np.array([30.0]), target=0.95) is None
        True
    """
    rank = int(np.ceil(target * (len(distances) + 1) - 1e-9))
    if rank > len(distances):
        return None
    threshold = float(np.sort(distances)[rank - 1])
    return OpenSetRule(
        threshold=threshold,
        target=target,
        kept=float((distances <= threshold).mean()),
        n=len(distances),
        made=len(strangers),
        auroc=auroc(distances, strangers),
        named=float((strangers <= threshold).mean()),
    )


def auroc(near: np.ndarray, far: np.ndarray) -> float:
    """How often a number of `far` is above one of `near`; even ones count half.

    Example:
        >>> auroc(np.array([1.0, 2.0]), np.array([2.0, 3.0]))
        0.875
    """
    ordered = np.sort(near)
    below = np.searchsorted(ordered, far, side="left")
    even = np.searchsorted(ordered, far, side="right")
    return float((below + even).mean() / (2 * len(near)))
