"""All pictures of a place, with the features of those that can be read."""

import contextlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from kanjian.datasets.archive import unpacked
from kanjian.datasets.corrupt import Damage, find_damaged
from kanjian.datasets.dataset import Dataset, FileImages
from kanjian.datasets.tree import scan
from kanjian.errors import DatasetError, ImageError, KanjianError
from kanjian.features.cache import FeatureCache
from kanjian.features.content import content_key
from kanjian.features.engine import FeatureEngine
from kanjian.features.extract import pictures_of
from kanjian.features.features import Features, features_of
from kanjian.features.identity import KnownNetwork
from kanjian.features.one_pass import Progress
from kanjian.pipeline.input_shape import InputShape
from kanjian.storage.cache import Cache
from kanjian.storage.files import expanded
from kanjian.storage.unpack import is_archive

# What is kept of pictures that cannot be read: which those are, by the content of all
DAMAGED = "damaged"


@dataclass(frozen=True, eq=False)
class Part:
    """Pictures that can be read, with one row of features for each."""

    dataset: Dataset
    features: Features


def every_picture(source: str, *, data_folder: Path | None = None) -> tuple[Dataset, ...]:
    """All pictures of a place: every part of a set, and in a folder what lies beside classes.

    Args:
        source: What `open_dataset` takes, or a picture, a folder or an archive of pictures in
            any order, with or without classes.
        data_folder: Where built-in sets are looked for first.

    Raises:
        DatasetError: If there are no pictures.

    Example:
        >>> import tempfile
        >>> folder = Path(tempfile.mkdtemp())
        >>> for path in ("2023/may/1.jpg", "2.png"):
        ...     (folder / path).parent.mkdir(parents=True, exist_ok=True)
        ...     (folder / path).touch()
        >>> [[Path(name).name for name in part.names] for part in every_picture(str(folder))]
        [['2.png', '1.jpg']]
    """
    parts: tuple[Dataset, ...] = ()
    refused: DatasetError | None = None
    try:
        splits = pictures_of(source, data_folder=data_folder)
        found = (splits.train, splits.validation, splits.test)
        parts = tuple(part for part in found if part is not None and len(part))
    except DatasetError as error:  # folders that are no classes are a set of images all the same
        refused = error
    held = {path for part in parts if isinstance(part.images, FileImages)
            for path in part.images.paths}  # fmt: skip
    others = tuple(path for path in _below(source) if path not in held)
    if others:
        images = FileImages(others)
        parts += (Dataset(images, np.zeros(len(others), np.int64), ("",), name=str(source)),)
    if not parts:
        raise refused or DatasetError(f"{source} has no pictures.")
    return parts


def _below(source: str) -> list[Path]:
    path = expanded(source)
    if path.is_file() and is_archive(path):
        path = unpacked(path)
    return [each for tree in scan(path).walk() for each in tree.pictures] if path.is_dir() else []


def features_of_sound(
    dataset: Dataset,
    network: KnownNetwork,
    shape: InputShape,
    engine: FeatureEngine,
    *,
    cache: FeatureCache,
    about: dict[str, str],
    progress: Progress | None = None,
) -> tuple[Part | None, list[Damage]]:
    """The features of all pictures that can be read, and which cannot.

    Damage shows while features are computed, so nothing is decoded only to look for it; which
    pictures were damaged is kept by the content of all.

    Args:
        dataset: The pictures.
        network: As for `features_of`.
        shape: As for `features_of`.
        engine: Computes what is not at hand.
        cache: Where features are kept.
        about: What else is kept with them.
        progress: As for `features_of`.

    Returns:
        None in place of a part without a picture that can be read.

    Raises:
        KanjianError: See `features_of`.
    """

    def taken(sound: Dataset, content: str | None = None) -> Part:
        features = features_of(sound, network, shape, engine=lambda: engine, cache=cache,
                               content=content, about=dict(about), progress=progress)  # fmt: skip
        return Part(sound, features)

    content = _content(dataset)
    damaged = _known_damage(dataset, content, cache.cache)
    if not damaged:
        try:
            return taken(dataset, content), []
        except ImageError:
            damaged = find_damaged(dataset)
            if not damaged:
                raise
            _keep_damage(damaged, content, cache.cache, dataset.name)
    sound = np.setdiff1d(np.arange(len(dataset)), [each.index for each in damaged])
    return taken(dataset.subset(sound)) if len(sound) else None, damaged


def _content(dataset: Dataset) -> str | None:
    """The key of the content; None where a file cannot even be opened."""
    with contextlib.suppress(ImageError):
        return content_key(dataset)
    return None


def _known_damage(dataset: Dataset, content: str | None, cache: Cache) -> list[Damage]:
    """What was found before; nothing where that is not known."""
    if content is None:
        return []
    found = []
    for index, old, reason in cache.about(DAMAGED, content).get("damaged", []):
        name = dataset.images.name_of(index)  # the content is the same, the name need not be
        found.append(Damage(index, name, reason.replace(old, name)))
    return found


def _keep_damage(damaged: list[Damage], content: str | None, cache: Cache, name: str) -> None:
    if content is None:
        return
    records = [[each.index, each.name, each.reason] for each in damaged]
    about = {"data": name, "damaged": records}
    with (
        contextlib.suppress(KanjianError),  # no room: looked for again the next time
        cache.adding(DAMAGED, content, needed_bytes=0, about=about),
    ):
        pass
