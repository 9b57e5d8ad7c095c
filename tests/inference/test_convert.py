"""What stands in the way of an OpenVINO form is taken out of the graph first."""

import numpy as np
import pytest

from kanjian.backend import backend_name, load_keras
from kanjian.inference.convert import write_openvino
from kanjian.inference.runtime import shared_core


def answer(network, folder, pictures):
    assert write_openvino(network, folder) is None
    model = shared_core().read_model(str(folder / "model.xml"))
    assert len(model.inputs) == len(model.outputs) == 1
    return shared_core().compile_model(model, "CPU")(pictures)[0]


def network_with(call):
    keras = load_keras()

    class Step(keras.layers.Layer):
        def call(self, x):
            return call(keras.ops, x)

    pixels = keras.Input((4, 4, 1), dtype="uint8")
    return keras.Model(pixels, Step()(keras.layers.Rescaling(1.0)(pixels)))


PICTURES = np.arange(32, dtype=np.uint8).reshape(2, 4, 4, 1)


def test_a_mask_that_no_picture_decides_about_is_computed_before(tmp_path):
    if backend_name() != "tensorflow":
        pytest.skip("the operation is TensorFlow's")

    def masked(ops, x):
        mask = ops.slice_update(ops.zeros((1, 4, 4, 1)), [0, 1, 1, 0], ops.ones((1, 2, 2, 1)))
        return x * mask

    wanted = np.zeros(PICTURES.shape)
    wanted[:, 1:3, 1:3] = PICTURES[:, 1:3, 1:3]
    np.testing.assert_array_equal(answer(network_with(masked), tmp_path, PICTURES), wanted)


def test_what_a_layer_computes_and_leaves_is_no_second_output(tmp_path):
    def with_a_rest(ops, x):
        ops.shape(x)[0] + 1
        return 2 * x

    np.testing.assert_array_equal(
        answer(network_with(with_a_rest), tmp_path, PICTURES), 2.0 * PICTURES
    )
