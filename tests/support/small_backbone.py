"""A small frozen network in the manner of the large ones; for tests."""

from kanjian.backend import load_keras

SIZE_HW = (12, 20)


def backbone(*, seed=0, scale=1 / 127.5, offset=-1.0, size_hw=SIZE_HW, gain=1.0, pool=False):
    """Uint8 pictures in, the feature map of two convolutions out, weights of this seed."""
    keras = load_keras()
    layers, start = keras.layers, keras.initializers.GlorotNormal
    pixels = keras.Input((*size_hw, 3), dtype="uint8")
    x = layers.Rescaling(scale, offset)(pixels)
    x = layers.Conv2D(8, 3, padding="same", kernel_initializer=start(seed))(x)
    x = layers.ReLU(6.0)(layers.BatchNormalization()(x))
    x = layers.Rescaling(gain)(x)
    x = layers.Conv2D(8, 3, strides=2, kernel_initializer=start(seed + 1))(x)
    return keras.Model(pixels, layers.GlobalAveragePooling2D()(x) if pool else x)
