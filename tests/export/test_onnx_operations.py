"""Operations that the converter to ONNX has to be told about."""

import numpy as np
import pytest

from kanjian.backend import backend_name, load_keras
from kanjian.export.formats import FORMS


def test_the_exact_gelu_is_written_as_onnx(tmp_path):
    pytest.importorskip("tf2onnx")
    if backend_name() != "tensorflow":
        pytest.skip("the converter is TensorFlow's")
    keras = load_keras()
    pixels = keras.Input((4, 4, 1), dtype="uint8", name="pixels")
    x = keras.layers.Flatten()(keras.layers.Rescaling(1 / 64, -2.0)(pixels))
    network = keras.Model(pixels, keras.layers.Dense(3, activation="gelu")(x))
    form = FORMS["onnx"]
    form.write(network, tmp_path / form.file, None)
    pictures = np.random.default_rng(0).integers(0, 256, (2, 4, 4, 1), np.uint8)
    found = form.open(tmp_path / form.file)(pictures)
    np.testing.assert_allclose(found, network.predict_on_batch(pictures), atol=1e-5)
