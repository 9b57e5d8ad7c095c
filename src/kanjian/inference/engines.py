"""Two ways to run a saved network: OpenVINO, fast and light, and Keras, which made it."""

import threading
from functools import cached_property
from math import prod
from pathlib import Path
from typing import Any, Literal, Protocol

import numpy as np

from kanjian.errors import RecognizerError
from kanjian.guard.graph import gist
from kanjian.guard.keras_file import load_network
from kanjian.inference.open_set import features_in_keras, features_in_openvino
from kanjian.inference.runtime import load_openvino, read_guarded, shared_core
from kanjian.inference.saved_network import KERAS_FILE, OPENVINO_FILES, SavedNetwork

# Input numbers in one request: 6 photos of 224×224, or 1 275 digits. Activations take up to a
# hundred times as much memory: 128 photos together took 2 GB and were no faster
_NUMBERS = 1_000_000
# Processors without 8-bit dot products round otherwise; a wrong pixel shows in the first digit
INT8_TOLERANCE = 0.1
_NO_FEATURES = (
    "does not end in a dense layer, whose features tell what is like the training pictures."
)

EngineName = Literal["auto", "openvino", "keras"]


class Engine(Protocol):
    """What runs a network; may be called from several threads."""

    name: str
    # Predictions may differ from those of Keras in float32 by this much
    tolerance: float

    def predict(self, batch: np.ndarray) -> np.ndarray:
        """The network's outputs, (n, k) float32, for raw pictures (n, h, w, c) uint8."""
        ...

    def with_features(self, batch: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The same outputs, and what the last dense layer takes: (n, views inside, d) float32.

        Only of an engine that was opened with features.
        """
        ...

    def check_fits(self, shape_hwc: tuple[int, int, int], classes: tuple[str, ...]) -> None:
        """Refuse a network that does not take these pictures or give these classes.

        Raises:
            RecognizerError: If it takes or gives anything else.
        """
        ...

    def identity(self) -> str:
        """Program, version and processor: where any of these differ, predictions may differ."""
        ...


class OpenVinoEngine:
    """Runs `model.xml` on the CPU.

    One picture is computed by all cores at once (OpenVINO's latency hint); more are
    parted over independent streams (its throughput hint), which is faster per picture.
    Each form is compiled when first needed. Compiled forms are not cached on disk: that
    saves 10 of 24 ms for a small network and leaves a copy of its weights behind.

    Args:
        path: The .xml file; its .bin file lies beside it.
        precision: "f32" predicts as Keras does, to about 1e-6; "bf16" is faster for large
            networks on processors that compute it, and right to about two digits.
        features: Whether it also gives what the last dense layer takes.

    Raises:
        RecognizerError: If the file is damaged, or there is no such layer and it is asked for.
    """

    def __init__(
        self, path: Path, *, precision: Literal["f32", "bf16"] = "f32", features: bool = False
    ) -> None:
        self.name = "openvino"
        self.tolerance = {"f32": 1e-3, "bf16": 5e-2}[precision]
        self._precision, self._path = precision, path
        self._openvino = load_openvino()
        self._core = shared_core()
        self._lock = threading.Lock()
        self._network = read_guarded(path)
        self._own = len(self._network.outputs)
        if features:
            place = features_in_openvino(self._network)
            if place is None:
                raise RecognizerError(f"{path} {_NO_FEATURES}")
            self._network.add_outputs(place)

    def predict(self, batch: np.ndarray) -> np.ndarray:
        """See `Engine.predict`."""
        return self._outputs(batch)[0]

    def with_features(self, batch: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """See `Engine.with_features`."""
        answers, features = self._outputs(batch)
        return answers, features

    def _outputs(self, batch: np.ndarray) -> list[np.ndarray]:
        with self._lock:  # a request serves one caller at a time
            try:
                return self._predict_one(batch) if len(batch) == 1 else self._predict_many(batch)
            except (RuntimeError, UnicodeDecodeError) as error:
                raise RecognizerError(
                    f"OpenVINO cannot run {self._path}: {gist(error)}."
                ) from error

    def _predict_one(self, batch: np.ndarray) -> list[np.ndarray]:
        self._latency.infer({0: batch}, share_outputs=True)
        # copied: the next call writes where these lie
        return [each.copy() for each in _given(self._latency, 1)]

    def _predict_many(self, batch: np.ndarray) -> list[np.ndarray]:
        at_once = len(self._streams) * max(1, _NUMBERS // max(1, prod(batch.shape[1:])))
        groups = [batch[start : start + at_once] for start in range(0, len(batch), at_once)]
        found = zip(*(self._predict_group(group) for group in groups), strict=True)
        return [np.concatenate(each) for each in found]

    def _predict_group(self, group: np.ndarray) -> list[np.ndarray]:
        parts = [part for part in np.array_split(group, len(self._streams)) if len(part)]
        running = self._streams[: len(parts)]
        for request, part in zip(running, parts, strict=True):
            request.start_async({0: part}, share_inputs=True)
        for request in running:
            request.wait()
        given = [_given(*each) for each in zip(running, map(len, parts), strict=True)]
        return [np.concatenate(each) for each in zip(*given, strict=True)]

    def check_fits(self, shape_hwc: tuple[int, int, int], classes: tuple[str, ...]) -> None:
        """See `Engine.check_fits`."""
        k = len(classes)
        shapes = [[-1, *shape_hwc], [-1, k]] + ([[-1, 1]] if k == 2 else [])
        taken, *given = map(self._openvino.PartialShape, shapes)
        inputs, outputs = self._network.inputs, self._network.outputs[: self._own]
        if len(inputs) == len(outputs) == 1:
            kind = inputs[0].get_element_type().get_type_name()
            fits = inputs[0].get_partial_shape().compatible(taken) and kind == "u8"
            if fits and any(map(outputs[0].get_partial_shape().compatible, given)):
                return
        told = " and ".join(
            f"{port.get_partial_shape()} {port.get_element_type().get_type_name()}"
            for port in [*inputs, *outputs]
        )
        raise RecognizerError(
            f"{self._path} takes and gives {told}, the card beside it says {taken} u8 and "
            f"{given[0]}. Save the recognizer again."
        )

    @cached_property
    def _latency(self) -> Any:
        return self._compile("LATENCY").create_infer_request()

    @cached_property
    def _streams(self) -> list[Any]:
        compiled = self._compile("THROUGHPUT")
        count = compiled.get_property("OPTIMAL_NUMBER_OF_INFER_REQUESTS")
        return [compiled.create_infer_request() for _ in range(count)]

    def _compile(self, hint: str) -> Any:
        options = {"PERFORMANCE_HINT": hint, "INFERENCE_PRECISION_HINT": self._precision}
        return self._core.compile_model(self._network, "CPU", options)

    def identity(self) -> str:
        """See `Engine.identity`."""
        processor = self._core.get_property("CPU", "FULL_DEVICE_NAME")
        return f"openvino {self._openvino.__version__} {self._precision} {processor}"


class KerasEngine:
    """Runs `model.keras` with Keras on whatever backend is chosen.

    Args:
        path: The .keras file. Code in it (Lambda layers) is not run.
        features: Whether it also gives what the last dense layer takes.

    Raises:
        RecognizerError: If the file is damaged, or there is no such layer and it is asked for.
    """

    def __init__(self, path: Path, *, features: bool = False) -> None:
        from kanjian.backend import load_keras

        self.name = "keras"
        self.tolerance = 1e-3
        self._lock = threading.Lock()
        self._keras = load_keras()
        self.network = self._asked = load_network(path, error=RecognizerError)
        if features:
            place = features_in_keras(self.network)
            if place is None:
                raise RecognizerError(f"{path} {_NO_FEATURES}")
            self._asked = self._keras.Model(self.network.inputs, [self.network.outputs[0], place])

    def check_fits(self, shape_hwc: tuple[int, int, int], classes: tuple[str, ...]) -> None:
        """See `Engine.check_fits`."""
        from kanjian.inference.convert import check_network

        height, width, channels = shape_hwc
        check_network(self.network, classes=classes, size_hw=(height, width), channels=channels)

    def predict(self, batch: np.ndarray) -> np.ndarray:
        """See `Engine.predict`."""
        return self._outputs(batch)[0]

    def with_features(self, batch: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """See `Engine.with_features`."""
        answers, features = self._outputs(batch)
        return answers, features[:, None]

    def _outputs(self, batch: np.ndarray) -> list[np.ndarray]:
        with self._lock:
            found = self._asked.predict_on_batch(batch)
        several = found if isinstance(found, (list, tuple)) else [found]
        return [np.asarray(each, np.float32) for each in several]

    def identity(self) -> str:
        """See `Engine.identity`."""
        return f"keras {self._keras.__version__} {self._keras.backend.backend()}"


def _given(request: Any, pictures: int) -> list[np.ndarray]:
    """What a request has computed for so many pictures; of features all views of one together."""
    answers, *features = (each.data for each in request.output_tensors)
    apart = [each.reshape(-1, pictures, each.shape[-1]).swapaxes(0, 1) for each in features]
    return [answers, *apart]


def open_engine(
    folder: Path, card: SavedNetwork, engine: EngineName, precision: str, *, features: bool = False
) -> Engine:
    """The engine asked for, over files whose hashes were checked.

    Args:
        folder: Where the network was saved.
        card: Its card.
        engine: "openvino", "keras", or "auto" for OpenVINO where the network carries that form.
        precision: Of OpenVINO: "f32" or "bf16".
        features: Whether it also gives what the last dense layer takes.

    Raises:
        KanjianError: Of the card's kind, if the files are damaged, or the form asked for is not
            there.
    """
    if engine == "keras" or (engine == "auto" and not card.has_openvino):
        return KerasEngine(card.file_in(folder, KERAS_FILE), features=features)
    if not card.has_openvino:
        raise card.kind.error(
            f"the {card.kind.noun} in {folder} carries no OpenVINO form"
            f"{f' ({card.openvino_note})' if card.openvino_note else ''}. Use engine='keras'."
        )
    path, _ = (card.file_in(folder, name) for name in OPENVINO_FILES)
    opened = OpenVinoEngine(
        path, precision="bf16" if precision == "bf16" else "f32", features=features
    )
    if card.facts.get("int8"):
        opened.tolerance = INT8_TOLERANCE
    return opened


def has_features(folder: Path, card: SavedNetwork, network: Any = None) -> bool:
    """Whether every form of a network ends in a dense layer, so that it can give features.

    Args:
        folder: Where it was saved.
        card: What it says of itself.
        network: Its Keras form, where that is in memory; None: there is none.
    """
    if network is not None and features_in_keras(network) is None:
        return False
    if not card.has_openvino:
        return network is not None
    return features_in_openvino(read_guarded(folder / OPENVINO_FILES[0])) is not None


def as_probabilities(outputs: np.ndarray) -> np.ndarray:
    """One column per class: a single sigmoid output becomes two columns.

    Example:
        >>> as_probabilities(np.array([[0.25]], np.float32))
        array([[0.75, 0.25]], dtype=float32)
    """
    return np.hstack([1 - outputs, outputs]) if outputs.shape[1] == 1 else outputs
