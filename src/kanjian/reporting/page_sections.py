"""The sections of the report page; each is empty where there is nothing to tell."""

import math
from collections.abc import Callable, Mapping, Sequence
from html import escape
from typing import Any

from kanjian.checks import plural
from kanjian.evaluation.metrics import ClassScore, confused_pairs
from kanjian.evaluation.mistakes import Mistake
from kanjian.evaluation.risk_coverage import RiskCoverage
from kanjian.reporting import wording
from kanjian.reporting.charts import Axis, Line, bar_chart, line_chart, matrix_chart
from kanjian.reporting.facts import ReportFacts
from kanjian.reporting.markup import details, facts_list, paragraph, picture, section, table, text
from kanjian.reporting.wording import count, percent

MATRIX_LIMIT = 40  # more classes than this cannot be read as a matrix
_OPEN_ROWS = 20


def verdict(facts: ReportFacts) -> str:
    """The accuracy, large, with what it means and where it may lie."""
    judged = facts.judged
    if judged is None:
        return section("Not judged", paragraph("No pictures were held back to judge with."))
    low, high = judged.interval
    bar = (
        '<div class="interval" role="img" aria-label="interval of the accuracy">'
        f'<span style="left:{100 * low:.2f}%;width:{100 * (high - low):.2f}%"></span></div>'
        '<div class="ends"><span>0 %</span><span>100 %</span></div>'
    )
    flattering = (
        "There is no test part. Validation pictures also chose the best epoch, "
        "so this figure is a little flattering."
    )
    return (
        '<section>\n<div class="hero">'
        f'<div class="figure">{percent(judged.accuracy, n=judged.n)}</div>'
        f"{paragraph(wording.headline(judged, facts.part))}{bar}</div>\n"
        f"{paragraph('' if facts.test else flattering, look='warn')}"
        f"{_parts(facts)}</section>\n"
    )


def _parts(facts: ReportFacts) -> str:
    """Validation and test side by side."""
    named = [("test", facts.test), ("validation", facts.validation)]
    parts = [(name, judgment) for name, judgment in named if judgment is not None]
    tops = [k for k in parts[0][1].top_k if k > 1]
    heads = ["part", "pictures", "accuracy", "95 % interval"]
    heads += [f"among best {k}" for k in tops] + ["mean over classes", "loss"]
    rows = [
        [
            name,
            count(judgment.n),
            percent(judgment.accuracy, n=judgment.n),
            " – ".join(percent(end, n=judgment.n) for end in judgment.interval),
            *(percent(judgment.top_k[k], n=judgment.n) for k in tops),
            percent(judgment.balanced_accuracy, n=judgment.n),
            f"{judgment.loss:.4g}",
        ]
        for name, judgment in parts
    ]
    return table(heads, rows)


def cost(facts: ReportFacts) -> str:
    """What training took and what came out of it."""
    numbers = facts.numbers
    writers: dict[str, tuple[str, Callable[[Any], str]]] = {
        "fit_seconds": ("training time", wording.duration),
        "epochs": ("epochs", count),
        "images_per_second": ("pictures a second", count),
        "peak_memory_mb": ("peak memory", lambda mb: f"{count(mb)} MB"),
        "parameters": ("parameters", count),
        "trainable_parameters": ("of them trained", count),
        "precision": ("precision", str),
        "backend": ("backend", str),
    }
    shown = {
        name: write(numbers[key])
        for key, (name, write) in writers.items()
        if numbers.get(key) is not None
    }
    return section("What it costs", facts_list(shown))


def learning(facts: ReportFacts) -> str:
    """Loss and accuracy over the epochs."""
    if not facts.history:
        return ""
    charts = [
        _curve(facts.history, "loss", "val_loss", share=False),
        _curve(facts.history, "accuracy", "val_accuracy", share=True),
    ]
    return section(
        "How it learned",
        paragraph(wording.learning(facts.history)),
        f'<div class="pair">{"".join(charts)}</div>',
        why="Training makes the loss smaller. Where the training line still falls and the "
        "validation line turns up, the network learns the pictures by heart.",
    )


def _curve(rows: Sequence[Mapping[str, Any]], key: str, held_back: str, *, share: bool) -> str:
    epochs = [float(row.get("epoch", i + 1)) for i, row in enumerate(rows)]
    lines = []
    for label, name, look in (("training", key, "one"), ("validation", held_back, "two")):
        known = [
            (epoch, float(row[name]))
            for epoch, row in zip(epochs, rows, strict=True)
            if row.get(name) is not None
        ]
        if known:
            lines.append(Line(label, known, look))
    values = [y for line in lines for _, y in line.points if math.isfinite(y)]
    if not values:
        return ""
    low, high = min(values), max(values)
    room = 0.06 * (high - low) or 0.05 * abs(high) or 0.05
    # a loss that can fall below 0, such as cosine similarity, is shown there
    lowest = max(0.0, low - room) if low >= 0 else low - room
    y = Axis(key, lowest, min(1.0, high + room) if share else high + room, share)
    x = Axis("epoch", min(epochs), max(epochs), whole=True)
    return line_chart(lines, x, y, says=f"{key} over the epochs")


def confusion(facts: ReportFacts) -> str:
    """What is taken for what: the matrix where it can be read, and the pairs that matter."""
    judged = facts.judged
    if judged is None or len(judged.classes) < 2:
        return ""
    matrix = ""
    if len(judged.classes) <= MATRIX_LIMIT:
        chart = matrix_chart(judged.confusion, judged.classes, says="Confusion matrix")
        matrix = f'<div class="wide">{chart}</div>'
    pairs = confused_pairs(judged.confusion, judged.classes, most=10 if matrix else 30)
    support = {score.name: score.support for score in judged.per_class}
    rows = [
        (true, answer, count(times), percent(times / support[true], n=support[true]))
        for true, answer, times in pairs
    ]
    listed = (
        table(["picture of", "taken for", "times", "of its class"], rows, text_columns=2)
        if rows
        else paragraph("Nothing: every answer was right.")
    )
    look = "matrix" if matrix and len(judged.classes) <= 12 else "matrix big"
    return section(
        "What it confuses",
        f'<div class="{look}">{matrix}{listed}</div>',
        why="Each row is a true class and each column an answer: blue was right, orange "
        "was taken for something else."
        if matrix
        else f"With {len(judged.classes)} classes a matrix cannot be read; these pairs of classes "
        "are mixed up most.",
    )


def mistakes(facts: ReportFacts) -> str:
    """The worst mistakes as pictures."""
    shown = "\n".join(_figure(mistake) for mistake in facts.mistakes)
    return section(
        "Its worst mistakes",
        f'<div class="sheet">{shown}</div>' if shown else "",
        why="What it was, what it was taken for, and how sure the recognizer was. Look for wrong "
        "labels, pictures of two things, and kinds of pictures that training saw too few of.",
    )


def _figure(mistake: Mistake) -> str:
    sure = text(percent(mistake.probability, n=1))
    return (
        f"<figure>{picture(mistake.image, alt=f'{mistake.true}, taken for {mistake.predicted}')}"
        f"<figcaption>{escape(mistake.true)} → <b>{escape(mistake.predicted)}</b> {sure}"
        f'<span class="file" title="{escape(mistake.name)}">'
        f"{escape(_file_name(mistake.name))}</span></figcaption></figure>"
    )


def _file_name(name: str) -> str:
    """The last part of a path, of Windows or any other system; the caption has no room for more."""
    return name.replace("\\", "/").rsplit("/", 1)[-1]


def sureness(facts: ReportFacts) -> str:
    """Whether its probabilities can be believed."""
    judged = facts.judged
    if judged is None:
        return ""
    filled = [
        (part.low, part.high, part.accuracy, (part.count / judged.n) ** 0.5)
        for part in judged.reliability
        if part.accuracy is not None
    ]
    chart = bar_chart(
        filled,
        Axis("probability it gave its answer", 0, 1, share=True),
        Axis("how often it was right", 0, 1, share=True),
        says="How often it was right, by how sure it was",
    )
    gap = f"Mean distance between the two (ECE): {100 * judged.calibration_error:.1f} points."
    return section(
        "How well it knows itself",
        f'<div class="pair">{chart}<div>{paragraph(wording.sureness(judged))}'
        f"{paragraph(gap)}</div></div>",
        why="Of the answers given with 80 %, 80 % should be right: bars on the dashed line. Bars "
        "below it mean too sure, above it too modest; pale bars hold few pictures.",
    )


def unknown(facts: ReportFacts) -> str:
    """What a threshold would save, and the rule if there is one."""
    judged, rule = facts.judged, facts.abstain
    if judged is None:
        return ""
    told = [
        paragraph(
            "No threshold was asked for: it always answers. --abstain 0.99 makes it say "
            "“unknown” where 99 % right answers could not be promised."
        )
    ]
    if rule is not None:
        told = [paragraph(wording.abstaining(rule), look="" if rule.reachable else "warn")]
        told += [paragraph(wording.price(rule)), paragraph(_on_test(facts))]
    return section(
        "When it says “unknown”",
        f'<div class="pair">{_risk_chart(facts)}<div>{"".join(told)}</div></div>',
        why="Answer only where sure and fewer answers are wrong: to the left it answers little, at "
        "the right end everything." + (" The ring is the threshold in use." if rule else ""),
    )


def _on_test(facts: ReportFacts) -> str:
    """The promise, kept or not on pictures that had no part in it."""
    if facts.abstain is None or facts.test is None:
        return ""
    coverage, risk = facts.test.risk_coverage.at_threshold(facts.abstain.threshold)
    if risk is None:
        return "On the test part it answers nothing."
    answered = round(coverage * facts.test.n)
    return (
        f"On the test part it answers {percent(coverage, n=facts.test.n)} "
        f"and is right in {percent(1 - risk, n=answered)} of them."
    )


def _risk_chart(facts: ReportFacts) -> str:
    named = [("test", facts.test, "one"), ("validation", facts.validation, "two")]
    curves = [(label, part, look) for label, part, look in named if part is not None]
    lines = [Line(label, _thinned(part.risk_coverage), look) for label, part, look in curves]
    rule = facts.abstain
    mark = None if rule is None else (rule.coverage, rule.risk)
    highest = max(y for line in lines for _, y in line.points)
    return line_chart(
        lines,
        Axis("share answered", 0, 1, share=True),
        Axis("wrong among the answers", 0, 1.08 * highest or 0.01, share=True),
        says="Share of wrong answers by share of pictures answered",
        mark=mark,
    )


def _thinned(curve: RiskCoverage) -> list[tuple[float, float]]:
    """At most 100 points; the first few answers are left out, where one mistake is a cliff."""
    first = min(20, curve.n) / curve.n
    rows = sorted({curve.at_coverage(first + (1 - first) * i / 100) for i in range(101)})
    return [(float(curve.coverage[row]), float(curve.risk[row])) for row in rows]


def per_class(facts: ReportFacts) -> str:
    """Every class with its scores; where there are many, the weakest first."""
    judged = facts.judged
    if judged is None:
        return ""
    scores, opening = list(enumerate(judged.per_class)), ""
    if len(scores) > _OPEN_ROWS:
        scores.sort(key=lambda pair: (pair[1].f1 is None, pair[1].f1 or 0))
        opening = f"The {_OPEN_ROWS} weakest of {len(scores)} classes:"
    rest = scores[_OPEN_ROWS:]
    return section(
        "Class by class",
        paragraph(opening),
        _class_table(scores[:_OPEN_ROWS]),
        details(f"The other {len(rest)} classes", _class_table(rest)) if rest else "",
        why="Found: how many pictures of the class were recognized (recall). Believable: how often "
        "it was right when it gave this name (precision). F1 joins both. confusion.png and "
        "mistakes.png show #numbers where no installed font has the letters of a name.",
    )


def _class_table(scores: Sequence[tuple[int, ClassScore]]) -> str:
    rows = [
        (
            str(number),
            score.name,
            count(score.support),
            percent(score.recall, n=score.support),
            percent(score.precision, n=score.predicted),
            "–" if score.f1 is None else f"{score.f1:.3f}",
        )
        for number, score in scores
    ]
    heads = ["#", "class", "pictures", "found", "believable", "F1"]
    return table(heads, rows, text_columns=2)


def notes(facts: ReportFacts) -> str:
    """What else the reader should know, and the pictures that were left out."""
    listed = "".join(f"<li>{escape(note)}</li>" for note in facts.notes)
    left_out = "".join(f"<li>{escape(line)}</li>" for line in facts.skipped)
    return section(
        "Good to know",
        f"<ul>{listed}</ul>" if listed else "",
        details(
            f"{plural(len(facts.skipped), 'damaged picture')} left out",
            f"<ul>{left_out}</ul>",
        )
        if left_out
        else "",
    )


def recipe(facts: ReportFacts) -> str:
    """The recipe, whole."""
    if not facts.recipe:
        return ""
    return section(
        "The recipe",
        details("Show it", f"<pre>{escape(facts.recipe)}</pre>"),
        why="Everything that decided this run; the same file trains it again.",
    )
