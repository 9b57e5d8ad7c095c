"""`kanjian import`: a recognizer from a network of others."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from kanjian.checks import quoted
from kanjian.cli import options
from kanjian.cli.output import facts, percent, say, say_json, table, told


def import_(
    file: Annotated[
        Path,
        typer.Argument(help="A network: .h5, .keras, .json with weights, .onnx, TensorFlow.js, or "
                       "the folder or zip of Teachable Machine (Keras, TensorFlow.js).",
                       metavar="FILE", show_default=False),
    ],
    out: Annotated[
        Path | None,
        typer.Option("--out", "-o", help="The folder to make; its name, here, by default.",
                     metavar="FOLDER"),
    ] = None,
    weights: Annotated[
        Path | None,
        typer.Option(help="The weights of a .json (.h5, .npz, .safetensors); by default those "
                     "beside it.", metavar="FILE"),
    ] = None,
    classes: Annotated[
        str | None,
        typer.Option(help="Class names in the order of the outputs: a file with one a line, or "
                     "cat,dog,fox.", metavar="NAMES"),
    ] = None,
    pixels: Annotated[
        str | None,
        typer.Option(help="What pixels 0 to 255 were scaled to in training: 0..1, -1..1, 0..255, "
                     "any LOW..HIGH, imagenet-torch, imagenet-caffe.", metavar="RANGE"),
    ] = None,
    colors: Annotated[
        Literal["rgb", "bgr"] | None,
        typer.Option(help="bgr for networks trained on pictures that OpenCV read."),
    ] = None,
    size: options.Size = None,
    fit: Annotated[
        Literal["letterbox", "crop", "stretch"] | None,
        typer.Option(help="How pictures are resized to its input; stretch by default."),
    ] = None,
    name: Annotated[str | None, typer.Option(help="What to call the recognizer.")] = None,
    pictures: Annotated[
        str | None,
        typer.Option(help="Labeled pictures of these classes: they show what pixels must be, and "
                     "how good the network is.", metavar="PICTURES"),
    ] = None,
    data: options.DataFolder = None,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Replace a recognizer that is there.")
    ] = False,
    json: options.Json = False,
) -> None:  # fmt: skip
    """Make a recognizer of a network of others.

    The file is looked through first; code in it, links to other files, and sizes that do not
    add up, stored or computed, are refused. Class names, size, pixels and task that it names
    are used. What comes out takes raw pixels, and 'predict', 'see', 'export' and
    'serve' take it as one of their own.
    """
    from kanjian.importing.import_network import import_network

    made = import_network(
        file, out, weights=weights, classes=_names_of(classes), pixels=pixels, colors=colors,
        size_hw=options.size_hw_of(size), fit=fit, name=name, pictures=pictures, data_folder=data,
        overwrite=overwrite,
    )  # fmt: skip
    if json:
        say_json(made.to_dict())
        return
    height, width = made.size_hw
    shown = ", ".join(made.classes[:8]) + (" …" if len(made.classes) > 8 else "")
    pairs = [
        ("recognizer", str(made.folder)),
        ("classes", told(f"{len(made.classes)}: {shown}")),
        ("takes", f"{height}×{width}×{made.channels}, {made.fit}, pixels {made.pixels}"),
        *(("note", note) for note in made.notes),
        ("next", f"kanjian predict {quoted(made.folder)} PICTURE"),
    ]
    say(facts(pairs))
    if made.tried:
        say()
        best = sorted(made.tried.items(), key=lambda item: -item[1])[:6]
        say(table(("pixels", "right"), [(name, percent(share)) for name, share in best]))


def _names_of(text: str | None) -> tuple[str, ...] | None:
    """What `--classes` means.

    Example:
        >>> _names_of("cat, dog"), _names_of(None)
        (('cat', 'dog'), None)
    """
    if text is None:
        return None
    from kanjian.importing.guess import read_labels

    if Path(text).is_file():
        return read_labels(Path(text))
    return tuple(each.strip() for each in text.split(",") if each.strip())
