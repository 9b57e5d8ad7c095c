"""A head on a frozen backbone by the bare calls of the libraries: Keras, OpenVINO, NumPy.

    python bare_head.py BACKBONE.keras FOLDER EPOCHS PRECISION

Loads the network, hands it to OpenVINO, decodes and shrinks the photos in two threads, computes
their features two at a time in one stream per core, and trains one dense layer with Adam. Nothing
is checked or kept. Prints JSON: seconds from the first look at the folder to the trained head, of
the stages, accuracy on the photos it learned from.
"""

import json
import os
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

os.environ["KERAS_BACKEND"] = "tensorflow"
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import cv2
import keras
import numpy as np
import openvino as ov
import simplejpeg
import tensorflow as tf

SIZE, TOGETHER, BATCH = 224, 2, 32


def on_openvino(path, precision):
    """The compiled network: pooled features of two pictures at a time."""
    backbone = keras.saving.load_model(path, compile=False)
    pixels = keras.Input((SIZE, SIZE, 3), dtype="uint8")
    pooled = keras.layers.GlobalAveragePooling2D()(backbone(pixels, training=False))
    network = keras.Model(pixels, pooled)
    traced = tf.function(
        lambda x: network(x, training=False),
        input_signature=[tf.TensorSpec((TOGETHER, SIZE, SIZE, 3), tf.uint8)],
    )
    model = ov.convert_model(traced.get_concrete_function())
    options = {"PERFORMANCE_HINT": "THROUGHPUT", "INFERENCE_PRECISION_HINT": precision}
    return ov.Core().compile_model(model, "CPU", options)


def two(files):
    """Two photos as the network takes them."""
    batch = np.empty((TOGETHER, SIZE, SIZE, 3), np.uint8)
    for row, path in enumerate(files):
        image = simplejpeg.decode_jpeg(path.read_bytes(), "RGB")
        cv2.resize(image, (SIZE, SIZE), batch[row], interpolation=cv2.INTER_AREA)
    return batch


def features_of(compiled, files):
    found = np.zeros((len(files) + TOGETHER, *compiled.output(0).shape[1:]), np.float32)
    queue = ov.AsyncInferQueue(compiled)

    def keep(request, start):
        found[start : start + TOGETHER] = request.get_output_tensor(0).data

    queue.set_callback(keep)
    starts = range(0, len(files), TOGETHER)
    with ThreadPoolExecutor(2) as pool:
        batches = pool.map(lambda start: two(files[start : start + TOGETHER]), starts)
        for start, batch in zip(starts, batches, strict=True):
            queue.start_async({0: batch}, start)
    queue.wait_all()
    return found[: len(files)]


def trained(x, labels, epochs, rng):
    """One dense layer, softmax, Adam with the defaults of Keras; its accuracy."""
    weights = [np.zeros((x.shape[1], 2), np.float32), np.zeros(2, np.float32)]
    moments = [(np.zeros_like(w), np.zeros_like(w)) for w in weights]
    wanted, step = np.eye(2, dtype=np.float32)[labels], 0
    for _ in range(epochs):
        order = rng.permutation(len(x))
        for start in range(0, len(x), BATCH):
            part, step = order[start : start + BATCH], step + 1
            raw = x[part] @ weights[0] + weights[1]
            share = np.exp(raw - raw.max(1, keepdims=True))
            off = (share / share.sum(1, keepdims=True) - wanted[part]) / len(part)
            for weight, (m, v), slope in zip(
                weights, moments, (x[part].T @ off, off.sum(0)), strict=True
            ):
                m[...] += 0.1 * (slope - m)
                v[...] += 0.001 * (slope**2 - v)
                rate = 1e-3 * np.sqrt(1 - 0.999**step) / (1 - 0.9**step)
                weight[...] -= rate * m / (np.sqrt(v) + 1e-7)
    return float(((x @ weights[0] + weights[1]).argmax(1) == labels).mean())


def main():
    path, folder, epochs, precision = sys.argv[1:]
    cv2.setNumThreads(1)
    started = time.perf_counter()
    files = sorted(Path(folder).rglob("*.jpg"))
    labels = np.array([file.parent.name == "dog" for file in files]).astype(int)
    compiled = on_openvino(path, precision)
    ready = time.perf_counter()
    features = features_of(compiled, files)
    passed = time.perf_counter()
    accuracy = trained(features, labels, int(epochs), np.random.default_rng(0))
    ended = time.perf_counter()
    print(json.dumps({
        "seconds": ended - started, "network_seconds": ready - started,
        "photos_seconds": passed - ready, "head_seconds": ended - passed, "accuracy": accuracy,
    }))  # fmt: skip


main()
