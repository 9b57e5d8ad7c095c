"""Give a network its loss, optimizer, schedule and metric, for one phase of training."""

from math import prod
from typing import Any

from kanjian import backend
from kanjian.models.metrics import build_metrics
from kanjian.recipes.learning import Optimizer, Schedule
from kanjian.recipes.recipe import Recipe, Training
from kanjian.training.loop_options import LoopOptions
from kanjian.training.optimizers import Loss, build_loss, build_optimizer, build_schedule

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


def steps_per_execution(training: LoopOptions, input_shape: tuple[int, ...]) -> int:
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
