"""Asking an exported network through the runtime it was made for."""

import contextlib
import importlib.util
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from kanjian import extras
from kanjian.export.formats import Form
from kanjian.export.keras_forms import open_keras_form

Ask = Callable[[np.ndarray], np.ndarray]


def answers_of(
    form: Form, folder: Path, pictures: np.ndarray, *, batch: int | None = None
) -> np.ndarray:
    """What an exported network gives, one picture alone and the others together.

    Args:
        form: What it was exported to.
        folder: Where it lies.
        pictures: (n, h, w, c) uint8.
        batch: The fixed number of pictures in a batch; None: any, so that one alone and
            many are asked, which take different ways through some runtimes.

    Returns:
        (n, k) float32.

    Raises:
        MissingExtraError: If the runtime is not installed.
    """
    ask = _OPENED[form.name](folder / form.file)
    starts = [0, 1] if batch is None else list(range(0, len(pictures), batch))
    answers = []
    for start, end in zip(starts, [*starts[1:], len(pictures)], strict=True):
        part = pictures[start:end]
        if batch is not None and len(part) < batch:
            part = np.concatenate([part, np.zeros((batch - len(part), *part.shape[1:]), np.uint8)])
        if len(part):
            answers.append(np.asarray(ask(np.ascontiguousarray(part)), np.float32)[: end - start])
    return np.concatenate(answers)


def _onnx(path: Path) -> Ask:
    runtime = extras.load("onnxruntime")
    session = runtime.InferenceSession(path, providers=["CPUExecutionProvider"])
    name = session.get_inputs()[0].name
    return lambda pixels: session.run(None, {name: pixels})[0]


def _openvino(path: Path) -> Ask:
    from kanjian.inference.runtime import shared_core

    options = {"INFERENCE_PRECISION_HINT": "f32"}
    compiled = shared_core().compile_model(str(path), "CPU", options)
    return lambda pixels: compiled(pixels)[0].copy()


def _litert(path: Path) -> Ask:
    with _quiet():
        run = _interpreter()(model_path=str(path)).get_signature_runner()
    (name,) = run.get_input_details()

    def ask(pixels: np.ndarray) -> np.ndarray:
        (scores,) = run(**{name: pixels}).values()
        return np.asarray(scores)

    return ask


def _interpreter() -> Any:
    """LiteRT's own, or the one inside TensorFlow."""
    if importlib.util.find_spec("ai_edge_litert") is not None:
        return extras.load("ai_edge_litert.interpreter").Interpreter
    return extras.load("tensorflow").lite.Interpreter


def _saved_model(path: Path) -> Ask:
    tensorflow = extras.load("tensorflow")
    # held: its function stops working when the network goes
    network = tensorflow.saved_model.load(str(path))

    def ask(pixels: np.ndarray) -> np.ndarray:
        # what TensorFlow Serving asks
        (scores,) = network.signatures["serving_default"](tensorflow.constant(pixels)).values()
        return np.asarray(scores)

    return ask


def _torch(path: Path) -> Ask:
    torch = extras.load("torch")
    network = torch.export.load(path).module()
    return lambda pixels: network(torch.from_numpy(pixels)).detach().numpy()


def _keras(name: str) -> Callable[[Path], Ask]:
    def opened(path: Path) -> Ask:
        network = open_keras_form(name, path)
        return lambda pixels: np.asarray(network.predict_on_batch(pixels))

    return opened


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """TensorFlow tells at each start that its interpreter will move to another package."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


_OPENED: dict[str, Callable[[Path], Ask]] = {
    "onnx": _onnx,
    "openvino": _openvino,
    "litert": _litert,
    "saved-model": _saved_model,
    "torch": _torch,
    **{name: _keras(name) for name in ("keras-json", "h5", "weights")},
}
