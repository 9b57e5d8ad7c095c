"""`datasets`: what is at hand, fetching one, and checking your own."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from kanjian.checks import plural
from kanjian.cli import options
from kanjian.cli.errors import MISTAKE
from kanjian.cli.lazy_group import Entry, lazy_group
from kanjian.cli.output import facts, percent, say, say_json, table
from kanjian.cli.progress import counting, download_progress
from kanjian.errors import KanjianError
from kanjian.spoken import spoken

if TYPE_CHECKING:
    from kanjian.datasets.dataset import Splits
    from kanjian.datasets.health import DuplicateSet, HealthReport
    from kanjian.experiments.label_check import LabelCheck

COMMANDS = {
    "get": Entry("kanjian.cli.datasets:get", "Download a built-in data set."),
    "show": Entry("kanjian.cli.show:show", "See what a set holds, and save pictures of it."),
    "check": Entry("kanjian.cli.datasets:check", "Look for pictures that would harm training."),
    "preview": Entry("kanjian.cli.augment:preview", "See pictures as the network will see them."),
    "augment": Entry("kanjian.cli.augment:augment", "Write augmented pictures to a folder."),
}
_SHOWN = 5  # of each kind of finding; --json has them all


def _list(
    context: typer.Context, data: options.DataFolder = None, json: options.Json = False
) -> None:
    """List, download and check data sets of labeled pictures.

    Without a command: which built-in sets there are and where each lies.
    """
    if context.invoked_subcommand is not None:
        return
    from kanjian.datasets.builtin import BUILTIN, at_hand

    places = at_hand(data_folder=data)
    if json:
        say_json(
            [{"name": n, "about": BUILTIN[n].about, "place": place} for n, place in places.items()]
        )
        return
    rows = [
        (name, spoken(place or "to be fetched"), BUILTIN[name].about)
        for name, place in places.items()
    ]
    say(table(("data set", "where", "what it is"), rows))
    say("\nFetch one with: kanjian datasets get NAME")


app = lazy_group(COMMANDS, help=_list.__doc__ or "", callback=_list, completion=False)


def get(
    name: Annotated[str, typer.Argument(help="As 'kanjian datasets' lists it.", metavar="NAME")],
    data: options.DataFolder = None,
    quiet: options.Quiet = False,
) -> None:
    """Download a built-in data set.

    It goes to --data, else to $KANJIAN_DATA, else to kanjian's own folder. What is there
    already is not fetched again.
    """
    from kanjian.datasets.builtin import open_builtin

    with download_progress(quiet=quiet) as progress:
        splits = open_builtin(name, data_folder=data, progress=progress)
    for note in splits.notes:
        say(note)


def check(
    source: Annotated[
        str,
        typer.Argument(
            help="A folder, archive, CSV or built-in data set.",
            metavar="PICTURES",
            show_default=False,
        ),
    ],
    data: options.DataFolder = None,
    out: Annotated[
        Path | None,
        typer.Option(
            "--out",
            "-o",
            help="Also write a page with pictures: an .html file, or a folder to make it in.",
            metavar="PAGE",
        ),
    ] = None,
    labels: Annotated[
        bool,
        typer.Option("--labels", help="Also name the pictures whose label is likely wrong."),
    ] = False,
    write: Annotated[
        Path | None,
        typer.Option(
            "--write",
            help="With --labels: write those as CSV (path, label, suggestion, "
            "score; a score near 0 is likely wrong).",
            metavar="FILE",
        ),
    ] = None,
    backbone: Annotated[
        str | None,
        typer.Option(
            "--backbone",
            help="With --labels: the trained network that looks at them; "
            "efficientnet-lite2 by default.",
            metavar="NAME",
        ),
    ] = None,
    quiet: options.Quiet = False,
    json: options.Json = False,
) -> None:
    """Look for pictures that would harm training.

    How the folders are understood, damaged files, wrong suffixes, exact and near duplicates,
    the same picture in two parts or under two classes, blank and nearly black pictures, class
    balance, sizes; with --labels also labels that are likely wrong; with --out also as a page
    with pictures. Nothing is changed. Exit status 2 where something must be mended; a label in
    doubt is no such thing.
    """
    from kanjian.datasets.health import check as check_health
    from kanjian.datasets.open_dataset import open_dataset

    if not labels and (write is not None or backbone is not None):
        option = "--backbone" if write is None else "--write"
        raise KanjianError(f"{option} is about labels in doubt. Add --labels.")
    splits = open_dataset(source, data_folder=data)
    report = check_health(splits, name=source)
    found = _checked_labels(splits, report, backbone, quiet=quiet) if labels else None
    table_file = found.write(write) if found is not None and write is not None else None
    page = None
    if out is not None:
        from kanjian.experiments.health_page import write_health_page

        page = write_health_page(report, splits, out, labels=found)
    files = {"page": page, "suspects": table_file}
    if json:
        record = report.to_dict() | ({} if found is None else {"labels": found.to_dict()})
        say_json(record | {name: path for name, path in files.items() if path is not None})
    else:
        _show(report)
        if found is not None:
            _show_suspects(found)
        if page is not None:
            say(f"\nWith pictures: {page}")
        if table_file is not None:
            say(f"\nLabels in doubt: {table_file}")
    if not report.ok:
        raise typer.Exit(MISTAKE)


def _checked_labels(
    splits: "Splits", report: "HealthReport", backbone: str | None, *, quiet: bool
) -> "LabelCheck":
    from kanjian.experiments.label_check import check_labels

    with counting("features", quiet=quiet) as progress:
        return check_labels(splits, report=report, backbone=backbone, progress=progress)


def _show_suspects(found: "LabelCheck") -> None:
    say()
    for note in found.notes:
        say(note)
    if not found.suspects:
        say(f"No label is in doubt: {plural(found.checked, 'label')} checked.")
        return
    say(f"{len(found.suspects)} of {plural(found.checked, 'label')} in doubt, the likeliest "
        "mistakes first:")  # fmt: skip
    rows = [
        (each.label, each.suggestion, percent(each.probability), "sure" if each.sure else "",
         each.name)
        for each in found.suspects[: 2 * _SHOWN]
    ]  # fmt: skip
    say(table(("label", "looks like", "probability", "", "picture"), rows))
    if len(found.suspects) > len(rows):
        say(f"and {len(found.suspects) - len(rows)} more; --write and --json name them all")


def _show(report: "HealthReport") -> None:
    for note in report.notes:
        say(note)
    say()
    parts = list(report.counts)
    classes = list(dict.fromkeys(name for counts in report.counts.values() for name in counts))
    rows = [(name, *(report.counts[part].get(name, 0) for part in parts)) for name in classes]
    say(table(("class", *parts), rows))
    say()
    say(facts(report.figures()))
    for title, lines in _findings(report):
        say(f"\n{title}")
        for line in lines[:_SHOWN]:
            say(f"  {line}")
        if len(lines) > _SHOWN:
            say(f"  and {len(lines) - _SHOWN} more; --json names them all")
    say()
    if report.ok:
        say("Sound: ready to train.")
    else:
        say("Mend the above before you train, or the result will not mean what it says.")


def _findings(report: "HealthReport") -> list[tuple[str, list[str]]]:
    """What was found, gravest first, each with its files."""
    exact, near = report.copies_within()
    findings = [
        ("damaged pictures", [f"{damage.name}: {damage.reason}" for damage in report.damaged]),
        ("same picture, two classes", [_copies(each) for each in report.conflicting]),
        ("same picture, two parts", [_copies(each) for each in report.leaked]),
        ("exact copies within a part", [_copies(each) for each in exact]),
        ("near copies within a part", [_copies(each) for each in near]),
        ("flaw in the file (harmless)", [f"{name}: {flaw}" for name, flaw in report.flawed]),
        ("wrong suffix (harmless)", [f"{name} is {kind}" for name, kind in report.wrong_suffix]),
        ("much smaller than the others", list(report.tiny)),
        ("of a single color", list(report.blank)),
        ("nearly black", [f"{n.name}: {n.used} of {n.bits} bits" for n in report.narrow]),
    ]
    return [(f"{len(lines)} × {title}:", lines) for title, lines in findings if lines]


def _copies(copies: "DuplicateSet") -> str:
    named = zip(copies.names, copies.parts, copies.labels, strict=True)
    return " = ".join(f"{name} ({part}, {label})" for name, part, label in named)
