"""What a search says while it goes on, and what its page notes."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from kanjian.checks import plural
from kanjian.experiments.search_journal import TrialRecord
from kanjian.experiments.search_trial import Part
from kanjian.i18n import _, ngettext


def said(value: object) -> str:
    """A value of a trial, short.

    Example:
        >>> said(0.00123456), said("strong"), said("[224, 224]")
        ('0.0012', 'strong', '224×224')
    """
    if isinstance(value, float):
        return f"{value:.2g}"
    text = str(value)
    return text[1:-1].replace(", ", "×") if text.startswith("[") else text


def short(key: str) -> str:
    """The last part of a key, which tells it from the others of a search.

    Example:
        >>> short("optimizer.learning_rate"), short("fine_tune.optimizer.learning_rate")
        ('learning_rate', 'fine_tune.learning_rate')
    """
    section, _dot, last = key.rpartition(".")
    if section.startswith("fine_tune"):
        return f"fine_tune.{last}"
    return section if last in {"name", "source"} else last


def listed(changed: Mapping[str, Any]) -> str:
    """What a trial changes, on one line.

    Example:
        >>> listed({"optimizer.learning_rate": 0.00123, "augment": "none"})
        'learning_rate=0.0012, augment=none'
    """
    return ", ".join(f"{short(key)}={said(value)}" for key, value in changed.items())


def begun(
    record: TrialRecord,
    changed: Mapping[str, Any],
    best: TrialRecord | None,
    left_s: float | None,
) -> str:
    """A trial that begins, the best before it, and the time that is left.

    Example:
        >>> begun(TrialRecord(3), {"augment": "none"}, TrialRecord(2, accuracy=0.9), 125.0)
        'trial 3 (best so far 90.0 % in trial 2; 2.1 min left): augment=none'
    """
    facts = []
    if best is not None and best.accuracy is not None:
        n_best = best.number
        facts.append(f"best so far {100 * best.accuracy:.1f} % in trial {n_best}")
    if left_s is not None:
        facts.append(f"{max(left_s, 0) / 60:.1f} min left")
    told = listed(changed) or "as the default"
    if not facts:
        return f"trial {record.number}: {told}"
    so_far = "; ".join(facts)
    return f"trial {record.number} ({so_far}): {told}"


def ended(record: TrialRecord, before: TrialRecord | None) -> str:
    """What became of a trial.

    Example:
        >>> ended(TrialRecord(3, accuracy=0.91, seconds=12.3), TrialRecord(2, accuracy=0.9))
        'trial 3: 91.0 % of the validation pictures in 12 s, the best so far'
    """
    name = f"trial {record.number}"
    if record.state == "failed":
        return f"trial {record.number} failed: {record.reason}"
    reached = plural(record.epochs, "epoch")
    if record.accuracy is not None:
        reached = f"{reached}, {100 * record.accuracy:.1f} %"
    if record.state == "stopped":
        return f"the time is up: {name} ends after {reached}"
    if record.state == "pruned":
        return f"{name} lags behind the others and ends after {reached}"
    first = before is None or before.number == record.number or record.rank < before.rank
    best = ", the best so far" if first else ""
    accuracy = 100 * (record.accuracy or 0.0)
    return f"{name}: {accuracy:.1f} % of the validation pictures in {record.seconds:.0f} s{best}"


def notes_of(trials: Sequence[TrialRecord], parts: Sequence[Part]) -> list[str]:
    """How the trials were judged, and how many were ended before."""
    judged = sum(len(part) for _splits, part in parts)
    if len(parts) > 1:
        notes = [
            _(
                "trials are judged in {folds} folds: each of the {n} pictures is predicted once, "
                "by a network that has not seen it",
                folds=len(parts), n=judged,
            )
        ]  # fmt: skip
    else:
        notes = [_("trials are judged on the {n} validation pictures", n=judged)]
    notes.append(
        _(
            "the best of many trials looks better on validation than it is; so it is compared "
            "with the default on the test part, which no trial has seen"
        )
    )
    return [*notes, *_early(trials)]


def _early(trials: Sequence[TrialRecord]) -> list[str]:
    """How many trials did not come to their end, by why."""
    n = Counter(trial.state for trial in trials)
    told = {
        "pruned": ngettext(
            "{n} trial lagged behind and was ended early",
            "{n} trials lagged behind and were ended early",
            n["pruned"],
        ),
        "failed": ngettext("{n} trial failed", "{n} trials failed", n["failed"]),
        "stopped": ngettext(
            "{n} trial was ended by the time", "{n} trials were ended by the time", n["stopped"]
        ),
    }
    return [sentence for state, sentence in told.items() if n[state]]
