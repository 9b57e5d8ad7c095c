"""A network of others, opened: how to ask it, and how to save it as a recognizer."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, cast

import numpy as np

from kanjian.errors import NetworkError
from kanjian.guard.onnx_file import check_onnx
from kanjian.importing.file_kinds import ForeignFile
from kanjian.inference import onnx_models
from kanjian.inference.bundle import save_openvino, save_recognizer
from kanjian.inference.engines import as_probabilities
from kanjian.inference.onnx_metadata import OnnxMetadata, metadata_of
from kanjian.inference.pixel_ranges import Pixels, pixels_of

FitName = Literal["letterbox", "crop", "stretch"]
_PARITY = 1e-3
# ten digits of a number in 16 bits: each program rounds at other places
_PARITY_HALF = 2e-2


@dataclass(frozen=True)
class Wishes:
    """What was asked for; None where nothing was. See `import_network`."""

    classes: tuple[str, ...] | None
    pixels: str | None
    colors: Literal["rgb", "bgr"] | None
    size_hw: tuple[int, int] | None
    fit: FitName | None
    name: str
    pictures: str | Path | None
    data_folder: Path | None


@dataclass
class Opened:
    """A network of others, of whatever kind: what it takes, and how to ask and save it."""

    shape_hwc: tuple[int, int, int]
    k: int
    own_scaling: bool
    # (pictures, pixels) -> outputs as they come
    ask: Callable[[np.ndarray, Pixels], np.ndarray]
    save: Callable[..., None]
    # what the file itself says, where it is ONNX
    metadata: OnnxMetadata | None = None


def open_keras(file: ForeignFile, wishes: Wishes) -> Opened:
    """A network that Keras can rebuild.

    Raises:
        NetworkError: If it is refused, or takes or gives something else than it should.
    """
    from kanjian.importing import keras_models as keras_side

    network = keras_side.rebuilt(file)
    shape = keras_side.picture_shape(network, wishes.size_hw)
    plain_shape = tuple(network.inputs[0].shape[1:])

    def ask(pictures: np.ndarray, pixels: Pixels) -> np.ndarray:
        prepared = pixels.applied(pictures)
        if len(plain_shape) < 3:
            sides = (-1,) if len(plain_shape) == 1 else shape[:2]
            prepared = prepared.reshape(len(prepared), *sides)
        return np.asarray(network.predict_on_batch(prepared), np.float32)

    def save(
        folder: Path, pixels: Pixels, squash: str | None, images: np.ndarray, **about: Any
    ) -> None:
        made = keras_side.from_raw_pixels(network, shape, pixels, squash=squash)
        _check_same(
            _squashed(ask(images, pixels), squash),
            np.asarray(made.predict_on_batch(images), np.float32),
        )
        save_recognizer(folder, made, selftest_images=images, **about)

    outputs = network.outputs[0].shape
    if len(outputs) != 2:
        raise NetworkError(
            f"the output of the network is {tuple(outputs[1:])}, expected one row of classes."
        )
    return Opened(shape, int(outputs[-1]), keras_side.has_own_scaling(network), ask, save)


def open_onnx(file: ForeignFile, wishes: Wishes) -> Opened:
    """A network in ONNX, which OpenVINO runs.

    Raises:
        NetworkError: If it is refused, or takes or gives something else than it should.
    """
    metadata = metadata_of(check_onnx(file.path, error=NetworkError))
    _, first, (height, width, channels) = onnx_models.input_of(file.path)
    size = wishes.size_hw or metadata.size_hw if None in (height, width) else wishes.size_hw
    if None in (height, width) and size is None:
        raise NetworkError("the network takes pictures of any size. Choose one with --size.")
    size = size or (cast("int", height), cast("int", width))
    if size != (height or size[0], width or size[1]):
        raise NetworkError(f"the network takes {height}×{width}, got --size {size[0]}×{size[1]}.")
    shape = (*size, channels)
    onnx_models.check_computed(file.path, shape, channels_first=first)

    def built(pixels: Pixels, squash: str | None = None) -> Any:
        # read anew: what is built in is built into the network itself
        model, _, _ = onnx_models.input_of(file.path)
        return onnx_models.from_raw_pixels(
            model, shape, pixels, channels_first=first, squash=squash
        )

    compiled: dict[Pixels, Any] = {}

    def ask(pictures: np.ndarray, pixels: Pixels) -> np.ndarray:
        if pixels not in compiled:
            compiled[pixels] = onnx_models.compiled(built(pixels))
        return onnx_models.answers_of(compiled[pixels], pictures)

    def save(
        folder: Path, pixels: Pixels, squash: str | None, images: np.ndarray, **about: Any
    ) -> None:
        model = built(pixels, squash)
        prepared = pixels.applied(images)
        second = onnx_models.through_onnxruntime(
            file.path, prepared, channels_first=first, kind=metadata.kind
        )
        expected = as_probabilities(_squashed(second, squash))
        found = as_probabilities(onnx_models.answers_of(onnx_models.compiled(model), images))
        _check_same(expected, found, _PARITY_HALF if metadata.kind == "FLOAT16" else _PARITY)
        save_openvino(folder, model, images, expected, found, **about)

    blank = np.zeros((2, *shape), np.uint8)
    k = ask(blank, pixels_of(metadata.pixels or "0..1")).shape[1]
    return Opened(shape, k, False, ask, save, metadata)


def _squashed(outputs: np.ndarray, squash: str | None) -> np.ndarray:
    outputs = np.asarray(outputs, np.float32)
    if squash == "sigmoid":
        return np.asarray(1 / (1 + np.exp(-outputs)), np.float32)
    if squash == "softmax":
        powers = np.exp(outputs - outputs.max(axis=1, keepdims=True))
        return np.asarray(powers / powers.sum(axis=1, keepdims=True), np.float32)
    return outputs


def _check_same(expected: np.ndarray, found: np.ndarray, allowed: float = _PARITY) -> None:
    worst = float(np.abs(expected - found).max())
    if not worst <= allowed:
        raise NetworkError(
            f"with its scaling inside the network predicts otherwise, by {worst:.2g}. Nothing was "
            "saved; report its layers to kanjian."
        )
