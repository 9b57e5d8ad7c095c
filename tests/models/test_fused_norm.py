"""The fused kernel learns what Keras' own layer learns."""

import numpy as np
import pytest

from kanjian import backend
from kanjian.backend.mixed_precision import precision
from kanjian.models.fused_norm import fuse_normalization

pytestmark = pytest.mark.skipif(
    backend.backend_name() != "tensorflow", reason="the kernel is TensorFlow's"
)


def network(policy, **options):
    keras = backend.load_keras()
    with precision(policy):
        layers = keras.layers
        model = keras.Sequential(
            [
                keras.Input((6, 5, 3)),
                layers.Conv2D(4, 3, kernel_initializer=keras.initializers.GlorotUniform(seed=1)),
                layers.BatchNormalization(momentum=0.8, **options),
                layers.Activation("relu"),
                layers.GlobalAveragePooling2D(),
                layers.Dense(
                    2, dtype="float32", kernel_initializer=keras.initializers.GlorotUniform(seed=2)
                ),
            ]
        )
    model.compile(keras.optimizers.SGD(0.5), "mse", jit_compile=False)
    return model


PICTURES = np.random.default_rng(0).normal(2, 3, (7, 6, 5, 3)).astype(np.float32)
ANSWERS = np.random.default_rng(1).normal(size=(7, 2)).astype(np.float32)


@pytest.mark.parametrize(("policy", "error"), [("float32", 1e-5), ("mixed_bfloat16", 0.03)])
@pytest.mark.parametrize("options", [{}, {"scale": False}, {"center": False}])
def test_a_few_steps_lead_to_the_same_weights_and_answers(policy, error, options):
    ours, theirs = network(policy, **options), network(policy, **options)
    fuse_normalization(ours)
    for _ in range(3):
        losses = [model.train_on_batch(PICTURES, ANSWERS) for model in (ours, theirs)]
        assert losses[0] == pytest.approx(losses[1], rel=error, abs=error)
    for found, wanted in zip(ours.get_weights(), theirs.get_weights(), strict=True):
        np.testing.assert_allclose(found, wanted, rtol=error, atol=error)
    answers = [model.predict(PICTURES, verbose=0) for model in (ours, theirs)]
    np.testing.assert_allclose(*answers, rtol=error, atol=error)


def test_a_layer_at_rest_keeps_its_statistics():
    ours = network("float32")
    ours.layers[1].trainable = False
    ours.compile("sgd", "mse", jit_compile=False)
    fuse_normalization(ours)
    ours.train_on_batch(PICTURES, ANSWERS)
    np.testing.assert_array_equal(ours.layers[1].moving_mean.numpy(), 0)


def test_other_axes_and_ranks_stay_keras_own():
    keras = backend.load_keras()
    inputs = keras.Input((6, 5, 3))
    x = keras.layers.BatchNormalization(axis=1)(inputs)
    x = keras.layers.BatchNormalization()(keras.layers.Flatten()(x))
    model = keras.Model(inputs, x)
    fuse_normalization(model)
    kinds = {type(layer) for layer in model.layers if "batch" in layer.name}
    assert kinds == {keras.layers.BatchNormalization}
