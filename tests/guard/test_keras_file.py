"""A network file of Keras is looked through, then built no larger than its file allows."""

import json

import h5py
import numpy as np
import pytest

from kanjian.backend import load_keras
from kanjian.errors import KanjianError
from kanjian.guard.keras_file import bounded, check_config, check_outputs, load_network
from small_recognizer import network

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning")


@pytest.fixture(scope="module")
def legacy(tmp_path_factory):
    """A whole legacy model, and its description."""
    path = tmp_path_factory.mktemp("keras") / "net.h5"
    network().save(path)
    with h5py.File(path) as file:
        return path, json.loads(file.attrs["model_config"])


def changed(legacy, path, **arguments):
    """The same file with other arguments in its Dense layer."""
    config = json.loads(json.dumps(legacy[1]))
    for layer in config["config"]["layers"]:
        if layer["class_name"] == "Dense":
            layer["config"] |= arguments
    path.write_bytes(legacy[0].read_bytes())
    with h5py.File(path, "a") as file:
        file.attrs["model_config"] = json.dumps(config)
    return path


def test_a_legacy_file_that_is_sound_is_loaded(legacy, tmp_path):
    # known by its content, whatever it is called
    path = changed(legacy, tmp_path / "net.bin")
    assert load_network(path, error=KanjianError).count_params() == network().count_params()


def test_a_layer_larger_than_the_file_is_refused(legacy, tmp_path):
    path = changed(legacy, tmp_path / "net.h5", units=2_000_000_000)
    with pytest.raises(KanjianError, match=r"net\.h5: the network takes more than 1e\+06 weights"):
        load_network(path, error=KanjianError)


def test_weights_alone_are_told(tmp_path):
    network().save_weights(tmp_path / "a.weights.h5")
    with pytest.raises(KanjianError, match="weights without the network"):
        load_network(tmp_path / "a.weights.h5", error=KanjianError)


def test_layers_without_weights_have_bounds_too():
    keras = load_keras()
    pixels = keras.Input((16, 16, 3))
    grown = keras.layers.UpSampling2D(3000)(pixels)
    model = keras.Model(pixels, keras.layers.GlobalAveragePooling2D()(grown))
    with pytest.raises(KanjianError, match="gives 48000×48000×3 numbers for one picture"):
        check_outputs(model, error=KanjianError)


def test_what_attention_holds_in_between_counts():
    keras = load_keras()
    pixels = keras.Input((256, 256, 3))
    places = keras.layers.Reshape((256 * 256, 3))(pixels)
    model = keras.Model(pixels, keras.layers.MultiHeadAttention(2, 4)(places, places))
    with pytest.raises(KanjianError, match="gives 2×65536×65536 numbers"):
        check_outputs(model, error=KanjianError)


def test_a_bound_ends_with_its_block():
    keras = load_keras()
    with bounded(10, "a", error=KanjianError):
        keras.layers.Dense(2).build((None, 3))
        with pytest.raises(KanjianError, match=r"a: the network takes more than 10 weights"):
            keras.layers.Dense(5).build((None, 3))
    layer = keras.layers.Dense(50)
    layer.build((None, 30))
    assert np.asarray(layer.kernel).shape == (30, 50)


@pytest.mark.parametrize(
    ("config", "match"),
    [
        ({"class_name": "Lambda"}, "runs code"),
        ({"a": [{"class_name": "TFSMLayer", "config": {"filepath": "/x"}}]}, "runs code"),
        ({"class_name": "TextVectorization", "config": {"vocabulary": "/etc/passwd"}},
         "reads another file"),
        ({"class_name": "Popen", "module": "subprocess", "registered_name": "Popen"},
         "of the program 'subprocess'"),
        ([{"class_name": "Dense"}] * 200_000, "more than 100000 objects"),
    ],
)  # fmt: skip
def test_descriptions_that_reach_out_are_refused(config, match):
    with pytest.raises(KanjianError, match=match):
        check_config(config, "a", error=KanjianError)


def test_a_layer_that_was_registered_here_is_known():
    keras = load_keras()

    @keras.saving.register_keras_serializable(package="guarded")
    class Mine(keras.layers.Layer):
        pass

    told = keras.saving.serialize_keras_object(Mine())
    check_config(told, "a", error=KanjianError)


def test_a_layer_whose_name_tensorflow_cannot_take_is_refused_before_it_is_asked(legacy, tmp_path):
    path = changed(legacy, tmp_path / "net.h5", name="a`b")
    with pytest.raises(KanjianError, match=r"^layer 'a`b' has a name that TensorFlow cannot take"):
        load_network(path, error=KanjianError)
