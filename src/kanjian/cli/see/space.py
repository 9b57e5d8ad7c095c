"""`see space`: which pictures lie close for the network."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from kanjian.cli import options
from kanjian.cli.see import common
from kanjian.i18n import _, ngettext

if TYPE_CHECKING:
    from kanjian.datasets.dataset import Dataset
    from kanjian.explain.embedding_map import EmbeddingMap
    from kanjian.explain.inspected_model import InspectedModel


def space(
    network: common.Network,
    pictures: Annotated[
        str,
        typer.Argument(help="A folder, archive, CSV or built-in data set; or pictures without "
                       "classes.", metavar="PICTURES", show_default=False),
    ],
    method: Annotated[
        Literal["t-sne", "pca"],
        typer.Option("--method", help="How features are reduced to two dimensions."),
    ] = "t-sne",
    layer: Annotated[
        str | None,
        typer.Option("--layer", help="The layer to take; by default the last before the output.",
                     metavar="NAME"),
    ] = None,
    part: Annotated[
        Literal["train", "validation", "test"] | None,
        typer.Option("--part", help="Of the data set; by default one held back, where there is "
                     "one."),
    ] = None,
    nearest: Annotated[
        Path | None,
        typer.Option("--nearest", help="Show which of them are most like this one.",
                     metavar="PICTURE"),
    ] = None,
    limit: Annotated[
        int, typer.Option("--limit", help="Draw at most so many, chosen by --seed.", min=3)
    ] = 1000,
    weights: common.Weights = "imagenet",
    size: common.Size = None,
    pixel_range: common.Range = "auto",
    data: options.DataFolder = None,
    seed: common.Seed = 0,
    out: common.Out = None,
    npz: common.Npz = False,
    json: options.Json = False,
) -> None:  # fmt: skip
    """Show which pictures lie close for the network.

    Each picture is a point: what a layer gives for it, reduced to two dimensions. The page
    can be zoomed; a click shows the pictures most like one.
    """
    from kanjian.explain.embedding_map import embedding_map_of
    from kanjian.explain.embedding_page import space_html, space_picture, thumbnails
    from kanjian.reporting.wording import joined

    inspected = common.opened(
        network, weights=weights, classes=None, pixel_range=pixel_range, size=size
    )
    dataset = _chosen(pictures, part, limit, seed, data)
    made = embedding_map_of(inspected, dataset, layer=layer, method=method, seed=seed)
    small = thumbnails(made)
    found, figures = ([], []) if nearest is None else _nearest(inspected, made, nearest)
    places = common.write_all(
        common.stem_of(out, inspected, "space", Path(pictures).stem),
        title=ngettext(
            "{n} picture of {source} as {network} sees it",
            "{n} pictures of {source} as {network} sees them",
            len(dataset), source=Path(pictures).name, network=inspected.name,
        ),
        sheet=space_picture(made, small),
        figures=figures,
        lead=joined(_("{method} of the features of layer {layer}.", method=_NAMES[method],
                      layer=made.layer), made.note),
        extra=space_html(made, small),
        arrays={"points_xy": made.points_xy, "features": made.features,
                "labels": dataset.labels} if npz else None,
    )  # fmt: skip
    record: dict[str, Any] = {
        "pictures": len(dataset), "layer": made.layer, "method": method, "note": made.note,
        "points": [
            {"name": name, "class": dataset.classes[int(label)], "xy": xy}
            for name, label, xy in zip(dataset.names, dataset.labels, made.points_xy, strict=True)
        ],
    }  # fmt: skip
    if nearest is not None:
        record["nearest"] = found
    pairs = [("pictures", len(dataset)), ("layer", made.layer)]
    pairs += [("like it", f"{each['cosine']:.3f} {each['class']} {each['name']}") for each in found]
    common.tell(places, pairs, json=json, record=record)


_NAMES = {"t-sne": "t-SNE", "pca": "PCA"}
_FOUND = 12


def _chosen(pictures: str, part: str | None, limit: int, seed: int, data: Path | None) -> "Dataset":
    import numpy as np

    from kanjian.errors import DatasetError
    from kanjian.features.extract import pictures_of

    splits = pictures_of(pictures, data_folder=data)
    parts = {"test": splits.test, "validation": splits.validation, "train": splits.train}
    there = {name: each for name, each in parts.items() if each is not None}
    if part is not None and part not in there:
        raise DatasetError(f"{pictures} has no part {part!r}. It has: {', '.join(there)}.")
    dataset = there[part] if part else next(iter(there.values()))
    if len(dataset) > limit:
        chosen = np.random.default_rng(seed).choice(len(dataset), limit, replace=False)
        dataset = dataset.subset(np.sort(chosen))
    return dataset


def _nearest(
    inspected: "InspectedModel", made: "EmbeddingMap", picture: Path
) -> tuple[list[dict[str, Any]], list[Any]]:
    from kanjian.explain.embedding_map import nearest_to
    from kanjian.explain.page import Figure

    dataset = made.dataset
    heading = _("Most like {file}", file=picture.name)
    fitted = inspected.fit(picture)
    figures = [
        Figure(
            fitted[..., 0] if fitted.shape[2] == 1 else fitted, _("this picture"), section=heading
        )
    ]
    found = []
    for row, cosine in nearest_to(inspected, made, picture, most=_FOUND):
        name, label = dataset.names[row], dataset.classes[int(dataset.labels[row])]
        found.append({"name": name, "class": label, "cosine": cosine})
        image = dataset.images.read(row)
        caption = f"{cosine:.3f} {label} {Path(name).name}"
        figures.append(Figure(image, caption, section=heading))
    return found, figures
