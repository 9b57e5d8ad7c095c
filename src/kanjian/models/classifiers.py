"""Small convolutional networks, each a function from pixels to class probabilities.

They take a Keras tensor (n, h, w, c) and the number of classes, and give a tensor
(n, n_classes) of probabilities in float32. Sums, not products, of many small numbers are
what bfloat16 is poor at, so the last layer is always computed in float32.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np

from kanjian.backend import load_keras


def answer(x: Any, n_classes: int) -> Any:
    """Class probabilities from features, in float32 whatever the policy.

    Example:
        >>> answer(load_keras().Input((5,)), 3).shape
        (None, 3)
    """
    layers = load_keras().layers
    x = layers.Dense(n_classes, dtype="float32")(x)
    return layers.Activation("softmax", dtype="float32")(x)


def _conv(x: Any, filters: int, kernel_size: int = 3, *, padding: str = "same") -> Any:
    layers = load_keras().layers
    return layers.Activation("relu")(layers.Conv2D(filters, kernel_size, padding=padding)(x))


def _dense(x: Any, units: int) -> Any:
    layers = load_keras().layers
    return layers.Activation("relu")(layers.Dense(units)(x))


def lenet(x: Any, n_classes: int) -> Any:
    """Two 5×5 convolutions, each with a pool, and one dense layer.

    Example:
        >>> lenet(load_keras().Input((28, 28, 1)), 10).shape
        (None, 10)

    Reference:
        LeCun et al., Gradient-Based Learning Applied to Document Recognition, 1998;
        widths and activations as Keras tutorials rebuilt it.
    """
    layers = load_keras().layers
    x = layers.MaxPooling2D()(_conv(x, 20, 5))
    x = layers.MaxPooling2D()(_conv(x, 50, 5))
    return answer(_dense(layers.Flatten()(x), 500), n_classes)


def lenet_norm(
    x: Any, n_classes: int, *, widths: Sequence[int] = (16, 32), units: int = 128
) -> Any:
    """A narrow LeNet with batch normalization, for the fewest seconds.

    Pooling comes before normalization and ReLU, which then work on a quarter of the
    numbers. ReLU keeps order, so for it alone that would change nothing.

    Args:
        x: Keras tensor.
        n_classes: How many classes there are.
        widths: Filters of each 5×5 convolution.
        units: Size of the dense layer.

    Example:
        >>> lenet_norm(load_keras().Input((28, 28, 1)), 10).shape
        (None, 10)
    """
    layers = load_keras().layers
    for filters in widths:
        x = layers.Conv2D(filters, 5, padding="same", use_bias=False)(x)
        x = _norm_relu(layers.MaxPooling2D()(x))
    x = layers.Dense(units, use_bias=False)(layers.Flatten()(x))
    return answer(_norm_relu(x), n_classes)


def _norm_relu(x: Any, *, scale: bool = True) -> Any:
    """Running means that follow within tens of steps: fast recipes have only hundreds."""
    layers = load_keras().layers
    return layers.Activation("relu")(layers.BatchNormalization(momentum=0.9, scale=scale)(x))


def lenet_pooled(
    x: Any, n_classes: int, *, widths: Sequence[int] = (16, 48, 64), units: int = 128
) -> Any:
    """`lenet_norm` with one 3×3 convolution more, for accuracy before seconds.

    Args:
        x: Keras tensor.
        n_classes: How many classes there are.
        widths: Filters of the two 5×5 convolutions and of the 3×3 one.
        units: Size of the dense layer.

    Example:
        >>> lenet_pooled(load_keras().Input((28, 28, 1)), 10).shape
        (None, 10)
    """
    layers = load_keras().layers
    for filters in widths[:2]:
        x = layers.Conv2D(filters, 5, padding="same", use_bias=False)(x)
        x = _norm_relu(layers.MaxPooling2D()(x))
    x = _norm_relu(layers.Conv2D(widths[2], 3, padding="same", use_bias=False)(x))
    x = layers.Dense(units, use_bias=False)(layers.Flatten()(x))
    return answer(_norm_relu(x), n_classes)


def airbench(
    x: Any, n_classes: int, *, stem: int = 24, widths: Sequence[int] = (64, 128, 128)
) -> Any:
    """Three blocks of two 3×3 convolutions, pooled early; every width a multiple of 8.

    A 2×2 convolution without padding looks at the pixels; each block pools right after its
    first convolution, so that most of the work is done on small maps. At first every
    convolution hands on what comes in, as far as it has filters, so that gradients reach all.

    Args:
        x: Keras tensor.
        n_classes: How many classes there are.
        stem: Filters of the first convolution. 0 for one that begins as both signs of what
            comes in, as whitened patches (`[input] patch_whitening_px`) want it.
        widths: Filters of each block.

    Example:
        >>> airbench(load_keras().Input((32, 32, 3)), 10).shape
        (None, 10)

    Reference:
        Jordan, 94% on CIFAR-10 in 3.29 Seconds on a Single GPU, 2024; narrower, with ReLU.
    """
    layers = load_keras().layers
    x = layers.Activation("relu")(layers.Conv2D(stem, 2)(x) if stem else _both_signs(x))
    for filters in widths:
        x = layers.MaxPooling2D()(_handing_on(x, filters))
        x = _norm_relu(x, scale=False)
        x = _norm_relu(_handing_on(x, filters), scale=False)
    x = layers.GlobalMaxPooling2D()(x)
    # the last maps are large numbers by then: unscaled, the first steps saturate the softmax
    x = layers.Dense(n_classes, use_bias=False, dtype="float32")(x)
    x = layers.Rescaling(1 / 9, dtype="float32")(x)
    return layers.Activation("softmax", dtype="float32")(x)


def _both_signs(x: Any) -> Any:
    """A 1×1 convolution with bias that begins as every channel and its negative."""
    layer = load_keras().layers.Conv2D(2 * x.shape[-1], 1)
    out = layer(x)
    one = np.eye(x.shape[-1], dtype=np.float32)
    layer.kernel.assign(np.concatenate([one, -one], axis=1)[None, None])
    return out


def _handing_on(x: Any, filters: int) -> Any:
    """A 3×3 convolution whose filters begin as copies of the channels that come in."""
    keras = load_keras()
    layer = keras.layers.Conv2D(filters, 3, padding="same", use_bias=False)
    out = layer(x)
    kernel = np.array(keras.ops.convert_to_numpy(layer.kernel))
    channels = np.arange(min(kernel.shape[2:]))
    kernel[..., channels] = 0
    kernel[1, 1, channels, channels] = 1
    layer.kernel.assign(kernel)
    return out


def two_conv(x: Any, n_classes: int) -> Any:
    """Two 3×3 convolutions without padding, one pool, one dense layer of 128, dropout.

    Example:
        >>> two_conv(load_keras().Input((28, 28, 1)), 10).shape
        (None, 10)
    """
    layers = load_keras().layers
    x = _conv(_conv(x, 32, padding="valid"), 64, padding="valid")
    x = layers.Dropout(0.25)(layers.MaxPooling2D()(x))
    x = layers.Dropout(0.5)(_dense(layers.Flatten()(x), 128))
    return answer(x, n_classes)


def three_conv(x: Any, n_classes: int) -> Any:
    """Three 3×3 convolutions with pool and dropout, dense layers of 128, 64 and 32.

    Example:
        >>> three_conv(load_keras().Input((28, 28, 1)), 10).shape
        (None, 10)
    """
    layers = load_keras().layers
    for filters in (64, 128, 256):
        x = layers.Dropout(0.5)(layers.MaxPooling2D()(_conv(x, filters)))
    x = layers.Flatten()(x)
    for units in (128, 64, 32):
        x = _dense(x, units)
    return answer(x, n_classes)


def one_conv(x: Any, n_classes: int) -> Any:
    """One 3×3 convolution and one dense layer of 512, dropout after each.

    Example:
        >>> one_conv(load_keras().Input((32, 32, 3)), 10).shape
        (None, 10)
    """
    layers = load_keras().layers
    x = layers.Dropout(0.25)(layers.MaxPooling2D()(_conv(x, 32)))
    x = layers.Dropout(0.5)(_dense(layers.Flatten()(x), 512))
    return answer(x, n_classes)


def four_conv(x: Any, n_classes: int, *, second_padding: Sequence[str] = ("valid", "valid")) -> Any:
    """Two pairs of 3×3 convolutions and one dense layer of 512: 18 layers with dropout.

    Args:
        x: Keras tensor.
        n_classes: How many classes there are.
        second_padding: Of the second convolution of each pair. The Keras example that
            tutorials copied has none; some of them pad the first.

    Example:
        >>> four_conv(load_keras().Input((64, 64, 3)), 2).shape
        (None, 2)
    """
    layers = load_keras().layers
    for filters, padding in zip((32, 64), second_padding, strict=True):
        x = _conv(_conv(x, filters), filters, padding=padding)
        x = layers.Dropout(0.25)(layers.MaxPooling2D()(x))
    x = layers.Dropout(0.5)(_dense(layers.Flatten()(x), 512))
    return answer(x, n_classes)
