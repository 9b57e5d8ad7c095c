"""Gradients with respect to an input: the same on every backend, equal to finite differences."""

import numpy as np
import pytest

from kanjian.backend import load_keras
from kanjian.backend.gradients import compile_gradients, input_gradients
from see_networks import functional, pictures, seen

pytestmark = pytest.mark.backends


def smooth(keras):
    """A small network without kinks, where finite differences are exact to the second order."""
    keras.utils.set_random_seed(4)
    layers = keras.layers
    pixels = keras.Input((5, 4, 2))
    x = layers.Conv2D(3, 2, activation="tanh")(pixels)
    return keras.Model(pixels, layers.Dense(1, activation="sigmoid")(layers.Flatten()(x)))


def test_gradients_agree_with_finite_differences():
    network = smooth(load_keras())
    inputs = np.random.default_rng(0).normal(size=(3, 5, 4, 2)).astype(np.float32)
    _, gradients = input_gradients(lambda x: network(x, training=False)[:, 0], inputs)
    step = 1e-2
    for place in np.ndindex(5, 4, 2):
        moved = np.zeros((5, 4, 2), np.float32)
        moved[place] = step
        above, below = (seen(network(inputs + sign * moved))[:, 0] for sign in (1, -1))
        wanted = (above - below) / (2 * step)
        assert gradients[(slice(None), *place)] == pytest.approx(wanted, abs=1e-4)


def test_outputs_are_those_of_the_function_and_rows_do_not_meet():
    network = functional(dtype="float32")
    images = pictures((12, 16, 3), n=3)
    ask = compile_gradients(lambda x: network(x, training=False)[:, 1])
    outputs, together = ask(images)
    assert outputs == pytest.approx(seen(network(images))[:, 1], abs=1e-6)
    alone = np.concatenate([ask(image[None])[1] for image in images])
    assert together == pytest.approx(alone, abs=1e-7)


def test_further_arrays_choose_and_get_no_gradient():
    ops = load_keras().ops
    ask = compile_gradients(lambda x, weights: ops.sum(ops.square(x) * weights, axis=1))
    outputs, gradients = ask(np.array([[1.0, 2.0]]), np.array([[0.0, 3.0]]))
    assert outputs == pytest.approx([12])
    assert gradients == pytest.approx(np.array([[0, 12]]))


def test_what_does_not_depend_on_the_input_has_no_slope():
    ops = load_keras().ops
    outputs, gradients = input_gradients(lambda x: ops.ones(2) * 3, np.ones((2, 4)))
    assert outputs.tolist() == [3, 3]
    assert not gradients.any()


def test_one_trace_serves_many_calls():
    traced = []

    def total(x):
        traced.append(1)
        return load_keras().ops.sum(x, axis=1)

    ask = compile_gradients(total)
    for value in range(4):
        ask(np.full((2, 3), value, np.float32))
    from kanjian.backend import backend_name

    assert len(traced) == (4 if backend_name() == "torch" else 1)
