"""The views of a recognizer inside an exported network, which then needs nobody to make them."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from kanjian.backend import load_keras
from kanjian.inference.views import View, look


def keras_with_views(network: Any, views: Sequence[View]) -> Any:
    """A Keras network that averages another one over views of its pictures.

    Args:
        network: Takes (n, height, width, channels) uint8, gives (n, k).
        views: At least one; of the picture as it is alone, the network itself comes back.

    Example:
        >>> from kanjian.inference.views import views_of
        >>> keras = load_keras()
        >>> pixels = keras.Input((1, 4, 1), dtype="uint8")
        >>> first = keras.layers.Cropping2D(((0, 0), (0, 3)))(keras.ops.cast(pixels, "float32"))
        >>> network = keras.Model(pixels, keras.layers.Flatten()(first))
        >>> both = keras_with_views(network, views_of(2, mirror=True))
        >>> picture = np.array([[[[10], [0], [0], [30]]]], np.uint8)
        >>> float(both(picture)[0, 0])
        20.0
    """
    if len(views) == 1:
        return network
    keras = load_keras()
    ops, (taken,) = keras.ops, network.inputs
    pixels = keras.Input(taken.shape[1:], dtype=taken.dtype, name=taken.name)
    plain = ops.cast(pixels, "float32")
    seen = look(plain, taken.shape[1:3], views, ops.take, ops.floor)
    answers = network(ops.cast(ops.concatenate(seen, axis=0), taken.dtype))
    apart = ops.reshape(answers, (len(views), -1, answers.shape[-1]))
    return keras.Model(pixels, ops.mean(apart, axis=0))


def openvino_with_views(model: Any, views: Sequence[View]) -> None:
    """Make an OpenVINO network average over views of its pictures, in place.

    Args:
        model: Takes (n, height, width, channels) uint8, gives (n, k).
        views: At least one; for the picture as it is alone nothing changes.
    """
    if len(views) == 1:
        return
    import openvino.opset13 as ops

    (pixels,), (output,) = model.inputs, model.outputs
    askers = pixels.get_target_inputs()
    _, height, width, _ = pixels.partial_shape

    def take(array: Any, places: np.ndarray, axis: int) -> Any:
        return ops.gather(array, ops.constant(places.astype(np.int64)), ops.constant(axis))

    plain = ops.convert(pixels, "f32")
    size_hw = height.get_length(), width.get_length()
    seen = look(plain, size_hw, views, take, ops.floor)
    together = ops.convert(ops.concat(seen, axis=0), "u8")
    for asker in askers:
        asker.replace_source_output(together.output(0))
    result = output.get_node().input(0)
    shape = ops.constant([len(views), -1, output.partial_shape[1].get_length()])
    apart = ops.reshape(result.get_source_output(), shape, special_zero=False)
    mean = ops.reduce_mean(apart, ops.constant([0]), keep_dims=False)
    result.replace_source_output(mean.output(0))
    model.validate_nodes_and_infer_types()
