"""What every network must hold, whoever made it; tests hand it a network, it asserts."""

import numpy as np

from kanjian import backend
from kanjian.models.build import build_model
from kanjian.models.input_normalization import Preparation


def some_pictures(shape_hwc, n=8, seed=0):
    return np.random.default_rng(seed).integers(0, 256, (n, *shape_hwc), np.uint8)


def built(model, shape_hwc, n_classes, *, preparation=None, seed=1, policy="float32", **more):
    """A fresh network from a recipe's [model] section."""
    return build_model(
        model,
        shape_hwc=shape_hwc,
        n_classes=n_classes,
        preparation=preparation or Preparation(shape_hwc),
        seed=seed,
        policy=policy,
        **more,
    )


def assert_answers(network, shape_hwc, n_classes):
    """uint8 in, float32 probabilities out, finite and one row per picture."""
    assert network.input_shape == (None, *shape_hwc)
    assert network.inputs[0].dtype == "uint8"
    assert network.output_shape == (None, n_classes)
    answers = network.predict_on_batch(some_pictures(shape_hwc))
    assert answers.dtype == np.float32
    assert (answers >= 0).all()
    np.testing.assert_allclose(answers.sum(axis=1), 1, rtol=1e-5)


def assert_every_weight_learns(network, shape_hwc, n_classes):
    """A few steps change every trainable weight, and every number stays finite."""
    loss = "sparse_categorical_crossentropy"
    network.compile("sgd", loss, jit_compile=backend.use_xla())
    before = [np.array(weight) for weight in network.trainable_weights]
    pictures = some_pictures(shape_hwc)
    for _ in range(3):
        network.train_on_batch(pictures, np.arange(len(pictures)) % n_classes)
    for old, weight in zip(before, network.trainable_weights, strict=True):
        assert np.isfinite(np.array(weight)).all(), weight.path
        assert (np.array(weight) != old).any(), weight.path


def assert_saves(network, shape_hwc, path):
    """What is saved opens in plain Keras and answers the same."""
    keras = backend.load_keras()
    network.save(path)
    again = keras.models.load_model(path, safe_mode=True, compile=False)
    assert b"kanjian" not in path.read_bytes()
    pictures = some_pictures(shape_hwc)
    np.testing.assert_array_equal(
        again.predict_on_batch(pictures), network.predict_on_batch(pictures)
    )


def assert_policies_agree(model, shape_hwc, n_classes, tolerance=0.05, **more):
    """The same weights in bfloat16 and float32 give the same answers, to bfloat16's precision."""
    exact = built(model, shape_hwc, n_classes, **more)
    mixed = built(model, shape_hwc, n_classes, policy="mixed_bfloat16", **more)
    assert "bfloat16" in {layer.compute_dtype for layer in mixed.layers}
    assert {weight.dtype for weight in mixed.weights} <= {"float32", "uint32", "int64"}
    exact.set_weights(mixed.get_weights())
    pictures = some_pictures(shape_hwc)
    np.testing.assert_allclose(
        mixed.predict_on_batch(pictures), exact.predict_on_batch(pictures), atol=tolerance
    )
