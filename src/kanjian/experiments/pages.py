"""What a study writes into its folder: report.json, its picture, and a page that stands alone."""

import base64
import io
import json
from collections.abc import Sequence
from html import escape
from pathlib import Path
from typing import Any

from kanjian.experiments.figures import Curve, draw_curves, draw_folds
from kanjian.experiments.results import Comparison, CrossValidation, Result
from kanjian.experiments.study import plain
from kanjian.reporting.charts import matrix_chart
from kanjian.reporting.markup import page, paragraph, section, table
from kanjian.storage import files
from kanjian.training.run_folder import REPORT

PAGE = "report.html"
CURVES, FOLDS = "curves.png", "folds.png"


def write_comparison(comparison: Comparison) -> None:
    """Write report.json, curves.png and report.html of a comparison."""
    folder, results = comparison.folder, comparison.results
    n = max((0 if each.judgment is None else each.judgment.n) for each in results)
    figure = draw_curves([curve_of(result) for result in results], n_judged=n)
    picture = _write_figure(folder / CURVES, figure)
    _write_json(folder, comparison.to_dict())
    rows = [comparison_row(result) for result in results]
    best = results[0]
    lead = "Every variant diverged." if best.judgment is None else (
        f"Best on the validation pictures: {best.variant.name}, "
        f"{100 * best.judgment.accuracy:.2f} %."
    )  # fmt: skip
    body = [
        section("Result", paragraph(lead), _image(picture, "Loss and accuracy of every variant")),
        section(
            "Variants",
            table(COMPARISON_HEAD, rows),
            why="Beyond chance: whether the answers on the same pictures differ from the best "
            "variant's more often than luck explains, all comparisons taken together.",
        ),
        _notes(comparison.notes),
    ]
    _write_page(folder, f"{comparison.recipe.name}: variants compared", body)


COMPARISON_HEAD = ("variant", "accuracy", "95 % interval", "loss", "learning rate", "epochs",
                   "seconds", "beyond chance?")  # fmt: skip


def comparison_row(result: Result) -> tuple[str, ...]:
    """One line of the table of a comparison, for page and terminal alike."""
    judgment, trial = result.judgment, result.trial
    rate = f"{result.variant.recipe.optimizer.learning_rate:g}"
    tail = (rate, str(len(trial.history)), f"{trial.fit_seconds:.1f}")
    if judgment is None:
        return (result.variant.name, "diverged", "", "", *tail, "")
    low, high = judgment.interval
    return (
        result.variant.name,
        f"{100 * judgment.accuracy:.2f} %",
        f"{100 * low:.2f} – {100 * high:.2f}",
        f"{judgment.loss:.4f}",
        *tail,
        _verdict(result),
    )


def _verdict(result: Result) -> str:
    difference = result.against_best
    if difference is None:
        return "best"
    share = f"p = {difference.p_value:.2g}" if difference.p_value >= 1e-4 else "p < 0.0001"
    return f"{'worse' if difference.beyond_chance else 'no'}, {share}"


def curve_of(result: Result) -> Curve:
    """What to draw of a variant."""
    history, judgment = result.trial.history, result.judgment
    said = "diverged" if judgment is None else f"{100 * judgment.accuracy:.2f} %"
    return Curve(
        result.variant.name,
        [row["loss"] for row in history],
        [row["val_accuracy"] for row in history if "val_accuracy" in row],
        said,
    )


CROSSVAL_HEAD = ("fold", "accuracy", "loss", "pictures", "epochs", "seconds")


def crossval_rows(result: CrossValidation) -> list[tuple[str, ...]]:
    """The table of a cross-validation, for page and terminal alike."""
    return [
        (
            str(number),
            f"{100 * fold.accuracy:.2f} %",
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
    assert found.low is not None
    assert found.high is not None
    return (
        f"accuracy {100 * found.mean:.2f} ± {100 * found.deviation:.2f} % over "
        f"{len(result.folds)} folds; 95 % interval of the mean {100 * found.low:.2f} to "
        f"{100 * found.high:.2f} %"
    )


def write_crossval(result: CrossValidation) -> None:
    """Write report.json, folds.png and report.html of a cross-validation."""
    found = result.accuracy
    assert found.low is not None
    assert found.high is not None
    figure = draw_folds(
        [str(number) for number in range(1, len(result.folds) + 1)],
        [(fold.accuracy, fold.n) for fold in result.folds],
        found.mean,
        (found.low, found.high),
    )
    picture = _write_figure(result.folder / FOLDS, figure)
    _write_json(result.folder, result.to_dict())
    classes = [
        (score.name, str(score.support), _percent(score.recall), _percent(score.precision))
        for score in result.pooled.per_class
    ]
    lead = crossval_summary(result)
    says = "Confusion of all folds together"
    body = [
        section(
            "Result",
            paragraph(f"{lead[:1].upper()}{lead[1:]}."),
            _image(picture, "Accuracy of every fold and the interval of the mean"),
            table(CROSSVAL_HEAD, crossval_rows(result)),
            why="Each fold was held out once; the others taught a fresh network that was then "
            "judged on it. The interval is widened because the networks share pictures.",
        ),
        section(
            "Who is taken for whom",
            matrix_chart(result.pooled.confusion, result.pooled.classes, says=says),
            table(("class", "pictures", "recall", "precision"), classes),
            why="All folds together: every picture was answered once, by a network that had "
            "not seen it. Row: the true class; column: the answer.",
        ),
        _notes(result.notes),
    ]
    _write_page(result.folder, f"{result.recipe.name}: cross-validation", body)


def _percent(share: float | None) -> str:
    return "–" if share is None else f"{100 * share:.2f} %"


def _write_json(folder: Path, facts: dict[str, Any]) -> None:
    text = json.dumps(plain(facts), indent=1, ensure_ascii=False, allow_nan=False)
    files.write_text(folder / REPORT, text + "\n")


def _write_figure(path: Path, figure: Any) -> bytes:
    stream = io.BytesIO()
    figure.savefig(stream, format="png")
    files.write_bytes(path, stream.getvalue())
    return stream.getvalue()


def _write_page(folder: Path, title: str, sections: Sequence[str]) -> None:
    """A page with its pictures inside, that can be mailed; dressed like the report of a run."""
    footer = "Made by kanjian (看见). Figures for machines: report.json"
    files.write_text(folder / PAGE, page(title, sections, footer=footer))


def _image(png: bytes, says: str) -> str:
    address = base64.b64encode(png).decode("ascii")
    return (
        f'<img style="max-width:100%" alt="{escape(says)}" src="data:image/png;base64,{address}">'
    )


def _notes(notes: Sequence[str]) -> str:
    items = "".join(f"<li>{escape(note)}</li>" for note in notes)
    return section("Notes", f"<ul>{items}</ul>" if items else "")
