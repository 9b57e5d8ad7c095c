"""What a trained network says about pictures, before it is saved."""

import numpy as np

from kanjian.backend import load_keras
from kanjian.datasets.dataset import Dataset
from kanjian.inference.engines import as_probabilities
from kanjian.inference.views import mean_over_views, views_of
from kanjian.pipeline.resized import fitted_batches
from kanjian.training.prepare import TrainingSetup


def answers_of(prepared: TrainingSetup, judged: Dataset | None) -> np.ndarray:
    """What the trained network says about pictures, in float32 as a saved recognizer would.

    Args:
        prepared: The trained network and how pictures are brought to it.
        judged: The pictures; None for no picture.

    Returns:
        (n, classes) float32 probabilities.
    """
    if judged is None:
        return np.zeros((0, len(prepared.splits.classes)), np.float32)
    network, recipe = prepared.in_float32(), prepared.recipe
    to_numpy = load_keras().ops.convert_to_numpy
    views = views_of(recipe.answer.views, mirror=recipe.mirrors)

    def ask(batch: np.ndarray) -> np.ndarray:
        # called, not predict(): that would be compiled anew for every trial
        answers: np.ndarray = to_numpy(network(batch, training=False))
        return answers

    rows = [
        as_probabilities(mean_over_views(ask, batch, views))
        for batch in fitted_batches(judged, prepared.shape)
    ]
    return np.concatenate(rows).astype(np.float32)
