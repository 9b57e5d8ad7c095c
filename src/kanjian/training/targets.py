"""What the loss compares with, made from labels and the one stored class order."""

from typing import Literal

import numpy as np

from kanjian.checks import unknown_name
from kanjian.datasets.dataset import Dataset
from kanjian.errors import RecipeError
from kanjian.recipes.recipe import Training

_NAMED = 12  # classes named in a note
Encoding = Literal["sparse", "one-hot"]


def targets_for(dataset: Dataset, encoding: Encoding, *, outputs: int) -> np.ndarray:
    """One row per picture, as the loss wants it.

    Args:
        dataset: Its labels are positions in its classes.
        encoding: "sparse" for the label itself, "one-hot" for a row of 0 and 1.
        outputs: How many numbers the network gives; 1 means the second of two classes.

    Example:
        >>> from kanjian.datasets.dataset import ArrayImages
        >>> pictures = ArrayImages.of(np.zeros((2, 8, 8), np.uint8))
        >>> data = Dataset(pictures, np.array([1, 0]), ("cat", "dog"))
        >>> targets_for(data, "one-hot", outputs=2)
        array([[0., 1.],
               [1., 0.]], dtype=float32)
        >>> targets_for(data, "one-hot", outputs=1)
        array([[1.],
               [0.]], dtype=float32)
    """
    if encoding == "sparse" and outputs > 1:
        return dataset.labels
    one_hot: np.ndarray = np.eye(len(dataset.classes), dtype=np.float32)[dataset.labels]
    return one_hot[:, 1:] if outputs == 1 else one_hot


def weights_for(dataset: Dataset, training: Training) -> np.ndarray | None:
    """How much each training picture counts in the loss; None where all count the same.

    Args:
        dataset: The training part.
        training: Says what each class counts; weights of the pictures' own come on top.

    Raises:
        RecipeError: If a class is named that there is not, or nothing counts.

    Example:
        >>> from kanjian.datasets.dataset import ArrayImages
        >>> pictures = ArrayImages.of(np.zeros((3, 8, 8), np.uint8))
        >>> data = Dataset(pictures, np.array([1, 0, 0]), ("cat", "dog"))
        >>> weights_for(data, Training(class_weights={"dog": 3}))
        array([3., 1., 1.], dtype=float32)
        >>> weights_for(data, Training(class_weights={"dgo": 3}))
        Traceback (most recent call last):
        kanjian.errors.RecipeError: unknown class 'dgo' in [training] class_weights. Did you mean
            'dog'?
    """
    by_class = _class_weights(dataset, training)
    if by_class is None or dataset.weights is None:
        return dataset.weights if by_class is None else by_class
    product: np.ndarray = by_class * dataset.weights
    return product


def _class_weights(dataset: Dataset, training: Training) -> np.ndarray | None:
    asked = training.class_weights
    if asked == "none":
        return None
    if asked == "balanced":
        return balanced_weights(dataset)
    assert isinstance(asked, dict)
    for name in asked:
        if name not in dataset.classes:
            where = "[training] class_weights"
            raise RecipeError(unknown_name("class", name, dataset.classes, where=where))
    per_class = np.array([asked.get(name, 1.0) for name in dataset.classes], np.float32)
    weights: np.ndarray = per_class[dataset.labels]
    if not weights.any():
        raise RecipeError("[training] class_weights are all 0: nothing would be learned.")
    return weights


def weight_notes(dataset: Dataset, training: Training) -> tuple[str, ...]:
    """What the report says of weights, as sentences; none where all pictures count the same.

    Example:
        >>> from kanjian.datasets.dataset import ArrayImages
        >>> pictures = ArrayImages.of(np.zeros((2, 8, 8), np.uint8))
        >>> data = Dataset(pictures, np.array([1, 0]), ("cat", "dog")).weighted([1, 3])
        >>> print(*weight_notes(data, Training(class_weights={"dog": 3})))
        the loss of training is weighted: pictures count 1 to 3, 'dog' counts 3; the evaluation is
        not
    """
    asked, said = training.class_weights, []
    if dataset.weights is not None:
        said.append(f"pictures count {dataset.weights.min():g} to {dataset.weights.max():g}")
    if asked == "balanced":
        said.append("every class counts the same")
    elif isinstance(asked, dict):
        named = [f"{name!r} counts {weight:g}" for name, weight in asked.items() if weight != 1]
        said += [*named[:_NAMED], "…"] if len(named) > _NAMED else named
    if not said:
        return ()
    return (f"the loss of training is weighted: {', '.join(said)}; the evaluation is not",)


def balanced_weights(dataset: Dataset) -> np.ndarray:
    """Weights under which every class counts the same; their mean is 1.

    Example:
        >>> from kanjian.datasets.dataset import ArrayImages
        >>> pictures = ArrayImages.of(np.zeros((4, 8, 8), np.uint8))
        >>> data = Dataset(pictures, np.array([0, 0, 0, 1]), ("cat", "dog"))
        >>> balanced_weights(data)
        array([0.6666667, 0.6666667, 0.6666667, 2.       ], dtype=float32)
    """
    counts = np.bincount(dataset.labels, minlength=len(dataset.classes))
    present = int((counts > 0).sum())
    per_class = len(dataset) / (present * np.maximum(counts, 1))
    weights: np.ndarray = per_class[dataset.labels].astype(np.float32)
    return weights
