"""From a description and weights of others to a Keras network that takes raw pixels."""

import tempfile
import zipfile
from math import prod
from typing import Any

import numpy as np

from kanjian.backend import load_keras
from kanjian.errors import KanjianError, NetworkError, WeightsError
from kanjian.guard.keras_file import bounded, check_names, check_outputs, most_weights
from kanjian.importing.file_kinds import ForeignFile
from kanjian.importing.keras1 import described
from kanjian.importing.keras1_weights import set_legacy_weights
from kanjian.importing.tfjs_models import weights_of
from kanjian.inference.pixel_ranges import Pixels, scaling_layers
from kanjian.models.keras_lookup import one_line
from kanjian.weights.assign import assign, is_hdf5, load_weights
from kanjian.weights.layered import is_layered


def rebuilt(file: ForeignFile) -> Any:
    """The network of a file, built from what was understood of its description.

    Raises:
        NetworkError: If it holds code or layers that are not known, is too large, or does
            not fit its weights.
    """
    description = described(_whole(file.description))
    keras = load_keras()
    try:
        stored = (file.weights or file.path).stat().st_size
        if file.kind == "tfjs":
            stored = sum(each.stat().st_size for each in file.path.parent.iterdir())
        with bounded(most_weights(stored), str(file.path), error=NetworkError):
            network = keras.saving.deserialize_keras_object(description.config, safe_mode=True)
            check_outputs(network, error=NetworkError)
            check_names(network, error=NetworkError)
    except KanjianError:
        raise
    # Keras and its layers raise whatever they like over a description that does not add up
    except Exception as error:
        raise NetworkError(
            f"Keras cannot rebuild the network of {file.path}: {one_line(error)[:240]}."
        ) from error
    try:
        _fill(network, file, channels_first=description.channels_first)
    except WeightsError as error:
        raise NetworkError(str(error)) from error
    if not all(np.isfinite(weight).all() for weight in network.get_weights()):
        raise NetworkError(f"{file.path} has weights that are no numbers (NaN or infinity).")
    return network


def _whole(description: Any) -> Any:
    """Some programs wrap what `to_json` wrote into a table of their own."""
    if isinstance(description, dict) and "class_name" not in description:
        for key in ("modelTopology", "model_config"):
            if isinstance(description.get(key), dict):
                return _whole(description[key])
    return description


def _fill(network: Any, file: ForeignFile, *, channels_first: bool) -> None:
    path = file.weights or file.path
    if file.kind == "tfjs":
        assign(network, weights_of(file.description, path), name=str(path))
    elif file.kind == "keras":
        with tempfile.TemporaryDirectory() as name, zipfile.ZipFile(path) as archive:
            if "model.weights.h5" not in archive.namelist():
                raise NetworkError(f"{path} has no weights.")
            load_weights(network, archive.extract("model.weights.h5", name))
    elif is_hdf5(path) and is_layered(path):
        set_legacy_weights(network, path, channels_first=channels_first)
    else:
        load_weights(network, path)


def picture_shape(network: Any, size_hw: tuple[int, int] | None) -> tuple[int, int, int]:
    """Height, width and channels of the pictures a network takes.

    Args:
        network: The Keras model.
        size_hw: The size to use where the network takes any.

    Raises:
        NetworkError: If it takes something else, or the sizes contradict each other.
    """
    if len(network.inputs) != 1 or len(network.outputs) != 1:
        raise NetworkError(
            f"the network has {len(network.inputs)} inputs and {len(network.outputs)} outputs, "
            "expected one each: a picture and its classes."
        )
    shape = tuple(network.inputs[0].shape[1:])
    if len(shape) == 1 and size_hw is not None and shape[0] in {prod(size_hw), 3 * prod(size_hw)}:
        return (*size_hw, shape[0] // prod(size_hw))
    if len(shape) == 1:
        side = round(shape[0] ** 0.5)
        if side * side == shape[0]:
            return side, side, 1
        raise NetworkError(
            f"the network takes a row of {shape[0]} numbers. Say with --size how large the "
            "pictures are that it is made of."
        )
    if len(shape) == 2:
        shape = (*shape, 1)
    if len(shape) != 3 or shape[2] not in (1, 3):
        raise NetworkError(f"the network takes {shape}, expected (height, width, 1 or 3).")
    height, width = shape[0], shape[1]
    if None in (height, width) and size_hw is None:
        raise NetworkError("the network takes pictures of any size. Choose one with --size.")
    if size_hw is not None and size_hw != (height or size_hw[0], width or size_hw[1]):
        raise NetworkError(
            f"the network takes {height}×{width}, got --size {size_hw[0]}×{size_hw[1]}."
        )
    return (*(size_hw or (height, width)), shape[2])


def has_own_scaling(network: Any) -> bool:
    """Whether a network begins by scaling pixels itself."""
    for layer in network.layers:
        if hasattr(layer, "layers"):
            return has_own_scaling(layer)
        if type(layer).__name__ in {"Rescaling", "Normalization"}:
            return True
        if type(layer).__name__ not in {"InputLayer", "Resizing", "CenterCrop"}:
            return False
    return False


def from_raw_pixels(
    network: Any, shape_hwc: tuple[int, int, int], pixels: Pixels, *, squash: str | None = None
) -> Any:
    """The network with its scaling inside.

    Args:
        network: The Keras model as it came.
        shape_hwc: What pictures it shall take.
        pixels: What it wants pixels to be.
        squash: "softmax" or "sigmoid" where it gives no probabilities.

    Raises:
        NetworkError: If its output is no row of classes.
    """
    keras = load_keras()
    pictures = keras.Input(shape_hwc, dtype="uint8", name="pixels")
    x = pictures
    for layer in scaling_layers(pixels, shape_hwc[2]):
        x = layer(x)
    shape = tuple(network.inputs[0].shape[1:])
    if len(shape) < 3:
        x = keras.layers.Reshape(
            (prod(shape_hwc),) if len(shape) == 1 else shape_hwc[:2], name="as_rows"
        )(x)
    # a stack's layers stand in the new network themselves: `see` looks at each of them
    steps = network.layers if type(network).__name__ == "Sequential" else [network]
    for step in steps:
        x = step(x)
    if len(x.shape) != 2:
        raise NetworkError(
            f"the output of the network is {tuple(x.shape[1:])}, expected one row of classes."
        )
    if squash is not None:
        x = keras.layers.Activation(squash, dtype="float32", name="probabilities")(x)
    return keras.Model(pictures, x, name=network.name)
