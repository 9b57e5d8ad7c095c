"""An ONNX network of others as an OpenVINO network that takes raw pixels."""

from pathlib import Path
from typing import Any

import numpy as np

from kanjian import extras
from kanjian.errors import NetworkError
from kanjian.guard.graph import check_graph, gist
from kanjian.inference.pixel_ranges import Pixels
from kanjian.inference.runtime import load_openvino, shared_core

_KINDS = {
    "FLOAT": np.float32, "FLOAT16": np.float16, "DOUBLE": np.float64, "UINT8": np.uint8,
    "INT8": np.int8, "INT16": np.int16, "UINT16": np.uint16, "INT32": np.int32,
    "UINT32": np.uint32, "INT64": np.int64, "UINT64": np.uint64,
}  # fmt: skip


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
    except (RuntimeError, UnicodeDecodeError) as error:
        raise NetworkError(f"OpenVINO cannot read {path}: {gist(error)}.") from error
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


def fix_size(model: Any, shape_hwc: tuple[int, int, int], *, channels_first: bool) -> None:
    """Let a network take pictures of one size, any number of them.

    Raises:
        NetworkError: If it cannot.
    """
    openvino = load_openvino()
    height, width, channels = shape_hwc
    sides = [channels, height, width] if channels_first else [height, width, channels]
    try:
        model.reshape({model.input(): openvino.PartialShape([-1, *sides])})
    except (RuntimeError, UnicodeDecodeError) as error:
        raise NetworkError(f"the network cannot take {height}×{width}: {gist(error)}.") from error


def check_computed(path: Path, shape_hwc: tuple[int, int, int], *, channels_first: bool) -> None:
    """Refuse a network that computes more than any picture of this size needs.

    Raises:
        NetworkError: If it does; before anything of it was computed.
    """
    model, _, _ = input_of(path)
    fix_size(model, shape_hwc, channels_first=channels_first)
    check_graph(model, str(path), stored=path.stat().st_size, error=NetworkError)


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

    fix_size(model, shape_hwc, channels_first=channels_first)
    channels = shape_hwc[2]
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
    except (RuntimeError, UnicodeDecodeError) as error:
        raise NetworkError(f"OpenVINO cannot run the network: {gist(error)}.") from error


def answers_of(network: Any, pictures: np.ndarray) -> np.ndarray:
    """What a compiled network gives, (n, k) float32.

    Raises:
        NetworkError: If it cannot take that many at once, or gives no row of classes.
    """
    try:
        found = np.array(network(pictures)[0], np.float32)
    except (RuntimeError, UnicodeDecodeError) as error:
        raise NetworkError(
            f"the network cannot run on {len(pictures)} pictures: {gist(error)}. Save it with a "
            "free batch size."
        ) from error
    if found.ndim != 2 or len(found) != len(pictures):
        raise NetworkError(
            f"the output of the network is {found.shape[1:]}, expected one row of classes."
        )
    return found


def through_onnxruntime(
    path: Path, prepared: np.ndarray, *, channels_first: bool, kind: str
) -> np.ndarray:
    """What ONNX Runtime makes of pictures that are scaled already; the second opinion.

    Args:
        path: The ONNX file.
        prepared: (n, h, w, c) float32.
        channels_first: Whether the network takes colors before height and width.
        kind: Of the numbers it takes, as ONNX names it.

    Raises:
        NetworkError: If numbers of that kind cannot hold these pictures, or it cannot run.
    """
    runtime = extras.load("onnxruntime")
    fed = prepared.astype(_KINDS[kind])
    # rounding to whole numbers here would hide what rounds them there
    if fed.dtype.kind in "iu" and not np.array_equal(fed, prepared):
        raise NetworkError(f"pixels scaled like that are no {kind.casefold()} numbers.")
    fed = np.ascontiguousarray(fed.transpose(0, 3, 1, 2) if channels_first else fed)
    try:
        # without the second try that it would tell of on stdout
        session = runtime.InferenceSession(
            path, providers=["CPUExecutionProvider"], enable_fallback=0
        )
        entry = session.get_inputs()[0]
        one_by_one = isinstance(entry.shape[0], int)
        parts = np.split(fed, len(fed)) if one_by_one else [fed]
        answers = [session.run(None, {entry.name: part})[0] for part in parts]
    # ONNX Runtime's errors have no base in common
    except Exception as error:
        raise NetworkError(f"ONNX Runtime cannot run {path}: {gist(error)}.") from error
    return np.concatenate(answers).astype(np.float32)
