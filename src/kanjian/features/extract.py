"""Features of a whole set of pictures as one `.npy` file with a table beside it."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np

from kanjian.backend import load_keras
from kanjian.checks import check_choice
from kanjian.datasets.dataset import Dataset, FileImages, Splits
from kanjian.datasets.open_dataset import open_dataset
from kanjian.datasets.tree import scan
from kanjian.errors import KanjianError, TrainingError, WeightsError
from kanjian.features.engine import FeatureEngine
from kanjian.features.features import Features, features_of
from kanjian.features.one_pass import Progress
from kanjian.json_types import JsonObject
from kanjian.models.backbone_registry import find_backbone, is_file
from kanjian.models.backbones import build_backbone, preset_weights
from kanjian.models.split_model import cut
from kanjian.paths import AnyPath, as_path
from kanjian.pipeline.input_shape import InputShape
from kanjian.storage.arrays import write_array
from kanjian.storage.csv_rows import csv_text
from kanjian.storage.files import expanded, replacing, write_text
from kanjian.weights.hub_preset import is_hub

_AVERAGE = "GlobalAveragePooling2D"
POOLS = {"avg": _AVERAGE, "max": "GlobalMaxPooling2D", "auto": _AVERAGE, "none": ""}
# Rows copied to the file at a time
_TOGETHER = 256


@dataclass(frozen=True)
class Extracted:
    """What was written.

    Args:
        path: The array, one row for each picture.
        table: Row, part, class and name of each picture, as CSV.
        shape: Of the array.
        dtype: "float16" or "float32".
        features: What each part's pass was like.
    """

    path: Path
    table: Path
    shape: tuple[int, ...]
    dtype: str
    features: dict[str, Features]


def frozen_network(
    backbone: str,
    *,
    layer: str | None = None,
    pool: str = "none",
    weights: str = "imagenet",
    size_hw: tuple[int, int] | None = None,
    seed: int = 0,
) -> Any:
    """A backbone up to a layer, pooled if asked for.

    Args:
        backbone: As in `kanjian models`.
        layer: Where it ends; the last feature map by default.
        pool: "avg" or "max" over height and width; "auto" for "avg" where there are such; or
            "none".
        weights: "imagenet", a file or a name that weights were imported under, or "none" for
            random ones.
        size_hw: Of the pictures; by default what it was trained at.
        seed: Of random weights.

    Raises:
        RecipeError: If there is no such network or layer, or it cannot be cut there.
        WeightsError: If the weights are not at hand or do not fit.
        TrainingError: If what the layer gives has no height and width to pool over.

    Example:
        >>> network = frozen_network("mobilenet-v2", pool="avg", weights="none", size_hw=(32, 32))
        >>> network.output_shape
        (None, 1280)
    """
    check_choice("pool", pool, POOLS, error=TrainingError)
    size_hw = size_hw or find_backbone(backbone).input_hw
    path = weights_path(backbone, weights)
    network = build_backbone(backbone, size_hw=size_hw, weights=path, seed=seed)
    if layer is not None and layer != network.layers[-1].name:
        network, _ = cut(network, layer)
    output = network.outputs[0]
    flat = len(output.shape) != 4
    if pool == "none" or (pool == "auto" and flat):
        return network
    if flat:
        raise TrainingError(
            f"layer {layer!r} gives {tuple(output.shape[1:])}, which has no height and width to "
            "pool over. Leave --pool out."
        )
    keras = load_keras()
    pooled = getattr(keras.layers, POOLS[pool])()(output)
    return keras.Model(network.input, pooled, name=network.name)


def weights_path(backbone: str, weights: str) -> Path | None:
    """The file of weights that `frozen_network` means; None for random ones.

    Raises:
        WeightsError: If there is none; says how to get it.

    Example:
        >>> weights_path("vgg16", "none") is None
        True
    """
    from kanjian.weights.store import find_weights

    if weights == "none" or is_file(backbone):
        return None
    if is_hub(backbone):
        return preset_weights(find_backbone(backbone), weights)
    if weights == "imagenet":
        return find_weights(backbone)
    path = expanded(weights)
    if path.suffix and not path.is_file():
        raise WeightsError(f"cannot read {path}: No such file or directory.")
    return path if path.is_file() else find_weights(weights)


def pictures_of(source: str, *, data_folder: AnyPath | None = None) -> Splits:
    """Labeled pictures of any form, or a picture or folder of pictures without classes.

    Raises:
        DatasetError: If there are none.
    """
    data_folder = as_path(data_folder)
    path = expanded(source)
    loose = path.is_dir() and (tree := scan(path)).pictures and not tree.filled
    if not loose and not _is_picture(path):
        return open_dataset(source, data_folder=data_folder)
    paths = tuple(tree.pictures) if loose else (path,)
    labels = np.zeros(len(paths), np.int64)
    return Splits(Dataset(FileImages(paths), labels, ("",), name=str(source)))


def _is_picture(path: Path) -> bool:
    from kanjian.images.sniff import PICTURE_SUFFIXES, is_picture_inside

    named = path.suffix.lower() in PICTURE_SUFFIXES
    return path.is_file() and (named or is_picture_inside(path))


def extract(
    splits: Splits,
    network: Any,
    out: AnyPath,
    *,
    fit: Literal["letterbox", "crop", "stretch"] = "letterbox",
    precision: Literal["auto", "f32", "bf16"] = "auto",
    engine: FeatureEngine | None = None,
    about: JsonObject | None = None,
    progress: Progress | None = None,
) -> Extracted:
    """Write the features of all pictures, training part first, then validation and test.

    Args:
        splits: The pictures.
        network: As `frozen_network` gives it.
        out: The `.npy` file; a `.csv` of the same name goes beside it.
        fit: How pictures are brought to the input's size.
        precision: See `features_of`.
        engine: What computes them; by default one is made for the network.
        about: What else the cache says of them.
        progress: Called with how many pictures of a part are done and how many there are.

    Raises:
        KanjianError: If something cannot be read or written; see `features_of`.
    """
    out = Path(out)
    if out.suffix != ".npy":
        raise KanjianError(f"features are written as .npy, got {out}. Name it {out.stem}.npy.")
    height, width, channels = network.inputs[0].shape[1:]
    shape = InputShape((height, width), channels, fit)
    made = engine or FeatureEngine(network, precision=precision)
    parts = {"train": splits.train, "validation": splits.validation, "test": splits.test}
    found = {
        name: features_of(
            part, network, shape, precision=precision, engine=lambda: made, about=about,
            progress=progress,
        )
        for name, part in parts.items() if part is not None
    }  # fmt: skip
    dtype = np.result_type(*(features.array.dtype for features in found.values()))
    whole = (sum(map(len, found.values())), *made.shape)
    with replacing(out) as temporary:
        write_array(temporary, whole, dtype, _chunks(found))
    table = out.with_suffix(".csv")
    write_text(table, _table({name: part for name, part in parts.items() if part is not None}))
    return Extracted(out, table, whole, str(dtype), found)


def _chunks(found: dict[str, Features]) -> Iterator[np.ndarray]:
    for features in found.values():
        for start in range(0, len(features), _TOGETHER):
            yield features.rows(np.arange(start, min(start + _TOGETHER, len(features))))


def _table(parts: dict[str, Dataset]) -> str:
    rows: list[tuple[object, ...]] = [("row", "part", "class", "name")]
    for part, dataset in parts.items():
        for label, name in zip(dataset.labels, dataset.names, strict=True):
            rows.append((len(rows) - 1, part, dataset.classes[int(label)], name))
    return csv_text(rows)
