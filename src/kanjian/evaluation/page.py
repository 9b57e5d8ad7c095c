"""The report as one page that stands alone: no scripts, nothing loaded from anywhere."""

from html import escape
from importlib import resources

from kanjian.evaluation import page_sections as sections
from kanjian.evaluation.facts import ReportFacts
from kanjian.evaluation.phases_section import phases


def report_page(facts: ReportFacts) -> str:
    """The whole report as HTML.

    Example:
        >>> page = report_page(ReportFacts(title="mnist <fast>"))
        >>> "mnist &lt;fast&gt;" in page, "<script" in page
        (True, False)
    """
    style = resources.files("kanjian.evaluation").joinpath("page.css").read_text("utf-8")
    parts = (
        sections.verdict(facts),
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
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(facts.title)} – kanjian</title>\n<style>\n{style}</style>\n"
        f"</head>\n<body>\n<main>\n<h1>{escape(facts.title)}</h1>\n"
        f"{''.join(parts)}"
        "<footer>Made by kanjian (看见). The same figures for machines: report.json</footer>\n"
        "</main>\n</body>\n</html>\n"
    )
