"""How much arithmetic a layer does for one picture."""

import math
from collections.abc import Sequence
from typing import Any

_FREE = frozenset({
    "InputLayer", "Flatten", "Reshape", "Permute", "Dropout", "SpatialDropout2D", "GaussianNoise",
    "GaussianDropout", "AlphaDropout", "ActivityRegularization", "Identity", "ZeroPadding2D",
    "Cropping2D", "Concatenate", "Flip", "Cast", "UpSampling2D",
})  # fmt: skip
# Operations for each number of the output
_PER_NUMBER = {
    "BatchNormalization": 2, "Normalization": 2, "Rescaling": 2, "LayerNormalization": 5,
    "GroupNormalization": 5, "UnitNormalization": 3,
} | dict.fromkeys((
    "Activation", "ReLU", "LeakyReLU", "PReLU", "ELU", "Softmax", "Sigmoid", "Silu", "Relu",
    "Relu6", "Gelu", "HardSwish", "HardSilu", "Tanh", "Clip", "Divide", "TrueDivide", "Power",
    "Square", "Sqrt", "Abs", "Negative",
), 1)  # fmt: skip
_MERGES = frozenset({"Add", "Subtract", "Multiply", "Maximum", "Minimum", "Average"})
_POOLS = frozenset({"MaxPooling2D", "AveragePooling2D"})
_GLOBAL_POOLS = frozenset({"GlobalAveragePooling2D", "GlobalMaxPooling2D"})
_KERNELS = frozenset({"Dense", "Conv1D", "Conv2D", "Conv3D", "DepthwiseConv2D", "SeparableConv2D"})
Shape = Sequence[int]


def flops_of(operation: Any, inputs: Sequence[Shape], output: Shape) -> int | None:
    """Floating point operations of one layer for one picture.

    A multiplication and an addition count one each: twice what is counted elsewhere as
    multiply-adds. A function such as exp or ReLU counts one.

    Args:
        operation: A built Keras layer or an operation.
        inputs: Shape of each input, without the batch.
        output: Shape of the output, without the batch.

    Returns:
        None for a kind that is not known here.

    Example:
        >>> from kanjian.backend import load_keras
        >>> dense = load_keras().layers.Dense(3)
        >>> dense.build((None, 5))
        >>> flops_of(dense, [(5,)], (3,))
        33
    """
    kind, numbers = type(operation).__name__, math.prod(output)
    counted: int | None = None
    if kind in _FREE:
        counted = 0
    elif kind in _KERNELS:
        counted = _through_kernels(operation, numbers)
    elif kind == "Conv2DTranspose":
        # every number of the input meets each of its channel's weights once
        places = math.prod(inputs[0]) // inputs[0][_channel_axis(operation)]
        counted = 2 * places * math.prod(operation.kernel.shape) + _after(operation, numbers)
    elif kind in _POOLS:
        counted = numbers * math.prod(operation.pool_size)
    elif kind in _GLOBAL_POOLS:
        counted = math.prod(inputs[0])
    elif kind in _MERGES:
        counted = numbers * max(len(inputs) - 1, 1)
    elif kind in _PER_NUMBER:
        counted = numbers * _PER_NUMBER[kind]
    return counted


def _through_kernels(layer: Any, numbers: int) -> int:
    """Each kernel is applied at every place of the output, which has `numbers` / channels."""
    names = ("kernel", "depthwise_kernel", "pointwise_kernel")
    kernels = [getattr(layer, name) for name in names if hasattr(layer, name)]
    channels = getattr(layer, "units", None) or getattr(layer, "filters", None)
    if channels is None or type(layer).__name__ == "DepthwiseConv2D":
        channels = math.prod(kernels[0].shape[-2:])
    weights = sum(math.prod(kernel.shape) for kernel in kernels)
    products: int = 2 * weights * (numbers // channels)
    return products + _after(layer, numbers)


def _after(layer: Any, numbers: int) -> int:
    """The bias and the activation that come with a layer."""
    function = getattr(layer, "activation", None)
    active = function is not None and getattr(function, "__name__", "") != "linear"
    return numbers * (bool(layer.use_bias) + active)


def _channel_axis(layer: Any) -> int:
    return -1 if layer.data_format == "channels_last" else 0
