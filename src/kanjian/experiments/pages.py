"""What a study writes into its folder: report.json, its picture, and a page that stands alone."""

import json
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from markupsafe import Markup

from kanjian.experiments.figures import Curve
from kanjian.experiments.results import Comparison, CrossValidation, Result
from kanjian.experiments.study import plain
from kanjian.i18n import _, ngettext
from kanjian.reporting import canvas
from kanjian.reporting.charts import Axis, Line, interval_chart, line_chart, matrix_chart
from kanjian.reporting.render import render
from kanjian.reporting.wording import in_percent
from kanjian.storage import files
from kanjian.training.run_folder import REPORT

PAGE = "report.html"
CURVES, FOLDS = "curves.png", "folds.png"
_COLORS, _LINES = 7, ("", " dash", " dots")  # classes of page.css


def write_comparison(comparison: Comparison) -> None:
    """Write report.json, curves.png and report.html of a comparison."""
    folder = comparison.folder
    files.write_bytes(folder / CURVES, canvas.png(comparison.plot()))
    _write_json(folder, comparison.to_dict())
    files.write_text(folder / PAGE, comparison_page(comparison))


def comparison_page(comparison: Comparison) -> str:
    """A comparison as HTML, dressed like the report of a run."""
    curves = [curve_of(result) for result in comparison.results]
    rows = [comparison_row(result) for result in comparison.results]
    best = comparison.best
    return render(
        "comparison.html",
        title=_("{recipe}: variants compared", recipe=comparison.recipe.name),
        best=None if best.metrics is None else {
            "name": best.variant.name, "accuracy": _percent(best.metrics.accuracy),
        },
        charts=_charts(curves),
        key=[(_look(number), *row[:2]) for number, row in enumerate(rows)],
        heads=comparison_head(),
        rows=rows,
        notes=comparison.notes,
    )  # fmt: skip


def _charts(curves: Sequence[Curve]) -> list[Markup]:
    """Loss and accuracy of all variants, the best drawn last and so on top."""
    kinds = (
        (_("loss on training pictures"), [curve.loss for curve in curves], False),
        (_("accuracy on validation pictures"), [curve.accuracy for curve in curves], True),
    )
    return [_chart(*kind) for kind in kinds if any(map(len, kind[1]))]


def _chart(name: str, values: Sequence[Sequence[float]], share: bool) -> Markup:
    lines = [
        Line("", list(enumerate(row, 1)), _look(number))
        for number, row in enumerate(values)
        if len(row)
    ]
    known = [value for row in values for value in row if math.isfinite(value)] or [0.0]
    room = 0.06 * (max(known) - min(known)) or 0.05
    high = max(known) + room
    epochs = max(map(len, values))
    return line_chart(
        lines[::-1],
        Axis(_("epoch"), 1, max(epochs, 2), whole=True),
        Axis(name, max(0.0, min(known) - room), min(1.0, high) if share else high, share=share),
        says=name,
        legend=False,
    )


def _look(number: int) -> str:
    return f"c{number % _COLORS}{_LINES[number // _COLORS % len(_LINES)]}"


def comparison_head() -> tuple[str, ...]:
    """Heads of the table of a comparison, for page and terminal alike."""
    return (
        _("variant"),
        _("accuracy"),
        _("95 % interval"),
        _("loss"),
        _("learning rate"),
        _("epochs"),
        _("seconds"),
        _("beyond chance?"),
    )


def comparison_row(result: Result) -> tuple[str, ...]:
    """One line of that table."""
    metrics, trial = result.metrics, result.trial
    rate = f"{result.variant.recipe.optimizer.learning_rate:g}"
    tail = (rate, str(len(trial.history)), f"{trial.fit_seconds:.1f}")
    if metrics is None:
        return (result.variant.name, _("diverged"), "", "", *tail, "")
    low, high = metrics.interval
    return (
        result.variant.name,
        _percent(metrics.accuracy),
        f"{100 * low:.2f} – {100 * high:.2f}",
        f"{metrics.loss:.4f}",
        *tail,
        _verdict(result),
    )


def _verdict(result: Result) -> str:
    difference = result.against_best
    if difference is None:
        return _("best")
    p = difference.p_value
    share = f"p = {p:.2g}" if p >= 1e-4 else "p < 0.0001"
    return _("worse, {p}", p=share) if difference.beyond_chance else _("no, {p}", p=share)


def curve_of(result: Result) -> Curve:
    """What to draw of a variant."""
    history, metrics = result.trial.history, result.metrics
    # in English: it is drawn by matplotlib, whose font may not have other letters
    said = "diverged" if metrics is None else f"{100 * metrics.accuracy:.2f} %"
    return Curve(
        result.variant.name,
        [row["loss"] for row in history],
        [row["val_accuracy"] for row in history if "val_accuracy" in row],
        said,
    )


def crossval_head() -> tuple[str, ...]:
    """Heads of the table of a cross-validation, for page and terminal alike."""
    return (_("fold"), _("accuracy"), _("loss"), _("pictures"), _("epochs"), _("seconds"))


def crossval_rows(result: CrossValidation) -> list[tuple[str, ...]]:
    """The lines of that table."""
    return [
        (
            str(number),
            _percent(fold.accuracy),
            f"{fold.loss:.4f}",
            str(fold.n),
            str(len(trial.history)),
            f"{trial.fit_seconds:.1f}",
        )
        for number, (fold, trial) in enumerate(zip(result.folds, result.trials, strict=True), 1)
    ]


def crossval_summary(result: CrossValidation) -> str:
    """The result in one sentence."""
    found = result.accuracy
    assert found.deviation is not None
    low, high = _ends(result)
    return ngettext(
        "Accuracy {mean} ± {deviation} % over {n} fold (mean and standard deviation); 95 % "
        "confidence interval of the mean {low} to {high} %.",
        "Accuracy {mean} ± {deviation} % over {n} folds (mean and standard deviation); 95 % "
        "confidence interval of the mean {low} to {high} %.",
        len(result.folds),
        mean=f"{100 * found.mean:.2f}",
        deviation=f"{100 * found.deviation:.2f}",
        low=f"{100 * low:.2f}",
        high=f"{100 * high:.2f}",
    )


def _ends(result: CrossValidation) -> tuple[float, float]:
    """Where the mean accuracy may lie."""
    found = result.accuracy
    assert found.low is not None
    assert found.high is not None
    return found.low, found.high


def write_crossval(result: CrossValidation) -> None:
    """Write report.json, folds.png and report.html of a cross-validation."""
    files.write_bytes(result.folder / FOLDS, canvas.png(result.plot()))
    _write_json(result.folder, result.to_dict())
    files.write_text(result.folder / PAGE, crossval_page(result))


def crossval_page(result: CrossValidation) -> str:
    """A cross-validation as HTML, dressed like the report of a run."""
    pooled = result.pooled
    says = _("Confusion matrix of all folds together")
    return render(
        "crossval.html",
        title=_("{recipe}: cross-validation", recipe=result.recipe.name),
        summary=crossval_summary(result),
        folds=_folds(result),
        heads=crossval_head(),
        rows=crossval_rows(result),
        matrix=matrix_chart(pooled.confusion, pooled.classes, says=says),
        classes=[
            (each.name, str(each.support), _percent(each.recall), _percent(each.precision))
            for each in pooled.per_class
        ],
        notes=result.notes,
    )


def _folds(result: CrossValidation) -> Markup:
    low, high = _ends(result)
    shares = result.accuracies
    least, most = min(*shares, low), max(*shares, high)
    room = max(most - least, 0.002) * 0.08
    return interval_chart(
        [(_("fold {n}", n=n), share) for n, share in enumerate(shares, 1)],
        Axis(_("accuracy on the fold held out"), least - room, most + room, share=True),
        mean=result.accuracy.mean,
        interval=(low, high),
        says=_("Accuracy of every fold and the interval of their mean"),
    )


def _percent(share: float | None) -> str:
    return "–" if share is None else in_percent(f"{100 * share:.2f}")


def _write_json(folder: Path, facts: dict[str, Any]) -> None:
    text = json.dumps(plain(facts), indent=1, ensure_ascii=False, allow_nan=False)
    files.write_text(folder / REPORT, text + "\n")
