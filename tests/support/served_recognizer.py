"""A recognizer made with OpenVINO alone: what serving needs, and no training framework."""

import numpy as np

from kanjian.inference.card import Card, write_card
from kanjian.inference.runtime import load_openvino

CLASSES = ("dark", "middle", "bright")
SIZE_HW = (12, 20)


def save(folder, *, classes=CLASSES, name="shades", threshold=None, selftest_error=0.0):
    """Tells how bright a picture is on the whole: class k for a mean about k / 2."""
    openvino = load_openvino()  # before any other import of it: see there
    ops = openvino.opset13
    pixels = ops.parameter([-1, *SIZE_HW, 3], np.uint8, name="image")
    shares = ops.divide(ops.convert(pixels, "f32"), np.float32(255))
    mean = ops.reduce_mean(shares, np.array([1, 2, 3]), keep_dims=False)
    centers = np.linspace(0, 1, len(classes), dtype=np.float32)
    far = ops.squared_difference(ops.unsqueeze(mean, 1), centers[None])
    scores = ops.softmax(ops.multiply(far, np.float32(-20)), 1)
    model = openvino.Model([scores], [pixels], name)
    folder.mkdir(parents=True)
    openvino.save_model(model, folder / "model.xml", compress_to_fp16=False)
    images = np.random.default_rng(0).integers(0, 256, (3, *SIZE_HW, 3), np.uint8)
    expected = openvino.compile_model(model, "CPU", {"INFERENCE_PRECISION_HINT": "f32"})(images)[0]
    np.savez(folder / "selftest.npz", images=images, probabilities=expected + selftest_error)
    write_card(folder, Card(name, tuple(classes), SIZE_HW, 3, "letterbox", threshold))
    return folder
