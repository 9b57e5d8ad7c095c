"""Hand batches to Keras: on TensorFlow without a second queue behind the one they come from."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from kanjian.backend import backend_name
from kanjian.training.batches import EpochBatches


def feed(batches: EpochBatches) -> Any:
    """What `fit` and `evaluate` of a Keras model go through for these batches.

    Keras itself would make the first two batches once more to see what they are like, and put
    a queue of TensorFlow's behind them, beside which training ran at half speed for minutes
    (bench/loaders.py).

    Args:
        batches: Already turned to their epoch.
    """
    if backend_name() != "tensorflow":
        return batches
    import tensorflow as tf

    def in_order() -> Iterator[tuple[np.ndarray, ...]]:
        return (batches[step] for step in range(len(batches)))

    signature = tuple(
        tf.TensorSpec((None, *array.shape[1:]), array.dtype) for array in batches.first()
    )
    made = tf.data.Dataset.from_generator(in_order, output_signature=signature)
    options = tf.data.Options()
    options.autotune.enabled = False
    options.threading.private_threadpool_size = 1
    return made.apply(tf.data.experimental.assert_cardinality(len(batches))).with_options(options)
