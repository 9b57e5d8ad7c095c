"""`kanjian suggest`: which unlabeled pictures are worth a label next."""

from pathlib import Path
from typing import Annotated

import typer

from kanjian.checks import plural
from kanjian.cli import options
from kanjian.cli.errors import complain
from kanjian.cli.output import percent, say, say_json, table
from kanjian.cli.progress import counting

# Damaged pictures told one by one; the rest are counted
_TOLD = 3


def suggest(
    run: options.Recognizer,
    pictures: Annotated[
        list[str],
        typer.Argument(help="Unlabeled pictures: files, folders (with all below them), patterns.",
                       show_default=False),
    ],
    count: Annotated[int, typer.Option("--count", "-n", help="How many to choose.")] = 20,
    out: Annotated[
        Path | None,
        typer.Option("--out", "-o", help="Show them on this page.", metavar="PAGE"),
    ] = None,
    write: Annotated[
        Path | None,
        typer.Option("--write", help="Write them as CSV with an empty column for the label.",
                     metavar="FILE"),
    ] = None,
    backbone: Annotated[
        str | None,
        typer.Option("--backbone", help="The trained network that compares them (see 'kanjian "
                     "models'); efficientnet-lite0 by default.", metavar="NAME"),
    ] = None,
    weights: options.FrozenWeights = "imagenet",
    quiet: options.Quiet = False,
    json: options.Json = False,
) -> None:  # fmt: skip
    """Name the unlabeled pictures that are worth a label next.

    Those are chosen that the recognizer is in doubt about, that many others look like, and that
    do not look like one chosen before. Doubt is 100 % where the two most probable classes are
    equally so.
    """
    from kanjian.search.suggest import check_page
    from kanjian.search.suggest import suggest as find

    if out is not None:
        check_page(out)  # at once, not after minutes of computing
    with counting("features", quiet=quiet) as progress:
        found = find(
            run, pictures, count=count, backbone=backbone, weights=weights, progress=progress
        )
    for each in found.damaged[:_TOLD]:
        complain(f"left out: {each.reason}")
    if len(found.damaged) > _TOLD:
        complain(f"left out: {len(found.damaged) - _TOLD} more damaged pictures.")
    for note in found.notes:
        complain(note)
    files = {
        "page": None if out is None else found.page(out),
        "table": None if write is None else found.write(write),
    }
    if json:
        say_json(found.to_dict() | files)
        return
    rows = [(rank, one.guess, percent(one.confidence), one.second, percent(one.doubt), one.path)
            for rank, one in enumerate(found.chosen, 1)]  # fmt: skip
    say(table(("", "guess", "confidence", "or", "doubt", "picture"), rows))
    say(f"\n{len(found.chosen)} of {plural(found.searched, 'picture')} chosen")
    for path in filter(None, files.values()):
        say(str(path))
