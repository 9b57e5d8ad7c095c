"""The report as one page that stands alone: no scripts, nothing loaded from anywhere."""

from typing import Any

from kanjian.evaluation.metrics import EvaluationResult
from kanjian.reporting import page_sections as sections
from kanjian.reporting import wording
from kanjian.reporting.facts import ReportFacts
from kanjian.reporting.phases_section import phases
from kanjian.reporting.render import render


def report_page(facts: ReportFacts) -> str:
    """The whole report as HTML.

    Example:
        >>> page = report_page(ReportFacts(title="mnist <fast>"))
        >>> "mnist &lt;fast&gt;" in page, "<script" in page
        (True, False)
    """
    judged = facts.judged
    return render(
        "report.html",
        title=facts.title,
        facts=facts,
        judged=judged,
        cost=sections.cost(facts),
        phases=phases(facts),
        mistakes=sections.mistakes(facts),
        curves=sections.curves(facts),
        learning=wording.learning(facts.history) if facts.history else "",
        **_of_metrics(facts, judged),
    )


def _of_metrics(facts: ReportFacts, judged: EvaluationResult | None) -> dict[str, Any]:
    """What is there only where pictures were held back."""
    if judged is None:
        return {"confusion": None}
    rule = facts.abstain
    return {
        "headline": wording.headline(judged, facts.part),
        "parts": sections.parts(facts),
        "confusion": sections.confusion(judged),
        "calibration": sections.calibration(judged),
        "sureness": wording.sureness(judged),
        "risk": sections.risk_chart(facts),
        "abstaining": wording.abstaining(rule) if rule else "",
        "price": wording.price(rule) if rule else "",
        "on_test": sections.on_test(facts),
        "classes": sections.classes(judged),
    }
