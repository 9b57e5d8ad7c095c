"""A phase made ready: the network that learns in it, its batches, compiled."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from kanjian.backend import load_keras
from kanjian.datasets.dataset import Dataset
from kanjian.features.cache import FeatureCache
from kanjian.features.engine import FeatureEngine
from kanjian.features.features import Features, features_of
from kanjian.features.file_backbone import FileEngine
from kanjian.features.identity import KnownNetwork
from kanjian.features.one_pass import AugmentedVariant
from kanjian.models.split_model import boundary, cut, frozen_layers
from kanjian.models.transfer_model import FEATURES
from kanjian.recipes.augmentation import Augmentation
from kanjian.recipes.transfer import Backbone
from kanjian.training.batches import Batches
from kanjian.training.compile import compile_network, loss_for, targets_for, weights_for
from kanjian.training.epoch_loop import TrainingInterrupted
from kanjian.training.events import FeaturesPassed, Message, TrainingCallback, silent
from kanjian.training.feature_batches import FeatureBatches
from kanjian.training.layerwise_lr import set_rates
from kanjian.training.phases import FeaturePass, Phase
from kanjian.training.prepare import TrainingSetup, learnable


@dataclass
class PhaseSetup:
    """A phase about to start.

    Args:
        phase: What the recipe says of it.
        model: The layers from the first that learns to the output; shares its weights with
            the whole network. Compiled.
        train: Batches of what goes into `model`.
        validation: Likewise, or None.
        frozen: The layers below, or None where all learn.
        free: Lets the layers learn again that rested in this phase.
    """

    phase: Phase
    model: Any
    train: Batches
    validation: Batches | None
    frozen: "FrozenFeatures | None"
    free: Callable[[], None] = lambda: None

    @property
    def learned(self) -> int:
        """Numbers that learn."""
        return learnable(self.model)

    @property
    def passes(self) -> tuple[FeaturePass, ...]:
        """What the features of the frozen layers cost."""
        return () if self.frozen is None else tuple(self.frozen.passes)

    def close(self) -> None:
        """End the threads of its batches; no layer rests any longer."""
        self.free()
        for batches in (self.train, self.validation):
            if batches is not None:
                batches.close()


class FrozenFeatures:
    """The layers that do not learn, and their outputs for every picture, computed once.

    Args:
        prepared: Pictures and network.
        at: The last of these layers.
        callback: Hears of every pass over the pictures.
        interrupted: Asked after every few pictures whether to stop.
    """

    def __init__(
        self,
        prepared: TrainingSetup,
        at: str,
        callback: TrainingCallback,
        interrupted: Callable[[], bool],
    ) -> None:
        self.prepared, self.at = prepared, at
        self.callback, self.interrupted = callback, interrupted
        self.passes: list[FeaturePass] = []
        self._told: set[str] = set()
        self._latest: tuple[int, Features] | None = None

    @cached_property
    def _network(self) -> KnownNetwork:
        """In float32; what lies below has not learned in any phase before."""
        prepared = self.prepared
        if prepared.file is not None:
            return prepared.file.known
        whole = prepared.model if prepared.only_head else prepared.in_float32()
        return KnownNetwork.of(cut(whole, self.at)[0])

    @cached_property
    def _engine(self) -> FeatureEngine:
        """Made when the first features are not at hand, and kept for every later pass."""
        engine = FeatureEngine if self.prepared.file is None else FileEngine
        return engine(self._network, precision=self._backbone.precision, cache=FeatureCache().cache)

    @property
    def _backbone(self) -> Backbone:
        backbone = self.prepared.recipe.backbone
        assert backbone is not None
        return backbone

    def train(self, epoch: int) -> Features:
        """The features of the training pictures as augmented in this epoch."""
        recipe = self.prepared.recipe
        still = recipe.augmentation == Augmentation()
        variant = (
            0 if still else epoch % self._backbone.variants if self._backbone.variants else epoch
        )
        if self._latest is None or self._latest[0] != variant:
            augmenter = (
                None
                if still
                else AugmentedVariant(recipe.augmentation, recipe.training.seed, variant)
            )
            self._latest = (variant, self._of(self.prepared.splits.train, augmenter))
        return self._latest[1]

    def variants(self, *, most_numbers: int) -> np.ndarray:
        """The features of as many variants as stay within so many numbers; one at least."""
        still = self.prepared.recipe.augmentation == Augmentation()
        count = 1 if still else max(1, self._backbone.variants)
        first = self.train(0).array
        count = max(1, min(count, most_numbers // max(1, first.size)))
        rest = [self.train(number).array for number in range(1, count)]
        return np.concatenate([first, *rest]) if rest else first

    def still(self) -> np.ndarray:
        """The features of the training pictures as they are."""
        if self.prepared.recipe.augmentation == Augmentation():
            return self.train(0).array
        return self._of(self.prepared.splits.train, None).array

    @cached_property
    def validation(self) -> Features:
        """The features of the validation pictures, as they are."""
        assert self.prepared.splits.validation is not None
        return self._of(self.prepared.splits.validation, None)

    def _of(self, dataset: Dataset, augmenter: AugmentedVariant | None) -> Features:
        features = features_of(
            dataset,
            self._network,
            self.prepared.shape,
            engine=lambda: self._engine,
            precision=self._backbone.precision,
            augmenter=augmenter,
            about={"backbone": self._backbone.name, "layer": self.at},
            progress=self._passed,
        )
        self.passes.append(
            FeaturePass(
                pictures=len(dataset),
                varied=augmenter is not None,
                seconds=features.seconds,
                pass_seconds=features.pass_seconds,
                from_cache=features.from_cache,
                precision=features.precision,
                relative_error=features.relative_error,
            )
        )
        for note in features.notes:
            if note not in self._told:
                self.callback(Message(note))
        self._told |= set(features.notes)
        return features

    def _passed(self, done: int, total: int) -> None:
        self.callback(FeaturesPassed(done, total))
        if self.interrupted():
            raise TrainingInterrupted


def set_up_phase(
    prepared: TrainingSetup,
    phase: Phase,
    *,
    callback: TrainingCallback | None = None,
    interrupted: Callable[[], bool] = lambda: False,
) -> PhaseSetup:
    """Cut the network where the phase begins to learn, and make batches of what comes there.

    Args:
        prepared: Pictures and the whole network, which the phase trains a part of.
        phase: What the recipe says.
        callback: Hears of passes over the pictures.
        interrupted: Asked during such a pass whether to stop.

    Raises:
        RecipeError: If the loss or the optimizer do not fit.
    """
    network, at = prepared.model, _place(prepared, phase)
    learned_before = {layer: layer.trainable for layer in network.layers}
    if prepared.recipe.backbone is not None:
        _choose_what_learns(network, phase)

    def free() -> None:
        for layer, learned in learned_before.items():
            layer.trainable = learned

    if at is None:
        setup = PhaseSetup(phase, network, *_pixel_batches(prepared, phase), None, free)
    else:
        frozen = FrozenFeatures(prepared, at, callback or silent, interrupted)
        setup = PhaseSetup(
            phase, cut(network, at)[1], *_feature_batches(prepared, phase, frozen), frozen, free
        )
    outputs = int(network.output_shape[-1])
    compile_network(
        setup.model,
        loss_for(prepared.recipe, outputs=outputs),
        optimizer=phase.optimizer,
        schedule=phase.schedule,
        training=phase.training,
        steps_per_epoch=setup.train.steps_per_epoch,
        input_shape=prepared.shape.shape_hwc if at is None else tuple(setup.model.input_shape[1:]),
    )
    set_rates(setup.model, decay=phase.rate_decay, offsets=phase.optimizer.bn_bias_lr_factor)
    return setup


def _place(prepared: TrainingSetup, phase: Phase) -> str | None:
    """The layer behind which the phase's network begins; None for the pixels."""
    if phase.learns == "all":
        return None
    if phase.learns == "head":
        return FEATURES
    assert phase.unfreeze is not None
    return boundary(prepared.model, phase.unfreeze)


def _choose_what_learns(network: Any, phase: Phase) -> None:
    """Set every layer of the whole network to learn or not, as the phase wants it."""
    resting = frozen_layers(network, phase.unfreeze) if phase.unfreeze is not None else set()
    normalization = load_keras().layers.BatchNormalization
    for layer in network.layers:
        normalizes = isinstance(layer, normalization)
        layer.trainable = layer.name not in resting and (phase.train_batchnorm or not normalizes)


def _feature_batches(
    prepared: TrainingSetup, phase: Phase, frozen: FrozenFeatures
) -> tuple[Batches, Batches | None]:
    def batches(dataset: Dataset, features: Callable[[int], Features], **more: Any) -> Batches:
        return FeatureBatches(
            dataset, prepared.shape, _targets(prepared, dataset), features=features, **more
        )

    validation = prepared.splits.validation
    return (
        batches(prepared.splits.train, frozen.train, **_of_training(prepared, phase)),
        None
        if validation is None
        else batches(validation, lambda _: frozen.validation, **_in_order(phase)),
    )


def _pixel_batches(prepared: TrainingSetup, phase: Phase) -> tuple[Batches, Batches | None]:
    def batches(dataset: Dataset, augmentation: Augmentation, **more: Any) -> Batches:
        return Batches(
            dataset,
            prepared.shape,
            _targets(prepared, dataset),
            augmentation=augmentation,
            **more,
        )

    train, validation = prepared.splits.train, prepared.splits.validation
    return (
        batches(
            train,
            prepared.recipe.augmentation,
            small=_small(prepared, phase),
            **_of_training(prepared, phase),
        ),
        None if validation is None else batches(validation, Augmentation(), **_in_order(phase)),
    )


def _small(prepared: TrainingSetup, phase: Phase) -> tuple[tuple[int, int], int]:
    height, width = prepared.shape.size_hw
    scale = phase.training.small_scale
    size_hw = max(1, round(scale * height)), max(1, round(scale * width))
    return size_hw, phase.training.small_epochs


def _in_order(phase: Phase) -> dict[str, Any]:
    return {"batch_size": max(phase.training.batch_size, 256), "seed": 0, "sampling": "in-order"}


def _of_training(prepared: TrainingSetup, phase: Phase) -> dict[str, Any]:
    training = phase.training
    return {
        "batch_size": training.batch_size,
        "seed": training.seed,
        "weights": weights_for(prepared.splits.train, training),
        "sampling": "balanced" if training.sampling == "balanced" else "shuffled",
    }


def _targets(prepared: TrainingSetup, dataset: Dataset) -> np.ndarray:
    outputs = int(prepared.model.output_shape[-1])
    return targets_for(dataset, loss_for(prepared.recipe, outputs=outputs).encode, outputs=outputs)
