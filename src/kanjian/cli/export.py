"""`kanjian export`: a recognizer for other programs."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from kanjian.checks import plural
from kanjian.cli import options
from kanjian.cli.output import facts, percent, say, say_json
from kanjian.errors import ExportError
from kanjian.export.formats import FormName

if TYPE_CHECKING:
    from kanjian.export.export import Exported


def export(
    run: options.Recognizer,
    to: Annotated[
        FormName,
        typer.Option("--to", help="The form; keras-json, h5 and weights are Keras' own.",
                     show_default=False),
    ],
    out: Annotated[
        Path | None,
        typer.Option("--out", "-o", help="The folder to make; export-FORM in RUN by default.",
                     metavar="FOLDER"),
    ] = None,
    batch: Annotated[
        str, typer.Option(help="Pictures in a batch: dynamic for any, or a number.",
                          metavar="dynamic|N")
    ] = "dynamic",
    int8: Annotated[
        bool, typer.Option("--int8", help="Quantize to 8-bit numbers; for openvino.")
    ] = False,
    max_drop: Annotated[
        float, typer.Option(help="Percentage points of accuracy that --int8 may lose.",
                            metavar="POINTS", min=0, max=100)
    ] = 0.5,
    pictures: Annotated[
        str | None,
        typer.Option(help="Labeled pictures for --int8; those of the run, if left out.",
                     metavar="PICTURES"),
    ] = None,
    data: options.DataFolder = None,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Replace an earlier export.")
    ] = False,
    json: options.Json = False,
) -> None:  # fmt: skip
    """Export a recognizer for other programs, checked.

    The folder holds the network, its class names, a card, and a page with a working example.
    What was written is run on real pictures and refused if its predictions differ.
    """
    from kanjian.export.export import export_recognizer

    made = export_recognizer(
        run, to, out, batch=_batch_of(batch), int8=int8, max_drop=max_drop, pictures=pictures,
        data_folder=data, overwrite=overwrite,
    )  # fmt: skip
    if json:
        say_json(made.to_dict())
    else:
        show(made)


def _batch_of(text: str) -> int | None:
    """What `--batch` means.

    Example:
        >>> _batch_of("dynamic"), _batch_of("8")
        (None, 8)
    """
    if text == "dynamic":
        return None
    if not text.isdecimal() or int(text) < 1:
        raise ExportError(f"--batch must be dynamic or a number from 1 on, got {text!r}.")
    return int(text)


def show(made: "Exported") -> None:
    """Print where the export lies and how it compares."""
    parity = made.parity
    pairs = [
        ("exported", str(made.folder)),
        ("size", f"{made.megabytes:.1f} MB"),
        ("predictions", f"{percent(parity.agreement, 2)} as {parity.against} on "
                    f"{plural(parity.pictures, 'picture')}, probabilities differ by "
                    f"{parity.worst:.1g} at most"),
    ]  # fmt: skip
    if made.int8 is not None:
        int8, speed = made.int8, made.int8.images_per_second
        pairs += [
            ("accuracy", f"{percent(int8.after, 2)} in 8 bits, {percent(int8.before, 2)} in 32, on "
                         f"{plural(int8.pictures, 'picture')} ({int8.part}); loss "
                         f"{int8.drop_points:.2f} points"),
            ("pictures/s", ", ".join(f"{name} {rate:.0f}" for name, rate in speed.items())),
            ("weights", f"{int8.megabytes['f32']:.1f} MB before, "
                        f"{int8.megabytes['int8']:.1f} MB after"),
        ]  # fmt: skip
    pairs.append(("read", str(made.folder / "README.md")))
    say(facts(pairs))
