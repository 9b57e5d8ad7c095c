"""Everything a run needs before its first step: data, network, loss, optimizer, batches."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from kanjian import backend
from kanjian.datasets.dataset import Splits
from kanjian.models.build import build_model
from kanjian.models.optimizers import build_loss, build_optimizer, build_schedule
from kanjian.models.preparation import Preparation, fit_preparation
from kanjian.pipeline.fitted import fitted_batches
from kanjian.pipeline.held import held
from kanjian.pipeline.shape import InputShape, input_shape
from kanjian.recipes.augmentation import Augmentation
from kanjian.recipes.recipe import Recipe
from kanjian.training.batches import Batches
from kanjian.training.targets import balanced_weights, targets_for


@dataclass
class Prepared:
    """A run about to start.

    Args:
        recipe: With every open choice made.
        splits: The pictures.
        shape: What the network takes.
        preparation: Fitted on the training part.
        precision: The dtype policy trained with.
        model: Compiled, uint8 in, probabilities out.
        train: Training batches.
        validation: Validation batches, or None.
    """

    recipe: Recipe
    splits: Splits
    shape: InputShape
    preparation: Preparation
    precision: str
    model: Any
    train: Batches
    validation: Batches | None
    allow_code: bool = False

    def fresh_model(self, policy: str = "float32") -> Any:
        """The same network again, unfitted, under another dtype policy."""
        return build_model(
            self.recipe.model,
            shape_hwc=self.shape.shape_hwc,
            n_classes=len(self.splits.classes),
            preparation=self.preparation,
            seed=self.recipe.training.seed,
            policy=policy,
            allow_code=self.allow_code,
        )

    @property
    def parameters(self) -> tuple[int, int]:
        """Numbers in the network without its input preparation: all, and those that learn."""
        learned = sum(int(np.prod(weight.shape)) for weight in self.model.trainable_weights)
        return int(self.model.count_params()) - self.preparation.count_params(), learned


def prepare(recipe: Recipe, splits: Splits, *, allow_code: bool = False) -> Prepared:
    """Bring pictures and recipe together.

    Args:
        recipe: What the user wants.
        splits: The pictures, as the recipe's [data] parts them.
        allow_code: Whether `[model] function` may run Python code named by the recipe.

    Raises:
        RecipeError: If network, optimizer or loss do not exist or do not fit together.
        DatasetError: If pictures cannot be read.
    """
    shape = input_shape(recipe.input, splits.train)
    training = recipe.training
    backend.set_seed(training.seed)
    recipe = recipe.model_copy(
        update={"input": recipe.input.model_copy(
            update={"size": shape.size_hw, "channels": shape.channels})}
    )  # fmt: skip
    splits = Splits(
        held(splits.train, shape, cache=recipe.data.cache, augmentation=recipe.augmentation),
        None
        if splits.validation is None
        else held(splits.validation, shape, cache=recipe.data.cache),
        splits.test,  # looked at once, at the end
        splits.notes,
    )
    preparation = fit_preparation(
        recipe.input, fitted_batches(splits.train, shape), shape_hwc=shape.shape_hwc
    )
    policy = backend.choose_precision(training.precision)
    prepared = Prepared(
        recipe, splits, shape, preparation, policy, None, None, None, allow_code  # type: ignore[arg-type]
    )  # fmt: skip
    prepared.model = prepared.fresh_model(policy)
    outputs = int(prepared.model.output_shape[-1])
    loss = build_loss(
        training.loss,
        n_classes=outputs,
        label_smoothing=training.label_smoothing,
        mixed=recipe.augmentation.mixes,
    )
    prepared.train = Batches(
        splits.train,
        shape,
        targets_for(splits.train, loss.encode, outputs=outputs),
        batch_size=training.batch_size,
        augmentation=recipe.augmentation,
        seed=training.seed,
        weights=balanced_weights(splits.train) if training.class_weights == "balanced" else None,
        sampling="balanced" if training.sampling == "balanced" else "shuffled",
    )
    if splits.validation is not None:
        prepared.validation = Batches(
            splits.validation,
            shape,
            targets_for(splits.validation, loss.encode, outputs=outputs),
            batch_size=max(training.batch_size, 256),
            augmentation=Augmentation(),
            seed=0,
            sampling="in-order",
        )
    _compile(prepared, loss)
    return prepared


def _compile(prepared: Prepared, loss: Any) -> None:
    recipe, steps = prepared.recipe, prepared.train.steps_per_epoch
    schedule = build_schedule(
        recipe.schedule,
        recipe.optimizer.learning_rate,
        total_steps=steps * recipe.training.epochs,
        steps_per_epoch=steps,
    )
    prepared.model.compile(
        optimizer=build_optimizer(recipe.optimizer, schedule),
        loss=loss.keras_loss,
        metrics=[accuracy_metric(loss.encode, outputs=int(prepared.model.output_shape[-1]))],
        jit_compile=backend.use_xla(),
        steps_per_execution=steps_per_execution(recipe, prepared.shape),
    )


def accuracy_metric(encoding: str, *, outputs: int) -> Any:
    """The Keras metric that counts right answers under this encoding of the labels."""
    metrics = backend.load_keras().metrics
    if outputs == 1:
        return metrics.BinaryAccuracy(name="accuracy")
    if encoding == "sparse":
        return metrics.SparseCategoricalAccuracy(name="accuracy")
    return metrics.CategoricalAccuracy(name="accuracy")


def steps_per_execution(recipe: Recipe, shape: InputShape) -> int:
    """How many steps run between two looks of Python.

    Small pictures gain up to twice the speed from it; for large ones Ctrl-C would wait too
    long. Depends on the recipe alone, so that a resumed run groups its steps as before.

    Example:
        >>> steps_per_execution(Recipe(), InputShape((28, 28), 1))
        19
        >>> steps_per_execution(Recipe(), InputShape((224, 224), 3))
        1
    """
    if recipe.training.steps_per_execution is not None:
        return recipe.training.steps_per_execution
    if backend.backend_name() == "torch":
        return 1
    numbers = recipe.training.batch_size * int(np.prod(shape.shape_hwc))
    return max(1, min(32, 2_000_000 // numbers))
