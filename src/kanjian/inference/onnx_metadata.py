"""What an ONNX file says of itself: the kind of its pixels, class names, size, task."""

import ast
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from kanjian.errors import NetworkError

_LONGEST = 4 << 20
_NAMES = ("names", "class_names", "classes", "labels")
_CLASSIFY = {"classify", "classification", "image-classification"}
# The standard's words: onnx/docs/MetadataProps.md
_RANGES = {
    "NominalRange_0_255": "0..255", "Normalized_0_1": "0..1", "Normalized_1_1": "-1..1",
}  # fmt: skip
_COLORS = {"Rgb8": "rgb", "Bgr8": "bgr"}
# What a whole number can hold of a pixel
_WHOLE = {
    "UINT8": "0..255", "INT8": "-128..127", "INT16": "0..255", "UINT16": "0..255",
    "INT32": "0..255", "UINT32": "0..255", "INT64": "0..255", "UINT64": "0..255",
}  # fmt: skip
_FLOATS = {"FLOAT", "FLOAT16", "DOUBLE"}


@dataclass(frozen=True)
class OnnxMetadata:
    """What was found in the file; None of what it does not say.

    Args:
        kind: Of its input's numbers, as ONNX names it: "FLOAT", "UINT8".
        names: Class names.
        size_hw: Height and width, where the network takes any.
        pixels: What it wants pixels to be.
        only: Whether its input can hold nothing but `pixels`.
        colors: "rgb" or "bgr".
        fit: How its program brings pictures to size.
        notes: Where it says so, as sentences.
    """

    kind: str
    names: tuple[str, ...] | None = None
    size_hw: tuple[int, int] | None = None
    pixels: str | None = None
    only: bool = False
    colors: Literal["rgb", "bgr"] | None = None
    fit: Literal["crop"] | None = None
    notes: tuple[str, ...] = ()


def metadata_of(model: Any) -> OnnxMetadata:
    """What an `onnx.ModelProto` says of itself.

    Raises:
        NetworkError: If it says that it does something else than telling classes apart, or
            takes numbers that pixels cannot be given as.
    """
    words = {entry.key: entry.value for entry in model.metadata_props}
    task = words.get("task", "classify").strip().casefold()
    if task not in _CLASSIFY:
        raise NetworkError(
            f"the file says that its task is {task[:40]!r}. kanjian takes networks that tell "
            "classes of whole pictures apart (task 'classify')."
        )
    kind, notes = _kind_of(model), []
    names, size = _names_in(words), _size_in(words)
    if names:
        notes.append("class names from the file's own record")
    pixels, only = _WHOLE.get(kind), kind in _WHOLE
    if only:
        notes.append(f"its input is {kind.casefold()}: pixels are {pixels}")
    colors = _COLORS.get(words.get("Image.BitmapPixelFormat", ""))
    if not only and words.get("Image.NominalPixelRange") in _RANGES:
        pixels = _RANGES[words["Image.NominalPixelRange"]]
        notes.append(f"pixels {pixels} from the file's own record")
    ultralytics = words.get("author", "").strip().casefold() == "ultralytics" and "task" in words
    if ultralytics and pixels is None:
        pixels = "0..1"
        notes.append("Ultralytics wrote it: pixels are 0..1 and pictures cropped, as there")
    return OnnxMetadata(
        kind, names, size, pixels, only, colors,  # type: ignore[arg-type]
        "crop" if ultralytics else None, tuple(notes),
    )  # fmt: skip


def _kind_of(model: Any) -> str:
    """The kind of numbers of the one input that is no weight."""
    import onnx

    stored = {tensor.name for tensor in model.graph.initializer}
    inputs = [each for each in model.graph.input if each.name not in stored]
    if len(inputs) != 1:
        raise NetworkError(f"the network has {len(inputs)} inputs, expected one: a picture.")
    number = inputs[0].type.tensor_type.elem_type
    kinds = {value: key for key, value in onnx.TensorProto.DataType.items()}
    kind = kinds.get(number, f"number {number}")
    if kind not in _WHOLE and kind not in _FLOATS:
        raise NetworkError(
            f"the network takes {kind.casefold()} numbers, expected float, float16 or whole ones. "
            "Save it again with a float32 input."
        )
    return str(kind)


def _names_in(words: Mapping[str, str]) -> tuple[str, ...] | None:
    for key in _NAMES:
        value = _literal(words.get(key, ""))
        if isinstance(value, dict):
            numbers = [int(each) if str(each).isdecimal() else -1 for each in value]
            if sorted(numbers) == list(range(len(numbers))):
                value = [name for _, name in sorted(zip(numbers, value.values(), strict=True))]
        if isinstance(value, list | tuple) and value and all(isinstance(e, str) for e in value):
            return tuple(" ".join(each.split()) for each in value)
    return None


def _size_in(words: Mapping[str, str]) -> tuple[int, int] | None:
    value = _literal(words.get("imgsz", ""))
    if isinstance(value, int):
        value = [value, value]
    if isinstance(value, list | tuple) and len(value) == 2:
        height, width = value
        if all(isinstance(side, int) and 0 < side <= 1 << 14 for side in value):
            return int(height), int(width)
    return None


def _literal(text: str) -> Any:
    """A value in JSON or as Python spells it; None where it is neither."""
    if not text or len(text) > _LONGEST:
        return None
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        pass
    try:
        return ast.literal_eval(text)
    except (ValueError, SyntaxError, RecursionError, MemoryError, TypeError):
        return None
