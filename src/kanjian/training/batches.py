"""Batches for Keras whose content depends on (seed, epoch, step) and on nothing else."""

import os
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from math import prod
from typing import Any, Literal

import numpy as np

from kanjian.augmentation.mix import mix_batch, mixed_rows
from kanjian.augmentation.sample_params import draw
from kanjian.backend import backend_name, load_keras
from kanjian.datasets.dataset import Dataset
from kanjian.errors import KanjianError
from kanjian.images.resize import resize
from kanjian.pipeline.augmented import augmented_batch
from kanjian.pipeline.input_shape import InputShape
from kanjian.pipeline.resized import fitted_batch
from kanjian.recipes.augmentation import Augmentation

keras = load_keras()

_STILL = Augmentation()
# Batches that are made while the network trains on another (bench/loaders.py)
_AHEAD = 2


class EpochBatches(keras.utils.PyDataset):  # type: ignore[misc, name-defined]
    """One epoch of batches, or the rest of one: what the training loop goes through.

    The next batches are made by threads while one is trained on.

    Args:
        samples: How many there are in an epoch.
        batch_size: Of them per batch; the last one may be smaller.
        seed: The run's seed.
    """

    def __init__(self, samples: int, *, batch_size: int, seed: int) -> None:
        super().__init__()
        self.samples, self.batch_size, self.seed = samples, batch_size, seed
        self.steps_per_epoch = -(-samples // batch_size)
        self.failure: KanjianError | None = None  # why a batch could not be made
        self._epoch, self._first, self._last = 0, 0, self.steps_per_epoch
        self._makers = ThreadPoolExecutor(_AHEAD)
        self._coming: dict[int, Future[tuple[np.ndarray, ...]]] = {}

    def begin(self, epoch: int, *, first_step: int = 0, last_step: int | None = None) -> None:
        """Turn to an epoch, from a step of it on, optionally up to another."""
        self._forget()
        self._epoch, self._first = epoch, first_step
        self._last = self.steps_per_epoch if last_step is None else last_step

    def __len__(self) -> int:
        return self._last - self._first

    def __getitem__(self, step: int) -> tuple[np.ndarray, ...]:
        batch = self._batch(step)
        del self._coming[step]
        return batch

    def first(self) -> tuple[np.ndarray, ...]:
        """The batch that comes first; it still comes."""
        return self._batch(0)

    def _batch(self, step: int) -> tuple[np.ndarray, ...]:
        for number in range(step, min(step + 1 + _AHEAD, len(self))):
            if number not in self._coming:
                self._coming[number] = self._makers.submit(self.make, self._first + number)
        try:
            return self._coming[step].result()
        except KanjianError as error:
            self.failure = error  # what comes out of Keras' threads is wrapped beyond knowing
            raise

    def make(self, number: int) -> tuple[np.ndarray, ...]:
        """The batch of this step of the epoch; several threads ask at a time."""
        raise NotImplementedError

    def work(self, epoch: int) -> float:  # noqa: ARG002
        """What a step of this epoch costs, to one of the last epoch."""
        return 1.0

    def close(self) -> None:
        """Let go of what making batches needs."""
        self._forget()
        self._makers.shutdown()

    def _forget(self) -> None:
        """No thread is at work on a batch afterwards."""
        wait([batch for batch in self._coming.values() if not batch.cancel()])
        self._coming.clear()


class Batches(EpochBatches):
    """Training batches of labeled pictures.

    Args:
        dataset: The training part.
        shape: What the network takes.
        targets: (n, …) what the loss compares with, one row per picture.
        batch_size: Pictures per batch; the last one may be smaller.
        augmentation: How pictures are augmented.
        weights: (n,) float32 or None, how much each picture counts.
        seed: The run's seed.
        sampling: "shuffled", new order every epoch; "balanced", as many pictures of every
            class, the rare ones several times; "in-order", as they lie.
        small: The size of the first epochs, and how many they are; None for one size.
    """

    def __init__(
        self,
        dataset: Dataset,
        shape: InputShape,
        targets: np.ndarray,
        *,
        batch_size: int,
        augmentation: Augmentation,
        seed: int,
        weights: np.ndarray | None = None,
        sampling: Literal["shuffled", "balanced", "in-order"] = "shuffled",
        small: tuple[tuple[int, int], int] | None = None,
    ) -> None:
        import cv2

        super().__init__(len(dataset), batch_size=batch_size, seed=seed)
        self.dataset, self.shape, self.targets, self.weights = dataset, shape, targets, weights
        self.augmentation, self.sampling = augmentation, sampling
        self.small_hw, self.small_epochs = small or (shape.size_hw, 0)
        self._pool = ThreadPoolExecutor(os.cpu_count())
        # OpenCV's own threads would fight with those of the pool for the same cores
        self._cv2_threads = cv2.getNumThreads()
        cv2.setNumThreads(1)
        self.begin(0)

    def begin(self, epoch: int, *, first_step: int = 0, last_step: int | None = None) -> None:
        """See `EpochBatches.begin`."""
        super().begin(epoch, first_step=first_step, last_step=last_step)
        n = len(self.dataset)
        rng = np.random.default_rng([self.seed, epoch])
        if self.sampling == "balanced":
            self._order = balanced_order(self.dataset.labels, rng)
            # a picture that comes twice in an epoch is augmented anew each time
            self._drawn = np.arange(n)
        else:
            shuffled = self.sampling == "shuffled"
            self._order = self._drawn = rng.permutation(n) if shuffled else np.arange(n)
        self._draws = draw(self.augmentation, n, seed=self.seed, epoch=epoch)

    def make(self, number: int) -> tuple[np.ndarray, ...]:
        """See `EpochBatches.make`."""
        part = slice(number * self.batch_size, (number + 1) * self.batch_size)
        indices = self._order[part]
        images = self._images(indices, self._drawn[part])
        rows = [self.targets[indices]]
        if self.weights is not None:
            rows.append(self.weights[indices])
        if self.augmentation.mixes:
            images, share = mix_batch(
                images, self.augmentation, seed=self.seed, epoch=self._epoch, step=number
            )
            rows = [mixed_rows(row, share) for row in rows]
        if self._epoch < self.small_epochs:
            # shrunk last: a shift by two pixels is as far as in later epochs
            small = [resize(image, self.small_hw) for image in images]
            images = np.stack(small).reshape(len(images), *self.small_hw, -1)
        return images, *rows

    def work(self, epoch: int) -> float:
        """See `EpochBatches.work`."""
        return prod(self.small_hw) / prod(self.shape.size_hw) if epoch < self.small_epochs else 1.0

    def _images(self, indices: np.ndarray, drawn: np.ndarray) -> np.ndarray:
        each = self._pool.map
        if self.augmentation == _STILL:
            return fitted_batch(self.dataset, indices, self.shape, each=each)
        draws = self._draws.of(drawn)
        return augmented_batch(
            self.dataset, indices, self.shape, self.augmentation, draws, each=each
        )

    def close(self) -> None:
        """End the decoding threads, and give OpenCV its own back."""
        import cv2

        super().close()
        cv2.setNumThreads(self._cv2_threads)
        self._pool.shutdown()


def balanced_order(labels: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """As many picture numbers as there are labels, every class in turn.

    Each class goes round all of its pictures before one of them comes again.

    Example:
        >>> order = balanced_order(np.array([0, 0, 0, 0, 0, 1]), np.random.default_rng(0))
        >>> len(order), int((order == 5).sum())
        (6, 3)
    """
    n, present = len(labels), np.unique(labels)
    rounds = -(-n // len(present))
    columns = []
    for label in present:
        members = np.flatnonzero(labels == label)
        turns = [rng.permutation(members) for _ in range(-(-rounds // len(members)))]
        columns.append(np.concatenate(turns)[:rounds])
    # one of every class after the other, the classes of each round in a new order
    order: np.ndarray = rng.permuted(np.stack(columns, 1), axis=1).ravel()[:n]
    return order


def feed(batches: EpochBatches) -> Any:
    """What `fit` and `evaluate` of a Keras model go through for these batches.

    Keras itself would make the first two batches once more to see what they are like, and put
    a queue of TensorFlow's behind them, beside which training ran at half speed for minutes
    (bench/loaders.py).

    Args:
        batches: Already turned to their epoch.
    """
    if backend_name() != "tensorflow":
        return batches
    import tensorflow as tf

    def in_order() -> Iterator[tuple[np.ndarray, ...]]:
        return (batches[step] for step in range(len(batches)))

    signature = tuple(
        tf.TensorSpec((None, *array.shape[1:]), array.dtype) for array in batches.first()
    )
    made = tf.data.Dataset.from_generator(in_order, output_signature=signature)
    options = tf.data.Options()
    options.autotune.enabled = False
    options.threading.private_threadpool_size = 1
    return made.apply(tf.data.experimental.assert_cardinality(len(batches))).with_options(options)
