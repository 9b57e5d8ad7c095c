"""The report's section on the phases of a transfer: what each one learned, won and cost."""

from collections.abc import Sequence
from dataclasses import dataclass

from kanjian.i18n import _, ngettext
from kanjian.reporting import wording
from kanjian.reporting.facts import ReportFacts
from kanjian.reporting.run_report import PassReport, PhaseReport, ProbeReport, Row
from kanjian.reporting.wording import count, percent
from kanjian.spoken import heading, spoken


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
    training = facts.training
    if training is None or not training.phases:
        return Phases()
    return Phases(_probe(training.linear_probe), [_row(phase) for phase in training.phases])


def _probe(probe: ProbeReport | None) -> str:
    if probe is None or probe.accuracy is None:
        return ""
    return _(
        "Linear probe: the simplest head on the same features, a logistic regression, is right on "
        "{share} of the validation pictures after {time}.",
        share=percent(probe.accuracy),
        time=wording.duration(probe.seconds),
    )


def _row(phase: PhaseReport) -> list[str]:
    return [
        _name(phase),
        count(phase.epochs),
        count(phase.parameters),
        _accuracy(phase.before),
        _accuracy(phase.after),
        _passes(phase.passes) if phase.parameters else "–",
        wording.duration(phase.seconds),
    ]


def _name(phase: PhaseReport) -> str:
    name = heading(spoken(phase.name))
    if not phase.epochs:
        if phase.parameters:
            return _("{phase} (fitted at once)", phase=name)
        return _("{phase} (left out)", phase=name)
    if not phase.kept:
        return _("{phase} (undone: it made things worse)", phase=name)
    return name


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
