"""How good are the answers? Figures, thresholds, comparisons and the report that shows them."""

from kanjian.evaluation.abstain import (
    AbstainRule,
    apply_abstain,
    calibrate_abstain,
    false_accept_rate,
)
from kanjian.evaluation.compare import (
    Comparison,
    MeanInterval,
    differ_beyond_chance,
    differ_on_same_pictures,
    mean_interval,
)
from kanjian.evaluation.coverage import RiskCoverage, risk_coverage
from kanjian.evaluation.facts import ReportFacts
from kanjian.evaluation.metrics import Judgment, confused_pairs, judge
from kanjian.evaluation.mistakes import Mistake, worst_mistakes
from kanjian.evaluation.report import write_report

__all__ = [
    "AbstainRule",
    "Comparison",
    "Judgment",
    "MeanInterval",
    "Mistake",
    "ReportFacts",
    "RiskCoverage",
    "apply_abstain",
    "calibrate_abstain",
    "confused_pairs",
    "differ_beyond_chance",
    "differ_on_same_pictures",
    "false_accept_rate",
    "judge",
    "mean_interval",
    "risk_coverage",
    "worst_mistakes",
    "write_report",
]
