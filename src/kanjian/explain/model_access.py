"""The network someone wants to see inside: opened from any place, always in the same form."""

import os
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

import numpy as np

from kanjian.backend import load_keras
from kanjian.checks import nearest, unknown_name
from kanjian.errors import KanjianError, RecipeError, RecognizerError
from kanjian.explain.flatten_model import Ending, PixelRange, logits_of, on_pixels
from kanjian.guard.keras_file import load_network
from kanjian.guard.text import read_text
from kanjian.images.pictures import Picture, as_image
from kanjian.images.resize import resize_image
from kanjian.inference.card import CARD, check_card, read_card
from kanjian.inference.saved_network import KERAS_FILE
from kanjian.inference.whole_folder import settle
from kanjian.models.backbones import (
    BACKBONES,
    build_backbone,
    find_backbone,
    preset_weights,
)
from kanjian.models.graph import calls, run_again
from kanjian.models.keras_lookup import REFUSALS, one_line
from kanjian.paths import AnyPath
from kanjian.storage.files import expanded
from kanjian.weights.hub_preset import is_hub

_SUFFIXES = (".keras", ".h5", ".hdf5")
# One name per line in the order of the outputs; looked for where the weights lie
IMAGENET_NAMES = "imagenet_classes.txt"


@dataclass(frozen=True, eq=False)
class InspectedModel:
    """A network to look into. Pixels are raw, 0…255, everywhere; gradients want float32.

    Open one with `open_model`.

    Args:
        name: What it is called: of the recognizer, the file or the backbone.
        network: Flat Keras model in float32: (n, h, w, c) raw pixels in, its output out.
            Layers act as in prediction.
        classes: Names in the order of its outputs; None where nobody knows them.
        fit_mode: How a picture is brought to its size.
    """

    name: str
    network: Any
    classes: tuple[str, ...] | None = None
    fit_mode: Literal["letterbox", "crop", "stretch"] = "letterbox"

    @property
    def shape_hwc(self) -> tuple[int, int, int]:
        """Height, width and channels of the pictures it takes."""
        height, width, channels = self.network.inputs[0].shape[1:]
        return int(height), int(width), int(channels)

    @cached_property
    def tensors(self) -> dict[str, Any]:
        """The output of every layer by name, in the order they are computed."""
        return {node.operation.name: node.outputs[0] for node in calls(self.network)}

    @cached_property
    def flat(self) -> dict[str, Any]:
        """Every layer (or sum and the like) by name, nested ones too, in order."""
        return {node.operation.name: node.operation for node in calls(self.network)}

    def layer(self, name: str) -> Any:
        """The layer of a name.

        Raises:
            RecognizerError: If there is none; names the nearest.
        """
        return self.flat[self._known(name)]

    def _known(self, name: str) -> str:
        if name in self.flat:
            return name
        close = nearest(name, self.flat)
        cure = f"Did you mean {close!r}?" if close else "'kanjian see layers' lists them."
        raise RecognizerError(f"{self.name} has no layer {name!r}. {cure}")

    def up_to(self, *names: str, size_hw: tuple[int, int] | None = None) -> Any:
        """The network from pixels to what some layers give.

        Args:
            *names: Layers; several give a list of outputs.
            size_hw: For pictures of another size, which is possible before the first layer
                that needs a fixed one.

        Raises:
            RecognizerError: If there is no such layer, or it cannot take that size.
        """
        keras = load_keras()
        outputs = [self.tensors[self._known(name)] for name in names]
        part = keras.Model(self.network.inputs[0], outputs[0] if len(names) == 1 else outputs)
        if size_hw in (None, self.shape_hwc[:2]):
            return part
        try:
            pixels = keras.Input((*(size_hw or ()), self.shape_hwc[2]), dtype="float32")
            again = run_again(part, [pixels])
        except REFUSALS as error:
            raise RecognizerError(
                f"{self.name} cannot take {size_hw} up to {', '.join(names)}: {one_line(error)}. "
                f"Leave the size at {self.shape_hwc[:2]}."
            ) from error
        return keras.Model(pixels, again[0] if len(names) == 1 else again)

    @cached_property
    def _logits(self) -> tuple[Any, Ending]:
        return logits_of(self.network)

    @property
    def ending(self) -> Ending:
        """What makes probabilities of its scores: "softmax", "sigmoid", or "none" of the two."""
        return self._logits[1]

    @cached_property
    def scores(self) -> Any:
        """The network from pixels to logits, (n, k): one for each class.

        A network with one sigmoid output has two classes: its logit z stands for the second,
        −z for the first, so `probabilities` is right for both.

        Raises:
            RecognizerError: If it does not end in classes.
        """
        keras = load_keras()
        tensor, ending = self._logits
        if len(tensor.shape) == 4 and tuple(tensor.shape[1:3]) == (1, 1):
            tensor = keras.layers.Reshape(tensor.shape[-1:])(tensor)
        if len(tensor.shape) != 2:
            raise RecognizerError(
                f"{self.name} gives {tuple(tensor.shape[1:])} at its end, no classes: it can be "
                "asked about layers, but not about classes."
            )
        if tensor.shape[1] == 1 and ending == "sigmoid":
            tensor = keras.ops.concatenate([-tensor, tensor], axis=-1)
        return keras.Model(self.network.inputs[0], tensor)

    @property
    def n_classes(self) -> int:
        """How many classes it tells apart."""
        return int(self.scores.output_shape[1])

    def probabilities(self, scores: np.ndarray) -> np.ndarray:
        """What the network would give for these logits, (n, k) float32."""
        wide = np.asarray(scores, np.float64)
        if self.ending == "sigmoid":
            return (0.5 * (1 + np.tanh(wide / 2))).astype(np.float32)
        raised = np.exp(wide - wide.max(axis=1, keepdims=True))
        return np.asarray(raised / raised.sum(axis=1, keepdims=True), np.float32)

    def class_name(self, index: int) -> str:
        """The first name of a class, or its number where nobody knows names."""
        return self.classes[index].partition(",")[0] if self.classes else f"class {index}"

    def class_index(self, label: str) -> int:
        """Which output a class is; `label` is its name, one of its names, or its number.

        Raises:
            RecognizerError: If there is no such class; names the nearest.
        """
        known = {_folded(self.class_name(i)): i for i in reversed(range(self.n_classes))}
        for index in reversed(range(self.n_classes)):
            whole = self.classes[index] if self.classes else ""
            for one in (*whole.split(","), whole):
                known.setdefault(_folded(one), index)
        wanted = _folded(label)
        if wanted in known:
            return known[wanted]
        if label.isascii() and label.isdigit() and int(label) < self.n_classes:
            return int(label)
        if self.classes is None or (label.isascii() and label.isdigit()):
            raise RecognizerError(
                f"{self.name} has no class {label!r}. Say a number from 0 to {self.n_classes - 1}"
                + (", or give the names with --classes." if self.classes is None else ".")
            )
        if len(self.classes) > 20 and not nearest(wanted, known):
            raise RecognizerError(
                f"{self.name} has no class {label!r} among its {len(self.classes)}. "
                f"Say a name or a number from 0 to {self.n_classes - 1}."
            )
        raise RecognizerError(unknown_name("class", label, map(self.class_name, known.values())))

    def fit(self, picture: Picture) -> np.ndarray:
        """A picture as the network takes it: (h, w, c) uint8.

        Raises:
            ImageError: If it cannot be read.
        """
        height, width, channels = self.shape_hwc
        image = as_image(picture)
        fitted: np.ndarray = resize_image(
            image, (height, width), mode=self.fit_mode, channels=3 if channels == 3 else 1
        )
        return fitted

    def taken(self, picture: Picture) -> np.ndarray:
        """An array as it is; a picture held as anything else is fitted, see `fit`."""
        return picture if isinstance(picture, np.ndarray) else self.fit(picture)


def _folded(label: str) -> str:
    return " ".join(label.replace("_", " ").casefold().split())


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
        pixel_range: What a foreign Keras file takes, see `surgery.on_pixels`.
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
            f"no recognizer in {folder}. Name a run folder, a .keras or .h5 file, or a network "
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


def imagenet_names() -> tuple[str, ...] | None:
    """The 1000 names, where `imagenet_classes.txt` lies beside the weights; else None."""
    from kanjian.weights.record import model_folders

    places = (folder / IMAGENET_NAMES for folder in model_folders())
    return next((class_names(path) for path in places if path.is_file()), None)


def class_names(path: AnyPath) -> tuple[str, ...]:
    r"""Names from a text file, one class per line.

    Raises:
        KanjianError: If it cannot be read.

    Example:
        >>> import tempfile
        >>> path = Path(tempfile.mkdtemp()) / "classes.txt"
        >>> _ = path.write_text("cat\ndog\n")
        >>> class_names(path)
        ('cat', 'dog')
    """
    path = Path(path)
    try:
        lines = read_text(path, error=KanjianError).splitlines()
    except OSError as error:
        raise KanjianError(f"cannot read the class names in {path}: {error}") from error
    return tuple(line.strip() for line in lines if line.strip())


def _named(inspected: InspectedModel, classes: tuple[str, ...]) -> InspectedModel:
    named = InspectedModel(inspected.name, inspected.network, classes, inspected.fit_mode)
    if len(classes) != named.n_classes:
        raise RecognizerError(
            f"{len(classes)} class names were given, but {inspected.name} has {named.n_classes} "
            "classes."
        )
    return named
