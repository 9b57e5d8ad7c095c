"""A small network that really looks at its pictures, and how to save it; for tests."""

import numpy as np
import pytest

from kanjian.backend import load_keras
from kanjian.inference.bundle import save_recognizer

CLASSES = ("cat", "dog", "fox")
SIZE_HW = (12, 20)  # not square: a swap of height and width shows


def network(channels=3, classes=3, *, low=-0.5, outputs=None, seed=0):
    """A convolution and a dense layer over pixels scaled to low … low + 1, untrained."""
    keras = load_keras()
    pixels = keras.Input((*SIZE_HW, channels), dtype="uint8")
    x = keras.layers.Rescaling(1 / 255, offset=low)(pixels)
    start = keras.initializers.GlorotNormal
    x = keras.layers.Conv2D(4, 3, activation="relu", kernel_initializer=start(seed))(x)
    x = keras.layers.Flatten()(x)
    last = "sigmoid" if outputs == 1 else "softmax"
    # wide weights: answers far from uniform, so that a wrong pixel shows in them
    wide = keras.initializers.RandomNormal(stddev=0.5, seed=seed)
    dense = keras.layers.Dense(outputs or classes, activation=last, kernel_initializer=wide)
    return keras.Model(pixels, dense(x))


def pictures(n=5, channels=3, seed=1):
    return np.random.default_rng(seed).integers(0, 256, (n, *SIZE_HW, channels), np.uint8)


def save(folder, model=None, **changes):
    options = {
        "classes": CLASSES,
        "size_hw": SIZE_HW,
        "channels": 3,
        "fit": "letterbox",
        "selftest_images": pictures(channels=changes.get("channels", 3)),
        "name": "pets",
        "facts": {"accuracy": np.float32(0.5), "nothing": None},
    } | changes
    save_recognizer(folder, model or network(options["channels"]), **options)
    return folder


@pytest.fixture(scope="session", autouse=True)
def home(tmp_path_factory):
    """A home of our own, so that no test writes into the user's."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("KANJIAN_HOME", str(tmp_path_factory.mktemp("home")))
        yield


@pytest.fixture(scope="session")
def rgb_network():
    return network()


@pytest.fixture(scope="session")
def saved(tmp_path_factory, rgb_network):
    """A run folder with an RGB recognizer; only to be read."""
    run = tmp_path_factory.mktemp("run 看见 🐈")
    save(run / "recognizer", rgb_network)
    return run
