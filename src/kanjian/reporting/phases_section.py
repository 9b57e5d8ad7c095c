"""The report's section on the phases of a transfer: what each one learned, won and cost."""

from collections.abc import Mapping, Sequence
from typing import Any

from kanjian.i18n import _, ngettext
from kanjian.reporting import wording
from kanjian.reporting.facts import ReportFacts
from kanjian.reporting.wording import count, percent
from kanjian.spoken import heading, spoken


def phases(facts: ReportFacts) -> dict[str, Any]:
    """A sentence and one row for each phase; empty for a network trained from nothing.

    Example:
        >>> shown = phases(ReportFacts("photos", numbers={"phases": [
        ...     {"name": "head", "epochs": 3, "parameters": 20, "before": None, "kept": True,
        ...      "after": {"val_loss": 0.1, "val_accuracy": 0.9}, "seconds": 1.5, "passes": []}]}))
        >>> shown["rows"]
        [['head', '3', '20', '–', '90.0 %', 'computed live', '1.5 s']]
    """
    results: Sequence[Mapping[str, Any]] = facts.numbers.get("phases") or ()
    probe = _probe(facts.numbers.get("linear_probe")) if results else ""
    return {"probe": probe, "rows": [_row(phase) for phase in results]}


def _probe(probe: Mapping[str, Any] | None) -> str:
    if not probe or probe.get("accuracy") is None:
        return ""
    return _(
        "Linear probe: the simplest head on the same features, a logistic regression, is right on "
        "{share} of the validation pictures after {time}.",
        share=percent(probe["accuracy"]),
        time=wording.duration(probe["seconds"]),
    )


def _row(phase: Mapping[str, Any]) -> list[str]:
    before, after = phase["before"], phase["after"]
    return [
        _name(phase),
        count(phase["epochs"]),
        count(phase["parameters"]),
        percent(before["val_accuracy"]) if before else "–",
        percent(after["val_accuracy"]) if after else "–",
        _passes(phase["passes"]) if phase["epochs"] else "–",
        wording.duration(phase["seconds"]),
    ]


def _name(phase: Mapping[str, Any]) -> str:
    name = heading(spoken(phase["name"]))
    if not phase["epochs"]:
        return _("{phase} (left out: good enough before)", phase=name)
    if not phase["kept"]:
        return _("{phase} (undone: it made things worse)", phase=name)
    return name


def _passes(passes: Sequence[Mapping[str, Any]]) -> str:
    """How long features took, and how many of them were at hand already."""
    if not passes:
        return _("computed live")
    fresh = [each for each in passes if not each["from_cache"]]
    if not fresh:
        return _("all at hand")
    pictures = sum(each["pictures"] for each in fresh)
    took = sum(each["pass_seconds"] for each in fresh)
    return ngettext(
        "{time} for {n} picture",
        "{time} for {n} pictures",
        pictures,
        n=count(pictures),
        time=wording.duration(took),
    )
