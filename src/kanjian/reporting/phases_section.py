"""The report's section on the phases of a transfer: what each one learned, won and cost."""

from collections.abc import Mapping, Sequence
from typing import Any

from kanjian.checks import plural
from kanjian.reporting import wording
from kanjian.reporting.facts import ReportFacts
from kanjian.reporting.markup import paragraph, section, table
from kanjian.reporting.wording import count, percent


def phases(facts: ReportFacts) -> str:
    """One row for each phase; empty for a network trained from nothing.

    Example:
        >>> page = phases(ReportFacts("photos", numbers={"phases": [
        ...     {"name": "head", "epochs": 3, "parameters": 20, "before": None, "kept": True,
        ...      "after": {"val_loss": 0.1, "val_accuracy": 0.9}, "seconds": 1.5, "passes": []}]}))
        >>> "head" in page, "90" in page
        (True, True)
    """
    told: Sequence[Mapping[str, Any]] = facts.numbers.get("phases") or ()
    if not told:
        return ""
    heads = ["phase", "epochs", "numbers that learned", "validation before", "after",
             "features", "learning"]  # fmt: skip
    return section(
        "From the backbone to the answer",
        paragraph(_probe(facts.numbers.get("linear_probe"))),
        table(heads, [_row(phase) for phase in told]),
        why="Layers that do not learn give the same features in every epoch. They are computed "
        "once for each picture and variation, and kept.",
    )


def _probe(told: Mapping[str, Any] | None) -> str:
    if not told or told.get("accuracy") is None:
        return ""
    return (
        f"The simplest head on the same features, a logistic regression, is right on "
        f"{percent(told['accuracy'])} of the validation pictures after "
        f"{wording.duration(told['seconds'])}."
    )


def _row(phase: Mapping[str, Any]) -> list[str]:
    before, after = phase["before"], phase["after"]
    name = phase["name"] if phase["kept"] else f"{phase['name']} (undone: it made things worse)"
    if not phase["epochs"]:
        name += " (left out: good enough before)"
    return [
        name,
        count(phase["epochs"]),
        count(phase["parameters"]),
        percent(before["val_accuracy"]) if before else "–",
        percent(after["val_accuracy"]) if after else "–",
        _passes(phase["passes"]) if phase["epochs"] else "–",
        wording.duration(phase["seconds"]),
    ]


def _passes(passes: Sequence[Mapping[str, Any]]) -> str:
    """How long features took, and how many of them were at hand already."""
    if not passes:
        return "computed live"
    fresh = [each for each in passes if not each["from_cache"]]
    if not fresh:
        return "all at hand"
    pictures = sum(each["pictures"] for each in fresh)
    took = sum(each["pass_seconds"] for each in fresh)
    return f"{wording.duration(took)} for {plural(pictures, 'picture')}"
