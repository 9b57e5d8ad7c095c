"""One side of `bench/see_filters.py`: picture the first filters of a layer once, say how long.

    python see_filters.py kanjian|loop|example NETWORK LAYER FILTERS SIZE STEPS

"loop" is the source's recipe, one filter at a time, its step traced once; "example" traces
the step for each filter, as the example on keras.io does (the number of the filter is a
Python number there).
"""

import json
import resource
import sys
import time

import numpy as np

from kanjian.backend import load_keras
from kanjian.explain.filters import filters, mean_activations
from kanjian.explain.flatten_model import on_pixels
from kanjian.explain.gradient_ascent import AscentConfig, gray_noise
from kanjian.explain.inspected_model import InspectedModel
from kanjian.models.backbones import build_backbone
from kanjian.weights.store import find_weights


def main() -> None:
    side, network, layer = sys.argv[1:4]
    count, size, steps = map(int, sys.argv[4:])
    weights = find_weights(network) if network == "efficientnet-lite0" else None
    built = build_backbone(network, size_hw=(size, size), weights=weights, seed=0)
    inspected = InspectedModel(network, on_pixels(built))
    start, cpu = time.perf_counter(), time.process_time()
    if side == "kanjian":
        found = filters(inspected, layer, indices=range(count), ascent=AscentConfig(steps=steps))
        pixels = found.pixels
    else:
        pixels = one_by_one(inspected, layer, count, steps, retrace=side == "example")
    seconds, cpu_seconds = time.perf_counter() - start, time.process_time() - cpu
    reached = mean_activations(inspected, layer, pixels, np.arange(count))
    print(json.dumps({
        "seconds": seconds,
        "cpu_seconds": cpu_seconds,
        "reached": float(reached.mean()),
        "each": reached.tolist(),
        "peak_memory_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }))  # fmt: skip


def one_by_one(inspected, layer, count, steps, *, retrace):
    """The recipe of "How convolutional neural networks see the world", in today's Keras."""
    import tensorflow as tf

    network = load_keras().Model(inspected.network.inputs[0], inspected.tensors[layer])

    @tf.function
    def step(picture, number):
        with tf.GradientTape() as tape:
            tape.watch(picture)
            loss = tf.reduce_mean(network(picture, training=False)[..., number])
        gradient = tape.gradient(loss, picture)
        gradient /= tf.sqrt(tf.reduce_mean(tf.square(gradient))) + 1e-5
        return picture + gradient

    pictures = []
    for number in range(count):
        picture = tf.constant(gray_noise(np.array([number]), inspected.shape_hwc))
        for _ in range(steps):
            picture = step(picture, number if retrace else tf.constant(number))
        pictures.append(picture.numpy())
    return np.concatenate(pictures)


main()
