"""Which pictures look like this one: the nearest in what a trained network sees."""

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, cast

import numpy as np

from kanjian import former
from kanjian.datasets.corrupt import Damage
from kanjian.datasets.dataset import Dataset, FileImages
from kanjian.errors import DatasetError, KanjianError
from kanjian.features.cache import FeatureCache
from kanjian.features.engine import FeatureEngine, Precision
from kanjian.features.identity import KnownNetwork
from kanjian.features.one_pass import Inputs, Progress
from kanjian.features.opened import opened
from kanjian.i18n import _
from kanjian.images.decode import read_image
from kanjian.images.draw import contact_sheet
from kanjian.images.resize import resize_image
from kanjian.images.write import encode_png
from kanjian.inference.find_images import pictures_in
from kanjian.models.backbone_registry import USUAL_BACKBONES
from kanjian.paths import AnyPath, as_path
from kanjian.pipeline.input_shape import InputShape
from kanjian.search.image_sets import every_picture, features_of_sound
from kanjian.search.neighbors import Neighbor, Searched

Place = str | os.PathLike[str]

_TILE_HW = (180, 180)
_MOST_COLUMNS = 8
_FRAME_PX, _FRAME_RGB = 6, (0, 114, 178)


@dataclass(frozen=True, eq=False)
class Match:
    """One picture asked about, and what looks like it.

    Args:
        picture: Its file.
        neighbors: The most similar first.
    """

    picture: Path
    neighbors: Sequence[Neighbor]


@former.with_attributes
@dataclass(frozen=True, eq=False)
class Similar:
    """What looks like the pictures asked about.

    Args:
        matches: One for each of them, in order.
        searched: How many pictures were looked through.
        from_cache: Whether their features were at hand.
        damaged: Pictures that could not be read and were left out.
        about: Backbone, layer and weights.
        notes: What was not as asked when features were computed.
    """

    matches: tuple[Match, ...]
    searched: int
    from_cache: bool
    damaged: tuple[Damage, ...]
    about: dict[str, str]
    notes: tuple[str, ...]

    def sheet(self) -> np.ndarray:
        """Each picture asked about, in a frame, with its neighbors: RGB uint8.

        Raises:
            ImageError: If a picture cannot be read any more.
        """
        return np.vstack([_strip(match) for match in self.matches])

    def _repr_png_(self) -> bytes:
        """The sheet, in a notebook."""
        return encode_png(self.sheet())


def similar(
    pictures: Place,
    asked: Place | Iterable[Place],
    *,
    count: int = 5,
    backbone: str | None = None,
    layer: str | None = None,
    weights: str = "imagenet",
    size_hw: tuple[int, int] | None = None,
    pixels: str | None = None,
    fit: Literal["letterbox", "crop", "stretch"] = "crop",
    data_folder: AnyPath | None = None,
    cache: FeatureCache | None = None,
    progress: Progress | None = None,
) -> Similar:
    """Which pictures look like these: the nearest by what a trained network sees in them.

    All are compared, none by approximation. What the network sees is computed once and
    kept; asked again about the same pictures, Keras is not even imported.

    Args:
        pictures: Where to look: a folder with or without classes, an archive, a table, a
            built-in set. All parts of it are searched.
        asked: A file, a folder or a pattern, or several. One that is among `pictures` is found
            there, as the same file.
        count: How many neighbors to give for each.
        backbone: As in `kanjian models`, a preset of KerasHub ("hub:…"), or an ONNX or OpenVINO
            file; EfficientNet-Lite0 by default.
        layer: Whose output is compared, averaged over height and width; the last feature map
            by default.
        weights: "imagenet", a file, a name that weights were imported under, or "none".
        size_hw: To which pictures are brought; by default what the backbone was trained at.
        pixels: Of a backbone in a file: what pixels 0 to 255 become before it, where the file
            does not say.
        fit: How they are brought to it; see `resize_image`.
        data_folder: Where built-in data sets are looked for first.
        cache: Where features are kept; kanjian's own by default.
        progress: Called with how many pictures of a part are done and how many there are.

    Raises:
        KanjianError: If a picture asked about cannot be read, there is nothing to search, the
            weights are not at hand, or there is no such backbone or layer.

    Example:
        >>> import tempfile
        >>> from kanjian.images.write import write_image
        >>> folder = Path(tempfile.mkdtemp())
        >>> stripes = np.tile(np.uint8([0, 255]), (32, 16))
        >>> for name, image in (("across", stripes.T), ("flat", stripes * 0), ("up", stripes)):
        ...     write_image(folder / f"{name}.png", image)
        >>> found = similar(folder, folder / "up.png", count=2, backbone="mobilenet-v2",
        ...     weights="none", size_hw=(32, 32), cache=FeatureCache(folder / "kept", limit_gb=1))
        >>> nearest = found.matches[0].neighbors[0]
        >>> Path(nearest.name).name, nearest.similarity, nearest.same_file
        ('up.png', 1.0, True)
    """
    data_folder = as_path(data_folder)
    if count < 1:
        raise KanjianError(f"count must be at least 1, got {count}.")
    questions = _questions(asked)
    datasets = every_picture(str(pictures), data_folder=data_folder)
    cache = cache or FeatureCache()
    name = backbone or USUAL_BACKBONES[0]
    network, engine = opened(
        name, layer=layer, weights=weights, size_hw=size_hw, pixels=pixels, store=cache.cache
    )
    about = {"backbone": name, "layer": layer or "last", "weights": weights}
    shape = _shape(network, fit)
    found = [
        features_of_sound(each, network, shape, engine, cache=cache, about=about, progress=progress)
        for each in datasets
    ]
    damaged = tuple(each for _, ones in found for each in ones)
    searched = Searched([part for part, _ in found if part is not None])
    if not searched.parts:
        raise DatasetError(f"no picture of {pictures} can be read: {damaged[0].reason}")
    return Similar(
        _matches(questions, searched, engine, shape, count),
        len(searched),
        all(part.features.from_cache for part in searched.parts),
        damaged,
        about,
        tuple(dict.fromkeys(note for part in searched.parts for note in part.features.notes)),
    )


def _questions(asked: Place | Iterable[Place]) -> Dataset:
    """The pictures asked about, each of which can be read."""
    paths = tuple(pictures_in([asked] if isinstance(asked, str | os.PathLike) else asked))
    if not paths:
        raise DatasetError("no picture was asked about. Name at least one file.")
    for path in paths:
        read_image(path)
    return Dataset(FileImages(paths), np.zeros(len(paths), np.int64), ("",), name="asked")


def _shape(network: KnownNetwork, fit: Literal["letterbox", "crop", "stretch"]) -> InputShape:
    _, height, width, channels = network.inputs[0].shape
    assert height and width  # what `opened` gives takes pictures of one size
    return InputShape((height, width), cast("Literal[1, 3]", channels), fit)


def _matches(
    questions: Dataset, searched: Searched, engine: FeatureEngine, shape: InputShape, count: int
) -> tuple[Match, ...]:
    assert isinstance(questions.images, FileImages)
    paths = questions.images.paths
    same = [searched.same_as(path) for path in paths]
    outside = np.array([k for k, alike in enumerate(same) if not len(alike)], np.int64)
    rows = {k: searched.row(int(alike[0])) for k, alike in enumerate(same) if len(alike)}
    rows |= dict(
        zip(outside, _computed(questions.subset(outside), searched, engine, shape), strict=True)
    )
    near = searched.nearest(np.stack([rows[k] for k in range(len(paths))]), same, count)
    return tuple(Match(path, found) for path, found in zip(paths, near, strict=True))


def _computed(
    questions: Dataset, searched: Searched, engine: FeatureEngine, shape: InputShape
) -> list[np.ndarray]:
    """Features of pictures that are not among those searched, in the precision of theirs."""
    if engine.relative_error is None:  # it computed nothing yet
        theirs = searched.parts[0].features
        engine = engine.again(cast("Precision", theirs.precision), theirs.relative_error)
    return [row for batch in engine.run(Inputs(questions, shape).batches()) for row in batch]


def _strip(match: Match) -> np.ndarray:
    picture = _framed(read_image(match.picture, cover_hw=_TILE_HW))
    images = [each.images.read(each.index, cover_hw=_TILE_HW) for each in match.neighbors]
    captions = [f"{_file(match.picture)}\n{_('looks like')}"]
    captions += [f"{_file(each.name)}\n{_said(each)}" for each in match.neighbors]
    columns = min(len(captions), _MOST_COLUMNS)
    return contact_sheet([picture, *images], captions=captions, columns=columns, tile_hw=_TILE_HW)


def _file(name: Place) -> str:
    return os.fsencode(Path(name).name).decode(errors="replace")


def _said(neighbor: Neighbor) -> str:
    same = ", the same file" if neighbor.same_file else ""
    label = f" {neighbor.label}" if neighbor.label else ""
    return f"{neighbor.similarity:.2f}{label}{same}"


def _framed(image: np.ndarray) -> np.ndarray:
    """The picture on a tile with a frame, to tell it from its neighbors."""
    tile = np.array(resize_image(image, _TILE_HW, channels=3))
    inside = (slice(_FRAME_PX, -_FRAME_PX),) * 2
    framed = np.full_like(tile, _FRAME_RGB)
    framed[inside] = tile[inside]
    return framed
