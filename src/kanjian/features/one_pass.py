"""One pass of all pictures through a network, from decoding to the file of features."""

import time
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from kanjian.augmentation.operation import AugmentationParams
from kanjian.augmentation.sample_params import draw
from kanjian.datasets.dataset import Dataset
from kanjian.errors import TrainingError
from kanjian.features.cache import FeatureCache
from kanjian.features.engine import FeatureEngine, relative_error
from kanjian.inference.views import View, view_images
from kanjian.json_types import JsonObject
from kanjian.pipeline.augmented import augmented_batch
from kanjian.pipeline.input_shape import InputShape
from kanjian.pipeline.resized import fitted_batch
from kanjian.recipes.augmentation import Augmentation
from kanjian.threads import in_threads

Progress = Callable[[int, int], None]

# Pictures decoded by one thread at a time, twice what a request of the engine takes
_TOGETHER = 8
# float16 has 11 binary digits, bfloat16 has 8: what is lost beyond this is a matter of range
_HALF_LOSES = 1e-3
_HALF_MOST = float(np.finfo(np.float16).max)


@dataclass(frozen=True)
class AugmentedVariant:
    """Which variant of each picture is taken: that of one epoch of a training run.

    Args:
        augmentation: How pictures are augmented; nothing in it may mix pictures.
        seed: The run's seed.
        epoch: Counted from 0; K variants per picture are K epochs.
    """

    augmentation: Augmentation
    seed: int
    epoch: int = 0


@dataclass(frozen=True, eq=False)
class Inputs:
    """All pictures of a set as a network takes them, in order.

    Args:
        dataset: The pictures.
        shape: What the network takes.
        augmenter: To augment every picture, or None.
        view: In place of that, the view of every picture to take; None for it as it is.
    """

    dataset: Dataset
    shape: InputShape
    augmenter: AugmentedVariant | None = None
    view: View | None = None

    @cached_property
    def _draws(self) -> AugmentationParams | None:
        augmenter = self.augmenter
        if augmenter is None:
            return None
        return draw(
            augmenter.augmentation, len(self.dataset), seed=augmenter.seed, epoch=augmenter.epoch
        )

    def batch(self, start: int) -> np.ndarray:
        """The pictures from this one on, as many as go together."""
        indices = np.arange(start, min(start + _TOGETHER, len(self.dataset)))
        if self.augmenter is None or self._draws is None:
            batch = fitted_batch(self.dataset, indices, self.shape)
            return batch if self.view is None else view_images(batch, (self.view,))[0]
        bounds = self.augmenter.augmentation
        return augmented_batch(self.dataset, indices, self.shape, bounds, self._draws.of(indices))

    def batches(self) -> Iterator[np.ndarray]:
        """All of them, decoded by threads, a few batches ahead."""
        import cv2

        _ = self._draws  # once, before threads ask for it
        before = cv2.getNumThreads()
        # OpenCV's own threads would fight with ours for the same cores
        cv2.setNumThreads(1)
        try:
            yield from in_threads(self.batch, range(0, len(self.dataset), _TOGETHER))
        finally:
            cv2.setNumThreads(before)


class _TooLargeError(Exception):
    """A value that float16 cannot hold."""


def store_features(
    cache: FeatureCache,
    key: str,
    engine: FeatureEngine,
    inputs: Inputs,
    *,
    about: JsonObject,
    progress: Progress | None = None,
) -> "np.memmap[Any, Any]":
    """Compute the features of all pictures and keep them.

    Args:
        cache: Where they go.
        key: What they will be found by.
        engine: What computes them.
        inputs: The pictures.
        about: What is kept with them; the figures of this pass are added.
        progress: Called with how many pictures are done and how many there are.

    Raises:
        TrainingError: If OpenVINO and Keras do not agree, or a feature is not a number.
        ImageError: If a picture cannot be read.
        KanjianError: If there is no room.
    """
    started = time.perf_counter()
    about["notes"] = []

    def written(dtype: type[np.floating[Any]] | None) -> "np.memmap[Any, Any]":
        chunks = _chunks(engine, inputs, progress)
        first = next(chunks)  # decides about precision, and with it how features are kept
        narrow = dtype is None and engine.precision == "bf16" and _fits_half(first)

        def told() -> Iterator[np.ndarray]:
            yield _checked(first, narrow=narrow)
            for chunk in chunks:
                yield _checked(chunk, narrow=narrow)
            about.update(
                precision=engine.precision,
                engine=engine.name,
                relative_error=engine.relative_error,
                notes=[*about["notes"], *engine.notes],
                pass_seconds=time.perf_counter() - started,
            )

        shape = (len(inputs.dataset), *engine.shape)
        kept = np.float16 if narrow else np.float32
        try:
            return cache.write(key, shape, kept, told(), about=about)
        finally:
            chunks.close()

    try:
        return written(None)
    except _TooLargeError:
        about["notes"].append("some features are too large for float16; float32 is kept")
        return written(np.float32)


def _chunks(
    engine: FeatureEngine, inputs: Inputs, progress: Progress | None
) -> Generator[np.ndarray, None, None]:
    done = 0
    for features in engine.run(inputs.batches()):
        if not np.isfinite(features).all():
            bad = done + int(np.argmin(np.isfinite(features.reshape(len(features), -1)).all(1)))
            raise TrainingError(
                f"the features of {inputs.dataset.images.name_of(bad)} are not numbers; "
                "the weights of this network are damaged, or its precision is too small."
            )
        done += len(features)
        if progress is not None:
            progress(done, len(inputs.dataset))
        yield features


def _fits_half(features: np.ndarray) -> bool:
    """Whether float16 holds these, and four times larger ones."""
    if np.abs(features).max(initial=0) > _HALF_MOST / 4:
        return False
    return relative_error(features.astype(np.float16), features) <= _HALF_LOSES


def _checked(features: np.ndarray, *, narrow: bool) -> np.ndarray:
    if narrow and np.abs(features).max(initial=0) > _HALF_MOST:
        raise _TooLargeError
    return features
