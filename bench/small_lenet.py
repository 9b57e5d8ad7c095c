"""A LeNet saved as a recognizer: what costs time when asking does not depend on its weights."""

from pathlib import Path

import numpy as np

from kanjian.backend import load_keras
from kanjian.inference.bundle import save_recognizer


def saved_lenet(run: Path) -> Path:
    """The recipe `mnist-lenet`'s network, untrained, saved in `run`."""
    keras = load_keras()
    network = keras.Sequential([
        keras.Input((28, 28, 1), dtype="uint8"),
        keras.layers.Rescaling(1 / 255),
        keras.layers.Conv2D(20, 5, padding="same", activation="relu"),
        keras.layers.MaxPooling2D(),
        keras.layers.Conv2D(50, 5, padding="same", activation="relu"),
        keras.layers.MaxPooling2D(),
        keras.layers.Flatten(),
        keras.layers.Dense(500, activation="relu"),
        keras.layers.Dense(10, activation="softmax"),
    ])  # fmt: skip
    save_recognizer(
        run / "recognizer",
        network,
        classes=tuple("0123456789"),
        size_hw=(28, 28),
        channels=1,
        fit="letterbox",
        selftest_images=np.random.default_rng(0).integers(0, 256, (4, 28, 28, 1), np.uint8),
        name="lenet",
        facts={},
    )
    return run
