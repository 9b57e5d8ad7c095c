"""What a network learns by: targets and weights, and its loss, optimizer, schedule and metric."""

from math import prod
from typing import Any, Literal

import numpy as np

from kanjian import backend
from kanjian.checks import unknown_name
from kanjian.datasets.dataset import Dataset
from kanjian.errors import RecipeError
from kanjian.models.metrics import build_metrics
from kanjian.recipes.learning import Optimizer, Schedule, TrainingOptions
from kanjian.recipes.recipe import Recipe, Training
from kanjian.training.losses import Loss, build_loss
from kanjian.training.optimizers import build_optimizer
from kanjian.training.schedules import build_schedule

_NAMED = 12  # classes named in a note
Encoding = Literal["sparse", "one-hot"]


def targets_for(dataset: Dataset, encoding: Encoding, *, outputs: int) -> np.ndarray:
    """One row per picture, as the loss wants it.

    Args:
        dataset: Its labels are positions in its classes.
        encoding: "sparse" for the label itself, "one-hot" for a row of 0 and 1.
        outputs: How many numbers the network answers with; 1 means the second of two classes.

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


# Between two looks of Python, so many numbers of input go through the network at most
_NUMBERS, _MOST_STEPS = 2_000_000, 32


def loss_for(recipe: Recipe, *, outputs: int) -> Loss:
    """The loss the recipe asks for, for a network with so many outputs."""
    return build_loss(
        recipe.training.loss,
        n_classes=outputs,
        label_smoothing=recipe.training.label_smoothing,
        mixed=recipe.augmentation.mixes,
    )


def compile_network(
    network: Any,
    loss: Loss,
    *,
    optimizer: Optimizer,
    schedule: Schedule,
    training: Training,
    steps_per_epoch: int,
    input_shape: tuple[int, ...],
) -> None:
    """Compile a network for the epochs of one phase.

    Args:
        network: Keras model; takes the batches of the phase.
        loss: What `loss_for` gives.
        optimizer: The section of the phase.
        schedule: The section of the phase.
        training: The section of the phase.
        steps_per_epoch: Batches in one epoch.
        input_shape: Of a picture, or of what else comes in.
    """
    rates = build_schedule(
        schedule,
        optimizer.learning_rate,
        total_steps=steps_per_epoch * training.epochs,
        steps_per_epoch=steps_per_epoch,
    )
    outputs = int(network.output_shape[-1])
    network.compile(
        optimizer=build_optimizer(optimizer, rates),
        loss=loss.keras_loss,
        metrics=[
            accuracy_metric(loss.encode, outputs=outputs),
            *build_metrics(training.metrics, outputs=outputs),
        ],
        jit_compile=backend.use_xla(),
        steps_per_execution=steps_per_execution(training, input_shape),
    )


def accuracy_metric(encoding: str, *, outputs: int) -> Any:
    """The Keras metric that counts right predictions under this encoding of the labels."""
    metrics = backend.load_keras().metrics
    if outputs == 1:
        return metrics.BinaryAccuracy(name="accuracy")
    if encoding == "sparse":
        return metrics.SparseCategoricalAccuracy(name="accuracy")
    return metrics.CategoricalAccuracy(name="accuracy")


def steps_per_execution(training: TrainingOptions, input_shape: tuple[int, ...]) -> int:
    """How many steps run between two looks of Python.

    Small inputs gain up to twice the speed from it; for large ones Ctrl-C would wait too
    long. Depends on the recipe alone, so that a resumed run groups its steps as before.

    Example:
        >>> steps_per_execution(Training(), (28, 28, 1))
        19
        >>> steps_per_execution(Training(), (224, 224, 3))
        1
    """
    if training.steps_per_execution is not None:
        return training.steps_per_execution
    if backend.backend_name() == "torch":
        return 1
    numbers = training.batch_size * prod(input_shape)
    return max(1, min(_MOST_STEPS, _NUMBERS // numbers))
