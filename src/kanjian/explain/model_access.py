"""Open the network someone wants to see inside, from any place."""

import os
from pathlib import Path

from kanjian.checks import nearest
from kanjian.errors import RecipeError, RecognizerError
from kanjian.explain.class_names import imagenet_names
from kanjian.explain.flatten_model import PixelRange, on_pixels
from kanjian.explain.inspected_model import InspectedModel
from kanjian.guard.keras_file import load_network
from kanjian.inference.card import CARD, RECOGNIZER, check_card, read_card
from kanjian.inference.saved_network import KERAS_FILE
from kanjian.inference.whole_folder import settle
from kanjian.models.backbones import (
    BACKBONES,
    build_backbone,
    find_backbone,
    preset_weights,
)
from kanjian.storage.files import expanded
from kanjian.weights.hub_preset import is_hub

_SUFFIXES = (".keras", ".h5", ".hdf5")


def open_model(
    path: str | os.PathLike[str],
    *,
    weights: str = "imagenet",
    classes: tuple[str, ...] | None = None,
    pixel_range: PixelRange = "auto",
    size_hw: tuple[int, int] | None = None,
    seed: int = 0,
) -> InspectedModel:
    """Open whatever holds a network.

    Args:
        path: A run folder, a recognizer folder, a Keras file (.keras, or .h5 of old), or the
            name of a backbone: "efficientnet-lite0", or of a preset of KerasHub: "hub:…".
        weights: Of a backbone: "imagenet", a file, a name weights were imported under, or
            "none" for random ones.
        classes: Names of the classes, where the place does not know them.
        pixel_range: What a foreign Keras file takes, see `flatten_model.on_pixels`.
        size_hw: Of pictures, for a network that takes any size.
        seed: Of random weights.

    Raises:
        RecognizerError: If there is no network there, or it cannot be looked into.
        WeightsError: If a backbone's weights are not at hand.

    Example:
        >>> inspected = open_model("mobilenet-v2", weights="none", size_hw=(64, 64))
        >>> inspected.shape_hwc, inspected.ending, inspected.n_classes
        ((64, 64, 3), 'softmax', 1000)
    """
    place = expanded(path)
    if place.is_dir():
        inspected = _of_recognizer(place)
    elif place.is_file():
        inspected = _of_file(place, pixel_range, size_hw)
    elif is_hub(str(path)) or str(path) in {record.name for record in BACKBONES}:
        inspected = _of_backbone(str(path), weights, size_hw, seed)
    else:
        raise RecognizerError(_nothing_at(str(path)))
    return inspected if classes is None else _named(inspected, classes)


def _nothing_at(path: str) -> str:
    close = nearest(path, [record.name for record in BACKBONES])
    cure = (
        f"Did you mean the network {close!r}?"
        if close
        else "Name a run folder, a .keras or .h5 file, or a network of 'kanjian models'."
    )
    return f"there is no file or folder {path}. {cure}"


def _of_recognizer(folder: Path) -> InspectedModel:
    settle(folder / "recognizer")
    home = folder if (folder / CARD).is_file() else folder / "recognizer"
    if not (home / CARD).is_file():
        raise RecognizerError(
            RECOGNIZER.unfinished(folder)
            or f"no recognizer in {folder}. Name a run folder, a .keras or .h5 file, or a network "
            "of 'kanjian models'."
        )
    card = read_card(home)
    check_card(home, card)
    if KERAS_FILE not in card.sha256:
        raise RecognizerError(
            f"the recognizer in {home} is of an ONNX or OpenVINO file: only OpenVINO runs it, and "
            "there is no Keras network to look into."
        )
    network = load_network(card.file_in(home, KERAS_FILE), error=RecognizerError)
    return InspectedModel(card.name, on_pixels(network), card.classes, card.fit)


def _of_file(
    path: Path, pixel_range: PixelRange, size_hw: tuple[int, int] | None
) -> InspectedModel:
    if path.suffix.lower() not in _SUFFIXES:
        raise RecognizerError(
            f"{path} is no Keras file: expected {', '.join(_SUFFIXES)}, got {path.suffix!r}."
        )
    network = on_pixels(
        load_network(path, error=RecognizerError), pixel_range=pixel_range, size_hw=size_hw
    )
    return InspectedModel(path.stem, network)


def _of_backbone(
    name: str, weights: str, size_hw: tuple[int, int] | None, seed: int
) -> InspectedModel:
    file, top = _weights_file(name, weights)
    size_hw = size_hw or find_backbone(name).input_hw
    network = build_backbone(name, size_hw=size_hw, weights=file, seed=seed, top=top)
    return InspectedModel(name, on_pixels(network), imagenet_names() if top else None)


def _weights_file(name: str, weights: str) -> tuple[Path | None, bool]:
    """The file, and whether it has the 1000 classes as well."""
    from kanjian.weights.store import at_hand, find_weights

    if is_hub(name):
        return (None if weights == "none" else preset_weights(find_backbone(name), weights)), False
    if weights == "none":
        return None, True
    if weights == "imagenet":
        top = at_hand(name, top=True)
        return find_weights(name, top=top), top
    path = expanded(weights)
    if path.suffix and not path.is_file():
        raise RecipeError(f"there is no file of weights {path}.")
    return (path if path.is_file() else find_weights(weights)), "notop" not in path.name


def _named(inspected: InspectedModel, classes: tuple[str, ...]) -> InspectedModel:
    named = InspectedModel(inspected.name, inspected.network, classes, inspected.fit_mode)
    if len(classes) != named.n_classes:
        raise RecognizerError(
            f"{len(classes)} class names were given, but {inspected.name} has {named.n_classes} "
            "classes."
        )
    return named
