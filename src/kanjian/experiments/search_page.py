"""What a search writes into its folder: report.json, and a page that stands alone."""

import json
from collections.abc import Sequence

from markupsafe import Markup

from kanjian.experiments.pages import PAGE
from kanjian.experiments.search_journal import TrialRecord
from kanjian.experiments.search_result import SearchResult
from kanjian.experiments.search_trial import RUNGS
from kanjian.experiments.search_words import listed, said, short
from kanjian.experiments.study import plain
from kanjian.i18n import _, gettext_noop
from kanjian.reporting.charts import Axis, Line, line_chart
from kanjian.reporting.render import render
from kanjian.reporting.wording import in_percent
from kanjian.storage import files
from kanjian.training.run_folder import REPORT

_SHOWN = 10
STATES = (
    gettext_noop("complete"),
    gettext_noop("pruned"),
    gettext_noop("stopped"),
    gettext_noop("failed"),
)


def write_search(result: SearchResult) -> None:
    """Write report.html and, last, report.json: it says that the search is finished."""
    files.write_text(result.folder / PAGE, search_page(result))
    text = json.dumps(plain(result.to_dict()), indent=1, ensure_ascii=False, allow_nan=False)
    files.write_text(result.folder / REPORT, text + "\n")


def search_page(result: SearchResult) -> str:
    """A search as HTML, dressed like the report of a run."""
    shown = best_first(result.trials)[:_SHOWN]
    return render(
        "search.html",
        title=_("{recipe}: search", recipe=result.recipe.name),
        verdict=result.verdict,
        found=listed(result.changed(result.best)),
        charts=[_history(result.trials), _curves(shown)],
        heads=(*search_head(), *map(short, result.space)),
        rows=[
            (*search_row(trial), *(said(trial.values.get(key, "–")) for key in result.space))
            for trial in shown
        ],
        importance=[
            (short(key), in_percent(f"{100 * share:.0f}"))
            for key, share in result.importance.items()
        ],
        notes=result.notes,
    )


def best_first(trials: Sequence[TrialRecord]) -> list[TrialRecord]:
    """Complete trials, the best first, and behind them those that were ended before."""
    done = sorted((each for each in trials if each.state == "complete"), key=lambda t: t.rank)
    return [*done, *(each for each in trials if each.state != "complete")]


def search_head() -> tuple[str, ...]:
    """Heads of the table of trials, for page and terminal alike."""
    return (_("trial"), _("accuracy"), _("loss"), _("epochs"), _("seconds"), _("end"))


def search_row(trial: TrialRecord) -> tuple[str, ...]:
    """One line of that table."""
    return (
        str(trial.number),
        "–" if trial.accuracy is None else in_percent(f"{100 * trial.accuracy:.1f}"),
        "–" if trial.loss is None else f"{trial.loss:.4f}",
        str(trial.epochs),
        f"{trial.seconds:.1f}",
        _(trial.state),
    )


def _history(trials: Sequence[TrialRecord]) -> Markup:
    """The accuracy of every complete trial in their order, and the best so far above them."""
    done = [(each.number, each.accuracy) for each in trials
            if each.state == "complete" and each.accuracy is not None]  # fmt: skip
    best = [(number, max(accuracy for _n, accuracy in done[: place + 1]))
            for place, (number, _accuracy) in enumerate(done)]  # fmt: skip
    lines = [Line(_("trial"), done, "two"), Line(_("best so far"), best, "one")]
    says = _("Accuracy of every trial on the validation pictures, and the best so far")
    last = max((number for number, _accuracy in done), default=1)
    return line_chart(
        lines,
        Axis(_("trial"), 1, max(last, 2), whole=True),
        _shares([accuracy for _n, accuracy in done]),
        says=says,
    )


def _curves(trials: Sequence[TrialRecord]) -> Markup:
    """The accuracy on the way of each trial that is shown, the best drawn last."""
    lines = [
        Line("", [(step / RUNGS, share) for step, share in sorted(trial.steps.items())],
             " ".join((f"c{number % 7}", *["dash"] * (number >= 7))))
        for number, trial in enumerate(trials)
        if trial.steps
    ]  # fmt: skip
    values = [share for trial in trials for share in trial.steps.values()]
    folds = max((step for trial in trials for step in trial.steps), default=RUNGS) / RUNGS
    return line_chart(
        lines[::-1],
        Axis(_("folds trained"), 0, max(folds, 1.0)),
        _shares(values),
        says=_("Accuracy of the best trials on the way through their folds"),
        legend=False,
    )


def _shares(values: Sequence[float]) -> Axis:
    low, high = (min(values), max(values)) if values else (0.0, 1.0)
    room = 0.06 * (high - low) or 0.05
    return Axis(
        _("accuracy on validation pictures"), max(0.0, low - room), min(1.0, high + room),
        share=True,
    )  # fmt: skip
