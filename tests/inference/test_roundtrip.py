"""What is saved answers as the network that was trained."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kanjian.inference import Recognizer
from small_recognizer import SIZE_HW, network, pictures, save

pytestmark = pytest.mark.backends


@pytest.fixture(scope="module")
def recognizer(saved):
    return Recognizer.load(saved)


def test_the_saved_network_answers_as_the_trained_one(recognizer, rgb_network):
    expected = np.asarray(rgb_network.predict_on_batch(pictures(64)))
    assert recognizer.engine == "openvino"
    np.testing.assert_allclose(recognizer.probabilities(pictures(64)), expected, atol=1e-5)
    assert expected.max() > 0.9  # the test would pass on uniform answers of anything


def test_one_picture_alone_answers_as_in_a_batch(recognizer):
    together = recognizer.probabilities(pictures(9))
    alone = np.concatenate([recognizer.probabilities(one[None]) for one in pictures(9)])
    np.testing.assert_allclose(alone, together, atol=1e-6)


@pytest.mark.parametrize("n", [0, 1, 2, 3, 33])
def test_any_number_of_pictures_is_a_batch(recognizer, n):
    answers = recognizer.probabilities(pictures(n))
    assert answers.shape == (n, 3)
    assert answers.dtype == np.float32


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), n=st.integers(1, 5))
def test_both_engines_agree(saved, seed, n):
    batch = pictures(n, seed=seed)
    by_openvino = _loaded(saved, "openvino").probabilities(batch)
    by_keras = _loaded(saved, "keras").probabilities(batch)
    np.testing.assert_allclose(by_openvino, by_keras, atol=1e-5)


_LOADED = {}


def _loaded(folder, engine):
    if engine not in _LOADED:
        _LOADED[engine] = Recognizer.load(folder, engine=engine)
    return _LOADED[engine]


def test_bf16_is_right_to_about_two_digits(saved, recognizer):
    rough = Recognizer.load(saved, precision="bf16")
    assert rough.selftest.passed
    difference = rough.probabilities(pictures(32)) - recognizer.probabilities(pictures(32))
    assert np.abs(difference).max() < 0.05


@pytest.mark.parametrize("engine", ["openvino", "keras"])
def test_one_sigmoid_becomes_two_columns(tmp_path, engine):
    model = network(outputs=1)
    save(tmp_path, model, classes=("no", "yes"))
    answers = Recognizer.load(tmp_path, engine=engine).probabilities(pictures())
    yes = np.asarray(model.predict_on_batch(pictures()))[:, 0]
    np.testing.assert_allclose(answers, np.stack([1 - yes, yes], 1), atol=1e-5)


def test_plain_keras_opens_the_network_and_gets_the_answers_of_the_selftest(saved):
    from kanjian.backend import load_keras

    model = load_keras().saving.load_model(saved / "recognizer/model.keras")
    with np.load(saved / "recognizer/selftest.npz") as stored:
        answers = np.asarray(model.predict_on_batch(stored["images"]))
        np.testing.assert_allclose(answers, stored["probabilities"], atol=1e-6)


def test_the_form_of_openvino_takes_raw_pixels_and_any_number_of_them(saved):
    from kanjian.inference.runtime import load_openvino, shared_core

    (pixels,) = shared_core().read_model(saved / "recognizer/model.xml").inputs
    assert pixels.element_type == load_openvino().Type.u8
    assert pixels.partial_shape[0].is_dynamic
    assert [pixels.partial_shape[i].get_length() for i in (1, 2, 3)] == [*SIZE_HW, 3]
