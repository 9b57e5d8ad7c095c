"""Figures in plain words: shares, counts, times, and the sentences a report says about them."""

from collections.abc import Mapping, Sequence
from typing import Any

from kanjian.evaluation.abstain import AbstainRule
from kanjian.evaluation.metrics import EvaluationResult
from kanjian.i18n import _, ngettext


def percent(share: float | None, *, n: int = 1000) -> str:
    """A share in percent, with as many decimals as `n` pictures can bear.

    Never says 100 % of something that falls short of it, nor 0 % of what happened.

    Example:
        >>> percent(0.98249, n=60), percent(0.98249), percent(0.98249, n=10_000)
        ('98 %', '98.2 %', '98.25 %')
        >>> percent(9999.6 / 10_000), percent(1.0), percent(None)
        ('99.996 %', '100 %', '–')
    """
    if share is None:
        return "–"
    if share in {0, 1}:
        return in_percent(f"{100 * share:.0f}")
    for decimals in range(0 if n < 100 else 1 if n < 5000 else 2, 7):
        text = f"{100 * share:.{decimals}f}"
        if float(text) not in {0, 100}:
            break
    return in_percent(text)


def in_percent(number: str) -> str:
    """A number that is a share in percent already.

    Example:
        >>> in_percent("98.2")
        '98.2 %'
    """
    return _("{n} %", n=number)


def count(number: float) -> str:
    r"""A whole number with thin spaces between thousands, the same in every language.

    Example:
        >>> count(1199882).replace("\u2009", " ")
        '1 199 882'
    """
    return f"{round(number):,}".replace(",", "\u2009")


def duration(seconds: float) -> str:
    """A time as a person would say it.

    Example:
        >>> duration(0.42), duration(18.2), duration(1230), duration(9000)
        ('0.4 s', '18 s', '20 min 30 s', '2 h 30 min')
    """
    if seconds < 10:
        return _("{s} s", s=f"{seconds:.1f}")
    whole = round(seconds)
    if whole < 120:
        return _("{s} s", s=whole)
    if whole < 7200:
        return _("{min} min {s} s", min=whole // 60, s=whole % 60)
    return _("{h} h {min} min", h=whole // 3600, min=whole % 3600 // 60)


def headline(metrics: EvaluationResult, part: str) -> str:
    """What the accuracy means, with its interval.

    Example:
        >>> from kanjian.evaluation.metrics import evaluate_probabilities
        >>> import numpy as np
        >>> result = evaluate_probabilities(np.eye(2), np.array([0, 1]), ("cat", "dog"))
        >>> print(headline(result, "test"))
        Accuracy: of 2 test pictures, this share was predicted right. As only so many were looked
        at, the true share may lie anywhere between 34 % and 100 % (95 % confidence interval).
    """
    low, high = (percent(end, n=metrics.n) for end in metrics.interval)
    n = metrics.n
    opening = (
        ngettext(
            "Accuracy: of {n} test picture, this share was predicted right.",
            "Accuracy: of {n} test pictures, this share was predicted right.",
            n,
            n=count(n),
        )
        if part == "test"
        else ngettext(
            "Accuracy: of {n} validation picture, this share was predicted right.",
            "Accuracy: of {n} validation pictures, this share was predicted right.",
            n,
            n=count(n),
        )
    )
    interval = _(
        "As only so many were looked at, the true share may lie anywhere between {low} and {high} "
        "(95 % confidence interval).",
        low=low,
        high=high,
    )
    return joined(opening, interval)


def joined(*sentences: str) -> str:
    """Sentences one after the other, as the language of the reader does it.

    Example:
        >>> joined("One.", "", "Two."), joined("一。", "二。")
        ('One. Two.', '一。二。')
    """
    said = ""
    for sentence in filter(None, sentences):
        # a full stop of Chinese brings its own room
        said += ("" if not said or said[-1] in "。！？；" else " ") + sentence
    return said


def learning(history: Sequence[Mapping[str, Any]]) -> str:
    """What the curves say: the best epoch, and whether it underfits or overfits.

    Example:
        >>> learning([{"accuracy": 0.9, "val_accuracy": 0.8}])
        'One epoch of training. Training accuracy is 10.0 points above validation accuracy: the
        network begins to overfit, it learns the pictures by heart. More pictures, augmentation or
        dropout would help.'
    """
    n = len(history)
    opening = ngettext("One epoch of training.", "{n} epochs of training.", n)
    scores = [row.get("val_accuracy") for row in history]
    known = [score for score in scores if score is not None]
    if not known:
        return opening
    best = max(known)
    epoch = scores.index(best) + 1
    peak = _(
        "Validation accuracy was best in epoch {epoch}: {accuracy}.",
        epoch=epoch,
        accuracy=percent(best),
    )
    return joined(opening, peak if n > 1 else "", _trend(history, best_is_last=epoch == n > 2))


def _trend(history: Sequence[Mapping[str, Any]], *, best_is_last: bool) -> str:
    """Whether the end of the curves asks for something."""
    trained, checked = history[-1].get("accuracy"), history[-1].get("val_accuracy")
    if trained is not None and checked is not None and trained - checked > 0.05:
        return _(
            "Training accuracy is {points} points above validation accuracy: the network begins "
            "to overfit, it learns the pictures by heart. More pictures, augmentation or dropout "
            "would help.",
            points=f"{100 * (trained - checked):.1f}",
        )
    if best_is_last:
        return _("It was still getting better at the end: more epochs may help.")
    return ""


def sureness(metrics: EvaluationResult) -> str:
    """Whether the recognizer's probabilities can be taken at their word.

    Example:
        >>> from kanjian.evaluation.metrics import evaluate_probabilities
        >>> import numpy as np
        >>> certain, labels = np.array([[0.9, 0.1]] * 4), np.array([0, 0, 0, 1])
        >>> sureness(evaluate_probabilities(certain, labels, ("cat", "dog")))
        'It is overconfident: its mean confidence is 90 %, its accuracy 75 %.'
    """
    parts = [part for part in metrics.reliability if part.confidence is not None]
    mean = sum(part.count * (part.confidence or 0) for part in parts) / metrics.n
    gap = mean - metrics.accuracy
    values = {
        "confidence": percent(mean, n=metrics.n),
        "accuracy": percent(metrics.accuracy, n=metrics.n),
    }
    if abs(gap) < 0.01:
        return _(
            "It is well calibrated on the whole: its mean confidence is {confidence}, its accuracy "
            "{accuracy}.",
            **values,
        )
    if gap > 0:
        return _(
            "It is overconfident: its mean confidence is {confidence}, its accuracy {accuracy}.",
            **values,
        )
    return _(
        "It is underconfident: its mean confidence is {confidence}, its accuracy {accuracy}.",
        **values,
    )


def abstaining(rule: AbstainRule) -> str:
    """What the threshold promises and what it costs.

    Example:
        >>> from kanjian.evaluation.abstain import calibrate_abstain
        >>> import numpy as np
        >>> rule = calibrate_abstain(np.full((900, 1), 1.0), np.zeros(900, int), target=0.99)
        >>> print(abstaining(rule))
        No prediction is held back: on 900 validation pictures all of them together keep the promise
        of 99 %. Right were 100 %; at least 99.7 % is proven with 95 % confidence.
    """
    end = _(
        "Right were {right}; at least {proven} is proven with {sure} confidence.",
        right=percent(rule.accuracy, n=rule.answered),
        proven=percent(rule.proven),
        sure=in_percent(f"{100 * rule.confidence:g}"),
    )
    return joined(_promise(rule), end)


def _promise(rule: AbstainRule) -> str:
    target, n = in_percent(f"{100 * rule.target:g}"), rule.n
    if not rule.reachable:
        return ngettext(
            "That {target} of the predictions are right cannot be proven with {n} validation "
            "picture: the most that can is {proven}. The threshold that proves it is used; more "
            "validation pictures or a better network would reach further.",
            "That {target} of the predictions are right cannot be proven with {n} validation "
            "pictures: the most that can is {proven}. The threshold that proves it is used; more "
            "validation pictures or a better network would reach further.",
            n,
            n=count(n),
            target=target,
            proven=percent(rule.proven),
        )
    if rule.threshold == 0:
        return ngettext(
            "No prediction is held back: on {n} validation picture all of them together keep the "
            "promise of {target}.",
            "No prediction is held back: on {n} validation pictures all of them together keep the "
            "promise of {target}.",
            n,
            n=count(n),
            target=target,
        )
    return ngettext(
        "Where its confidence is below {threshold} the recognizer says “unknown”. Of {n} "
        "validation picture it predicts {coverage}, which keeps the promise of {target}.",
        "Where its confidence is below {threshold} the recognizer says “unknown”. Of {n} "
        "validation pictures it predicts {coverage}, which keeps the promise of {target}.",
        n,
        n=count(n),
        threshold=f"{rule.threshold:.3f}",
        coverage=percent(rule.coverage, n=n),
        target=target,
    )


def price(rule: AbstainRule) -> str:
    """What gets through and what is lost, in one sentence; empty where nothing is held back.

    Example:
        >>> from kanjian.evaluation.abstain import calibrate_abstain
        >>> import numpy as np
        >>> price(calibrate_abstain(np.full((900, 1), 1.0), np.zeros(900, int), target=0.99))
        ''
    """
    if rule.threshold == 0 or rule.false_accept is None or rule.false_reject is None:
        return ""
    return _(
        "Of the predictions that would be wrong, {wrong} still get through; of those that would be "
        "right, {right} become “unknown”.",
        wrong=percent(rule.false_accept),
        right=percent(rule.false_reject),
    )
