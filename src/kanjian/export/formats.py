"""The forms a recognizer can leave in: what each is called, made by and run by."""

from dataclasses import dataclass
from typing import Literal

FormName = Literal[
    "onnx", "openvino", "litert", "saved-model", "torch", "keras-json", "h5", "weights"
]


@dataclass(frozen=True)
class Form:
    """One form.

    Args:
        name: What `--to` calls it.
        title: What people call it.
        file: The file or folder that holds the network.
        packages: What a program needs to run it, as `pip install` takes it.
        backend: The Keras backend that makes it; None where the recognizer has it already.
        keras_format: What Keras' `export` calls it; None for what Keras itself opens again.
        extension: The picture's way into the runtime and the scores' way out, as Python lines
            of the example; `pixels` is there before and `scores` after.
        imports: What these lines import.
        more: A sentence for its page.
        is_what: What lies in the file.
        also: A second file of the network, and what lies in it.
    """

    name: FormName
    title: str
    file: str
    packages: tuple[str, ...]
    backend: Literal["tensorflow", "torch"] | None
    keras_format: str | None
    imports: str
    lines: tuple[str, ...]
    more: str = ""
    is_what: str = "the network"
    also: tuple[str, str] | None = None

    @property
    def any_batch(self) -> bool:
        """Whether it cannot be made for one size of batch only."""
        return self.keras_format is None


FORMS: dict[str, Form] = {
    form.name: form
    for form in (
        Form(
            name="onnx",
            title="ONNX",
            file="model.onnx",
            packages=("onnxruntime",),
            backend="tensorflow",
            keras_format="onnx",
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
            backend=None,
            keras_format="openvino",
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
            keras_format="litert",
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
            keras_format="tf_saved_model",
            imports="import tensorflow",
            lines=(
                'network = tensorflow.saved_model.load("model/1").signatures["serving_default"]',
                "scores = next(iter(network(tensorflow.constant(pixels)).values()))[0].numpy()",
            ),
            more="`model` holds version 1 of it, as TensorFlow Serving wants its model base path: "
            "`tensorflow_model_server --model_name=NAME --model_base_path=$PWD/model`.",
        ),
        Form(
            name="torch",
            title="PyTorch (exported program)",
            file="model.pt2",
            packages=("torch",),
            backend="torch",
            keras_format="torch",
            imports="import torch",
            lines=(
                'network = torch.export.load("model.pt2").module()',
                "scores = network(torch.from_numpy(pixels))[0].detach().numpy()",
            ),
        ),
        Form(
            name="keras-json",
            title="Keras: layers as JSON, and weights",
            file="model.json",
            packages=("keras", "tensorflow"),
            backend="tensorflow",
            keras_format=None,
            imports="import keras",
            lines=(
                'network = keras.models.model_from_json(open("model.json").read())',
                'network.load_weights("model.weights.h5")',
                "scores = network.predict(pixels, verbose=0)[0]",
            ),
            is_what="the layers of the network and their settings, as `to_json` gives them",
            also=("model.weights.h5", "the weights"),
        ),
        Form(
            name="h5",
            title="Keras: one HDF5 file",
            file="model.h5",
            packages=("keras", "tensorflow"),
            backend="tensorflow",
            keras_format=None,
            imports="import keras",
            lines=(
                'network = keras.models.load_model("model.h5", compile=False)',
                "scores = network.predict(pixels, verbose=0)[0]",
            ),
            more="Keras calls this format legacy; it opens it all the same. Its own today is "
            "`model.keras`, which lies in every recognizer.",
        ),
        Form(
            name="weights",
            title="Keras: weights alone",
            file="model.weights.h5",
            packages=("keras", "tensorflow"),
            backend="tensorflow",
            keras_format=None,
            imports="from network import build",
            lines=(
                'network = build("model.weights.h5")',
                "scores = network.predict(pixels, verbose=0)[0]",
            ),
            more="Code of your own that makes the same layers in the same order, the ones that "
            "prepare the pixels among them, takes the weights as well: "
            '`network.load_weights("model.weights.h5")`.',
            is_what="the weights",
            also=("network.py", "builds the network they belong to, in plain Keras"),
        ),
    )
}
