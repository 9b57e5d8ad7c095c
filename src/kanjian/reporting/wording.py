"""Figures in plain words: shares, counts, times, and the sentences a report says about them."""

from collections.abc import Mapping, Sequence
from typing import Any

from kanjian.checks import plural
from kanjian.evaluation.abstain import AbstainRule
from kanjian.evaluation.metrics import EvaluationResult


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
        return f"{100 * share:.0f} %"
    for decimals in range(0 if n < 100 else 1 if n < 5000 else 2, 7):
        text = f"{100 * share:.{decimals}f}"
        if float(text) not in {0, 100}:
            break
    return f"{text} %"


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
        return f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < 120:
        return f"{whole} s"
    if whole < 7200:
        return f"{whole // 60} min {whole % 60} s"
    return f"{whole // 3600} h {whole % 3600 // 60} min"


def headline(judgment: EvaluationResult, part: str) -> str:
    """What the accuracy means, with its interval.

    Example:
        >>> from kanjian.evaluation.metrics import evaluate_probabilities
        >>> import numpy as np
        >>> result = evaluate_probabilities(np.eye(2), np.array([0, 1]), ("cat", "dog"))
        >>> print(headline(result, "test"))
        of 2 test pictures got the right name. As only so many were judged, the true share may lie
        anywhere between 34 % and 100 % (95 % confidence).
    """
    low, high = (percent(end, n=judgment.n) for end in judgment.interval)
    return (
        f"of {plural(judgment.n, f'{part} picture')} got the right name. "
        "As only so many were judged, the true share may lie anywhere between "
        f"{low} and {high} (95 % confidence)."
    )


def learning(history: Sequence[Mapping[str, Any]]) -> str:
    """What the curves say: the best epoch, and whether it learned too little or by heart.

    Example:
        >>> learning([{"accuracy": 0.9, "val_accuracy": 0.8}])
        'One epoch of training. The training pictures do 10.0 points better than the held-back
        ones: the network begins to learn them by heart. More pictures, augmentation or dropout
        would help.'
    """
    n = len(history)
    said = ["One epoch of training." if n == 1 else f"{n} epochs of training."]
    scores = [row.get("val_accuracy") for row in history]
    known = [score for score in scores if score is not None]
    if not known:
        return said[0]
    best = max(known)
    epoch = scores.index(best) + 1
    if n > 1:
        said.append(f"Validation accuracy was best in epoch {epoch}: {percent(best)}.")
    trained, checked = history[-1].get("accuracy"), scores[-1]
    if trained is not None and checked is not None and trained - checked > 0.05:
        said.append(
            f"The training pictures do {100 * (trained - checked):.1f} points better than the "
            "held-back ones: the network begins to learn them by heart. "
            "More pictures, augmentation or dropout would help."
        )
    elif n > 2 and epoch == n:
        said.append("It was still getting better at the end: more epochs may help.")
    return " ".join(said)


def sureness(judgment: EvaluationResult) -> str:
    """Whether the recognizer's probabilities can be taken at their word.

    Example:
        >>> from kanjian.evaluation.metrics import evaluate_probabilities
        >>> import numpy as np
        >>> certain, labels = np.array([[0.9, 0.1]] * 4), np.array([0, 0, 0, 1])
        >>> sureness(evaluate_probabilities(certain, labels, ("cat", "dog")))
        'It is too sure of itself: on average it gives its answer 90 % and is right in 75 %.'
    """
    parts = [part for part in judgment.reliability if part.confidence is not None]
    mean = sum(part.count * (part.confidence or 0) for part in parts) / judgment.n
    gap = mean - judgment.accuracy
    said, right = percent(mean, n=judgment.n), percent(judgment.accuracy, n=judgment.n)
    if abs(gap) < 0.01:
        return f"On the whole it knows itself: it gives its answers {said}, and {right} are right."
    word = "too sure of itself" if gap > 0 else "too modest"
    return f"It is {word}: on average it gives its answer {said} and is right in {right}."


def abstaining(rule: AbstainRule) -> str:
    """What the threshold promises and what it costs.

    Example:
        >>> from kanjian.evaluation.abstain import calibrate_abstain
        >>> import numpy as np
        >>> rule = calibrate_abstain(np.full((900, 1), 1.0), np.zeros(900, int), target=0.99)
        >>> print(abstaining(rule))
        No answer is held back: on 900 validation pictures all answers together keep the promise of
        99 %. Right were 100 %; at least 99.7 % is proven with 95 % confidence.
    """
    n, sure = rule.n, f"{100 * rule.confidence:g} %"
    target, proven = f"{100 * rule.target:g} %", percent(rule.proven)
    right = percent(rule.accuracy, n=rule.answered)
    if not rule.reachable:
        opening = (
            f"A share of {target} right answers cannot be proven with "
            f"{plural(n, 'validation picture')}: the most that can is {proven}. The threshold that "
            "proves it is used; more validation pictures or a better network would reach further."
        )
    elif rule.threshold == 0:
        opening = (
            f"No answer is held back: on {plural(n, 'validation picture')} "
            f"all answers together keep the promise of {target}."
        )
    else:
        opening = (
            f"Where its best probability is below {rule.threshold:.3f} the recognizer says "
            f"“unknown”. On {plural(n, 'validation picture')} it answers "
            f"{percent(rule.coverage, n=n)} of them, which keeps the promise of {target}."
        )
    return f"{opening} Right were {right}; at least {proven} is proven with {sure} confidence."


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
    return (
        f"Of the answers that would be wrong, {percent(rule.false_accept)} still get through; "
        f"of those that would be right, {percent(rule.false_reject)} become “unknown”."
    )
