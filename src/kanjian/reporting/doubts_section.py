"""The report's section on a training in which nothing was learned."""

from html import escape

from kanjian.reporting.facts import ReportFacts
from kanjian.reporting.markup import paragraph, section


def doubts(facts: ReportFacts) -> str:
    """What says that nothing was learned, and what to try; empty where something was."""
    if not facts.doubts.said:
        return ""
    commands = "\n".join(facts.doubts.cures)
    return section(
        "Something is wrong",
        *(paragraph(sentence, look="warn") for sentence in facts.doubts.said),
        paragraph("Try, with the folder of this run in place of RUN:"),
        f"<pre>{escape(commands)}</pre>",
    )
