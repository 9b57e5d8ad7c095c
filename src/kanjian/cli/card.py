"""`kanjian card`: the card of a recognizer for people."""

from pathlib import Path
from typing import Annotated

import typer

from kanjian.cli import options
from kanjian.cli.output import say
from kanjian.errors import ExportError


def card(
    run: options.Recognizer,
    out: Annotated[
        Path | None, typer.Option("--out", "-o", help="Write it to a file.", metavar="FILE")
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace the file if there.")] = False,
) -> None:  # fmt: skip
    """Print the card of a recognizer: its data, quality and limits.

    Markdown, made from the run folder; the speed is measured here and now.
    """
    from kanjian.export.model_card import model_card
    from kanjian.storage import files

    if out is not None and out.exists() and not force:
        raise ExportError(f"{out} is there. Replace it with --force, or choose another with -o.")
    text = model_card(run)
    if out is None:
        say(text.rstrip("\n"), as_it_is=True)
    else:
        files.write_text(out, text)
        say(str(out))
