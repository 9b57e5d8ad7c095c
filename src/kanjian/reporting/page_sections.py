"""What the report page shows in each section; its words and their order stand in report.html."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from kanjian.evaluation.metrics import ClassScore, EvaluationResult, confused_pairs
from kanjian.evaluation.risk_coverage import RiskCoverage
from kanjian.i18n import _
from kanjian.reporting import wording
from kanjian.reporting.charts import Axis, Line, bar_chart, line_chart, matrix_chart
from kanjian.reporting.embedded import Embedded, embedded
from kanjian.reporting.facts import ReportFacts
from kanjian.reporting.wording import count, percent

MATRIX_LIMIT = 40  # more classes than this cannot be read as a matrix
_OPEN_ROWS = 20
_SIDE = 240  # of a picture on the page


@dataclass(frozen=True)
class Table:
    """Heads and rows."""

    heads: Sequence[str]
    rows: Sequence[Sequence[str]]


@dataclass(frozen=True)
class Confusion:
    """What is taken for what.

    Args:
        matrix: Drawn; None where it has too many classes to be read.
        narrow: Whether it leaves room beside it.
        pairs: True class, prediction, how often, and which share of the class that is.
    """

    matrix: Markup | None
    narrow: bool
    pairs: Sequence[tuple[str, str, str, str]]


@dataclass(frozen=True)
class ShownMistake:
    """A wrong prediction with its picture."""

    picture: Embedded
    file: str
    true: str
    predicted: str
    confidence: str


def parts(facts: ReportFacts) -> Table:
    """Validation and test side by side."""
    named = [(_("test"), facts.test), (_("validation"), facts.validation)]
    there = [(name, metrics) for name, metrics in named if metrics is not None]
    tops = [k for k in there[0][1].top_k if k > 1]
    heads = [
        _("part"),
        _("pictures"),
        _("accuracy"),
        _("95 % interval"),
        *(_("top-{k} accuracy", k=k) for k in tops),
        _("mean over classes"),
        _("loss"),
    ]
    rows = [
        [
            name,
            count(metrics.n),
            percent(metrics.accuracy, n=metrics.n),
            " – ".join(percent(end, n=metrics.n) for end in metrics.interval),
            *(percent(metrics.top_k[k], n=metrics.n) for k in tops),
            percent(metrics.balanced_accuracy, n=metrics.n),
            f"{metrics.loss:.4g}",
        ]
        for name, metrics in there
    ]
    return Table(heads, rows)


def cost(facts: ReportFacts) -> list[tuple[str, str]]:
    """What training took and what came out of it."""
    figures = facts.training
    if figures is None:
        return []
    seconds, speed = figures.fit_seconds, figures.images_per_second
    memory_mb = figures.peak_memory_mb
    rows = [
        (_("training time"), seconds and wording.duration(seconds)),
        (_("epochs"), count(figures.epochs)),
        (_("pictures a second"), speed and count(speed)),
        (_("peak memory"), memory_mb and f"{count(memory_mb)} MB"),
        (_("parameters"), count(figures.parameters)),
        (_("of them trained"), count(figures.trainable_parameters)),
        (_("number format"), figures.precision),
        (_("backend"), figures.backend),
    ]
    return [(name, value) for name, value in rows if value]


def curves(facts: ReportFacts) -> list[Markup]:
    """Loss and accuracy over the epochs."""
    charts = [
        _curve(facts.history, "loss", _("loss"), _("loss over the epochs")),
        _curve(facts.history, "accuracy", _("accuracy"), _("accuracy over the epochs"), share=True),
        *(
            _curve(facts.history, name, name, _("{metric} over the epochs", metric=name))
            for name in _more(facts)
        ),
    ]
    return [chart for chart in charts if chart]


_TOLD = {"epoch", "loss", "accuracy", "learning_rate", "images_per_second", "seconds"}


def _more(facts: ReportFacts) -> list[str]:
    """The metrics that the recipe asked for."""
    names = dict.fromkeys(name for row in facts.history for name in row)
    return [name for name in names if name not in _TOLD and not name.startswith("val_")]


def _curve(
    rows: Sequence[Mapping[str, float]], key: str, name: str, says: str, *, share: bool = False
) -> Markup:
    epochs = [float(row.get("epoch", i + 1)) for i, row in enumerate(rows)]
    lines = []
    kinds = ((_("training"), key, "one"), (_("validation"), f"val_{key}", "two"))
    for label, column, css_class in kinds:
        known = [
            (epoch, float(row[column]))
            for epoch, row in zip(epochs, rows, strict=True)
            if row.get(column) is not None and math.isfinite(row[column])
        ]
        if known:
            lines.append(Line(label, known, css_class))
    values = [point[1] for line in lines for point in line.points if math.isfinite(point[1])]
    if not values:
        return Markup()
    low, high = min(values), max(values)
    room = 0.06 * (high - low) or 0.05 * abs(high) or 0.05
    # a loss that can fall below 0, such as cosine similarity, is shown there
    lowest = max(0.0, low - room) if low >= 0 else low - room
    y = Axis(name, lowest, min(1.0, high + room) if share else high + room, share)
    x = Axis(_("epoch"), min(epochs), max(epochs), whole=True)
    return line_chart(lines, x, y, says=says)


def confusion(judged: EvaluationResult) -> Confusion | None:
    """What is taken for what: the matrix where it can be read, and the pairs that matter."""
    if len(judged.classes) < 2:
        return None
    readable = len(judged.classes) <= MATRIX_LIMIT
    pairs = confused_pairs(judged.confusion, judged.classes, most=10 if readable else 30)
    support = {score.name: score.support for score in judged.per_class}
    return Confusion(
        matrix_chart(judged.confusion, judged.classes, says=_("Confusion matrix"))
        if readable
        else None,
        narrow=len(judged.classes) <= 12,
        pairs=[
            (true, answer, count(times), percent(times / support[true], n=support[true]))
            for true, answer, times in pairs
        ],
    )


def mistakes(facts: ReportFacts) -> list[ShownMistake]:
    """The worst mistakes as pictures."""
    return [
        ShownMistake(
            embedded(each.image, side=_SIDE), each.name, each.true, each.predicted,
            confidence=percent(each.probability, n=1),
        )
        for each in facts.mistakes
    ]  # fmt: skip


def calibration(judged: EvaluationResult) -> Markup:
    """Whether its probabilities can be believed."""
    filled = [
        (part.low, part.high, part.accuracy, (part.count / judged.n) ** 0.5)
        for part in judged.reliability
        if part.accuracy is not None
    ]
    return bar_chart(
        filled,
        Axis(_("confidence of the prediction"), 0, 1, share=True),
        Axis(_("how often it was right"), 0, 1, share=True),
        says=_("How often it was right, by its confidence"),
    )


def on_test(facts: ReportFacts) -> str:
    """The promise, kept or not on pictures that had no part in it."""
    if facts.abstain is None or facts.test is None:
        return ""
    coverage, risk = facts.test.risk_coverage.at_threshold(facts.abstain.threshold)
    if risk is None:
        return _("On the test part it predicts nothing.")
    answered = round(coverage * facts.test.n)
    return _(
        "On the test part it predicts {coverage} of the pictures and is right in {right} of them.",
        coverage=percent(coverage, n=facts.test.n),
        right=percent(1 - risk, n=answered),
    )


def risk_chart(facts: ReportFacts) -> Markup:
    """What a threshold would save."""
    named = [(_("test"), facts.test, "one"), (_("validation"), facts.validation, "two")]
    lines = [
        Line(label, _thinned(part.risk_coverage), css_class)
        for label, part, css_class in named
        if part is not None
    ]
    rule = facts.abstain
    highest = max(point[1] for line in lines for point in line.points)
    return line_chart(
        lines,
        Axis(_("coverage: share predicted"), 0, 1, share=True),
        Axis(_("risk: wrong among them"), 0, 1.08 * highest or 0.01, share=True),
        says=_("Share of wrong predictions by share of pictures predicted"),
        mark=None if rule is None else (rule.coverage, rule.risk),
    )


def _thinned(curve: RiskCoverage) -> list[tuple[float, float]]:
    """At most 100 points; the first few answers are left out, where one mistake is a cliff."""
    first = min(20, curve.n) / curve.n
    rows = sorted({curve.at_coverage(first + (1 - first) * i / 100) for i in range(101)})
    return [(float(curve.coverage[row]), float(curve.risk[row])) for row in rows]


def classes(judged: EvaluationResult) -> dict[str, list[tuple[str, ...]]]:
    """Every class with its scores; where there are many, the weakest first."""
    scores = list(enumerate(judged.per_class))
    if len(scores) > _OPEN_ROWS:
        scores.sort(key=lambda pair: (pair[1].f1 is None, pair[1].f1 or 0))
    rows = [_class_row(number, score) for number, score in scores]
    return {"first": rows[:_OPEN_ROWS], "rest": rows[_OPEN_ROWS:]}


def _class_row(number: int, score: ClassScore) -> tuple[str, ...]:
    return (
        str(number),
        score.name,
        count(score.support),
        percent(score.recall, n=score.support),
        percent(score.precision, n=score.predicted),
        "–" if score.f1 is None else f"{score.f1:.3f}",
    )
