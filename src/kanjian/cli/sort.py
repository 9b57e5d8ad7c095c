"""`kanjian sort`: copy pictures into class folders, the doubtful ones apart."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from kanjian.checks import plural
from kanjian.cli import options
from kanjian.cli.errors import MISTAKE, complain
from kanjian.cli.output import percent, say, say_json, table

if TYPE_CHECKING:
    from kanjian.inference.sort_pictures import SortedPictures

# Pictures that cannot be read, told one by one; the CSV has them all
_TOLD = 5


def sort(
    run: options.Recognizer,
    pictures: Annotated[
        list[str],
        typer.Argument(help="Files, folders (with all below them), patterns.",
                       show_default=False),
    ],
    into: Annotated[
        Path,
        typer.Option("--into", help="The folder for the class folders.", metavar="DIR",
                     show_default=False),
    ],
    confidence: Annotated[
        float | None,
        typer.Option("--confidence", help="Below this, 0 to 1, a picture goes to unsure; by "
                     "default the threshold of the recognizer (--abstain in training).",
                     show_default=False),
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only say what would go where.")
    ] = False,
    json: options.Json = False,
) -> None:  # fmt: skip
    """Copy pictures into class folders.

    Pictures are copied, never moved, and no file is written over. The doubtful ones go to
    DIR/unsure; those that cannot be read are named and stay where they are. DIR.csv says where
    each went. After an interruption the same command goes on.
    """
    from kanjian.inference.sort_pictures import sort_pictures

    done = sort_pictures(run, pictures, into, confidence=confidence, dry_run=dry_run)
    for each in done.unreadable[:_TOLD]:
        complain(each.reason)
    if len(done.unreadable) > _TOLD:
        complain(f"{len(done.unreadable) - _TOLD} more pictures cannot be read.")
    if json:
        say_json(done.to_dict())
    else:
        _show(done)
    if len(done.unreadable) == len(done.pictures):
        raise typer.Exit(MISTAKE)


def _show(done: "SortedPictures") -> None:
    say(table(("folder", "pictures"), done.counts.items()))
    copied = len(done.pictures) - len(done.unreadable)
    there = sum(each.there for each in done.pictures)
    dry = done.table is None
    say(f"\n{plural(copied, 'picture')} {'to be copied' if dry else 'copied'} into {done.into}"
        + (f", {there} of them there before" if there else ""))  # fmt: skip
    if done.unreadable:
        say(f"not copied: {plural(len(done.unreadable), 'picture')} that cannot be read")
    say(_unsure_line(done))
    say("nothing was written: --dry-run" if dry else f"what went where: {done.table}")


def _unsure_line(done: "SortedPictures") -> str:
    """What went to the folder of the doubtful ones, and why."""
    unlike = sum(
        each.unsure and (done.threshold is None or (each.confidence or 0) >= done.threshold)
        for each in done.pictures
    )
    also = f"{plural(unlike, 'picture')} unlike the training pictures" if unlike else ""
    if done.threshold is not None:
        below = f"where the confidence is below {percent(done.threshold)}"
        return f"{done.unsure_folder}: {below}{also and f', and {also}'}"
    if also:
        return (
            f"{done.unsure_folder}: {also}; no threshold of confidence, set one with --confidence"
        )
    return f"no threshold: nothing goes to {done.unsure_folder}; set one with --confidence"
