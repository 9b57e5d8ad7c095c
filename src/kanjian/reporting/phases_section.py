"""The report's section on the phases of a transfer: what each one learned, won and cost."""

from collections.abc import Sequence
from dataclasses import dataclass

from kanjian.i18n import _, ngettext
from kanjian.reporting import wording
from kanjian.reporting.facts import ReportFacts
from kanjian.reporting.run_report import PassReport, PhaseReport, ProbeReport, Row
from kanjian.reporting.wording import count, percent


@dataclass(frozen=True)
class Phases:
    """A sentence on the linear probe, and one row for each phase."""

    probe: str = ""
    rows: Sequence[Sequence[str]] = ()


def phases(facts: ReportFacts) -> Phases:
    """What each phase learned, won and cost; empty for a network trained from nothing.

    Example:
        >>> from kanjian.reporting.facts import TrainingFigures
        >>> head = PhaseReport(name="head", epochs=3, parameters=20, seconds=1.5,
        ...                    after={"val_loss": 0.1, "val_accuracy": 0.9})
        >>> phases(ReportFacts("photos", training=TrainingFigures(phases=[head]))).rows
        [['head', '3', '20', '–', '90.0 %', 'computed live', '1.5 s']]
    """
    told = facts.training
    if told is None or not told.phases:
        return Phases()
    return Phases(_probe(told.linear_probe), [_row(phase) for phase in told.phases])


def _probe(told: ProbeReport | None) -> str:
    if told is None or told.accuracy is None:
        return ""
    return _(
        "Linear probe: the simplest head on the same features, a logistic regression, is right on "
        "{share} of the validation pictures after {time}.",
        share=percent(told.accuracy),
        time=wording.duration(told.seconds),
    )


def _row(phase: PhaseReport) -> list[str]:
    return [
        _name(phase),
        count(phase.epochs),
        count(phase.parameters),
        _accuracy(phase.before),
        _accuracy(phase.after),
        _passes(phase.passes) if phase.epochs else "–",
        wording.duration(phase.seconds),
    ]


def _name(phase: PhaseReport) -> str:
    if not phase.epochs:
        return _("{phase} (left out: good enough before)", phase=phase.name)
    if not phase.kept:
        return _("{phase} (undone: it made things worse)", phase=phase.name)
    return phase.name


def _accuracy(reached: Row | None) -> str:
    accuracy = None if reached is None else reached.get("val_accuracy")
    return "–" if accuracy is None else percent(accuracy)


def _passes(passes: Sequence[PassReport]) -> str:
    """How long features took, and how many of them were at hand already."""
    if not passes:
        return _("computed live")
    fresh = [each for each in passes if not each.from_cache]
    if not fresh:
        return _("all at hand")
    pictures = sum(each.pictures for each in fresh)
    took = sum(each.pass_seconds for each in fresh)
    return ngettext(
        "{time} for {n} picture",
        "{time} for {n} pictures",
        pictures,
        n=count(pictures),
        time=wording.duration(took),
    )
