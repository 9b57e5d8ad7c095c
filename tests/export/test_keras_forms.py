"""What Keras writes, plain Keras opens again: the same answers to the last bit."""

import logging
import warnings

import numpy as np
import pytest

from kanjian.backend import backend_name, load_keras
from kanjian.errors import ExportError
from kanjian.export.convert import carry_out
from kanjian.export.export import export_recognizer
from kanjian.export.formats import FORMS
from small_recognizer import CLASSES, SIZE_HW, network, pictures

pytestmark = pytest.mark.skipif(backend_name() != "tensorflow", reason="made on TensorFlow")


def joined(*, seed=0):
    """Two ways that meet again, a network within the network, and what normalizes batches."""
    keras = load_keras()
    inside = keras.Sequential(
        [
            keras.Input((*SIZE_HW, 3)),
            keras.layers.Conv2D(4, 3, padding="same", use_bias=False, kernel_regularizer="l2"),
            keras.layers.BatchNormalization(),
            keras.layers.LeakyReLU(0.2),
        ],
        name="inside",
    )
    pixels = keras.Input((*SIZE_HW, 3), dtype="uint8")
    x = keras.layers.Rescaling(1 / 127.5, offset=-1.0)(pixels)
    one, other = inside(x), keras.layers.SeparableConv2D(4, 3, padding="same")(x)
    x = keras.layers.GlobalAveragePooling2D()(keras.layers.Add()([one, other]))
    start = keras.initializers.RandomNormal(stddev=3.0, seed=seed)
    return keras.Model(pixels, keras.layers.Dense(3, "softmax", kernel_initializer=start)(x))


def by_json(folder):
    keras = load_keras()
    again = keras.models.model_from_json((folder / "model.json").read_text(encoding="utf-8"))
    again.load_weights(folder / "model.weights.h5")
    return again


OPENED = {
    "keras-json": by_json,
    "h5": lambda folder: load_keras().models.load_model(folder / "model.h5"),
    "weights": None,  # into a network that is built anew
}


@pytest.mark.parametrize("form", OPENED)
@pytest.mark.parametrize("build", [network, joined])
def test_plain_keras_opens_it_and_the_difference_is_0(form, build, tmp_path, caplog, capfd):
    original = build()
    original.save(tmp_path / "model.keras")
    caplog.set_level(logging.WARNING)
    _, expected, found = carry_out(
        tmp_path / "model.keras", FORMS[form], tmp_path, pictures(), batch=None
    )
    told = [record.getMessage() for record in caplog.records] + list(capfd.readouterr())
    assert "legacy" not in "".join(told), "Keras' advice to take another format reaches nobody"
    np.testing.assert_array_equal(found, expected)
    if form == "weights":
        again = build(seed=9)
        assert (again.predict_on_batch(pictures()) != expected).any()
        again.load_weights(tmp_path / "model.weights.h5")
    else:
        again = OPENED[form](tmp_path)
    np.testing.assert_array_equal(again.predict_on_batch(pictures()), expected)
    np.testing.assert_array_equal(expected, original.predict_on_batch(pictures()))
    # and what goes on learning from it does so
    again.compile("sgd", "sparse_categorical_crossentropy")
    assert np.isfinite(again.train_on_batch(pictures(), np.arange(5) % 3))


@pytest.mark.parametrize("form", OPENED)
def test_one_sigmoid_leaves_as_two_classes_in_layers_of_keras(form, tmp_path):
    original = network(outputs=1)
    original.save(tmp_path / "model.keras")
    *_, found = carry_out(tmp_path / "model.keras", FORMS[form], tmp_path, pictures(), batch=None)
    second = original.predict_on_batch(pictures())[:, 0]
    np.testing.assert_array_equal(found[:, 1], second)
    np.testing.assert_array_equal(found[:, 0], np.float32(1) - second)


def test_a_whole_export_says_how_to_open_each_file(saved, tmp_path):
    for form in OPENED:
        folder = export_recognizer(saved, form, tmp_path / form).folder
        page = (folder / "README.md").read_text(encoding="utf-8")
        for path in folder.iterdir():
            if path.name.startswith(("model", "network")):
                assert f"| `{path.name}` |" in page
        assert FORMS[form].lines[0] in page


def test_layers_that_only_code_can_make_are_no_surprise_at_opening(tmp_path):
    keras = load_keras()
    pixels = keras.Input((*SIZE_HW, 3), dtype="uint8")
    x = keras.layers.Rescaling(1 / 255)(pixels)
    x = keras.layers.Lambda(lambda each: each * 2)(x)
    x = keras.layers.Dense(len(CLASSES), "softmax")(keras.layers.Flatten()(x))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        keras.Model(pixels, x).save(tmp_path / "model.keras")
    with pytest.raises(ExportError, match="runs code"):
        carry_out(tmp_path / "model.keras", FORMS["h5"], tmp_path, pictures(), batch=None)


def prepared(layers):
    """The small network behind layers that the legacy format would lose."""
    keras = load_keras()
    x = pixels = keras.Input((*SIZE_HW, 3), dtype="uint8")
    for layer in layers(keras):
        x = layer(x)
    start = keras.initializers.RandomNormal(stddev=0.5, seed=0)
    x = keras.layers.Dense(3, "softmax", kernel_initializer=start)(keras.layers.Flatten()(x))
    return keras.Model(pixels, x)


def per(axis):
    shape = {(1, 2, 3): (*SIZE_HW, 3), None: ()}[axis]
    draws = np.random.default_rng(0)
    mean, variance = draws.uniform(90, 160, shape), draws.uniform(99, 900, shape)

    def layers(keras):
        keras_axis = {"axis": axis, "mean": mean, "variance": variance, "dtype": "float32"}
        return [keras.layers.Normalization(**keras_axis)]

    return layers


def over_the_sample(keras):
    scale = keras.layers.Rescaling(1 / 255, dtype="float32")
    return [scale, keras.layers.LayerNormalization(axis=(1, 2, 3), center=False, scale=False)]


def without_own_mean(keras):
    ops = keras.ops
    scale = keras.layers.Rescaling(1 / 255, dtype="float32")
    return [scale, lambda x: ops.subtract(x, ops.mean(x, axis=(1, 2, 3), keepdims=True))]


def blue_first(keras):
    return [lambda x: keras.ops.flip(x, axis=-1), keras.layers.Rescaling(1 / 255, dtype="float32")]


@pytest.mark.parametrize(
    "layers", [per((1, 2, 3)), per(None), over_the_sample, without_own_mean, blue_first]
)
@pytest.mark.parametrize("form", OPENED)
def test_every_preparation_of_pixels_comes_back_as_it_was(layers, form, tmp_path):
    original = prepared(layers)
    original.save(tmp_path / "model.keras")
    _, expected, found = carry_out(
        tmp_path / "model.keras", FORMS[form], tmp_path, pictures(), batch=None
    )
    np.testing.assert_array_equal(found, expected)


def test_what_the_legacy_format_cannot_hold_is_one_line(tmp_path):
    keras = load_keras()
    original = prepared(lambda keras: [lambda x: keras.ops.sin(keras.ops.cast(x, "float32"))])
    original.save(tmp_path / "model.keras")
    assert keras.models.load_model(tmp_path / "model.keras") is not None
    with pytest.raises(ExportError, match=r"cannot write this network as h5: .*--to") as caught:
        carry_out(tmp_path / "model.keras", FORMS["h5"], tmp_path, pictures(), batch=None)
    assert "\n" not in str(caught.value)
