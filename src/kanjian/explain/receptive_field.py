"""How much of the picture one number of a feature map can see: its receptive field."""

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

# One number of the output comes from the same place of the input (or of each input)
_PLACE_BY_PLACE = frozenset({
    "InputLayer", "Activation", "ReLU", "LeakyReLU", "PReLU", "ELU", "Softmax", "Sigmoid", "Silu",
    "Relu", "Relu6", "Gelu", "HardSwish", "HardSilu", "Tanh", "Clip", "Rescaling", "Normalization",
    "BatchNormalization", "LayerNormalization", "UnitNormalization", "Dropout", "SpatialDropout2D",
    "GaussianNoise", "GaussianDropout", "AlphaDropout", "ActivityRegularization", "Identity",
    "Add", "Subtract", "Multiply", "Maximum", "Minimum", "Average", "Concatenate", "Divide",
    "TrueDivide", "Power", "Square", "Sqrt", "Abs", "Negative", "Flip", "Cast", "ZeroPadding2D",
    "Cropping2D", "Flatten", "Reshape",
})  # fmt: skip
_WINDOWS = frozenset({
    "Conv2D", "DepthwiseConv2D", "SeparableConv2D", "MaxPooling2D", "AveragePooling2D",
})  # fmt: skip
# Every number of the output comes from the whole picture
_WHOLE = frozenset({
    "GlobalAveragePooling2D", "GlobalMaxPooling2D", "GroupNormalization", "MultiHeadAttention",
    "GroupedQueryAttention", "Attention", "AdditiveAttention",
})  # fmt: skip


class ReceptiveField(NamedTuple):
    """What one number sees, in pixels of the input, height then width.

    Args:
        field_hw: How far it reaches; infinite for the whole picture.
        step_hw: How far apart the fields of two neighbors lie.
    """

    field_hw: tuple[float, float]
    step_hw: tuple[float, float]


PIXEL = ReceptiveField((1, 1), (1, 1))
_ALL = (math.inf, math.inf)


def receptive_field_after(
    operation: Any, inputs: Sequence[ReceptiveField | None], rank: int
) -> ReceptiveField | None:
    """What a number sees after one more layer.

    Args:
        operation: A Keras layer or operation.
        inputs: What its inputs see.
        rank: Axes of its output, the batch's included.

    Returns:
        None where the layer is of a kind not known here, or comes after one.

    Example:
        >>> from kanjian.backend import load_keras
        >>> pool = load_keras().layers.MaxPooling2D(2)
        >>> receptive_field_after(pool, [ReceptiveField((3, 3), (1, 1))], 4)
        ReceptiveField(field_hw=(4, 4), step_hw=(2, 2))
    """
    before = _together(inputs)
    kind = type(operation).__name__
    after: ReceptiveField | None = None
    if before is None or kind in _PLACE_BY_PLACE or (kind == "Dense" and rank == 4):
        after = before
    elif kind in _WHOLE or kind == "Dense":
        after = ReceptiveField(_ALL, before.step_hw)
    elif kind in _WINDOWS:
        after = _through_window(operation, before)
    elif kind == "Conv2DTranspose":
        sides = zip(operation.kernel_size, operation.strides, strict=True)
        more = [math.ceil(k / s) - 1 for k, s in sides]
        after = _grown(before, more, [1 / s for s in operation.strides])
    elif kind == "UpSampling2D":
        beside = 0 if operation.interpolation == "nearest" else 1
        after = _grown(before, [beside, beside], [1 / s for s in operation.size])
    return after


def _together(inputs: Sequence[ReceptiveField | None]) -> ReceptiveField | None:
    """What a number sees that comes from all of these."""
    known = [each for each in inputs if each is not None]
    if not inputs or len(known) < len(inputs):
        return None
    widest = [max(each.field_hw[axis] for each in known) for axis in (0, 1)]
    steps = [max(each.step_hw[axis] for each in known) for axis in (0, 1)]
    return ReceptiveField((widest[0], widest[1]), (steps[0], steps[1]))


def _through_window(operation: Any, before: ReceptiveField) -> ReceptiveField:
    size = getattr(operation, "kernel_size", None) or operation.pool_size
    spread = getattr(operation, "dilation_rate", (1, 1))
    spread = (spread, spread) if isinstance(spread, int) else spread
    more = [(k - 1) * d for k, d in zip(size, spread, strict=True)]
    return _grown(before, more, operation.strides)


def _grown(
    before: ReceptiveField, more: Sequence[float], strides: Sequence[float]
) -> ReceptiveField:
    (field_h, field_w), (step_h, step_w) = before
    return ReceptiveField(
        (field_h + more[0] * step_h, field_w + more[1] * step_w),
        (step_h * strides[0], step_w * strides[1]),
    )
