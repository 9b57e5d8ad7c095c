"""A network in an ONNX or OpenVINO file as a frozen backbone: raw pixels in, features out."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from math import isqrt
from pathlib import Path
from typing import Any, cast

import numpy as np

from kanjian.checks import nearest
from kanjian.errors import NetworkError
from kanjian.features.engine import FeatureEngine
from kanjian.features.identity import KnownNetwork, TensorForm
from kanjian.guard.graph import check_graph, gist
from kanjian.guard.onnx_file import check_onnx
from kanjian.guard.openvino_file import check_openvino_file
from kanjian.inference.onnx_metadata import metadata_of
from kanjian.inference.onnx_models import fix_size, from_raw_pixels
from kanjian.inference.pixel_ranges import Pixels, check_channels, pixels_of
from kanjian.inference.runtime import load_openvino, shared_core
from kanjian.storage.files import sha256

# What may stand behind the layer that tells classes apart
_AFTER_CLASSES = {"Softmax", "LogSoftmax", "Sigmoid", "Convert", "Squeeze"}


@dataclass(frozen=True, eq=False)
class FileBackbone:
    """A file opened as a backbone.

    Args:
        path: The file.
        network: `openvino.Model`: (n, h, w, 3) uint8 in, (n, d) float32 out.
        size_hw: Height and width of the pictures.
        channels: 1 or 3.
        layer: Where its features end.
        about: How that place was chosen and what pixels become, a sentence.
        key: A hash of all that decides about the features.
    """

    path: Path
    network: Any = field(repr=False)
    size_hw: tuple[int, int]
    channels: int
    layer: str
    about: str
    key: str

    @property
    def width(self) -> int:
        """How many numbers its features are."""
        return int(self.network.output(0).get_partial_shape()[1].get_length())

    @property
    def known(self) -> KnownNetwork:
        """What stands for it wherever features are found by their network's key."""
        takes = TensorForm((None, *self.size_hw, self.channels), "uint8")
        gives = TensorForm((None, self.width), "float32")
        return KnownNetwork(self.key, takes, gives, lambda: self.network)


class FileEngine(FeatureEngine):
    """Computes the features of such a file; in bfloat16 checked against itself in float32."""

    def _converted(self) -> Any:
        return self._network.network.clone()

    def _use_keras(self, reason: str) -> None:
        raise NetworkError(f"{reason}.")

    def _reference(self, batch: np.ndarray) -> np.ndarray:
        options = {"INFERENCE_PRECISION_HINT": "f32"}
        compiled = shared_core().compile_model(self._network.network, "CPU", options)
        return np.array(compiled(batch)[0], np.float32)


def joined(backbone: FileBackbone, head: Any) -> Any:
    """Backbone and head as one `openvino.Model`: raw pixels in, classes out.

    Args:
        backbone: Opened.
        head: `openvino.Model` that takes its features.
    """
    lower, upper = backbone.network.clone(), head.clone()
    features = lower.get_results()[0].input_value(0)
    (entry,) = upper.get_parameters()
    for target in entry.output(0).get_target_inputs():
        target.replace_source_output(features)
    return load_openvino().Model(upper.get_results(), lower.get_parameters(), "recognizer")


def open_file_backbone(
    path: Path,
    *,
    layer: str | None = None,
    pool: str = "average",
    size_hw: tuple[int, int] | None = None,
    pixels: str | None = None,
    colors: str | None = None,
) -> FileBackbone:
    """Open an .onnx, or an OpenVINO .xml with its .bin, as a frozen backbone.

    Features end at `layer`. By default that is what the last fully connected layer takes, which
    tells the classes of its own training apart; a network that does not end in one ends in its
    output. A map is pooled. Of tokens the first is taken where the others make a square (a
    class token), else they are pooled too.

    Args:
        path: The file; looked through before anything of it is run.
        layer: The name of an operation or of what it gives.
        pool: "average", "max", or "none" to keep all numbers of a map, in a row.
        size_hw: Height and width, where the network takes any.
        pixels: What pixels 0 to 255 become before it: as for `import_network`.
        colors: "rgb" or "bgr".

    Raises:
        NetworkError: If the file is refused, has no such layer, or does not say what pixels are.

    Example:
        >>> open_file_backbone(Path("missing.onnx"))
        Traceback (most recent call last):
        kanjian.errors.NetworkError: cannot read missing.onnx: No such file or directory.
    """
    model, told = _read(path)
    first, (height, width, channels) = _input_of(model, path)
    size = size_hw or (told.size_hw if told else None)
    if None not in (height, width):
        if size_hw not in {None, (height, width)}:
            raise NetworkError(f"{path} takes {height}×{width} only. Leave [input] size out.")
        size = (cast("int", height), cast("int", width))
    if size is None:
        raise NetworkError(
            f"{path} takes pictures of any size. Choose one: --set input.size=[224,224]."
        )
    shape = (*size, channels)
    chosen = _pixels(path, model, told, pixels, colors, channels)
    port, how = _place(model, path, layer)
    part = load_openvino().Model([port], model.get_parameters(), "backbone")
    fix_size(part, shape, channels_first=first)
    check_graph(part, str(path), stored=_stored(path), error=NetworkError)
    how += _pool(part, pool)
    made = from_raw_pixels(part, shape, chosen, channels_first=first)
    name = port.get_node().get_friendly_name()
    described = [sha256(path), name, pool, chosen.name, chosen.colors, *shape, "1"]
    if path.suffix.lower() == ".xml":
        described.append(sha256(path.with_suffix(".bin")))
    about = f"{path.name}: features from {name!r}, {how}; pixels {chosen.name} {chosen.colors}"
    key = "file-" + "-".join(map(str, described))
    return FileBackbone(path, made, size, channels, name, about, key)


def _read(path: Path) -> tuple[Any, Any]:
    """The network, and what an ONNX file says of itself."""
    told = None
    try:
        if path.suffix.lower() == ".xml":
            check_openvino_file(path, error=NetworkError)
        else:
            told = metadata_of(check_onnx(path, error=NetworkError))
        return shared_core().read_model(str(path)), told
    except OSError as error:
        raise NetworkError(f"cannot read {path}: {error.strerror or error}.") from error
    except (RuntimeError, UnicodeDecodeError) as error:
        raise NetworkError(f"OpenVINO cannot read {path}: {gist(error)}.") from error


def _stored(path: Path) -> int:
    numbers = path.with_suffix(".bin") if path.suffix.lower() == ".xml" else path
    return numbers.stat().st_size


def _input_of(model: Any, path: Path) -> tuple[bool, tuple[int | None, int | None, int]]:
    if len(model.inputs) != 1:
        raise NetworkError(f"{path} has {len(model.inputs)} inputs, expected one: a picture.")
    shape = model.input().partial_shape
    sides: list[Any] = [None if side.is_dynamic else side.get_length() for side in shape]
    if len(sides) == 4 and sides[1] in (1, 3):
        return True, (sides[2], sides[3], sides[1])
    if len(sides) == 4 and sides[3] in (1, 3):
        return False, (sides[1], sides[2], sides[3])
    shown = ", ".join("?" if side is None else str(side) for side in sides)
    raise NetworkError(f"{path} takes ({shown}), expected pictures: (n, c, h, w) or (n, h, w, c).")


def _pixels(
    path: Path, model: Any, told: Any, asked: str | None, colors: str | None, channels: int
) -> Pixels:
    found = asked or (told.pixels if told else None)
    if found is None and model.input().get_element_type() == load_openvino().Type.u8:
        found = "0..255"
    if found is None:
        raise NetworkError(
            f"{path} does not say what pixels 0 to 255 were scaled to before it saw them. Say it "
            "with --pixels: 0..1, -1..1, 0..255, any LOW..HIGH, imagenet-torch or imagenet-caffe."
        )
    chosen = pixels_of(found, colors=colors or (told.colors if told else None))
    check_channels(chosen, channels)
    return chosen


def _place(model: Any, path: Path, layer: str | None) -> tuple[Any, str]:
    """Where features end, and why there."""
    if layer is not None:
        return _named(model, path, layer), "as asked"
    output = _main_output(model)
    port = output.get_node().input_value(0)
    node = port.get_node()
    while (inner := _behind(node)) is not None:
        node = inner
    weights = node.get_type_name() == "MatMul" and _is_constant(node.input_value(1).get_node())
    if weights and len(node.input_value(0).get_partial_shape()) == 2:
        return node.input_value(0), "what its last fully connected layer takes"
    return port, "its output"


def _behind(node: Any) -> Any:
    """What an activation, a bias or a scale is computed from; None for anything else."""
    kind = node.get_type_name()
    if kind in _AFTER_CLASSES:
        return node.input_value(0).get_node()
    if kind in {"Add", "Multiply"}:
        sources = [each.get_source_output().get_node() for each in node.inputs()]
        computed = [each for each in sources if not _is_constant(each)]
        return computed[0] if len(computed) == 1 else None
    return None


def _main_output(model: Any) -> Any:
    """Of several outputs the one that is a vector, else the first."""
    vectors = [each for each in model.outputs if len(each.get_partial_shape()) == 2]
    return (vectors or model.outputs)[0]


def _is_constant(node: Any) -> bool:
    """Weights may be stored in another precision, or as what they are computed from."""
    kind = node.get_type_name()
    return kind == "Constant" or (
        kind in {"Convert", "Transpose", "Multiply", "Subtract", "Reshape", "Unsqueeze"}
        and all(_is_constant(each.get_source_output().get_node()) for each in node.inputs())
    )


def _named(model: Any, path: Path, layer: str) -> Any:
    names: dict[str, Any] = {}
    for operation, port in _ports(model):
        names.setdefault(operation.get_friendly_name(), port)
        for name in port.get_names():
            names.setdefault(name, port)
    if layer in names:
        return names[layer]
    close = nearest(layer, names)
    last = list(dict.fromkeys(op.get_friendly_name() for op, _ in _ports(model)))[-5:]
    cure = f"Did you mean {close!r}?" if close else f"Its last are {', '.join(last)}."
    raise NetworkError(f"{path} has no layer {layer!r}. {cure}")


def _ports(model: Any) -> Iterator[tuple[Any, Any]]:
    for operation in model.get_ordered_ops():
        if operation.get_type_name() not in {"Constant", "Result", "Parameter"}:
            for port in operation.outputs():
                yield operation, port


def _pool(part: Any, pool: str) -> str:
    """End a network in one row of numbers; what was done, for people."""
    ops = load_openvino().opset13
    result = part.output(0).get_node()
    port = result.input_value(0)
    shape = port.get_partial_shape()
    rank = len(shape)
    if rank < 2 or any(side.is_dynamic for side in list(shape)[1:]):
        raise NetworkError(
            f"features must be a row, tokens or a map for each picture, got {shape}."
        )
    said = ""
    if rank == 3 and pool != "none" and _has_class_token(shape[1].get_length()):
        port, said = ops.gather(port, ops.constant(0), ops.constant(1)).output(0), ", class token"
    elif rank > 2 and pool != "none":
        sides = [side.get_length() for side in list(shape)[1:]]
        last = rank == 4 and sides[0] == sides[1] != sides[2]  # channels come last
        axes = ops.constant([1] if rank == 3 else [1, 2] if last else [2, 3])
        reduce = ops.reduce_mean if pool == "average" else ops.reduce_max
        port, said = reduce(port, axes, keep_dims=False).output(0), f", {pool} over its places"
    elif rank > 2:
        port = ops.reshape(port, ops.constant([0, -1]), special_zero=True).output(0)
    if port.get_element_type() != load_openvino().Type.f32:
        port = ops.convert(port, "f32").output(0)
    result.input(0).replace_source_output(port)
    part.validate_nodes_and_infer_types()
    return said


def _has_class_token(tokens: int) -> bool:
    """Whether all but one (or but one and four registers) make a square.

    Example:
        >>> _has_class_token(197), _has_class_token(261), _has_class_token(196)
        (True, True, False)
    """
    return any(isqrt(tokens - more) ** 2 == tokens - more for more in (1, 5) if tokens > more)
