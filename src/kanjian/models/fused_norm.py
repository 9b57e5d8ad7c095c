"""Batch normalization in one pass over the numbers, where Keras on TensorFlow takes five."""

from functools import cache
from typing import Any

from kanjian import backend


def fuse_normalization(network: Any) -> None:
    """Let a network that is about to be trained normalize by TensorFlow's own kernel.

    Weights and outputs stay what they are, to the rounding of the dtype. For networks that
    are trained and thrown away: what is saved should hold Keras' own layers. Nothing happens
    on other backends, or where batches are normalized over another axis than the last.

    Args:
        network: Keras model; changed in place.

    Example:
        >>> keras = backend.load_keras()
        >>> network = keras.Sequential([keras.Input((4, 4, 2)), keras.layers.BatchNormalization()])
        >>> fuse_normalization(network)
        >>> network.count_params()
        8
    """
    if backend.backend_name() != "tensorflow":
        return
    plain, fused = backend.load_keras().layers.BatchNormalization, _fused_class()
    for layer in network._flatten_layers():
        if type(layer) is plain and _is_simple(layer):
            layer.__class__ = fused


def _is_simple(layer: Any) -> bool:
    """Over the last of four axes, on one machine."""
    places = getattr(layer.input_spec, "ndim", None)
    return places == 4 and layer.axis in (-1, 3) and not layer.synchronized


@cache
def _fused_class() -> type:
    keras = backend.load_keras()
    import tensorflow as tf

    class FusedBatchNormalization(keras.layers.BatchNormalization):  # type: ignore[misc, name-defined]
        """Keras' layer, which learns by another kernel and predicts by its own."""

        def call(self, inputs: Any, training: bool | None = None, mask: Any = None) -> Any:
            if not (training and self.trainable) or mask is not None:
                return super().call(inputs, training=training, mask=mask)
            channels = inputs.shape[-1]
            out, mean, variance, *_ = tf.raw_ops.FusedBatchNormV3(
                x=inputs,
                scale=self.gamma.value if self.scale else tf.ones(channels),
                offset=self.beta.value if self.center else tf.zeros(channels),
                mean=tf.zeros(0),
                variance=tf.zeros(0),
                epsilon=self.epsilon,
                is_training=True,
            )
            # the kernel tells the variance of what the batch is drawn from, Keras keeps the batch's
            n = tf.cast(tf.size(inputs) // channels, tf.float32)
            variance *= tf.maximum(n - 1, 1) / n
            for kept, found in ((self.moving_mean, mean), (self.moving_variance, variance)):
                kept.assign(kept * self.momentum + found * (1.0 - self.momentum))
            return out

    return FusedBatchNormalization
