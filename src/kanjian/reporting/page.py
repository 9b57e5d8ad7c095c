"""The report as one page that stands alone: no scripts, nothing loaded from anywhere."""

from kanjian.reporting import page_sections as sections
from kanjian.reporting.doubts_section import doubts
from kanjian.reporting.facts import ReportFacts
from kanjian.reporting.markup import page
from kanjian.reporting.phases_section import phases


def report_page(facts: ReportFacts) -> str:
    """The whole report as HTML.

    Example:
        >>> told = report_page(ReportFacts(title="mnist <fast>"))
        >>> "mnist &lt;fast&gt;" in told, "<script" in told
        (True, False)
    """
    parts = (
        sections.verdict(facts),
        doubts(facts),
        sections.cost(facts),
        sections.confusion(facts),
        sections.mistakes(facts),
        phases(facts),
        sections.learning(facts),
        sections.sureness(facts),
        sections.unknown(facts),
        sections.per_class(facts),
        sections.notes(facts),
        sections.recipe(facts),
    )
    footer = "Made by kanjian (看见). The same figures for machines: report.json"
    return page(facts.title, parts, footer=footer)
