"""What a saved recognizer predicts for labeled pictures, and where it was most wrong.

Apart from `evaluate_and_save`, so that evaluating again loads no training framework.
"""

import numpy as np

from kanjian.datasets.dataset import Dataset
from kanjian.evaluation.mistakes import Mistake, worst_mistakes
from kanjian.inference.recognizer import Recognizer
from kanjian.pipeline.input_shape import InputShape
from kanjian.pipeline.resized import fitted_batch, fitted_batches


def probabilities_of(recognizer: Recognizer, dataset: Dataset, shape: InputShape) -> np.ndarray:
    """What the recognizer predicts for every picture of a set, (n, classes); see `judged`."""
    return judged(recognizer, dataset, shape)[:, :-1]


def judged(recognizer: Recognizer, dataset: Dataset, shape: InputShape) -> np.ndarray:
    """What the recognizer predicts for every picture of a set, and how unlike its own each is.

    Args:
        recognizer: Takes pictures of `shape`.
        dataset: Read in order, a batch at a time.
        shape: How pictures are fitted.

    Returns:
        (n, classes + 1) float32, as `Recognizer.judge` gives it.
    """
    return np.concatenate([recognizer.judge(batch) for batch in fitted_batches(dataset, shape)])


def mistakes_of(dataset: Dataset, probabilities: np.ndarray, shape: InputShape) -> list[Mistake]:
    """The worst mistakes, with the pictures as the network saw them."""
    predicted = probabilities.argmax(axis=1)
    worst = worst_mistakes(probabilities, dataset.labels)
    return [
        Mistake(
            image=_picture(fitted_batch(dataset, np.array([index]), shape)[0]),
            name=dataset.images.name_of(int(index)),
            true=dataset.classes[dataset.labels[index]],
            predicted=dataset.classes[predicted[index]],
            probability=float(probabilities[index].max()),
        )
        for index in worst
    ]


def _picture(fitted: np.ndarray) -> np.ndarray:
    gray: np.ndarray = fitted[..., 0]
    return gray if fitted.shape[-1] == 1 else fitted
