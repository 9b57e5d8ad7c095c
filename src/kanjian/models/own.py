"""A Keras network of somebody's own, made ready to be trained: checked, copied, given pixels."""

import json
from math import prod
from pathlib import Path
from typing import Any, NamedTuple

from kanjian.backend import load_keras
from kanjian.backend.mixed_precision import precision
from kanjian.backend.seeding import seeded
from kanjian.errors import RecipeError
from kanjian.guard.keras_file import check_config, load_network
from kanjian.models.build import probabilities
from kanjian.models.graph import maker, opens, run_again
from kanjian.models.input_normalization import Preparation
from kanjian.models.keras_lookup import REFUSALS, one_line
from kanjian.recipes.recipe import Input
from kanjian.storage.failures import writing

_LOOKED_THROUGH = ("Resizing", "CenterCrop", "Reshape", "Permute")
# A factor below this, or a mean above it, is for pixels up to 255
_FACTOR, _MEAN = 0.1, 2.0


class OwnInput(NamedTuple):
    """What a network of somebody's own takes.

    Args:
        size_hw: Height and width; None where it takes any, or only their product is told.
        channels: 1 or 3; None where that is not told.
        raw: Whether it takes pixels from 0 to 255, because its first layer scales them.
    """

    size_hw: tuple[int, int] | None
    channels: int | None
    raw: bool


def load_own(path: Path) -> Any:
    """A network that Keras saved, from its file; nothing in it is run.

    Raises:
        RecipeError: If it is none, holds code, or is no network that can be trained here.

    Example:
        >>> load_own(Path("missing.keras"))
        Traceback (most recent call last):
        kanjian.errors.RecipeError: Keras cannot load missing.keras: No such file or directory.
    """
    network = load_network(path, error=RecipeError)
    check_own(network)
    return network


def check_own(network: Any) -> None:
    """Refuse what cannot be trained, saved and opened again elsewhere.

    Args:
        network: What somebody gave as their Keras model.

    Raises:
        RecipeError: If it is no Keras model, has several inputs or outputs, or layers that
            need code beside Keras; says which.

    Example:
        >>> check_own("lenet")
        Traceback (most recent call last):
        kanjian.errors.RecipeError: model must be a Keras model, functional or Sequential, got str.
    """
    if not opens(network):
        raise RecipeError(
            f"model must be a Keras model, functional or Sequential, got {type(network).__name__}."
        )
    if not network.built or not getattr(network, "inputs", None):
        raise RecipeError(
            f"model {network.name!r} does not know its input. Begin it with "
            "keras.Input((height, width, channels))."
        )
    if len(network.inputs) != 1 or len(network.outputs) != 1:
        raise RecipeError(
            f"model {network.name!r} has {len(network.inputs)} inputs and {len(network.outputs)} "
            "outputs, expected one each."
        )
    _check_opens_elsewhere(network)


def _check_opens_elsewhere(network: Any) -> None:
    """Look whether plain Keras can build it from what would be saved."""
    for layer in network._flatten_layers(include_self=False):
        if not type(layer).__module__.startswith("keras."):
            raise RecipeError(
                f"layer {layer.name!r} is a {type(layer).__name__} of your own: whoever opens the "
                "recognizer does not have its code. Build it from Keras' own layers."
            )
    try:
        config = json.loads(network.to_json())
        check_config(config, f"model {network.name!r}", error=RecipeError)
        if strange := _functions_in(config):
            raise RecipeError(
                f"model {network.name!r} uses the function {strange[0]!r}, whose code is not "
                "Keras': whoever opens the recognizer does not have it. Use one of Keras by its "
                "name."
            )
        copied(network)
    except REFUSALS as error:
        raise RecipeError(f"model {network.name!r} cannot be saved: {one_line(error)}") from error


def _functions_in(config: Any) -> list[str]:
    """Names of functions and classes in a description that are not Keras'."""
    if isinstance(config, list):
        return [name for item in config for name in _functions_in(item)]
    if not isinstance(config, dict):
        return []
    found = [name for item in config.values() for name in _functions_in(item)]
    if config.get("class_name") == "function":
        found.append(str(config.get("config")))
    elif not str(config.get("module") or "keras").startswith(("keras", "builtins")):
        found.append(str(config.get("class_name")))
    return found


def keep_own(network: Any, path: Path) -> None:
    """Write a network as a file of Keras, without the optimizer it may have been compiled with."""
    with writing(path):
        copied(network).save(path)


def copied(network: Any, policy: str | None = None) -> Any:
    """A network of the same layers and weights, of its own memory.

    Args:
        network: Stays as it is.
        policy: Keras dtype policy of all layers but the last, which gives float32; None
            leaves each as it is.
    """
    last = maker(network.outputs[0]).operation

    def copy(layer: Any) -> Any:
        config = layer.get_config()
        if policy is not None and not opens(layer):
            config["dtype"] = "float32" if layer is last else policy
        return type(layer).from_config(config)

    made = load_keras().models.clone_model(network, clone_function=copy, recursive=True)
    made.set_weights(network.get_weights())
    return made


def input_of(network: Any) -> OwnInput:
    """What a network takes, told from its input and its first layers.

    Raises:
        RecipeError: If that is no picture.

    Example:
        >>> keras = load_keras()
        >>> layers = [keras.Input((28, 28, 1)), keras.layers.Rescaling(1 / 255)]
        >>> input_of(keras.Sequential(layers))
        OwnInput(size_hw=(28, 28), channels=1, raw=True)
    """
    shape = tuple(network.inputs[0].shape[1:])
    raw = _scales_itself(network)
    if len(shape) == 3:
        height, width, channels = shape
        if channels not in (1, 3, None):
            raise RecipeError(
                f"model {network.name!r} takes {shape}; pictures have 1 or 3 channels, last."
            )
        return OwnInput((height, width) if height and width else None, channels, raw)
    if len(shape) == 2 and None not in shape:
        return OwnInput((shape[0], shape[1]), 1, raw)
    if len(shape) == 1 and shape[0]:
        return OwnInput(None, None, raw)
    raise RecipeError(
        f"model {network.name!r} takes {shape}, expected (height, width, channels), "
        "(height, width) or all pixels in a row."
    )


def _scales_itself(network: Any) -> bool:
    tensor = network.inputs[0]
    for layer in network._flatten_layers(include_self=False):
        kind = type(layer).__name__
        if kind == "Rescaling":
            return bool(abs(float(load_keras().ops.max(layer.scale))) < _FACTOR)
        if kind == "Normalization":
            weights = layer.get_weights()
            mean = weights[0] if weights else layer.input_mean
            return bool(float(load_keras().ops.max(mean)) > _MEAN)
        if kind not in _LOOKED_THROUGH and kind != "InputLayer" and not opens(layer):
            break
    return str(tensor.dtype).startswith(("uint", "int"))


def with_input_of(given: Input, network: Any) -> Input:
    """The recipe's [input] as a network of somebody's own takes it.

    Raises:
        RecipeError: If the recipe asks for another size or other channels.

    Example:
        >>> keras = load_keras()
        >>> network = keras.Sequential([keras.Input((8, 8, 1)), keras.layers.Flatten()])
        >>> with_input_of(Input(), network).size
        (8, 8)
    """
    own = input_of(network)
    wanted = {"size": own.size_hw, "channels": own.channels}
    for key, value in wanted.items():
        asked = getattr(given, key)
        if value is not None and asked is not None and asked != value:
            raise RecipeError(
                f"[input] {key} = {asked}, but model {network.name!r} takes {value}. Leave it out."
            )
    update: dict[str, Any] = {key: value for key, value in wanted.items() if value is not None}
    plain = Input(size=given.size, channels=given.channels, fit=given.fit)
    if own.raw and given == plain:
        update["scale"] = (0.0, 255.0)
    return given.model_copy(update=update)


def build_own(
    network: Any,
    *,
    shape_hwc: tuple[int | None, int | None, int],
    n_classes: int,
    preparation: Preparation,
    seed: int,
    policy: str = "float32",
) -> Any:
    """The network behind the preparation of raw pixels: uint8 in, probabilities float32 out.

    Args:
        network: Stays as it is; its weights are where training begins.
        shape_hwc: Height, width and channels of the pictures.
        n_classes: How many classes there are.
        preparation: What happens to the pixels first.
        seed: Of dropout.
        policy: Keras dtype policy.

    Raises:
        RecipeError: If input or output do not fit pictures and classes.

    Example:
        >>> keras = load_keras()
        >>> own = keras.Sequential([keras.Input((64,)), keras.layers.Dense(3)])
        >>> built = build_own(own, shape_hwc=(8, 8, 1), n_classes=3,
        ...                   preparation=Preparation((8, 8, 1)), seed=0)
        >>> built.input_shape, built.layers[-1].name
        ((None, 8, 8, 1), 'answer')
    """
    keras = load_keras()
    with precision(policy), seeded(seed):
        inputs = keras.Input(shape_hwc, dtype="uint8", name="pixels")
        x = inputs
        for layer in preparation.layers():
            x = layer(x)
        x = _shaped(x, network)
        try:
            (x,) = run_again(copied(network, policy), [x])
            x = probabilities(_answering(x), n_classes)
            return keras.Model(inputs, x, name=network.name)
        except REFUSALS as error:  # two layers of one name, say
            raise RecipeError(
                f"model {network.name!r} does not fit the pictures: {one_line(error)}"
            ) from error


def _shaped(x: Any, network: Any) -> Any:
    """Pixels in a row, or without their single channel, where the network wants them so."""
    wanted = tuple(network.inputs[0].shape[1:])
    if len(wanted) == len(x.shape) - 1:
        return x
    numbers = x.shape[1:]
    if None in numbers or prod(numbers) != prod(wanted):
        raise RecipeError(
            f"model {network.name!r} takes {prod(wanted)} numbers, but the pictures have "
            f"{'×'.join(map(str, numbers))}. Set [input] size and channels."
        )
    return load_keras().layers.Reshape(wanted, dtype="float32", name="shape_pixels")(x)


def _answering(x: Any) -> Any:
    """What ends in logits gets the softmax that its loss would have had, or the sigmoid."""
    if not ends_in_logits(maker(x).operation):
        return x
    name = "sigmoid" if x.shape[-1] == 1 else "softmax"
    return load_keras().layers.Activation(name, dtype="float32", name="answer")(x)


def ends_in_logits(layer: Any) -> bool:
    """Whether a last layer gives scores that no activation has made probabilities of.

    Example:
        >>> dense = load_keras().layers.Dense
        >>> ends_in_logits(dense(3)), ends_in_logits(dense(3, activation="softmax"))
        (True, False)
    """
    if isinstance(layer, load_keras().layers.Softmax):
        return False
    activation = getattr(getattr(layer, "activation", None), "__name__", "linear")
    return activation == "linear"
