"""`features`: what a trained network sees in pictures, as an array."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from kanjian.checks import plural
from kanjian.cli import options
from kanjian.cli.output import facts, say, say_json, table, thousands
from kanjian.cli.progress import counting
from kanjian.errors import KanjianError

if TYPE_CHECKING:
    from kanjian.features.extract import Extracted


def features(
    backbone: Annotated[
        str,
        typer.Option("--backbone", help="A network to start from, or an ONNX or OpenVINO file.",
                     metavar="NAME", show_default=False),
    ],
    pictures: Annotated[
        str | None,
        typer.Argument(help="A folder, archive, CSV or built-in data set; or pictures without "
                       "classes.", metavar="PICTURES", show_default=False),
    ] = None,
    layer: options.Layer = None,
    list_layers: Annotated[
        bool, typer.Option("--list-layers", help="Name the layers that can be asked for.")
    ] = False,
    pool: Annotated[
        Literal["avg", "max", "none"],
        typer.Option("--pool", help="Take mean or maximum over height and width."),
    ] = "none",
    weights: options.FrozenWeights = "imagenet",
    pixels: options.BackbonePixels = None,
    size: options.Size = None,
    fit: options.Fit = "letterbox",
    precision: Annotated[
        Literal["auto", "f32", "bf16"],
        typer.Option("--precision", help="auto is bf16 where the processor computes it."),
    ] = "auto",
    out: Annotated[
        Path, typer.Option("--out", "-o", help="Where the array goes.", metavar="FILE")
    ] = Path("features.npy"),
    seed: options.Seed = 0,
    data: options.DataFolder = None,
    quiet: options.Quiet = False,
    json: options.Json = False,
) -> None:  # fmt: skip
    """Write the features that a trained network finds in pictures.

    One row for each picture goes to FILE.npy; row, part, class and name to FILE.csv. Computed
    once: asked again, they come from the cache. The columns are the layer's output, flattened
    by nobody: np.load(FILE).reshape(rows, -1) is one line per picture.
    """
    from kanjian.features.cache import FeatureCache
    from kanjian.features.extract import extract, frozen_network, pictures_of
    from kanjian.features.opened import opened
    from kanjian.models.backbone_registry import is_file

    size_hw = options.size_hw_of(size)
    if list_layers and is_file(backbone):
        raise KanjianError(
            f"{backbone} is a file, whose layers are its own: a name that it lacks lists the last."
        )
    if list_layers:
        _say_layers(frozen_network(backbone, weights="none", size_hw=size_hw), json=json)
        return
    if pictures is None:
        raise KanjianError("no pictures were given. Say: kanjian features PICTURES --backbone NAME")
    splits = pictures_of(pictures, data_folder=data)
    network, engine = opened(
        backbone, layer=layer, pool=pool, weights=weights, size_hw=size_hw, pixels=pixels,
        precision=precision, seed=seed or 0, store=FeatureCache().cache,
    )  # fmt: skip
    about = {"backbone": backbone, "layer": layer or "last", "pool": pool, "weights": weights}
    with counting("features", quiet=quiet) as progress:
        made = extract(
            splits,
            network,
            out,
            fit=fit,
            precision=precision,
            engine=engine,
            about=about,
            progress=progress,
        )
    if json:
        say_json(about | _record(made))
    else:
        say(facts(_lines(made)))


def _say_layers(network: Any, *, json: bool) -> None:
    from kanjian.models.split_model import cuttable, layer_names

    places = set(cuttable(network))
    lines = [line for line in layer_names(network) if line.name in places]
    if json:
        say_json([
            {"name": line.name, "shape": line.shape, "parameters": line.parameters}
            for line in lines
        ])  # fmt: skip
        return
    rows = [
        ("×".join(map(str, line.shape)), thousands(line.parameters), line.name) for line in lines
    ]
    say(table(("gives", "parameters", "layer"), rows))


def _record(made: "Extracted") -> dict[str, Any]:
    return {
        "features": made.path,
        "table": made.table,
        "shape": made.shape,
        "dtype": made.dtype,
        "parts": {
            name: {
                "pictures": len(each),
                "from_cache": each.from_cache,
                "seconds": each.seconds,
                "images_per_second": each.images_per_second,
                "precision": each.precision,
                "relative_error": each.relative_error,
                "notes": each.notes,
            }
            for name, each in made.features.items()
        },
    }


def _lines(made: "Extracted") -> list[tuple[str, object]]:
    lines: list[tuple[str, object]] = [
        ("features", f"{made.path}: {' × '.join(map(str, made.shape))} {made.dtype}"),
        ("names", made.table),
    ]
    for name, each in made.features.items():
        how = "from the cache" if each.from_cache else f"{each.images_per_second:.0f} images/s"
        lines.append(
            (name, f"{plural(len(each), 'picture')}, {how}, {each.precision}, "
             f"off Keras by {each.relative_error:.1g}")
        )  # fmt: skip
        lines += [("note", note) for note in each.notes]
    return lines
