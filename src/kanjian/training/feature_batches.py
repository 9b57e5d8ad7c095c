"""Batches of kept features in place of pictures, in the same order and as reproducible."""

from collections.abc import Callable
from threading import Lock
from typing import Any

import numpy as np

from kanjian.features.features import Features
from kanjian.recipes.augmentation import Augmentation
from kanjian.training.batches import Batches


class FeatureBatches(Batches):
    """Training or validation batches of features that were computed once.

    Args:
        features: Gives the (n, …) features that an epoch trains on.
        *args: As for `Batches`.
        **more: As for `Batches`, without augmentation: the features have it in them.
    """

    def __init__(self, *args: Any, features: Callable[[int], Features], **more: Any) -> None:
        self.features = features
        self._one_pass = Lock()
        super().__init__(*args, augmentation=Augmentation(), **more)

    def _images(self, indices: np.ndarray, drawn: np.ndarray) -> np.ndarray:  # noqa: ARG002
        with self._one_pass:  # the first batch of an epoch may have to compute them
            features = self.features(self._epoch)
        return features.rows(indices)
