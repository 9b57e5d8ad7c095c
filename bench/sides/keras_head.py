"""A head on a frozen backbone as a tutorial writes it: plain Keras, TensorFlow, float32, defaults.

    python keras_head.py BACKBONE.keras FOLDER EPOCHS

Prints JSON: seconds from the first look at the folder to the first epoch, and of every epoch;
accuracy on the photos it learned from.
"""

import json
import os
import sys
import time

os.environ["KERAS_BACKEND"] = "tensorflow"
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
import tensorflow as tf

SIZE = (224, 224)


class EpochTimes(keras.callbacks.Callback):
    def __init__(self):
        super().__init__()
        self.seconds = []

    def on_epoch_begin(self, epoch, logs=None):
        self.began = time.perf_counter()

    def on_epoch_end(self, epoch, logs=None):
        self.seconds.append(time.perf_counter() - self.began)


def main():
    path, folder, epochs = sys.argv[1], sys.argv[2], int(sys.argv[3])
    started = time.perf_counter()
    photos = keras.utils.image_dataset_from_directory(
        folder, image_size=SIZE, batch_size=32, seed=0, verbose=False
    )
    # the backbone prepares bytes itself
    photos = photos.map(lambda x, y: (tf.cast(x, "uint8"), y), tf.data.AUTOTUNE)
    photos = photos.prefetch(tf.data.AUTOTUNE)
    backbone = keras.saving.load_model(path, compile=False)
    backbone.trainable = False
    pixels = keras.Input((*SIZE, 3), dtype="uint8")
    x = backbone(pixels, training=False)
    x = keras.layers.GlobalAveragePooling2D()(x)
    model = keras.Model(pixels, keras.layers.Dense(2, activation="softmax")(x))
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    times = EpochTimes()
    began = time.perf_counter()
    history = model.fit(photos, epochs=epochs, verbose=0, callbacks=[times])
    result = {
        "before_seconds": began - started,
        "epoch_seconds": times.seconds,
        "accuracy": history.history["accuracy"][-1],
    }
    print(json.dumps(result))


main()
