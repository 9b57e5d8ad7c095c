"""How the loss followed a growing learning rate."""

from dataclasses import asdict, dataclass
from typing import Any

from kanjian.json_types import JsonObject


@dataclass(frozen=True)
class RateCurve:
    """How the loss followed a growing learning rate.

    Args:
        rates: The rate of each step.
        losses: The loss of each step's batch before its update.
        smoothed: The same, averaged over about ten steps.
        suggested: The rate to train with; see `read_curve` for the rule.
        steepest: The rate where the smoothed loss fell fastest, seen over half a decade.
        diverged: The rate at which the loss ran away, or None if it did not.
        optimizer: What was trained with.
        batch_size: Pictures per step; another batch size wants another rate.
    """

    rates: tuple[float, ...]
    losses: tuple[float, ...]
    smoothed: tuple[float, ...]
    suggested: float
    steepest: float
    diverged: float | None
    optimizer: str
    batch_size: int

    def plot(self) -> Any:
        """Loss over learning rate with the suggestion marked, as a figure of matplotlib."""
        from kanjian.experiments.figures import draw_rate_curve

        return draw_rate_curve(self)

    def _repr_png_(self) -> bytes:
        """The plot, in a notebook."""
        from kanjian.reporting import canvas

        return canvas.png(self.plot())

    def to_dict(self) -> JsonObject:
        """Plain values for JSON."""
        return {key: list(v) if isinstance(v, tuple) else v for key, v in asdict(self).items()}
