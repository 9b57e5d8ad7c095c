"""The forms a recognizer can leave in: what each is called, made by and run by."""

from dataclasses import dataclass
from typing import Literal

FormName = Literal["onnx", "openvino", "litert", "saved-model", "torch"]


@dataclass(frozen=True)
class Form:
    """One form.

    Args:
        name: What `--to` calls it.
        title: What people call it.
        file: The file or folder that holds the network.
        packages: What a program needs to run it, as `pip install` takes it.
        backend: The Keras backend that makes it; None where the recognizer has it already.
        keras_format: What Keras calls it.
        extension: The picture's way into the runtime and the scores' way out, as Python lines
            of the example; `pixels` is there before and `scores` after.
        imports: What these lines import.
        more: A sentence for its page.
    """

    name: FormName
    title: str
    file: str
    packages: tuple[str, ...]
    backend: Literal["tensorflow", "torch"] | None
    keras_format: str
    imports: str
    lines: tuple[str, ...]
    more: str = ""


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
    )
}
