"""`kanjian runs`: what has been trained, and whether two results differ beyond chance."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from kanjian.cli import options
from kanjian.cli.output import (
    fitted_table,
    percent,
    say,
    say_json,
    span,
    table,
    terminal_columns,
    wrapped,
)
from kanjian.errors import TrainingError
from kanjian.spoken import heading, spoken

if TYPE_CHECKING:
    from kanjian.experiments.runs import RunComparison, RunSummary


def runs(
    compared: Annotated[
        list[Path] | None,
        typer.Argument(help="Two runs to compare, by folder or name; none lists all.",
                       metavar="[RUN RUN]",
                       show_default=False),
    ] = None,
    folder: Annotated[
        Path, typer.Option("--in", help="Where the run folders lie.", metavar="FOLDER")
    ] = options.RUNS,
    json: options.Json = False,
) -> None:  # fmt: skip
    """List the run folders, or compare two of them.

    Of two runs it says whether their results differ beyond chance, and in what their
    recipes differ.
    """
    from kanjian.experiments.runs import compare_runs, list_runs

    if not compared:
        found = list_runs(folder)
        if json:
            say_json([run.to_dict() for run in found])
        else:
            say(listing(found, folder))
        return
    if len(compared) != 2:
        raise TrainingError(
            f"runs takes two run folders to compare, or none to list them; got {len(compared)}."
        )
    a, b = (options.run_folder(str(path), folder) for path in compared)
    comparison = compare_runs(a, b)
    if json:
        say_json({"verdict": comparison.verdict, **comparison.to_dict()})
    else:
        show(comparison)


def listing(found: "list[RunSummary]", folder: Path) -> str:
    """The table of runs."""
    from kanjian.experiments.runs import age

    if not found:
        return f"no runs in {folder} yet. Make one: kanjian train FOLDER"
    rows = [
        (
            run.name,
            run.kind,
            percent(run.accuracy, 2) if run.state == "finished" else "",
            heading(run.part),
            spoken(run.model),
            run.source,
            "" if run.fit_seconds is None else span(run.fit_seconds),
            spoken(age(run.changed_s)),
            _state(run),
        )
        for run in found
    ]
    head = ("name", "kind", "accuracy", "on", "network", "pictures", "fitting", "changed", "state")
    return table(head, rows)


def _state(run: "RunSummary") -> str:
    if run.state == "damaged":
        return f"damaged: {run.problem}"
    if run.state == "unfinished" and run.epochs is not None:
        return f"unfinished, {run.epochs} of {run.planned} epochs"
    return heading(run.state)


def show(comparison: "RunComparison") -> None:
    """Print two runs beside each other."""
    a, b = comparison.a, comparison.b
    rows = [
        (heading("accuracy"), percent(a.accuracy, 2), percent(b.accuracy, 2)),
        (heading("on"), f"{a.part}, {a.n}", f"{b.part}, {b.n}"),
        (
            heading("fitting"),
            *("–" if run.fit_seconds is None else span(run.fit_seconds) for run in (a, b)),
        ),
        *((key, *map(_said, values)) for key, values in comparison.recipe.items()),
    ]
    say(fitted_table(("", a.name, b.name), rows))
    say()
    say("\n".join(wrapped(spoken(comparison.verdict), terminal_columns())))


def _said(value: object) -> str:
    text = "–" if value is None else str(value)
    return text if len(text) <= 80 else f"{text[:79]}…"
