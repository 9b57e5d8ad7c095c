"""What all phases of a run share: pictures, input, network."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from kanjian import former
from kanjian.augmentation.mix import MIXING_KEYS
from kanjian.backend import load_keras
from kanjian.backend.mixed_precision import choose_precision
from kanjian.backend.seeding import set_seed
from kanjian.datasets.dataset import Splits
from kanjian.datasets.recorded import noted
from kanjian.errors import RecipeError
from kanjian.features.file_backbone import FileBackbone, open_file_backbone
from kanjian.models.backbone_registry import is_file
from kanjian.models.backbones import find_backbone
from kanjian.models.build import build_model
from kanjian.models.fused_norm import fuse_normalization
from kanjian.models.graph import maker
from kanjian.models.input_normalization import Preparation, fit_preparation
from kanjian.models.joined_backbone import joined_record
from kanjian.models.metrics import build_metrics
from kanjian.models.own import build_own, check_own, ends_in_logits, load_own, with_input_of
from kanjian.models.split_model import boundary, cut
from kanjian.models.transfer_model import FEATURES, build_head, build_joined
from kanjian.pipeline.decoded_cache import held
from kanjian.pipeline.input_shape import InputShape, input_shape
from kanjian.pipeline.resized import fitted_batches
from kanjian.recipes.recipe import Input, Recipe
from kanjian.storage.files import expanded
from kanjian.training.backbone_weights import backbone_weights
from kanjian.training.choose_backbone import with_choice_made
from kanjian.training.compile import loss_for, weight_notes, weights_for
from kanjian.training.events import TrainingCallback
from kanjian.training.head_from_words import check_words
from kanjian.training.optimizers import build_optimizer
from kanjian.training.phases import phases_of
from kanjian.training.places import with_own_weights


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
        own: The Keras network to begin with, where the recipe builds none.
        file: The backbone where it is a network in a file; `model` is the head alone then.
    """

    recipe: Recipe
    splits: Splits
    shape: InputShape
    preparation: Preparation
    precision: str
    model: Any
    allow_code: bool = False
    weights: Path | tuple[Path, ...] | None = None
    own: Any = None
    file: FileBackbone | None = None

    @property
    def only_head(self) -> bool:
        """Whether what lies below the features never learns; it is in float32 then."""
        recipe = self.recipe
        return recipe.backbone is not None and not (recipe.fine_tune or recipe.all_layers)

    def in_float32(self) -> Any:
        """The network with the weights it has, in float32; itself where it is that already."""
        same = self.precision == "float32" and self.model.input_shape[1:3] == self.shape.size_hw
        # metrics of the recipe are ours: a network saved with them would not open in plain Keras
        if same and not self.recipe.training.metrics:
            return self.model
        twin = self.fresh_model()
        twin.set_weights(self.model.get_weights())
        return twin

    def fresh_model(self, policy: str = "float32", *, any_size: bool = False) -> Any:
        """The same network again, unfitted, under another dtype policy."""
        if self.file is not None:
            return build_head(
                self.recipe.model,
                width=self.file.width,
                n_classes=len(self.splits.classes),
                seed=self.recipe.training.seed,
                policy=policy,
            )
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
        shape_hwc = (None, None, self.shape.channels) if any_size else self.shape.shape_hwc
        if self.own is not None:
            return build_own(
                self.own,
                shape_hwc=shape_hwc,
                n_classes=len(self.splits.classes),
                preparation=self.preparation,
                seed=self.recipe.training.seed,
                policy=policy,
            )
        return build_model(
            self.recipe.model,
            shape_hwc=shape_hwc,
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


def prepare(
    recipe: Recipe,
    splits: Splits,
    *,
    allow_code: bool = False,
    own: Any = None,
    callback: TrainingCallback | None = None,
) -> TrainingSetup:
    """Bring pictures and recipe together.

    Args:
        recipe: What the user wants.
        splits: The pictures, as the recipe's [data] parts them.
        allow_code: Whether `[model] function` may run Python code named by the recipe.
        own: A Keras network to train in place of the recipe's; by default the one in
            `[model] file`.
        callback: Hears of features that are computed to choose a backbone.

    Raises:
        RecipeError: If network, optimizer or loss do not exist or do not fit together.
        DatasetError: If pictures cannot be read.
    """
    recipe, reasons = with_choice_made(recipe, splits.train, callback=callback)
    splits = noted(splits, reasons)
    if recipe.backbone is not None:
        check_words(recipe.backbone)
    file = _opened_file(recipe)
    if file is not None:
        splits = noted(splits, [file.about])
    weights = None if recipe.backbone is None else backbone_weights(recipe.backbone)
    recipe = with_own_weights(_with_input_of_backbone(recipe, file))
    if own is None and recipe.model.file is not None:
        own = load_own(expanded(recipe.model.file))
    if own is not None:
        recipe, splits = _with_input_of_own(recipe, own, splits)
    shape = input_shape(recipe.input, splits.train)
    training = recipe.training
    weights_for(splits.train, training)
    splits = noted(splits, weight_notes(splits.train, training))
    set_seed(training.seed)
    recipe = recipe.model_copy(
        update={"input": recipe.input.model_copy(
            update={"size": shape.size_hw, "channels": shape.channels})}
    )  # fmt: skip
    if recipe.backbone is None:  # its features are kept instead
        splits = _held(splits, shape, recipe)
    preparation = fit_preparation(
        recipe.input, fitted_batches(splits.train, shape), shape_hwc=shape.shape_hwc
    )
    policy = choose_precision(training.precision)
    prepared = TrainingSetup(
        recipe, splits, shape, preparation, policy,
        model=None, allow_code=allow_code, weights=weights, own=own, file=file,
    )  # fmt: skip
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
                f"{' and '.join(MIXING_KEYS)} mix pictures, but the head learns on features of "
                "one picture each. Set them to 0, or training.epochs = 0 and train [all_layers]."
            )
    if recipe.probe is not None and not recipe.training.epochs:
        _check_probe(network)
    loss_for(recipe, outputs=int(network.output_shape[-1]))
    build_metrics(recipe.training.metrics, outputs=int(network.output_shape[-1]))


def _check_probe(network: Any) -> None:
    """A head that is fitted at once is one dense layer, whatever stands before it."""
    whole = network.layers[0].name == FEATURES  # a backbone in a file stands apart
    head = network if whole else cut(network, FEATURES)[1]
    learns = [layer for layer in head.layers if layer.weights]
    if [type(layer) for layer in learns] != [load_keras().layers.Dense]:
        named = ", ".join(type(layer).__name__ for layer in learns) or "none"
        raise RecipeError(
            f"[probe] fits a head of one Dense layer, got layers with weights: {named}. Set "
            "[training] epochs to train this head, or leave [model] layers out."
        )


def _held(splits: Splits, shape: InputShape, recipe: Recipe) -> Splits:
    cache, validation = recipe.data.cache, splits.validation
    return Splits(
        held(splits.train, shape, cache=cache, augmentation=recipe.augmentation),
        None if validation is None else held(validation, shape, cache=cache),
        splits.test,  # looked at once, at the end
        splits.notes,
    )


def _with_input_of_own(recipe: Recipe, own: Any, splits: Splits) -> tuple[Recipe, Splits]:
    """What the network takes, said in [input] and, with how it ends, in the notes."""
    check_own(own)
    taken = with_input_of(recipe.input, own)
    low, high = taken.scale
    said = [f"your own network {own.name!r} gets pixels from {low:g} to {high:g}"]
    if ends_in_logits(maker(own.outputs[0]).operation):
        said.append("it ends in logits, so an activation that makes them probabilities was added")
    if own.compiled:
        said.append("optimizer and loss are the recipe's, not those it was compiled with")
    return recipe.model_copy(update={"input": taken}), noted(splits, ["; ".join(said)])


def _opened_file(recipe: Recipe) -> FileBackbone | None:
    """The backbone that is a network in a file, opened."""
    backbone = recipe.backbone
    if backbone is None or not is_file(backbone.name):
        return None
    if recipe.fine_tune is not None or recipe.all_layers is not None:
        raise RecipeError(
            f"{backbone.name} is a file that stays frozen: only a head learns on its features. "
            "Leave [fine_tune] and [all_layers] out, or take a backbone of 'kanjian models'."
        )
    if backbone.weights == "none" or backbone.pixels == "unit":
        raise RecipeError(
            f"{backbone.name} has its own weights, and its pixels are told by [backbone] "
            "pixel_range. Leave weights and pixels out."
        )
    return open_file_backbone(
        expanded(find_backbone(backbone.name).reference),
        layer=backbone.layer,
        pool=backbone.pool,
        size_hw=recipe.input.size,
        pixels=backbone.pixel_range,
        colors=backbone.colors,
    )


def _with_input_of_backbone(recipe: Recipe, file: FileBackbone | None) -> Recipe:
    """The size and the colors its backbone was made for, where the recipe leaves them open."""
    if recipe.backbone is None:
        return recipe
    given = recipe.input
    chosen = Input(size=given.size, channels=given.channels, fit=given.fit)
    if given != chosen:
        raise RecipeError(
            f"backbone {recipe.backbone.name!r} prepares its pixels itself. Leave out scale, "
            "center, standardize, zca, patch_whitening_px and sample in [input]."
        )
    if file is not None:
        taken = {"size": file.size_hw, "channels": file.channels}
        return recipe.model_copy(update={"input": given.model_copy(update=taken)})
    if given.channels == 1:
        raise RecipeError(
            "[input] channels = 1, but a backbone takes 3; gray is converted to that."
        )
    size = given.size or joined_record(recipe.backbone.name).input_hw
    return recipe.model_copy(
        update={"input": given.model_copy(update={"size": size, "channels": 3})}
    )


former.names_in(__name__)
