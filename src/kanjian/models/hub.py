"""A preset of KerasHub as a flat Keras network: raw pixels in, what it knows of a picture out."""

import inspect
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from kanjian import extras
from kanjian.backend import load_keras
from kanjian.errors import KanjianError, RecipeError
from kanjian.guard.keras_file import bounded, check_outputs, most_weights
from kanjian.guard.preset import stored_bytes
from kanjian.models.graph import run_again
from kanjian.models.hub_layers import opened
from kanjian.models.keras_lookup import one_line

# Their first token stands for the whole picture
_WITH_CLASS_TOKEN = ("ViTB", "DeiTB", "DINOV2B", "DINOV3B", "CLIPVision", "MetaCLIP2Vision")


class Preparation(NamedTuple):
    """What a preset does with pixels of 0 to 255: times `scale`, plus `offset`."""

    scale: float | list[float]
    offset: float | list[float]


def build_hub(
    folder: Path,
    name: str,
    raw: Any,
    *,
    fresh: bool = False,
    policy: str = "float32",
    unit: bool = False,
) -> Any:
    """The output of a preset's image tower on raw pixels, as a Keras tensor.

    Pixels are prepared in the graph as the preset's own image converter says. What comes out is
    what the family takes for a picture as a whole: the embedding of CLIP and SigLIP, the class
    token of ViT, DeiT and DINO, the mean of tokens of others; of a ConvNet its last map.

    Args:
        folder: The preset, looked through by `check_preset`.
        name: What to call it in messages.
        raw: Keras tensor (n, h, w, 3) uint8.
        fresh: Random weights in place of its own.
        policy: Keras dtype policy.
        unit: Bring pixels to 0 … 1 instead.

    Raises:
        RecipeError: If it takes no pictures, or not of this size.
        WeightsError: If its weights do not fit.
    """
    backbone = load_preset(
        folder, name, size_hw=(raw.shape[1], raw.shape[2]), fresh=fresh, policy=policy
    )
    prepared = Preparation(1 / 255, 0.0) if unit else preparation_of(folder, name)
    rescaling = load_keras().layers.Rescaling(
        prepared.scale, prepared.offset, dtype="float32", name="scale_pixels"
    )
    return _whole_picture(_run(backbone, rescaling(raw), name), backbone)


def load_preset(
    folder: Path,
    name: str,
    *,
    size_hw: tuple[int, int] | None = None,
    fresh: bool = False,
    policy: str = "float32",
) -> Any:
    """The network of a preset, built within what its files can hold.

    Args:
        folder: The preset.
        name: What to call it in messages.
        size_hw: Height and width of the pictures; as it was made for where it takes no other.
        fresh: Random weights in place of its own.
        policy: Keras dtype policy.

    Raises:
        RecipeError: If KerasHub cannot build or fill it.
    """
    load_keras()
    hub = extras.load("keras_hub")
    more: dict[str, Any] = {}
    try:
        with bounded(most_weights(stored_bytes(folder)), name, error=RecipeError):
            loader = hub.src.utils.preset_utils.get_preset_loader(str(folder))
            family = loader.check_backbone_class()
            if size_hw is not None and "image_shape" in inspect.signature(family).parameters:
                more["image_shape"] = (*size_hw, 3)
            backbone = hub.models.Backbone.from_preset(
                str(folder), load_weights=not fresh, dtype=policy, **more
            )
            check_outputs(backbone, error=RecipeError)
    except KanjianError:
        raise
    # KerasHub and its layers raise whatever they like over what does not add up
    except Exception as error:
        size = "" if size_hw is None else f" for pictures of {size_hw[0]}×{size_hw[1]}"
        raise RecipeError(f"{name} cannot be built{size}: {one_line(error)[:300]}") from error
    return backbone


def preparation_of(folder: Path, name: str) -> Preparation:
    """What the preset's own image converter does with pixels.

    Raises:
        RecipeError: If it has none, or one that does more than scaling.
    """
    load_keras()
    hub = extras.load("keras_hub")
    try:
        converter = hub.layers.ImageConverter.from_preset(str(folder))
    # whatever a converter of another family raises
    except Exception as error:
        raise RecipeError(
            f"{name} does not say what its pixels must be ({one_line(error)[:160]}). Save its "
            'image converter to the preset as well, or set [backbone] pixels = "unit" for 0 to 1.'
        ) from error
    plain = hub.layers.ImageConverter
    if type(converter)._call_python is not plain._call_python:
        raise RecipeError(
            f"{name} prepares pictures in a way of its own ({type(converter).__name__})."
        )

    def numbers(value: Any, usual: float) -> float | list[float]:
        if value is None:
            return usual
        return [float(each) for each in value] if isinstance(value, Sequence) else float(value)

    return Preparation(numbers(converter.scale, 1.0), numbers(converter.offset, 0.0))


def _run(backbone: Any, prepared: Any, name: str) -> Any:
    """The image tower on prepared pixels, all its containers and stacks opened."""
    keras = load_keras()
    if hasattr(backbone, "get_vision_embeddings"):  # a pair of towers: CLIP, SigLIP
        tower = keras.Input(tuple(prepared.shape[1:]), name="images")
        try:
            network = keras.Model(tower, backbone.get_vision_embeddings(tower))
        except (ValueError, TypeError) as error:
            raise RecipeError(_wrong_size(name, backbone.vision_encoder, prepared)) from error
    else:
        network = backbone
    if len(network.inputs) != 1 or len(network.inputs[0].shape) != 4:
        raise RecipeError(
            f"{name} is a {type(backbone).__name__}, which does not take just a picture. Name a "
            "preset of an image network."
        )
    sides = network.inputs[0].shape[1:]
    if any(side not in {None, own} for side, own in zip(sides, prepared.shape[1:], strict=True)):
        raise RecipeError(_wrong_size(name, network, prepared))
    if network is backbone:  # as one step where it cannot be opened
        answers = opened(network, [prepared], {}) or keras.tree.flatten(
            network(keras.tree.map_structure(lambda _: prepared, network.input))
        )
    else:
        answers = run_again(network, [prepared], instead=opened)
    # of a pyramid of features, the one that most layers lead to
    steps = [len(keras.Model(network.inputs, each).operations) for each in network.outputs]
    return answers[steps.index(max(steps))]


def _wrong_size(name: str, tower: Any, prepared: Any) -> str:
    takes = "×".join(str(side) for side in tower.inputs[0].shape[1:3])
    given = "×".join(str(side) for side in prepared.shape[1:3])
    return f"{name} takes pictures of {takes} only, got {given}. Leave [input] size out."


def _whole_picture(x: Any, backbone: Any) -> Any:
    """One vector for tokens; a vector or a map stays as it is."""
    if len(x.shape) != 3:
        return x
    if type(backbone).__name__.startswith(_WITH_CLASS_TOKEN) and getattr(
        backbone, "use_class_token", True
    ):
        token = x[:, 0]
        token._keras_history.operation.name = "class_token"
        return token
    return load_keras().layers.GlobalAveragePooling1D(name="mean_token")(x)
