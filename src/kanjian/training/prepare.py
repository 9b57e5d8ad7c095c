"""What all phases of a run share: pictures, input, network."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from kanjian import backend
from kanjian.datasets.dataset import Splits
from kanjian.errors import RecipeError
from kanjian.models.backbones import find_backbone
from kanjian.models.build import build_model
from kanjian.models.fused_norm import fuse_normalization
from kanjian.models.input_normalization import Preparation, fit_preparation
from kanjian.models.split_model import boundary
from kanjian.models.transfer_model import build_joined
from kanjian.pipeline.decoded_cache import held
from kanjian.pipeline.input_shape import InputShape, input_shape
from kanjian.pipeline.resized import fitted_batches
from kanjian.recipes.recipe import Input, Recipe
from kanjian.recipes.transfer import Backbone
from kanjian.storage.files import expanded
from kanjian.training.compile import loss_for
from kanjian.training.optimizers import build_optimizer
from kanjian.training.phases import phases_of
from kanjian.training.places import with_own_weights
from kanjian.weights.store import find_weights


@dataclass
class TrainingSetup:
    """A run about to start.

    Args:
        recipe: With every open choice made.
        splits: The pictures.
        shape: What the network takes.
        preparation: Fitted on the training part.
        precision: The dtype policy trained with.
        model: uint8 in, probabilities out.
        weights: The file of the backbone's weights, where the recipe has one.
    """

    recipe: Recipe
    splits: Splits
    shape: InputShape
    preparation: Preparation
    precision: str
    model: Any
    allow_code: bool = False
    weights: Path | None = None

    @property
    def only_head(self) -> bool:
        """Whether what lies below the features never learns; it is in float32 then."""
        recipe = self.recipe
        return recipe.backbone is not None and not (recipe.fine_tune or recipe.all_layers)

    def in_float32(self) -> Any:
        """The network with the weights it has, in float32; itself where it is that already."""
        if self.precision == "float32" and self.model.input_shape[1:3] == self.shape.size_hw:
            return self.model
        twin = self.fresh_model()
        twin.set_weights(self.model.get_weights())
        return twin

    def fresh_model(self, policy: str = "float32", *, any_size: bool = False) -> Any:
        """The same network again, unfitted, under another dtype policy."""
        if self.recipe.backbone is not None:
            return build_joined(
                self.recipe.backbone,
                self.recipe.model,
                size_hw=self.shape.size_hw,
                n_classes=len(self.splits.classes),
                weights=self.weights,
                seed=self.recipe.training.seed,
                policy=policy,
                below="float32" if self.only_head else policy,
            )
        return build_model(
            self.recipe.model,
            shape_hwc=(None, None, self.shape.channels) if any_size else self.shape.shape_hwc,
            n_classes=len(self.splits.classes),
            preparation=self.preparation,
            seed=self.recipe.training.seed,
            policy=policy,
            allow_code=self.allow_code,
        )

    @property
    def parameters(self) -> int:
        """Numbers in the network without its input preparation."""
        return int(self.model.count_params()) - self.preparation.count_params()


def learnable(network: Any) -> int:
    """Numbers of a network that learn as it stands."""
    return sum(int(np.prod(weight.shape)) for weight in network.trainable_weights)


def prepare(recipe: Recipe, splits: Splits, *, allow_code: bool = False) -> TrainingSetup:
    """Bring pictures and recipe together.

    Args:
        recipe: What the user wants.
        splits: The pictures, as the recipe's [data] parts them.
        allow_code: Whether `[model] function` may run Python code named by the recipe.

    Raises:
        RecipeError: If network, optimizer or loss do not exist or do not fit together.
        DatasetError: If pictures cannot be read.
    """
    weights = None if recipe.backbone is None else backbone_weights(recipe.backbone)
    recipe = with_own_weights(_with_input_of_backbone(recipe))
    shape = input_shape(recipe.input, splits.train)
    training = recipe.training
    backend.set_seed(training.seed)
    recipe = recipe.model_copy(
        update={"input": recipe.input.model_copy(
            update={"size": shape.size_hw, "channels": shape.channels})}
    )  # fmt: skip
    if recipe.backbone is None:  # its features are kept instead
        splits = _held(splits, shape, recipe)
    preparation = fit_preparation(
        recipe.input, fitted_batches(splits.train, shape), shape_hwc=shape.shape_hwc
    )
    policy = backend.choose_precision(training.precision)
    prepared = TrainingSetup(recipe, splits, shape, preparation, policy, None, allow_code, weights)
    prepared.model = _network(prepared)
    if policy != "float32":  # in float32 what is trained is what is saved
        fuse_normalization(prepared.model)
    _check_phases(prepared)
    return prepared


def _network(prepared: TrainingSetup) -> Any:
    """What will be trained; it takes any size where it first sees small pictures."""
    if not prepared.recipe.training.small_epochs:
        return prepared.fresh_model(prepared.precision)
    try:
        return prepared.fresh_model(prepared.precision, any_size=True)
    except RecipeError as error:
        prepared.fresh_model()  # if that fails, too, size is not what is wrong
        raise RecipeError(
            "[training] small_epochs needs a network that takes pictures of any size, such as one "
            "that ends in global pooling. Set small_epochs = 0, or take another network."
        ) from error


def _check_phases(prepared: TrainingSetup) -> None:
    """Find what cannot work in a later phase before the first has trained for an hour."""
    recipe, network = prepared.recipe, prepared.model
    for phase in phases_of(recipe):
        build_optimizer(phase.optimizer)
        if phase.unfreeze is not None:
            boundary(network, phase.unfreeze)
        if phase.learns != "all" and recipe.augmentation.mixes:
            raise RecipeError(
                "mixup_alpha and cutmix_alpha mix pictures, but the head learns on features of "
                "one picture each. Set them to 0, or training.epochs = 0 and train [all_layers]."
            )
    loss_for(recipe, outputs=int(network.output_shape[-1]))


def _held(splits: Splits, shape: InputShape, recipe: Recipe) -> Splits:
    cache, validation = recipe.data.cache, splits.validation
    return Splits(
        held(splits.train, shape, cache=cache, augmentation=recipe.augmentation),
        None if validation is None else held(validation, shape, cache=cache),
        splits.test,  # looked at once, at the end
        splits.notes,
    )


def backbone_weights(backbone: Backbone) -> Path | None:
    """The file a recipe's backbone takes its weights from; None where it asks for random ones.

    Raises:
        WeightsError: If the file is not there; says how to get it.
        RecipeError: If there is no such backbone.

    Example:
        >>> backbone_weights(Backbone(name="vgg16", weights="none")) is None
        True
    """
    record = find_backbone(backbone.name)
    if backbone.weights == "none":
        return None
    if backbone.weights == "imagenet":
        return find_weights(record.name)
    path = expanded(backbone.weights)
    if not path.is_file():
        raise RecipeError(
            f'[backbone] weights must be "imagenet", "none" or a file, got {backbone.weights!r}, '
            "which is not there."
        )
    return path


def _with_input_of_backbone(recipe: Recipe) -> Recipe:
    """The size and the colors its backbone was made for, where the recipe leaves them open."""
    if recipe.backbone is None:
        return recipe
    given = recipe.input
    chosen = Input(size=given.size, channels=given.channels, fit=given.fit)
    if given != chosen:
        raise RecipeError(
            f"backbone {recipe.backbone.name!r} prepares its pixels itself. Leave out scale, "
            "center, standardize, zca, whiten_px and sample in [input]."
        )
    if given.channels == 1:
        raise RecipeError("[input] channels = 1, but a backbone takes 3; gray is brought to that.")
    size = given.size or find_backbone(recipe.backbone.name).input_hw
    return recipe.model_copy(
        update={"input": given.model_copy(update={"size": size, "channels": 3})}
    )
