"""A network and its training as a tutorial writes them: plain Keras, TensorFlow, float32, defaults.

    python keras_plain.py NETWORK DATA.npz EPOCHS [VALIDATION_SHARE [SEED]]

Prints JSON: seconds of every epoch, images/s, fit seconds, parameters and, where there are
pictures for it, validation and test accuracy.
"""

import json
import os
import sys
import time

os.environ["KERAS_BACKEND"] = "tensorflow"
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
import numpy as np
from keras import layers


def cifar10_deep():
    return keras.Sequential(
        [
            keras.Input((32, 32, 3)),
            layers.Conv2D(32, 3, padding="same", activation="relu"),
            layers.Conv2D(32, 3, padding="same", activation="relu"),
            layers.MaxPooling2D(),
            layers.Dropout(0.25),
            layers.Conv2D(64, 3, padding="same", activation="relu"),
            layers.Conv2D(64, 3, activation="relu"),
            layers.MaxPooling2D(),
            layers.Dropout(0.25),
            layers.Flatten(),
            layers.Dense(512, activation="relu"),
            layers.Dropout(0.5),
            layers.Dense(10, activation="softmax"),
        ]
    )


def mnist_lenet():
    return keras.Sequential(
        [
            keras.Input((28, 28, 1)),
            layers.Conv2D(20, 5, padding="same", activation="relu"),
            layers.MaxPooling2D(),
            layers.Conv2D(50, 5, padding="same", activation="relu"),
            layers.MaxPooling2D(),
            layers.Flatten(),
            layers.Dense(500, activation="relu"),
            layers.Dense(10, activation="softmax"),
        ]
    )


OPTIMIZERS = {"cifar10_deep": "rmsprop", "mnist_lenet": "adam"}


class EpochTimes(keras.callbacks.Callback):
    def on_epoch_begin(self, epoch, logs=None):
        self.began = time.perf_counter()
        self.seconds = [*getattr(self, "seconds", []), 0.0]

    # before validation: only training is compared
    def on_train_batch_end(self, batch, logs=None):
        self.seconds[-1] = time.perf_counter() - self.began


def main():
    name, path, epochs = sys.argv[1], sys.argv[2], int(sys.argv[3])
    validation = float(sys.argv[4]) if len(sys.argv) > 4 else 0.0
    if len(sys.argv) > 5:
        keras.utils.set_random_seed(int(sys.argv[5]))
    data = np.load(path)
    x, y = data["x_train"].astype("float32") / 255, keras.utils.to_categorical(data["y_train"], 10)
    model, times = globals()[name](), EpochTimes()
    model.compile(OPTIMIZERS[name], "categorical_crossentropy", metrics=["accuracy"])
    started = time.perf_counter()
    fitted = model.fit(
        x, y, batch_size=128, epochs=epochs, validation_split=validation, verbose=0,
        callbacks=[times],
    )  # fmt: skip
    fit_seconds = time.perf_counter() - started
    trained = len(x) - int(len(x) * validation)
    result = {
        "epoch_seconds": times.seconds,
        "images_per_second": [trained / seconds for seconds in times.seconds],
        "fit_seconds": fit_seconds,
        "parameters": model.count_params(),
    }
    if validation:
        result["validation_accuracy"] = fitted.history["val_accuracy"][-1]
    if "x_test" in data:
        x_test = data["x_test"].astype("float32") / 255
        y_test = keras.utils.to_categorical(data["y_test"], 10)
        result["test_accuracy"] = model.evaluate(x_test, y_test, verbose=0)[1]
    print(json.dumps(result))


main()
