"""A network in layers that come back from Keras' legacy HDF5 as they were.

Its reader drops `axis` where that is none or several (layers then normalize over the last one),
and knows layers alone, no bare operation.
"""

from typing import Any

import numpy as np

from kanjian.backend import load_keras


def in_legacy_layers(network: Any) -> Any:
    """The same network, with every layer that would not come back made of others.

    Args:
        network: A functional Keras model; it is not changed.

    Returns:
        A network of its own that gives the same answers; `network` itself if all is well.

    Example:
        >>> keras = load_keras()
        >>> pixels = keras.Input((2, 2, 3))
        >>> network = keras.Model(pixels, keras.ops.flip(pixels, axis=-1))
        >>> again = in_legacy_layers(network)
        >>> again.predict_on_batch(np.full((1, 2, 2, 3), [1.0, 2, 3]))[0, 0, 0].tolist()
        [3.0, 2.0, 1.0]
        >>> in_legacy_layers(again) is again
        True
    """
    keras = load_keras()
    if not any(_replacement(each) for each in network.operations):
        return network
    pairs = []

    def made(operation: Any) -> Any:
        found = _replacement(operation)
        if found is not None or not isinstance(operation, keras.Layer):
            return operation if found is None else found
        again = operation.__class__.from_config(operation.get_config())
        pairs.append((operation, again))
        return again

    def called(operation: Any, *args: Any, **kwargs: Any) -> Any:
        joins = isinstance(operation, keras.layers.Subtract)
        return operation(list(args)) if joins and len(args) > 1 else operation(*args, **kwargs)

    clone = keras.models.clone_model(network, clone_function=made, call_function=called)
    for before, after in pairs:
        after.set_weights(before.get_weights())
    return clone


def _replacement(operation: Any) -> Any:
    """What stands for a layer or an operation, or None where it may stay."""
    make = _MADE.get(type(operation).__name__)
    return None if make is None else make(load_keras().layers, operation)


def _normalization(layers: Any, layer: Any) -> Any:
    axis = layer.get_config()["axis"]
    if layer.input_mean is None or isinstance(axis, int) or (axis is not None and len(axis) == 1):
        return None
    shape = layer.input.shape[1:]
    numbers = {
        name: np.broadcast_to(np.asarray(given), shape).ravel().tolist()
        for name, given in (("mean", layer.input_mean), ("variance", layer.input_variance))
    }
    return _flat(layers.Normalization(axis=-1, dtype=layer.dtype_policy, **numbers), layer)


def _layer_normalization(layers: Any, layer: Any) -> Any:
    axis = layer.get_config()["axis"]
    if isinstance(axis, int) or len(axis) == 1 or layer.weights:
        return None
    over_all = layers.LayerNormalization(
        axis=-1, epsilon=layer.epsilon, center=False, scale=False, dtype=layer.dtype_policy
    )
    return _flat(over_all, layer)


def _flat(inner: Any, layer: Any) -> Any:
    """A layer over all numbers of a picture in one row, in place of one over its axes."""
    keras, shape = load_keras(), layer.input.shape[1:]
    steps = [keras.layers.Flatten(dtype="float32"), inner, keras.layers.Reshape(shape)]
    return keras.Sequential([keras.Input(shape, dtype=layer.input.dtype), *steps], name=layer.name)


def _flip(layers: Any, operation: Any) -> Any:
    shape = operation.input.shape[1:]
    if operation.axis not in (-1, 3):
        return None
    turn = layers.Conv2D(shape[-1], 1, use_bias=False, trainable=False, dtype="float32")
    made = load_keras().Sequential(
        [
            load_keras().Input(shape, dtype=operation.input.dtype),
            layers.Rescaling(1.0, dtype="float32"),  # a convolution takes no whole numbers
            turn,
        ],
        name=operation.name,
    )
    turn.set_weights([np.eye(shape[-1], dtype=np.float32)[::-1][None, None]])
    return made


def _mean(layers: Any, operation: Any) -> Any:
    shape = tuple(operation.input.shape[1:])
    if tuple(operation.axis or ()) != (1, 2, 3) or not operation.keepdims or None in shape:
        return None
    keras = load_keras()
    return keras.Sequential(
        [
            keras.Input(shape),
            layers.Reshape((int(np.prod(shape)), 1)),
            layers.GlobalAveragePooling1D(),
            layers.Reshape((1, 1, 1)),
        ],
        name=operation.name,
    )


def _subtract(layers: Any, operation: Any) -> Any:
    # the layer of this name needs nothing done; the bare operation takes two tensors
    return None if isinstance(operation, layers.Layer) else layers.Subtract(name=operation.name)


_MADE = {
    "Normalization": _normalization,
    "LayerNormalization": _layer_normalization,
    "Flip": _flip,
    "Mean": _mean,
    "Subtract": _subtract,
}
