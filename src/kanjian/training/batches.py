"""Batches for Keras whose content depends on (seed, epoch, step) and on nothing else."""

import os
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from kanjian.augmentation.apply import augment_batch
from kanjian.augmentation.draw import draw
from kanjian.backend import load_keras
from kanjian.datasets.dataset import Dataset
from kanjian.pipeline import InputShape, fitted_batch
from kanjian.recipes.recipe import Augmentation

keras = load_keras()


class Batches(keras.utils.PyDataset):  # type: ignore[misc, name-defined]
    """One epoch of training batches, or of the rest of an interrupted one.

    Args:
        dataset: The training part.
        shape: What the network takes.
        targets: (n, …) what the loss compares with, one row per picture.
        batch_size: Pictures per batch; the last one may be smaller.
        augmentation: How pictures are varied.
        weights: (n,) float32 or None, how much each picture counts.
        seed: The run's seed.
        shuffle: New order every epoch; else the pictures come as they lie.
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
        shuffle: bool = True,
    ) -> None:
        super().__init__()
        self.dataset, self.shape, self.targets, self.weights = dataset, shape, targets, weights
        self.batch_size, self.augmentation, self.seed = batch_size, augmentation, seed
        self.shuffle = shuffle
        self.steps_per_epoch = -(-len(dataset) // batch_size)
        self._pool = ThreadPoolExecutor(os.cpu_count())
        self.begin(0)

    def begin(self, epoch: int, *, first_step: int = 0, last_step: int | None = None) -> None:
        """Turn to an epoch, from a step of it on, optionally up to another."""
        n = len(self.dataset)
        rng = np.random.default_rng([self.seed, epoch])
        self._order = rng.permutation(n) if self.shuffle else np.arange(n)
        self._draws = draw(self.augmentation, n, seed=self.seed, epoch=epoch)
        self._first = first_step
        self._last = self.steps_per_epoch if last_step is None else last_step

    def __len__(self) -> int:
        return self._last - self._first

    def __getitem__(self, step: int) -> tuple[np.ndarray, ...]:
        start = (self._first + step) * self.batch_size
        indices = self._order[start : start + self.batch_size]
        images = fitted_batch(self.dataset, indices, self.shape, each=self._pool.map)
        images = augment_batch(images, self.augmentation, self._draws.of(indices))
        if self.weights is None:
            return images, self.targets[indices]
        return images, self.targets[indices], self.weights[indices]

    def close(self) -> None:
        """End the decoding threads."""
        self._pool.shutdown(cancel_futures=True)
