"""A backbone and the head that learns on its features, joined into one network."""

from pathlib import Path
from typing import Any

from kanjian.backend import load_keras
from kanjian.backend.mixed_precision import precision
from kanjian.backend.seeding import seeded
from kanjian.errors import RecipeError
from kanjian.models.backbones import build_backbone, network_name
from kanjian.models.build import probabilities
from kanjian.models.keras_lookup import REFUSALS, one_line
from kanjian.models.layers import Table, apply_layers
from kanjian.models.split_model import cut
from kanjian.recipes.recipe import Model
from kanjian.recipes.transfer import Backbone

# The layer whose output the head takes: behind it everything is cheap
FEATURES = "features"

HEAD: tuple[Table, ...] = (
    {"type": "Dropout", "rate": 0.2},
    {"type": "Dense", "units": "classes", "activation": "softmax"},
)


def build_joined(
    backbone: Backbone,
    model: Model,
    *,
    size_hw: tuple[int, int],
    n_classes: int,
    weights: Path | tuple[Path, ...] | None,
    seed: int,
    policy: str = "float32",
    below: str | None = None,
) -> Any:
    """One flat network: uint8 (n, h, w, 3) in, the backbone, its features, the head's output.

    Plain Keras through and through; it is cut where features are kept (`models.cutting`).

    Args:
        backbone: The recipe's section.
        model: The recipe's section; its layers are the head, by default dropout and one
            dense layer.
        size_hw: Height and width of the pictures.
        n_classes: How many classes there are.
        weights: The backbone's weights, of each where several are joined; None leaves them
            random.
        seed: Of random weights and of dropout.
        policy: Keras dtype policy.
        below: That of the layers up to the features, where it is another.

    Raises:
        RecipeError: If backbone, layer or head do not exist or do not fit together.

    Example:
        >>> network = build_joined(Backbone(name="mobilenet-v2"), Model(), size_hw=(32, 32),
        ...                        n_classes=3, weights=None, seed=0)
        >>> network.get_layer("features").output.shape, network.output_shape
        ((None, 1280), (None, 3))
    """
    below = below or policy
    base = build_backbone(
        backbone.name, size_hw=size_hw, weights=weights, seed=seed, policy=below,
        pixels=backbone.pixels,
    )  # fmt: skip
    if backbone.layer is not None and backbone.layer != base.layers[-1].name:
        base, _ = cut(base, backbone.layer)
    with precision(below):
        x = _pooled(base.outputs[0], backbone)
    with precision(policy), seeded(seed):
        x = probabilities(apply_layers(x, model.layers or HEAD, n_classes=n_classes), n_classes)
        try:
            return load_keras().Model(base.inputs[0], x, name=network_name(backbone.name))
        except REFUSALS as error:  # a layer of the head is called as one of the backbone
            raise RecipeError(f"backbone and head are no network: {one_line(error)}") from error


def build_head(
    model: Model, *, width: int, n_classes: int, seed: int, policy: str = "float32"
) -> Any:
    """The head alone, on features that something else computes: (n, width) in, classes out.

    Args:
        model: The recipe's section; see `build_joined`.
        width: How many numbers the features of a picture are.
        n_classes: How many classes there are.
        seed: Of random weights and of dropout.
        policy: Keras dtype policy.

    Raises:
        RecipeError: If the head does not fit.

    Example:
        >>> build_head(Model(), width=5, n_classes=3, seed=0).output_shape
        (None, 3)
    """
    keras = load_keras()
    with precision(policy), seeded(seed):
        x = keras.Input((width,), dtype="float32", name=FEATURES)
        answer = apply_layers(x, model.layers or HEAD, n_classes=n_classes)
        try:
            return keras.Model(x, probabilities(answer, n_classes), name="head")
        except REFUSALS as error:
            raise RecipeError(f"the head is no network: {one_line(error)}") from error


def _pooled(x: Any, backbone: Backbone) -> Any:
    """Features as the head takes them: pooled over a map or over tokens; a vector as it is."""
    keras_layers = load_keras().layers
    rank = len(x.shape) - 2
    whole = rank == 0 and backbone.layer is None  # KerasHub's towers end in one vector
    if backbone.pool == "none" or whole:
        return keras_layers.Activation("linear", dtype="float32", name=FEATURES)(x)
    kind = {"average": "GlobalAveragePooling", "max": "GlobalMaxPooling"}[backbone.pool]
    if rank not in {1, 2}:
        raise RecipeError(
            f"[backbone] pool {backbone.pool!r} needs a map of features, but layer "
            f'{backbone.layer!r} gives {tuple(x.shape[1:])}. Set pool = "none".'
        )
    return getattr(keras_layers, f"{kind}{rank}D")(dtype="float32", name=FEATURES)(x)
