"""How good are the predictions? Figures, thresholds and comparisons."""

from kanjian import former
from kanjian.evaluation.abstain import (
    AbstainRule,
    apply_abstain,
    calibrate_abstain,
    false_accept_rate,
)
from kanjian.evaluation.metrics import EvaluationResult, confused_pairs, evaluate_probabilities
from kanjian.evaluation.mistakes import Mistake, worst_mistakes
from kanjian.evaluation.risk_coverage import RiskCoverage, risk_coverage
from kanjian.evaluation.statistics import (
    Comparison,
    MeanInterval,
    differ_beyond_chance,
    differ_on_same_pictures,
    mean_interval,
)

__all__ = [
    "AbstainRule",
    "Comparison",
    "EvaluationResult",
    "MeanInterval",
    "Mistake",
    "RiskCoverage",
    "apply_abstain",
    "calibrate_abstain",
    "confused_pairs",
    "differ_beyond_chance",
    "differ_on_same_pictures",
    "evaluate_probabilities",
    "false_accept_rate",
    "mean_interval",
    "risk_coverage",
    "worst_mistakes",
]

former.names_in(__name__)
