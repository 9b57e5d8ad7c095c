"""`datasets show`: what a set holds, and single pictures of it as files."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from kanjian.cli import options
from kanjian.cli.output import say, say_json, table
from kanjian.cli.progress import download_progress

if TYPE_CHECKING:
    from kanjian.datasets.dataset import Splits


def show(
    source: Annotated[
        str,
        typer.Argument(
            help="A built-in data set, or a folder, archive or CSV of labeled pictures.",
            metavar="PICTURES",
            show_default=False,
        ),
    ],
    targets: Annotated[
        list[str] | None,
        typer.Argument(help="Where --save writes: one new file for each number, or one folder "
                       "for all.", metavar="FILE", show_default=False),
    ] = None,
    save: Annotated[
        list[str] | None,
        typer.Option("--save", help="Numbers of pictures, from 0: 0, or 0,3,7, or 0-9. "
                     "Repeatable.", metavar="NUMBERS"),
    ] = None,
    part: Annotated[
        Literal["train", "validation", "test"] | None,
        typer.Option("--part", help="Of which part; test by default, train where there is none.",
                     show_default=False),
    ] = None,
    data: options.DataFolder = None,
    quiet: options.Quiet = False,
    json: options.Json = False,
) -> None:  # fmt: skip
    """See what a set holds, and save pictures of it.

    Without --save: its parts and classes. With it, as in 'show mnist --save 0 test0.png', a
    picture as a file, to ask a recognizer about: its number counts from 0 within the part.
    """
    from kanjian.datasets.open_dataset import open_dataset
    from kanjian.datasets.taken_out import numbers_of, take_out
    from kanjian.errors import DatasetError

    numbers = numbers_of(save or [])
    if targets and not numbers:
        raise DatasetError(f"which picture should go to {targets[0]}? Say it: --save 0")
    with download_progress(quiet=quiet) as progress:
        splits = open_dataset(source, data_folder=data, progress=progress)
    if not numbers:
        _tell(splits, json=json)
        return
    taken = take_out(splits, numbers, [Path(each) for each in targets or []], part=part)
    if json:
        say_json([each.to_dict() for each in taken])
        return
    for each in taken:
        say(each.sentence())


def _tell(splits: "Splits", *, json: bool) -> None:
    from kanjian.datasets.taken_out import parts_of

    counts = {name: part.class_counts() for name, part in parts_of(splits).items()}
    if json:
        say_json({"notes": list(splits.notes), "pictures": counts})
        return
    for note in splits.notes:
        say(note)
    rows = [(name, *(each[name] for each in counts.values())) for name in splits.classes]
    totals = [sum(each.values()) for each in counts.values()]
    say()
    say(table(("class", *counts), [*rows, ("all", *totals)]))
