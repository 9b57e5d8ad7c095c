"""An ONNX network of others as an OpenVINO network that takes raw pixels."""

from pathlib import Path
from typing import Any

import numpy as np

from kanjian import extras
from kanjian.errors import NetworkError
from kanjian.export.pixels import Pixels
from kanjian.recognizer.runtime import load_openvino, shared_core

_DOMAINS = {"", "ai.onnx", "ai.onnx.ml", "com.microsoft"}
_DEEPEST = 8


def check_onnx(path: Path) -> Any:
    """Read an ONNX file without following anything in it, and look it through.

    Returns:
        The `onnx.ModelProto`.

    Raises:
        NetworkError: If it is damaged, keeps numbers in other files, or has operations of
            another program's own.
    """
    onnx = extras.load("onnx")
    try:
        model = onnx.load(str(path), load_external_data=False)
    # protobuf's errors have no base in common
    except Exception as error:
        raise NetworkError(f"{path} is damaged, or no ONNX file.") from error
    for tensor in _tensors(model.graph, 0):
        if tensor.data_location == onnx.TensorProto.EXTERNAL or len(tensor.external_data):
            raise NetworkError(
                f"{path} keeps numbers in other files ({tensor.name[:60]!r}). Save it as one file."
            )
    if len(model.functions):
        _refuse_operations(model.functions, path)
    _refuse_operations([model.graph], path)
    return model


def _tensors(graph: Any, depth: int) -> Any:
    if depth > _DEEPEST:
        raise NetworkError(f"the graph has parts within parts more than {_DEEPEST} deep.")
    yield from graph.initializer
    for sparse in graph.sparse_initializer:
        yield from (sparse.values, sparse.indices)
    for node in graph.node:
        for attribute in node.attribute:
            yield from [*attribute.tensors, attribute.t]
            for inner in [*attribute.graphs, *([attribute.g] if attribute.HasField("g") else [])]:
                yield from _tensors(inner, depth + 1)


def _refuse_operations(graphs: Any, path: Path) -> None:
    for graph in graphs:
        for node in graph.node:
            if node.domain not in _DOMAINS:
                raise NetworkError(
                    f"{path} has an operation {node.op_type[:40]!r} of {node.domain[:40]!r}, which "
                    "no runtime knows without its own code."
                )


def input_of(path: Path) -> tuple[Any, bool, tuple[int | None, int | None, int]]:
    """The network as OpenVINO reads it, whether colors come first, and what it takes.

    Returns:
        The `openvino.Model`, whether it takes (n, c, h, w), and (height, width, channels);
        a side that may be any is None.

    Raises:
        NetworkError: If it does not take pictures.
    """
    try:
        model = shared_core().read_model(str(path))
    except RuntimeError as error:
        raise NetworkError(f"OpenVINO cannot read {path}: {_gist(error)}.") from error
    if len(model.inputs) != 1 or len(model.outputs) != 1:
        raise NetworkError(
            f"{path} has {len(model.inputs)} inputs and {len(model.outputs)} outputs, expected one "
            "each: a picture and its classes."
        )
    sides = [None if side.is_dynamic else side.get_length() for side in model.input().partial_shape]
    if len(sides) == 4 and sides[1] in (1, 3):
        return model, True, (sides[2], sides[3], sides[1])
    if len(sides) == 4 and sides[3] in (1, 3):
        return model, False, (sides[1], sides[2], sides[3])
    told = ", ".join("?" if side is None else str(side) for side in sides)
    raise NetworkError(f"{path} takes ({told}), expected pictures: (n, c, h, w) or (n, h, w, c).")


def from_raw_pixels(
    model: Any,
    shape_hwc: tuple[int, int, int],
    pixels: Pixels,
    *,
    channels_first: bool,
    squash: str | None = None,
) -> Any:
    """The OpenVINO network with its scaling inside, for any number of pictures.

    Args:
        model: As read.
        shape_hwc: What pictures it shall take.
        pixels: What it wants pixels to be.
        channels_first: Whether it takes colors before height and width.
        squash: "softmax" or "sigmoid" where it gives no probabilities.
    """
    openvino = load_openvino()
    from openvino.preprocess import ColorFormat, PrePostProcessor

    height, width, channels = shape_hwc
    sides = [channels, height, width] if channels_first else [height, width, channels]
    model.reshape({model.input(): openvino.PartialShape([-1, *sides])})
    steps = PrePostProcessor(model)
    entry = steps.input()
    entry.tensor().set_element_type(openvino.Type.u8).set_layout(openvino.Layout("NHWC"))
    entry.model().set_layout(openvino.Layout("NCHW" if channels_first else "NHWC"))
    change = entry.preprocess().convert_element_type(openvino.Type.f32)
    if pixels.colors == "bgr" and channels == 3:
        entry.tensor().set_color_format(ColorFormat.RGB)
        change.convert_color(ColorFormat.BGR)
    change.mean(_numbers(pixels.mean)).scale(_numbers(pixels.deviation))
    model = steps.build()
    if squash is not None:
        _squash(model, squash)
    return model


def _numbers(values: tuple[float, ...]) -> Any:
    return values[0] if len(values) == 1 else list(values)


def _squash(model: Any, how: str) -> None:
    import openvino.opset13 as ops

    result = model.output().get_node()
    answer = result.input_value(0)
    squashed = ops.softmax(answer, axis=-1) if how == "softmax" else ops.sigmoid(answer)
    result.input(0).replace_source_output(squashed.output(0))
    model.validate_nodes_and_infer_types()


def compiled(model: Any) -> Any:
    """The network, ready to be asked."""
    options = {"INFERENCE_PRECISION_HINT": "f32"}
    try:
        return shared_core().compile_model(model, "CPU", options)
    except RuntimeError as error:
        raise NetworkError(f"OpenVINO cannot run the network: {_gist(error)}.") from error


def answers_of(network: Any, pictures: np.ndarray) -> np.ndarray:
    """What a compiled network answers, (n, k) float32.

    Raises:
        NetworkError: If it cannot take that many at once, or answers no row of classes.
    """
    try:
        found = np.array(network(pictures)[0], np.float32)
    except RuntimeError as error:
        raise NetworkError(
            f"the network cannot answer {len(pictures)} pictures: {_gist(error)}. Save it with a "
            "free batch size."
        ) from error
    if found.ndim != 2 or len(found) != len(pictures):
        raise NetworkError(
            f"the network answers with {found.shape[1:]}, expected one row of classes."
        )
    return found


def through_onnxruntime(path: Path, prepared: np.ndarray, *, channels_first: bool) -> np.ndarray:
    """What ONNX Runtime makes of pictures that are scaled already; the second opinion.

    Args:
        path: The ONNX file.
        prepared: (n, h, w, c) float32.
        channels_first: Whether the network takes colors before height and width.
    """
    runtime = extras.load("onnxruntime")
    session = runtime.InferenceSession(path, providers=["CPUExecutionProvider"])
    entry = session.get_inputs()[0]
    fed = np.ascontiguousarray(prepared.transpose(0, 3, 1, 2) if channels_first else prepared)
    if entry.type == "tensor(uint8)":
        fed = fed.astype(np.uint8)
    one_by_one = isinstance(entry.shape[0], int)
    parts = np.split(fed, len(fed)) if one_by_one else [fed]
    return np.concatenate([session.run(None, {entry.name: part})[0] for part in parts])


def _gist(error: BaseException) -> str:
    lines = [" ".join(line.split()) for line in str(error).splitlines() if line.strip()]
    return (lines[-1] if lines else type(error).__name__)[:200].rstrip(".")
