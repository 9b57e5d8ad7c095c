"""The forms a recognizer can leave in: what each is called, made by, opened by and run by.

A new form is one `Form` here; commands, documentation and the tests of every form follow.
"""

import importlib.util
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from kanjian import extras
from kanjian.export import keras_forms
from kanjian.i18n import gettext_noop

if TYPE_CHECKING:
    import numpy as np

FormName = Literal[
    "onnx", "openvino", "litert", "saved-model", "torch", "keras-json", "h5", "weights"
]
# From (n, h, w, c) uint8 to what the network answers
Ask = Callable[["np.ndarray"], Any]
# The Keras model, the file to write, and the fixed number of pictures in a batch, None: any
Write = Callable[[Any, Path, int | None], None]


@dataclass(frozen=True)
class Form:
    """One form.

    Args:
        name: What `--to` calls it.
        title: What people call it.
        file: The file or folder that holds the network.
        packages: What a program needs to run it, as `pip install` takes it.
        open: Opens that file with its own runtime, to ask it.
        imports: What the lines import.
        lines: The picture's way into the runtime and the scores' way out, as Python lines
            of the example; `pixels` is there before and `scores` after.
        write: Writes it from a Keras model; None where the recognizer has it already.
        backend: The Keras backend that makes it; None where the recognizer has it already.
        makers: Modules that make and check it, beside Keras and its backend.
        any_batch: Whether it cannot be made for one size of batch only.
        more: A sentence for its page.
        is_what: What lies in the file.
        also: A second file of the network, and what lies in it.
    """

    name: FormName
    title: str
    file: str
    packages: tuple[str, ...]
    open: Callable[[Path], Ask]
    imports: str
    lines: tuple[str, ...]
    write: Write | None = None
    backend: Literal["tensorflow", "torch"] | None = None
    makers: tuple[str, ...] = ()
    any_batch: bool = False
    more: str = ""
    is_what: str = gettext_noop("the network")
    also: tuple[str, str] | None = None

    @property
    def makes_views(self) -> bool:
        """Whether it holds the views of a recognizer; Keras' own forms do not."""
        return not self.any_batch


def _exported(
    keras_format: str, options: Callable[[int | None], dict[str, Any]] = lambda _: {}
) -> Write:
    """What Keras' `export` writes; `options` are made from the batch."""

    def write(network: Any, path: Path, batch: int | None) -> None:
        from kanjian.backend import load_keras

        (pixels,) = network.inputs
        shape = (batch, *pixels.shape[1:])
        signature = [load_keras().InputSpec(shape=shape, dtype=pixels.dtype, name="pixels")]
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            network.export(
                str(path), format=keras_format, verbose=False, input_signature=signature,
                **options(batch),
            )  # fmt: skip

    return write


def _asked(opened: Callable[[Path], Any]) -> Callable[[Path], Ask]:
    """How a network is asked that Keras has opened."""

    def asked(path: Path) -> Ask:
        ask: Ask = opened(path).predict_on_batch
        return ask

    return asked


def _write_onnx(network: Any, path: Path, batch: int | None) -> None:
    from kanjian.export.onnx_operations import teach_converter

    teach_converter()
    _exported("onnx")(network, path, batch)


def _open_onnx(path: Path) -> Ask:
    runtime = extras.load("onnxruntime")
    session = runtime.InferenceSession(path, providers=["CPUExecutionProvider"])
    name = session.get_inputs()[0].name
    return lambda pixels: session.run(None, {name: pixels})[0]


def _open_openvino(path: Path) -> Ask:
    from kanjian.inference.runtime import shared_core

    options = {"INFERENCE_PRECISION_HINT": "f32"}
    compiled = shared_core().compile_model(str(path), "CPU", options)
    return lambda pixels: compiled(pixels)[0].copy()


def _litert_options(_batch: int | None) -> dict[str, Any]:
    """Only what every LiteRT runtime has: Keras would also take operations of TensorFlow."""
    builtins = extras.load("tensorflow").lite.OpsSet.TFLITE_BUILTINS
    return {"target_spec": {"supported_ops": [builtins]}}


def _open_litert(path: Path) -> Ask:
    if importlib.util.find_spec("ai_edge_litert") is not None:
        interpreter = extras.load("ai_edge_litert.interpreter").Interpreter
    else:
        interpreter = extras.load("tensorflow").lite.Interpreter
    with warnings.catch_warnings():
        # TensorFlow tells at each start that its interpreter will move to another package
        warnings.simplefilter("ignore")
        run = interpreter(model_path=str(path)).get_signature_runner()
    (name,) = run.get_input_details()
    return lambda pixels: next(iter(run(**{name: pixels}).values()))


def _open_saved_model(path: Path) -> Ask:
    tensorflow = extras.load("tensorflow")
    # held: its function stops working when the network goes
    network = tensorflow.saved_model.load(str(path))

    def ask(pixels: "np.ndarray") -> Any:
        # what TensorFlow Serving asks
        answer = network.signatures["serving_default"](tensorflow.constant(pixels))
        return next(iter(answer.values()))

    return ask


def _torch_options(batch: int | None) -> dict[str, Any]:
    if batch is not None:
        return {}
    return {"dynamic_shapes": {0: extras.load("torch").export.Dim("batch", min=1)}}


def _open_torch(path: Path) -> Ask:
    torch = extras.load("torch")
    network = torch.export.load(path).module()
    return lambda pixels: network(torch.from_numpy(pixels)).detach().numpy()


FORMS: dict[str, Form] = {
    form.name: form
    for form in (
        Form(
            name="onnx",
            title="ONNX",
            file="model.onnx",
            packages=("onnxruntime",),
            backend="tensorflow",
            open=_open_onnx,
            write=_write_onnx,
            makers=("tf2onnx", "onnx", "onnxruntime"),
            imports="import onnxruntime",
            lines=(
                'network = onnxruntime.InferenceSession("model.onnx")',
                "scores = network.run(None, {network.get_inputs()[0].name: pixels})[0][0]",
            ),
        ),
        Form(
            name="openvino",
            title="OpenVINO",
            file="model.xml",
            packages=("openvino",),
            open=_open_openvino,
            imports="import openvino",
            lines=(
                'exact = {"INFERENCE_PRECISION_HINT": "f32"}',
                'network = openvino.compile_model("model.xml", "CPU", exact)',
                "scores = network(pixels)[0][0]",
            ),
        ),
        Form(
            name="litert",
            title="LiteRT (TensorFlow Lite)",
            file="model.tflite",
            packages=("ai-edge-litert",),
            backend="tensorflow",
            open=_open_litert,
            write=_exported("litert", _litert_options),
            imports="from ai_edge_litert.interpreter import Interpreter",
            lines=(
                'network = Interpreter(model_path="model.tflite").get_signature_runner()',
                "scores = next(iter(network(**{network.get_input_details().popitem()[0]: "
                "pixels}).values()))[0]",
            ),
        ),
        Form(
            name="saved-model",
            title="TensorFlow SavedModel",
            file="model/1",
            packages=("tensorflow",),
            backend="tensorflow",
            open=_open_saved_model,
            write=_exported("tf_saved_model"),
            imports="import tensorflow",
            lines=(
                'network = tensorflow.saved_model.load("model/1").signatures["serving_default"]',
                "scores = next(iter(network(tensorflow.constant(pixels)).values()))[0].numpy()",
            ),
            more=gettext_noop(
                "`model` holds version 1 of it, as TensorFlow Serving wants its model base path: "
                "`tensorflow_model_server --model_name=NAME --model_base_path=$PWD/model`."
            ),
        ),
        Form(
            name="torch",
            title=gettext_noop("PyTorch (exported program)"),
            file="model.pt2",
            packages=("torch",),
            backend="torch",
            open=_open_torch,
            write=_exported("torch", _torch_options),
            imports="import torch",
            lines=(
                'network = torch.export.load("model.pt2").module()',
                "scores = network(torch.from_numpy(pixels))[0].detach().numpy()",
            ),
        ),
        Form(
            name="keras-json",
            title=gettext_noop("Keras: layers as JSON, and weights"),
            file="model.json",
            packages=("keras", "tensorflow"),
            backend="tensorflow",
            open=_asked(keras_forms.open_json),
            write=keras_forms.write_json,
            any_batch=True,
            imports="import keras",
            lines=(
                'network = keras.models.model_from_json(open("model.json").read())',
                'network.load_weights("model.weights.h5")',
                "scores = network.predict(pixels, verbose=0)[0]",
            ),
            is_what=gettext_noop(
                "the layers of the network and their settings, as `to_json` gives them"
            ),
            also=("model.weights.h5", gettext_noop("the weights")),
        ),
        Form(
            name="h5",
            title=gettext_noop("Keras: one HDF5 file"),
            file="model.h5",
            packages=("keras", "tensorflow"),
            backend="tensorflow",
            open=_asked(keras_forms.open_whole),
            write=keras_forms.write_whole,
            any_batch=True,
            imports="import keras",
            lines=(
                'network = keras.models.load_model("model.h5", compile=False)',
                "scores = network.predict(pixels, verbose=0)[0]",
            ),
            more=gettext_noop(
                "Keras calls this format legacy; it opens it all the same. Its own today is "
                "`model.keras`, which lies in every recognizer."
            ),
        ),
        Form(
            name="weights",
            title=gettext_noop("Keras: weights alone"),
            file="model.weights.h5",
            packages=("keras", "tensorflow"),
            backend="tensorflow",
            open=_asked(keras_forms.open_weights),
            write=keras_forms.write_weights,
            any_batch=True,
            imports="from network import build",
            lines=(
                'network = build("model.weights.h5")',
                "scores = network.predict(pixels, verbose=0)[0]",
            ),
            more=gettext_noop(
                "Code of your own that makes the same layers in the same order, the ones that "
                "prepare the pixels among them, takes the weights as well: "
                '`network.load_weights("model.weights.h5")`.'
            ),
            is_what=gettext_noop("the weights"),
            also=("network.py", gettext_noop("builds the network they belong to, in plain Keras")),
        ),
    )
}
