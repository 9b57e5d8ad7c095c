"""Small networks of every kind people bring; for tests."""

import numpy as np

from kanjian.backend import load_keras


def drawn(network, seed):
    """The same weights on every backend, with no filter silent on gray."""
    random = np.random.default_rng(seed)
    for layer in network._flatten_layers():
        if hasattr(layer, "kernel"):
            shape = layer.kernel.shape
            kernel = random.normal(0, np.sqrt(2 / np.prod(shape[:-1])), shape)
            layer.set_weights([kernel, np.full(shape[-1], 0.1)])
    return network


def sequential(*, channels=1, ending="softmax", classes=3, size=12):
    keras = load_keras()
    layers = keras.layers
    units = 1 if ending == "one" else classes
    activation = {"one": "sigmoid", "many": "sigmoid", "logits": None, "apart": None}.get(
        ending, "softmax"
    )
    network = keras.Sequential(
        [
            keras.Input((size, size, channels)),
            layers.Conv2D(4, 3, activation="relu", name="first"),
            layers.MaxPooling2D(name="pool"),
            layers.Conv2D(6, 3, activation="relu", name="second"),
            layers.Flatten(name="flat"),
            layers.Dropout(0.5, name="drop"),
            layers.Dense(units, activation=activation, name="answer"),
        ]
    )
    if ending == "apart":
        network.add(layers.Softmax(name="softmax"))
    return drawn(network, 1)


def functional(*, dtype="uint8"):
    """With a sum beside a branch, as recognizers are saved: raw pixels in."""
    keras = load_keras()
    layers = keras.layers
    pixels = keras.Input((12, 16, 3), dtype=dtype, name="pixels")
    x = layers.Rescaling(1 / 127.5, -1, name="scale_pixels")(pixels)
    x = layers.Conv2D(4, 3, padding="same", activation="relu", name="conv")(x)
    branch = layers.Conv2D(4, 1, name="side")(x)
    x = layers.Add(name="sum")([x, layers.BatchNormalization(name="norm")(branch)])
    x = layers.GlobalAveragePooling2D(name="mean")(x)
    return drawn(keras.Model(pixels, layers.Dense(3, activation="softmax", name="answer")(x)), 2)


def nested():
    """A backbone inside, whose layer has the name of one outside."""
    keras = load_keras()
    layers = keras.layers
    inner = keras.Sequential(
        [
            keras.Input((12, 12, 3)),
            layers.Conv2D(4, 3, activation="relu", name="conv"),
            layers.BatchNormalization(name="norm"),
        ],
        name="backbone",
    )
    pixels = keras.Input((12, 12, 3))
    x = inner(pixels)
    x = layers.Conv2D(5, 3, activation="relu", name="conv")(x)
    x = layers.GlobalMaxPooling2D()(x)
    return drawn(keras.Model(pixels, layers.Dense(2, activation="softmax")(x)), 3)


def pictures(shape_hwc, n=2):
    return np.random.default_rng(0).integers(0, 256, (n, *shape_hwc)).astype(np.float32)


def seen(tensor):
    """What a network gave, as an array, on every backend."""
    return load_keras().ops.convert_to_numpy(tensor)
