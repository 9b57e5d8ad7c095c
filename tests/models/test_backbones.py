import subprocess
import sys
import warnings

import numpy as np
import pytest

from harness import assert_saves, some_pictures
from kanjian.backend import load_keras
from kanjian.errors import RecipeError, WeightsError
from kanjian.models.backbones import BACKBONES, build_backbone, find_backbone, prepare_pixels
from kanjian.models.split_model import cut, layer_names

FROM_KERAS = [record for record in BACKBONES if record.function.startswith("keras.")]
every = pytest.mark.parametrize("record", BACKBONES, ids=lambda record: record.name)
# the small member of each family; the large ones are the same code, deeper
SMALL = (
    "efficientnet-lite0", "vgg16", "resnet50", "resnet50-v2", "inception-v3",
    "inception-resnet-v2", "xception", "mobilenet", "mobilenet-v2", "mobilenet-v3-small",
    "mobilenet-v3-large", "densenet121", "nasnet-mobile", "efficientnet-b0", "efficientnet-v2-b0",
    "efficientnet-v2-s", "convnext-tiny",
)  # fmt: skip
MEAN, DEVIATION = np.array([0.485, 0.456, 0.406]), np.array([0.229, 0.224, 0.225])


@pytest.fixture(scope="module")
def keras():
    return load_keras()


def module_of(record, keras):
    """Where Keras has the `preprocess_input` of a network."""
    function = record.function.partition(":")[2]
    if "MobileNetV3" in function:
        return keras.applications.mobilenet_v3
    modules = [value for value in vars(keras.applications).values() if hasattr(value, function)]
    # ResNet50 is in two, which share the function
    return next(module for module in modules if hasattr(module, "preprocess_input"))


def source_of(record, keras, **more):
    build = getattr(keras.applications, record.function.partition(":")[2])
    return build(weights=None, **{"include_top": False, **more})


def least(name, **more):
    """The network at the smallest size it takes."""
    return build_backbone(
        name, **{"size_hw": find_backbone(name).least_hw, "weights": None, "seed": 0, **more}
    )


def test_pixels_of_0_to_1_come_as_they_are_and_not_where_the_network_prepares_them(keras):
    red = np.full((1, 32, 32, 3), (255, 0, 51), np.uint8)
    network = least("vgg16", pixels="unit")
    prepared = keras.Model(network.inputs, network.layers[1].output).predict_on_batch(red)
    np.testing.assert_allclose(prepared[0, 0, 0], [1, 0, 0.2], rtol=1e-6)
    with pytest.raises(RecipeError, match="efficientnet-b0 has layers of its own that take pixels"):
        least("efficientnet-b0", pixels="unit")


def test_names_are_unique_and_listing_them_imports_no_keras():
    assert len({record.name for record in BACKBONES}) == len(BACKBONES) == 43
    code = (
        "import sys, kanjian.models.backbones as b, kanjian.models.split_model;"
        "assert b.BACKBONES; print('keras' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


def test_the_catalog_has_every_network_of_keras(keras):
    offered = {
        name
        for name, value in vars(keras.applications).items()
        if callable(value) and name[0].isupper()
    }
    assert offered == {record.function.partition(":")[2] for record in FROM_KERAS}


@every
def test_pixels_are_prepared_as_keras_does(record, keras):
    pixels = keras.Input((4, 5, 3), dtype="uint8")
    network = keras.Model(pixels, prepare_pixels(pixels, record.prepare))
    pictures = some_pictures((4, 5, 3))
    got = network.predict_on_batch(pictures)
    if record in FROM_KERAS:
        expected = module_of(record, keras).preprocess_input(pictures.astype(np.float32))
    else:
        expected = (pictures.astype(np.float32) - 127) / 128
    np.testing.assert_allclose(got, expected, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize(
    ("name", "after", "expected"),
    [
        ("mobilenet-v3-small", "rescaling", lambda x: x / 127.5 - 1),
        ("efficientnet-b0", "normalization", lambda x: (x / 255 - MEAN) / DEVIATION),
        ("efficientnet-v2-b0", "normalization", lambda x: (x / 255 - MEAN) / DEVIATION),
        ("efficientnet-v2-s", "rescaling", lambda x: x / 128 - 1),
        (
            "convnext-tiny",
            "convnext_tiny_prestem_normalization",
            lambda x: (x / 255 - MEAN) / DEVIATION,
        ),
    ],
)
def test_networks_that_prepare_inside_do_so(name, after, expected):
    lower, _ = cut(least(name), after)
    pictures = some_pictures((32, 32, 3))
    np.testing.assert_allclose(lower(pictures), expected(pictures / 1.0), rtol=1e-4, atol=1e-4)


@pytest.mark.slow
@pytest.mark.parametrize("name", SMALL)
def test_a_network_has_the_parameters_its_record_says(name, keras):
    record = find_backbone(name)
    network = least(name)
    assert network.count_params() == record.parameters
    assert not [layer for layer in network.layers if hasattr(layer, "layers")]
    names = [line.name for line in layer_names(network)]
    assert names[0] == "pixels"
    # no number above how many there are: the same names in every process
    assert {name for name in names if name.startswith("conv2d")} <= {"conv2d"} | {
        f"conv2d_{number}" for number in range(len(names))
    }


@pytest.mark.slow
@pytest.mark.parametrize(
    "name", ["efficientnet-lite0", "mobilenet-v2", "mobilenet-v3-small", "densenet121"]
)
def test_with_a_top_it_has_as_many_more(name):
    record = find_backbone(name)
    network = build_backbone(name, size_hw=record.input_hw, weights=None, seed=0, top=True)
    assert network.count_params() == record.parameters_top
    assert network.output_shape == (None, 1000)


def test_the_vgg16_of_the_sources_has_their_size():
    network = build_backbone("vgg16", size_hw=(224, 224), weights=None, seed=0)
    assert network.count_params() == 14_714_688
    assert network.output_shape == (None, 7, 7, 512)
    # flatten – dense 10 on it
    assert 7 * 7 * 512 * 10 + 10 == 250_890


@pytest.mark.slow
@pytest.mark.parametrize("name", ["inception-v3"])
def test_layers_have_the_names_of_a_fresh_keras(name):
    record = find_backbone(name)
    first = [layer.name for layer in least(name).layers]
    assert [layer.name for layer in least(name).layers] == first
    code = (
        "import sys, kanjian.backend as b; k = b.load_keras();"
        f"n = k.applications.{record.function.partition(':')[2]}(weights=None, include_top=False,"
        f"input_shape={(*record.least_hw, 3)}); print(*[l.name for l in n.layers[1:]])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert [name for name in first if not name.endswith("pixels")] == done.stdout.split()


@pytest.mark.slow
@pytest.mark.backends
def test_a_network_saves_as_plain_keras(tmp_path):
    for name in ("vgg16", "efficientnet-lite0"):
        assert_saves(least(name), (32, 32, 3), tmp_path / f"{name}.keras")


def test_weights_depend_on_the_seed_alone():
    first = least("mobilenet-v2").get_weights()
    for one, two in zip(first, least("mobilenet-v2").get_weights(), strict=True):
        np.testing.assert_array_equal(one, two)
    assert (least("mobilenet-v2", seed=1).get_weights()[0] != first[0]).any()


def test_in_bfloat16_pixels_are_still_prepared_in_float32():
    network = least("vgg16", policy="mixed_bfloat16")
    assert network.get_layer("scale_pixels").compute_dtype == "float32"
    assert network.get_layer("block1_conv1").compute_dtype == "bfloat16"


@pytest.mark.parametrize("name", ["vgg16", "inception-v3", "xception", "efficientnet-lite0"])
def test_pictures_too_small_are_one_line_that_says_the_least_size(name):
    least_hw = find_backbone(name).least_hw[0]
    with pytest.raises(RecipeError) as caught:
        build_backbone(name, size_hw=(300, least_hw - 1), weights=None, seed=0)
    assert str(caught.value) == (
        f"{name} takes pictures of at least {least_hw}×{least_hw}, got 300×{least_hw - 1}. "
        "Set a larger [input] size."
    )


@pytest.mark.parametrize("record", FROM_KERAS, ids=lambda record: record.name)
def test_the_least_size_is_that_of_keras(record, keras):
    small = record.least_hw[0] - 1
    with pytest.raises(ValueError, match=rf"at least {small + 1}x{small + 1}"):
        source_of(record, keras, input_shape=(small, small, 3))


def test_an_unknown_name_is_one_line_with_the_nearest():
    with pytest.raises(RecipeError, match=r"unknown backbone 'resnet-50'\. Did you mean 'resnet50"):
        build_backbone("resnet-50", size_hw=(224, 224), weights=None, seed=0)


def shaken(network, seed=5):
    """Weights as training leaves them: no statistic is 0 or 1."""
    rng = np.random.default_rng(seed)
    network.set_weights(
        [
            array + rng.uniform(0, 0.1, array.shape) if array.ndim < 2 else array
            for array in network.get_weights()
        ]
    )
    return network


def saved(network, path):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Keras says that .h5 is legacy
        (network.save_weights if path.name.endswith(".weights.h5") else network.save)(path)
    return path


@pytest.mark.parametrize(
    ("name", "file"),
    [
        ("vgg16", "a.h5"),
        ("mobilenet-v2", "a.weights.h5"),
        pytest.param("mobilenet-v3-small", "a.keras", marks=pytest.mark.slow),
        pytest.param("inception-v3", "a.h5", marks=pytest.mark.slow),
        pytest.param("convnext-tiny", "a.h5", marks=pytest.mark.slow),
        pytest.param("convnext-tiny", "a.weights.h5", marks=pytest.mark.slow),
        pytest.param("efficientnet-v2-b0", "a.h5", marks=pytest.mark.slow),
        pytest.param("densenet121", "a.h5", marks=pytest.mark.slow),
    ],
)
def test_with_the_weights_of_keras_it_answers_as_keras_does(name, file, keras, tmp_path):
    record = find_backbone(name)
    size_hw = (80, 96)
    source = shaken(source_of(record, keras, input_shape=(*size_hw, 3)))
    network = least(name, size_hw=size_hw, weights=saved(source, tmp_path / file))
    pictures = some_pictures((*size_hw, 3), n=2)
    prepared = module_of(record, keras).preprocess_input(pictures.astype(np.float32))
    expected = source.predict_on_batch(prepared)
    assert np.isfinite(expected).all()
    np.testing.assert_allclose(
        network.predict_on_batch(pictures), expected, atol=1e-4 * np.abs(expected).max()
    )


@pytest.mark.slow
def test_efficientnet_answers_as_keras_with_imagenet_weights(keras, tmp_path, monkeypatch):
    """Keras adds a layer when it fetches the weights itself; here it fetches ours."""
    from keras.src.utils import file_utils

    size = {"input_shape": (64, 64, 3)}
    source = shaken(source_of(find_backbone("efficientnet-b0"), keras, **size))
    norm = next(layer for layer in source.layers if isinstance(layer, keras.layers.Normalization))
    norm.set_weights([MEAN, DEVIATION, np.array(1000)])  # as in Keras' file
    path = saved(source, tmp_path / "a.weights.h5")
    monkeypatch.setattr(file_utils, "get_file", lambda *a, **k: path)
    fetched = keras.applications.EfficientNetB0(weights="imagenet", include_top=False, **size)
    network = least("efficientnet-b0", size_hw=(64, 64), weights=path)
    pictures = some_pictures((64, 64, 3), n=2)
    expected = fetched.predict_on_batch(pictures.astype(np.float32))
    got = network.predict_on_batch(pictures)
    np.testing.assert_allclose(got, expected, atol=1e-4 * np.abs(expected).max())
    again = saved(network, tmp_path / "b.keras")  # what is right already stays so
    np.testing.assert_array_equal(
        least("efficientnet-b0", size_hw=(64, 64), weights=again).predict_on_batch(pictures), got
    )


def test_a_file_of_another_network_is_refused(keras, tmp_path):
    path = saved(source_of(find_backbone("mobilenet-v2"), keras, input_shape=(32, 32, 3)),
                 tmp_path / "a.weights.h5")  # fmt: skip
    with pytest.raises(WeightsError, match="Nothing was set"):
        least("vgg16", weights=path)
    with pytest.raises(WeightsError, match="cannot read"):
        least("vgg16", weights=tmp_path / "none.h5")
