"""The sources that go on from VGG16 and InceptionV3, in plain Keras; see source_recipes.py."""

from typing import Any

import keras
from keras import layers, optimizers
from keras.applications import VGG16, InceptionV3

from source_record import WATCHES_MNIST, Phase, Source, rmsprop, sgd


def frozen_vgg16(size: int, head: list[Any]) -> Any:
    base = VGG16(weights=None, include_top=False, input_shape=(size, size, 3))
    x = layers.Flatten()(base.output)
    for layer in head:
        x = layer(x)
    return keras.Model(base.input, x)


def wide_head() -> list[Any]:
    return [
        layers.Dense(4096, activation="relu"),
        layers.Dense(4096, activation="relu"),
        layers.Dropout(0.5),
        layers.Dense(10, activation="softmax"),
    ]


def mnist_vgg16_frozen_224() -> Source:
    return Source(
        lambda: frozen_vgg16(224, [layers.Dense(10, activation="softmax")]),
        (Phase(sgd(0.05, decay=1e-5), 10, 64, rest=19),),
        **WATCHES_MNIST,
    )


def mnist_vgg16_head_224() -> Source:
    return Source(
        lambda: frozen_vgg16(224, wide_head()),
        (Phase(sgd(0.05, decay=1e-5), 10, 64, rest=19),),
        **WATCHES_MNIST,
    )


def mnist_vgg16_head_48() -> Source:
    adagrad = optimizers.Adagrad(0.01, initial_accumulator_value=0.0, epsilon=1e-14)
    return Source(
        lambda: frozen_vgg16(48, wide_head()),
        (Phase(adagrad, None, None, section="all_layers"),),
        **WATCHES_MNIST,
    )


def photos_vgg16_cats_dogs() -> Source:
    def network() -> Any:
        head = [
            layers.Dense(256, activation="relu"),
            layers.Dropout(0.5),
            layers.Dense(1, activation="sigmoid"),
        ]
        return frozen_vgg16(150, head)

    varied = {"shear_range": 0.2, "zoom_range": 0.2, "horizontal_flip": True,
              "fill_mode": "nearest"}  # fmt: skip
    top = sgd(1e-4, momentum=0.9)
    return Source(
        network,
        (
            Phase(rmsprop(0.001), 50, 16, rest=19),
            Phase(top, 50, 16, section="fine_tune", generator=varied, rest=15),
        ),
        pictures=(2000, 800, 0),
        learned=2000,
        watched=(800, "validation"),
        loss="binary_crossentropy",
        fit="stretch",
    )


def photos_inception() -> Source:
    def network() -> Any:
        base = InceptionV3(weights=None, include_top=False)
        x = layers.GlobalAveragePooling2D()(base.output)
        x = layers.Dense(1024, activation="relu")(x)
        return keras.Model(base.input, layers.Dense(200, activation="softmax")(x))

    return Source(
        network,
        (
            Phase(rmsprop(0.001), None, None, rest=311),
            Phase(sgd(1e-4, momentum=0.9), None, None, section="fine_tune", rest=172),
        ),
        pictures=(2000, 0, 0),
        pixels=None,
    )
