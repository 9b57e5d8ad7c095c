"""What the commands of `kanjian see` share: their options, opening a network, writing results."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from kanjian.cli import options
from kanjian.cli.output import facts, say, say_json
from kanjian.i18n import gettext_noop
from kanjian.json_types import JsonObject
from kanjian.names import file_name

if TYPE_CHECKING:
    import numpy as np
    from markupsafe import Markup

    from kanjian.explain.inspected_model import InspectedModel
    from kanjian.explain.page import Figure, Table

Network = Annotated[
    str,
    typer.Argument(help="A run, by its folder or its name; a .keras or .h5 file; or a network of "
                   "'kanjian models'.",
                   show_default=False, metavar="NETWORK"),
]  # fmt: skip
Picture = Annotated[Path, typer.Argument(help="A picture.", show_default=False, metavar="PICTURE")]
Layer = Annotated[str | None, typer.Option("--layer", metavar="NAME")]
Label = Annotated[
    str | None, typer.Option("--label", help="A class, by name or number.", metavar="CLASS")
]
Weights = Annotated[
    str,
    typer.Option("--weights", help="Of a named network: imagenet, a file, the name of imported "
                 "weights, or none for random ones.", metavar="WHICH"),
]  # fmt: skip
Classes = Annotated[
    Path | None,
    typer.Option("--classes", help="Names of the classes, one per line, where the network does "
                 "not know them.", metavar="FILE"),
]  # fmt: skip
Range = Annotated[
    Literal["auto", "0..1", "-1..1", "0..255", "caffe", "torch"],
    typer.Option("--range", help="What pixels a foreign Keras file takes; auto is 0..1 unless "
                 "it prepares them itself."),
]  # fmt: skip
Size = Annotated[
    str | None,
    typer.Option("--size", help="Size of pictures where the network takes any: 224 or 160x224, "
                 "height first.", metavar="SIZE"),
]  # fmt: skip
Out = Annotated[
    Path | None,
    typer.Option("--out", "-o", help="Where to write OUT.png and OUT.html.", metavar="OUT"),
]
Npz = Annotated[bool, typer.Option("--npz", help="Write the arrays to OUT.npz too.")]
Seed = Annotated[int, typer.Option("--seed", help="Seed: the same seed gives the same result.")]

Steps = Annotated[
    int, typer.Option("--steps", help="Steps of gradient ascent, in each size.", min=1)
]
Rate = Annotated[float, typer.Option("--rate", help="Length of a step, in gray levels per pixel.")]
Jitter = Annotated[
    int, typer.Option("--jitter", help="Shift at random by up to so many pixels at each step: "
                      "less fine grain.", metavar="PIXELS", min=0)
]  # fmt: skip
Octaves = Annotated[
    int, typer.Option("--octaves", help="Climb in so many sizes, the smallest first: larger "
                      "shapes.", min=1)
]  # fmt: skip
Blur = Annotated[
    float, typer.Option("--blur", help="Blur a little after each step: 0.5.", metavar="PIXELS",
                        min=0)
]  # fmt: skip
Smooth = Annotated[
    float, typer.Option("--tv", help="Weight of smoothness (total variation): 0.3.", min=0)
]
Precision = Annotated[
    Literal["auto", "f32", "bf16"],
    typer.Option("--precision", help="auto is bf16 where the processor computes it fast."),
]


def opened(
    network: str, *, weights: str, classes: Path | None, pixel_range: Any, size: str | None,
    seed: int = 0,
) -> "InspectedModel":  # fmt: skip
    """The network that a command line names."""
    from kanjian.explain.class_names import class_names
    from kanjian.explain.model_access import open_model
    from kanjian.models.backbones import BACKBONES

    names = None if classes is None else class_names(classes)
    if network not in {record.name for record in BACKBONES}:
        network = str(options.run_folder(network))
    return open_model(
        network, weights=weights, classes=names, pixel_range=pixel_range,
        size_hw=options.size_hw_of(size), seed=seed,
    )  # fmt: skip


def stem_of(out: Path | None, inspected: "InspectedModel", verb: str, *more: str) -> Path:
    """Where results go: OUT, its suffix taken off, or a name made of what was done, right here.

    Example:
        >>> stem_of(Path("a/b.png"), None, "maps")
        PosixPath('a/b')
    """
    if out is not None:
        known = out.suffix.lower() in {".png", ".html", ".npz"}
        return out.with_suffix("") if known else out
    return Path(file_name("-".join([inspected.name, verb, *more])))


def write_all(
    stem: Path,
    *,
    title: str,
    sheet: "np.ndarray",
    figures: Sequence["Figure"],
    tables: Sequence["Table"] = (),
    lead: str = "",
    extra: "Markup | None" = None,
    arrays: "Mapping[str, np.ndarray] | None" = None,
    result: "tuple[str, np.ndarray] | None" = None,
) -> dict[str, Path]:
    """Write OUT.png and OUT.html, and OUT.npz where there are arrays; tell where they lie.

    `result` is a picture that is wanted by itself, pixel for pixel: a word and the picture,
    which goes to OUT-WORD.png.
    """
    import numpy as np

    from kanjian.explain.page import write_page
    from kanjian.images.write import write_image
    from kanjian.storage.files import replacing

    # not with_suffix: what was named lenet-0.5 stays so
    places = {kind: stem.with_name(f"{stem.name}.{kind}") for kind in ("png", "html")}
    write_image(places["png"], sheet)
    write_page(places["html"], title, figures, tables=tables, lead=lead, extra=extra)
    if result is not None:
        word, image = result
        places[word] = stem.with_name(f"{stem.name}-{word}.png")
        write_image(places[word], image)
    if arrays is not None:
        places["npz"] = stem.with_name(f"{stem.name}.npz")
        with replacing(places["npz"]) as temporary, temporary.open("wb") as stream:
            np.savez_compressed(stream, allow_pickle=False, **arrays)
    return places


def tell(
    places: Mapping[str, Path],
    pairs: Sequence[tuple[str, object]],
    *,
    json: bool,
    record: JsonObject,
) -> None:
    """Say the result, and where its files lie."""
    if json:
        say_json(record | {"files": dict(places)})
        return
    names = {"png": gettext_noop("picture"), "html": gettext_noop("page"),
             "npz": gettext_noop("arrays")}  # fmt: skip
    say(facts([*pairs, *((names.get(kind, kind), path) for kind, path in places.items())]))


def plain(picture: "np.ndarray") -> "np.ndarray":
    """A network's picture as one to write: a single channel is gray, (h, w)."""
    return picture[..., 0] if picture.shape[2] == 1 else picture
