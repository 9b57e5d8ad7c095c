"""Networks to start from: by name, with pixels prepared as each was trained."""

import importlib
import re
from collections import defaultdict
from pathlib import Path
from typing import Any, Literal

import numpy as np

from kanjian import extras
from kanjian.backend import load_keras
from kanjian.backend.mixed_precision import precision
from kanjian.backend.seeding import seeded
from kanjian.errors import RecipeError, WeightsError
from kanjian.models.backbone_registry import BACKBONES, BackboneRecord, find_backbone
from kanjian.models.efficientnet_lite import is_lite, lite_weights
from kanjian.models.hub import build_hub
from kanjian.models.joined_backbone import join, parts_of
from kanjian.models.keras_lookup import REFUSALS, one_line
from kanjian.models.split_model import flat

__all__ = ["BACKBONES", "BackboneRecord", "build_backbone", "find_backbone", "prepare_pixels"]

_MEAN = (0.485, 0.456, 0.406)
_DEVIATION = (0.229, 0.224, 0.225)


def build_backbone(
    name: str,
    *,
    size_hw: tuple[int, int],
    weights: Path | tuple[Path, ...] | None,
    seed: int,
    policy: str = "float32",
    top: bool = False,
    pixels: Literal["own", "unit"] = "own",
) -> Any:
    """A network to start from: uint8 RGB (n, h, w, 3) in, its last feature map out.

    One flat functional Keras model: the input `pixels`, preparation (layers whose names end
    in `_pixels`), then the layers of the network under the names they have as the first
    network of a Keras process. Nothing of kanjian's is in it.

    Args:
        name: As in `kanjian models`, or a preset of KerasHub, see `models.hub`; or several
            joined by "+", which give the channels of all their maps.
        size_hw: Height and width of the pictures.
        weights: File of weights, of a preset its folder, or of each of several; None for random
            ones.
        seed: Of random weights and of dropout.
        policy: Keras dtype policy.
        top: Whether the network ends in the 1000 ImageNet probabilities.
        pixels: "own" prepares them as for its training, "unit" as RGB from 0 to 1.

    Raises:
        RecipeError: If there is no such network, or it does not take such pictures or pixels.
        WeightsError: If the file cannot be read or does not fit.

    Example:
        >>> network = build_backbone("mobilenet-v2", size_hw=(32, 64), weights=None, seed=0)
        >>> network.output_shape, [layer.name for layer in network.layers[:3]]
        ((None, 1, 2, 1280), ['pixels', 'scale_pixels', 'Conv1'])
    """
    if len(parts_of(name)) > 1:
        return _joined(
            name, weights, size_hw=size_hw, seed=seed, policy=policy, top=top, pixels=pixels
        )
    record = find_backbone(name)
    if record.prepare == "file":
        raise RecipeError(
            f"{name} is a file that only OpenVINO runs: a head can be trained on its features, "
            "but no layer of it looked into or trained."
        )
    _check_size(record, size_hw)
    assert weights is None or isinstance(weights, Path)
    if pixels == "unit" and record.prepare == "inside":
        raise RecipeError(
            f"{record.name} has layers of its own that take pixels of 0 to 255, so they cannot "
            'come as "unit". Leave [backbone] pixels out.'
        )
    with precision(policy), seeded(seed):
        raw = load_keras().Input((*size_hw, 3), dtype="uint8", name="pixels")
        scheme = record.prepare if pixels == "own" else "unit"
        try:
            if record.prepare == "hub":
                output = _hub_output(record, raw, weights, policy=policy, top=top, pixels=pixels)
            else:
                output = _output(record, prepare_pixels(raw, scheme), top=top)
        except REFUSALS as error:
            size = "×".join(map(str, size_hw))
            raise RecipeError(f"{name} cannot be built for {size}: {one_line(error)}") from error
    network = load_keras().Model(raw, output, name=network_name(name))
    _name_as_first(network)
    if record.prepare == "hub":  # it came with its weights
        return flat(network)
    if weights is not None:
        _fill(network, record, weights)
    _right_normalization(network, fresh=weights is None)
    return flat(network)


def _joined(name: str, weights: Path | tuple[Path, ...] | None, *, top: bool, **each: Any) -> Any:
    parts = parts_of(name)
    if top:
        raise RecipeError(f"{name} has no classes of its own: only one network has. Name one.")
    files = weights if isinstance(weights, tuple) else (None,) * len(parts)
    networks = {
        part: build_backbone(part, weights=file, **each)
        for part, file in zip(parts, files, strict=True)
    }
    return join(networks, policy=each["policy"])


def network_name(backbone: str) -> str:
    """What the network of a backbone is called in Keras: its last part, in letters Keras takes.

    Example:
        >>> network_name("efficientnet-b0"), network_name("hub:hf://keras/vit_base/")
        ('efficientnet_b0', 'vit_base')
    """
    last = re.split(r"[/\\:]", backbone.rstrip("/\\"))[-1]
    return re.sub(r"[^A-Za-z0-9_]", "_", last) or "backbone"


def preset_weights(record: BackboneRecord, weights: str) -> Path:
    """The folder that a preset's own weights lie in; it has no others.

    Raises:
        WeightsError: If others are asked for.
        MissingExtraError: If KerasHub, which reads them, is not installed.
    """
    extras.need("keras", "keras_hub")
    if weights != "imagenet":
        raise WeightsError(
            f"{record.name} brings its own weights, got weights {weights!r}. Leave weights out, "
            'or set them to "none" for random ones.'
        )
    return Path(record.reference)


def _hub_output(
    record: BackboneRecord,
    raw: Any,
    weights: Path | None,
    *,
    policy: str,
    top: bool,
    pixels: str,
) -> Any:
    if top:
        raise RecipeError(f"{record.name} is a backbone alone: KerasHub keeps its classes apart.")
    return build_hub(
        Path(record.reference), record.name, raw,
        fresh=weights is None, policy=policy, unit=pixels == "unit",
    )  # fmt: skip


def _check_size(record: BackboneRecord, size_hw: tuple[int, int]) -> None:
    least = record.least_hw
    if size_hw[0] < least[0] or size_hw[1] < least[1]:
        raise RecipeError(
            f"{record.name} takes pictures of at least {least[0]}×{least[1]}, "
            f"got {size_hw[0]}×{size_hw[1]}. Set a larger [input] size."
        )


def _output(record: BackboneRecord, x: Any, *, top: bool) -> Any:
    module, _, function = record.function.partition(":")
    if module.startswith("kanjian."):
        return getattr(importlib.import_module(module), function)(x, top=top)
    # Keras goes back from x to its input and takes the preparation in: one flat network
    build = getattr(load_keras().applications, function)
    made = build(weights=None, include_top=top, input_tensor=x, input_shape=tuple(x.shape[1:]))
    return made.outputs[0]


def prepare_pixels(x: Any, scheme: str) -> Any:
    """Bring uint8 RGB pixels to what a network was trained on, in float32.

    Args:
        x: Keras tensor (n, h, w, 3), uint8.
        scheme: "caffe": BGR less the mean color; "tf": −1 … 1; "torch": less mean color, by
            deviation, of 0 … 1; "lite": (x − 127) / 128; "unit": 0 … 1; "inside": the network
            does it.

    Example:
        >>> keras = load_keras()
        >>> pixels = keras.Input((2, 2, 3), dtype="uint8")
        >>> network = keras.Model(pixels, prepare_pixels(pixels, "caffe"))
        >>> red = np.array([[[[255, 0, 0]] * 2] * 2], np.uint8)
        >>> network.predict_on_batch(red)[0, 0, 0].round(2)
        array([-103.94, -116.78,  131.32], dtype=float32)
    """
    keras = load_keras()
    if scheme == "inside":
        return x
    if scheme == "caffe":
        x = keras.ops.flip(x, axis=-1)
        x._keras_history.operation.name = "reverse_pixels"
    scale, offset = _SCALES[scheme]
    return keras.layers.Rescaling(scale, offset, dtype="float32", name="scale_pixels")(x)


_SCALES: dict[str, tuple[Any, Any]] = {
    "caffe": (1.0, [-103.939, -116.779, -123.68]),
    "tf": (1 / 127.5, -1.0),
    "torch": (
        [1 / (255 * deviation) for deviation in _DEVIATION],
        [-mean / deviation for mean, deviation in zip(_MEAN, _DEVIATION, strict=True)],
    ),
    "lite": (1 / 128, -127 / 128),
    "unit": (1 / 255, 0.0),
}


def _name_as_first(network: Any) -> None:
    """Number layers without a name of their own as a fresh process would.

    Keras counts on: the second InceptionV3 of a process has a conv2d_94. A recipe that
    unfreezes conv2d_80 must mean the same layer every time.
    """
    numbered: dict[str, list[tuple[int, Any]]] = defaultdict(list)
    for operation in network.operations:
        kind = _snake(type(operation).__name__)
        found = re.fullmatch(rf"{kind}(?:_(\d+))?", operation.name)
        if found:
            numbered[kind].append((int(found[1] or 0), operation))
    for kind, counted in numbered.items():
        for number, (_, operation) in enumerate(sorted(counted, key=lambda pair: pair[0])):
            operation.name = f"{kind}_{number}" if number else kind


def _snake(name: str) -> str:
    """The name Keras gives to a nameless layer of a class."""
    name = re.sub("(.)([A-Z][a-z]+)", r"\1_\2", name)
    return re.sub("([a-z])([A-Z])", r"\1_\2", name).lower()


def _fill(network: Any, record: BackboneRecord, weights: Path) -> None:
    if is_lite(record.name) and weights.suffix in {".pth", ".safetensors", ".npz"}:
        from kanjian.weights.named import read_arrays

        arrays = read_arrays(weights)
        if weights.suffix == ".pth" or any(name.startswith("_conv_stem.") for name in arrays):
            return _fill_lite(network, record.name, arrays, weights)
    from kanjian.weights.assign import load_weights

    load_weights(network, weights)
    return None


def _fill_lite(network: Any, name: str, state: dict[str, Any], path: Path) -> None:
    arrays = lite_weights(name, state)
    try:
        for layer in network.layers:
            if layer.weights:
                layer.set_weights(arrays[layer.name])
    except REFUSALS as error:
        raise WeightsError(f"{path} does not fit {name}: {one_line(error)}") from error


def _right_normalization(network: Any, *, fresh: bool) -> None:
    """Put the variance of EfficientNet V1's first layer right.

    Keras' ImageNet files have the deviation where the variance belongs, and Keras adds a
    second scaling when it fetches them itself: (x − m) / √s / √s. Here the layer holds s².
    Random weights get ImageNet's mean and deviation too, not 0 and 1.

    Reference:
        https://github.com/tensorflow/tensorflow/issues/49930
    """
    for layer in network.layers:
        if not isinstance(layer, load_keras().layers.Normalization) or not layer.weights:
            continue
        mean, variance, count = layer.get_weights()
        if fresh or np.allclose(variance, _DEVIATION, atol=1e-3):
            mean = np.array(_MEAN, np.float32) if fresh else mean
            variance = np.square(np.array(_DEVIATION, np.float32))
            layer.set_weights([mean, variance, count])
        layer.finalize_state()
