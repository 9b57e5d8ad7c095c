"""Features of frozen layers: computed once for every picture, kept on disk, read in rows."""

import hashlib
import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

import numpy as np

from kanjian.datasets.dataset import Dataset
from kanjian.errors import TrainingError
from kanjian.features.cache import FeatureCache
from kanjian.features.content import content_key
from kanjian.features.engine import FeatureEngine, resolved_precision
from kanjian.features.identity import network_key
from kanjian.features.one_pass import AugmentedVariant, Inputs, Progress, store_features
from kanjian.features.rows import RowReader
from kanjian.inference.views import View
from kanjian.json_types import JsonObject
from kanjian.pipeline.input_shape import InputShape

# Counts up when the same pictures would give other features than before
_EDITION = 1
# Of what is computed on augmented pictures; 2: cut or letterboxed pictures vary within their place
_VARIED_EDITION = 2


@dataclass(frozen=True, eq=False)
class Features:
    """The features of all pictures of a set, in its order.

    Args:
        array: (n, …) float16 or float32, mapped from the cache. Whole passes over it bring
            all of it into this process; `rows` does not.
        from_cache: Whether they were there already.
        seconds: What it took to have them, now.
        about: What is kept with them; see the properties.
    """

    array: "np.memmap[Any, Any]"
    from_cache: bool
    seconds: float
    about: JsonObject

    def __len__(self) -> int:
        return len(self.array)

    @cached_property
    def _reader(self) -> RowReader:
        return RowReader(self.array)

    def rows(self, indices: np.ndarray) -> np.ndarray:
        """The features of these pictures, read into memory of their own; see `RowReader`."""
        return self._reader.rows(indices)

    @property
    def relative_error(self) -> float:
        """Of the first pictures, against Keras in float32."""
        return float(self.about["relative_error"])

    @property
    def precision(self) -> str:
        """How they were computed: "bf16" or "f32"."""
        return str(self.about["precision"])

    @property
    def pass_seconds(self) -> float:
        """What the pass took that computed them, now or at another time."""
        return float(self.about["pass_seconds"])

    @property
    def images_per_second(self) -> float:
        """How fast that pass was."""
        return len(self) / self.pass_seconds

    @property
    def notes(self) -> tuple[str, ...]:
        """What was not as asked, as sentences."""
        return tuple(self.about["notes"])


def features_of(
    dataset: Dataset,
    network: Any,
    shape: InputShape,
    *,
    precision: Literal["auto", "f32", "bf16"] = "auto",
    augmenter: AugmentedVariant | None = None,
    view: View | None = None,
    engine: Callable[[], FeatureEngine] | None = None,
    cache: FeatureCache | None = None,
    content: str | None = None,
    about: JsonObject | None = None,
    progress: Progress | None = None,
) -> Features:
    """What a frozen network gives for every picture, from the cache or computed now.

    They are found again by the content of the pictures, how these are resized and augmented, the
    network's layers and weights, and the precision. Pictures are decoded while the network
    computes; neither pictures nor features are held in memory.

    Args:
        dataset: The pictures; labels play no part.
        network: A functional Keras model, uint8 pictures of `shape` in, one tensor out; or
            one that is known, see `KnownNetwork`.
        shape: What it takes.
        precision: "f32"; "bf16"; or "auto" for bf16 where the processor computes it. Features
            in f32 are kept as float32; those in bf16, which has fewer digits, as float16, or
            as float32 where that lacks the range.
        augmenter: To augment every picture; none by default.
        view: In place of that, the view of every picture to take; as it is by default.
        engine: Gives one made for this network and precision, so that several sets or
            variants of them share it; asked only where features are not at hand. A new
            one by default.
        cache: Where features are kept.
        content: What `content_key` gives for the pictures, where that is known already.
        about: What else to keep with them, for people: backbone, layer.
        progress: Called with how many pictures are done and how many there are.

    Raises:
        TrainingError: If OpenVINO and Keras do not agree, or there are no pictures.
        ImageError: If a picture cannot be read.
        KanjianError: If the cache has no room, or the disk.

    Example:
        >>> import tempfile
        >>> from pathlib import Path
        >>> from kanjian.backend import load_keras
        >>> from kanjian.datasets.dataset import ArrayImages
        >>> keras = load_keras()
        >>> pixels = keras.Input((4, 4, 1), dtype="uint8")
        >>> network = keras.Model(pixels, keras.layers.Flatten()(keras.layers.Rescaling(2)(pixels)))
        >>> pictures = ArrayImages.of(np.full((3, 8, 8), 7, np.uint8))
        >>> data = Dataset(pictures, np.zeros(3, np.int64), ("seven",))
        >>> cache = FeatureCache(Path(tempfile.mkdtemp()), limit_gb=1)
        >>> for _ in range(2):
        ...     features = features_of(data, network, InputShape((4, 4), 1), cache=cache)
        ...     features.array.shape, float(features.array[2, 0]), features.from_cache
        ((3, 16), 14.0, False)
        ((3, 16), 14.0, True)
    """
    if not len(dataset):
        raise TrainingError(f"{dataset.name} has no pictures to take features of.")
    started = time.perf_counter()
    cache = cache or FeatureCache()
    asked = resolved_precision(precision)
    content = content or content_key(dataset)
    key = _key(content, network, shape, asked, augmenter, view)
    array = cache.open(key)
    record = cache.about(key)
    if array is None or not record:
        record = (about or {}) | {"data": dataset.name, "pictures": len(dataset)}
        made = engine() if engine else FeatureEngine(network, precision=asked, cache=cache.cache)
        inputs = Inputs(dataset, shape, augmenter, view)
        array = store_features(cache, key, made, inputs, about=record, progress=progress)
        return Features(array, False, time.perf_counter() - started, record)
    return Features(array, True, time.perf_counter() - started, record)


def _key(
    content: str,
    network: Any,
    shape: InputShape,
    precision: str,
    augmenter: AugmentedVariant | None,
    view: View | None,
) -> str:
    parts: list[Any] = [_EDITION, content, network_key(network), precision]
    parts += [*shape.shape_hwc, shape.fit]
    if augmenter is not None:
        bounds = augmenter.augmentation.model_dump(mode="json")
        parts += [_VARIED_EDITION, bounds, augmenter.seed, augmenter.epoch]
    if view is not None:
        parts += ["view", view.share, view.mirrored]
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()[:32]
