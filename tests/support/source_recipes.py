"""What the sources of shipped recipes build and how they train it, line by line in plain Keras.

Nothing of kanjian's is in here. A recipe that names a source must have it here, under its name.
"""

from collections.abc import Callable
from typing import Any

import keras
from keras import layers, optimizers

from source_record import (
    A_FIFTH_OF_CIFAR,
    A_FIFTH_OF_MNIST,
    CIFAR,
    MNIST,
    WATCHES_MNIST,
    Phase,
    Source,
    rmsprop,
    sgd,
)  # fmt: skip
from source_transfers import (
    mnist_vgg16_frozen_224,
    mnist_vgg16_head_48,
    mnist_vgg16_head_224,
    photos_inception,
    photos_vgg16_cats_dogs,
)  # fmt: skip


def mnist_cnn() -> Source:
    def network() -> Any:
        model = keras.Sequential([keras.Input((28, 28, 1))])
        model.add(layers.Conv2D(32, kernel_size=(3, 3), activation="relu"))
        model.add(layers.Conv2D(64, (3, 3), activation="relu"))
        model.add(layers.MaxPooling2D(pool_size=(2, 2)))
        model.add(layers.Dropout(0.25))
        model.add(layers.Flatten())
        model.add(layers.Dense(128, activation="relu"))
        model.add(layers.Dropout(0.5))
        model.add(layers.Dense(10, activation="softmax"))
        return model

    adadelta = optimizers.Adadelta(1.0, rho=0.95, epsilon=1e-7)
    return Source(network, (Phase(adadelta, 12, 128),), **WATCHES_MNIST)


def mnist_lenet() -> Source:
    def network() -> Any:
        model = keras.Sequential([keras.Input((28, 28, 1))])
        model.add(layers.Conv2D(20, kernel_size=5, padding="same"))
        model.add(layers.Activation("relu"))
        model.add(layers.MaxPooling2D(pool_size=(2, 2), strides=(2, 2)))
        model.add(layers.Conv2D(50, kernel_size=5, padding="same"))
        model.add(layers.Activation("relu"))
        model.add(layers.MaxPooling2D(pool_size=(2, 2), strides=(2, 2)))
        model.add(layers.Flatten())
        model.add(layers.Dense(500))
        model.add(layers.Activation("relu"))
        model.add(layers.Dense(10))
        model.add(layers.Activation("softmax"))
        return model

    adam = optimizers.Adam(0.001, beta_1=0.9, beta_2=0.999, epsilon=1e-7)
    return Source(network, (Phase(adam, 20, 128),), **A_FIFTH_OF_MNIST)


def mnist_tutorial() -> Source:
    def network() -> Any:
        def normal() -> Any:
            return keras.initializers.TruncatedNormal(stddev=0.1, seed=66478)

        tenth, l2 = keras.initializers.Constant(0.1), keras.regularizers.L2(5e-4)
        model = keras.Sequential([keras.Input((28, 28, 1))])
        model.add(
            layers.Conv2D(
                32, 5, padding="same", activation="relu", kernel_initializer=normal(),
                bias_initializer="zeros",
            )
        )  # fmt: skip
        model.add(layers.MaxPooling2D(pool_size=2, strides=2))
        model.add(
            layers.Conv2D(
                64, 5, padding="same", activation="relu", kernel_initializer=normal(),
                bias_initializer=tenth,
            )
        )  # fmt: skip
        model.add(layers.MaxPooling2D(pool_size=2, strides=2))
        model.add(layers.Flatten())
        model.add(
            layers.Dense(
                512, activation="relu", kernel_initializer=normal(), bias_initializer=tenth,
                kernel_regularizer=l2, bias_regularizer=l2,
            )
        )  # fmt: skip
        model.add(layers.Dropout(0.5))
        model.add(
            layers.Dense(
                10, activation="softmax", kernel_initializer=normal(), bias_initializer=tenth,
                kernel_regularizer=l2, bias_regularizer=l2,
            )
        )  # fmt: skip
        return model

    return Source(
        network,
        (Phase(sgd(0.01, decay=1e-5, momentum=0.9), 10, 64),),
        pictures=MNIST,
        learned=55_000,
        watched=(5_000, "first"),
        tested=(10_000, "test"),
        pixels=lambda x: x / 255 - 0.5,
        seed=66478,
    )


def mnist_deep() -> Source:
    def network() -> Any:
        model = keras.Sequential([keras.Input((28, 28, 1))])
        for filters in (64, 128, 256):
            model.add(layers.Conv2D(filters, (3, 3), padding="same", activation="relu"))
            model.add(layers.MaxPooling2D(pool_size=(2, 2)))
            model.add(layers.Dropout(0.5))
        model.add(layers.Flatten())
        model.add(layers.Dense(128, activation="relu"))
        model.add(layers.Dense(64, activation="relu"))
        model.add(layers.Dense(32, activation="relu"))
        model.add(layers.Dense(10, activation="softmax"))
        return model

    adam = optimizers.Adam(0.0001, beta_1=0.9, beta_2=0.999, epsilon=1e-7)
    return Source(network, (Phase(adam, 10, 256),), **WATCHES_MNIST)


def cifar10_simple() -> Source:
    def network() -> Any:
        model = keras.Sequential([keras.Input((32, 32, 3))])
        model.add(layers.Conv2D(32, (3, 3), padding="same"))
        model.add(layers.Activation("relu"))
        model.add(layers.MaxPooling2D(pool_size=(2, 2)))
        model.add(layers.Dropout(0.25))
        model.add(layers.Flatten())
        model.add(layers.Dense(512))
        model.add(layers.Activation("relu"))
        model.add(layers.Dropout(0.5))
        model.add(layers.Dense(10))
        model.add(layers.Activation("softmax"))
        return model

    return Source(network, (Phase(rmsprop(0.001), 20, 128),), **A_FIFTH_OF_CIFAR)


def four_convolutions(size: int, second_padding: tuple[str, str], classes: int) -> Any:
    """Three scripts have these 18 layers; they differ in what pads the second and fourth."""
    model = keras.Sequential([keras.Input((size, size, 3))])
    for filters, padding in zip((32, 64), second_padding, strict=True):
        model.add(layers.Conv2D(filters, (3, 3), padding="same"))
        model.add(layers.Activation("relu"))
        model.add(layers.Conv2D(filters, (3, 3), padding=padding))
        model.add(layers.Activation("relu"))
        model.add(layers.MaxPooling2D(pool_size=(2, 2)))
        model.add(layers.Dropout(0.25))
    model.add(layers.Flatten())
    model.add(layers.Dense(512))
    model.add(layers.Activation("relu"))
    model.add(layers.Dropout(0.5))
    model.add(layers.Dense(classes))
    model.add(layers.Activation("softmax"))
    return model


def cifar10_deep() -> Source:
    return Source(
        lambda: four_convolutions(32, ("same", "valid"), 10),
        (Phase(rmsprop(0.001), 20, 128),),
        **A_FIFTH_OF_CIFAR,
    )


def cifar10_augmented() -> Source:
    decayed = rmsprop(0.0001)
    decayed.learning_rate = optimizers.schedules.InverseTimeDecay(0.0001, 1, 1e-6)
    varied = {"width_shift_range": 0.1, "height_shift_range": 0.1, "horizontal_flip": True,
              "fill_mode": "nearest"}  # fmt: skip
    return Source(
        lambda: four_convolutions(32, ("valid", "valid"), 10),
        (Phase(decayed, 25, 32, generator=varied),),
        pictures=CIFAR,
        learned=50_000,
        watched=(10_000, "test"),
        tested=(10_000, "test"),
    )


def face_cnn() -> Source:
    varied = {"rotation_range": 20, "width_shift_range": 0.2, "height_shift_range": 0.2,
              "horizontal_flip": True, "fill_mode": "nearest"}  # fmt: skip
    return Source(
        lambda: four_convolutions(64, ("valid", "valid"), 2),
        (Phase(sgd(0.01, decay=1e-6, momentum=0.9, nesterov=True), 10, 20, generator=varied),),
        pictures=(2000, 0, 0),
        learned=1400,
        watched=(600, "random"),
        tested=(1000, "all again"),
        fit="letterbox",
    )


SOURCES: dict[str, Callable[[], Source]] = {
    "cifar10-augmented": cifar10_augmented,
    "cifar10-deep": cifar10_deep,
    "cifar10-simple": cifar10_simple,
    "face-cnn": face_cnn,
    "mnist-cnn": mnist_cnn,
    "mnist-deep": mnist_deep,
    "mnist-lenet": mnist_lenet,
    "mnist-tutorial": mnist_tutorial,
    "mnist-vgg16-frozen-224": mnist_vgg16_frozen_224,
    "mnist-vgg16-frozen-224-source": mnist_vgg16_frozen_224,
    "mnist-vgg16-head-224": mnist_vgg16_head_224,
    "mnist-vgg16-head-48": mnist_vgg16_head_48,
    "photos-inception": photos_inception,
    "photos-vgg16-cats-dogs": photos_vgg16_cats_dogs,
}
