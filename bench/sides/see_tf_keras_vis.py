"""The side of tf-keras-vis in `bench/see_filters.py`; runs in its own environment.

python see_tf_keras_vis.py FILTERS SIZE STEPS AT_ONCE
"""

import json
import os
import resource
import sys
import time

os.environ["KERAS_BACKEND"] = "tensorflow"
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import keras
import tensorflow as tf
from tf_keras_vis.activation_maximization import ActivationMaximization
from tf_keras_vis.utils.model_modifiers import ExtractIntermediateLayer, ReplaceToLinear
from tf_keras_vis.utils.scores import CategoricalScore

LAYER = "block3_conv1"


def main() -> None:
    count, size, steps, at_once = map(int, sys.argv[1:])
    keras.utils.set_random_seed(0)
    network = keras.applications.VGG16(weights=None, include_top=False, input_shape=(size, size, 3))
    start, cpu = time.perf_counter(), time.process_time()
    # as its documentation pictures the filters of a layer, several at a time
    climb = ActivationMaximization(
        network,
        model_modifier=[ExtractIntermediateLayer(index_or_name=LAYER), ReplaceToLinear()],
        clone=False,
    )
    for first in range(0, count, at_once):
        numbers = list(range(first, min(first + at_once, count)))
        seeds = tf.random.uniform((len(numbers), size, size, 3), 118, 138)
        climb(CategoricalScore(numbers), seed_input=seeds, steps=steps)
    print(json.dumps({
        "seconds": time.perf_counter() - start,
        "cpu_seconds": time.process_time() - cpu,
        "peak_memory_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }))  # fmt: skip


main()
