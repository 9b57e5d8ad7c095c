"""EfficientNet-Lite against what its makers' weights answered elsewhere."""

from pathlib import Path

import numpy as np
import pytest

from kanjian.backend import load_keras
from kanjian.errors import WeightsError
from kanjian.images.decode import read_image
from kanjian.images.resize import resize_image
from kanjian.models.backbones import build_backbone, find_backbone
from kanjian.models.efficientnet_lite import efficientnet_lite0, lite_weights
from kanjian.models.split_model import cut
from kanjian.weights.store import find_weights

# Logits of the five likeliest classes, by the ONNX form of the same weights in OpenVINO
# (float32) on scikit-learn's photos, letterboxed to 224; classes as ImageNet numbers them
REFERENCE = {
    "china.jpg": {832: 9.259, 442: 8.49794, 448: 7.29059, 483: 6.91376, 497: 6.57336},
    "flower.jpg": {947: 5.82254, 599: 5.35867, 994: 5.08131, 949: 4.8323, 992: 4.72632},
}


@pytest.fixture(scope="module")
def weights():
    try:
        return find_weights("efficientnet-lite0", top=True)
    except WeightsError as error:
        pytest.skip(str(error))


@pytest.fixture(scope="module")
def network(weights):
    return build_backbone(
        "efficientnet-lite0", size_hw=(224, 224), weights=weights, seed=0, top=True
    )


def logits(network, pictures):
    """Before the softmax of the last layer."""
    ops = load_keras().ops
    features = ops.convert_to_numpy(cut(network, "avg_pool")[0](pictures, training=False))
    kernel, bias = network.get_layer("predictions").get_weights()
    return features @ kernel + bias


def photos_of_sklearn():
    import sklearn

    folder = Path(sklearn.__file__).parent / "datasets" / "images"
    images = [read_image(folder / name) for name in REFERENCE]
    return np.stack([resize_image(image, (224, 224), channels=3) for image in images])


@pytest.mark.backends
def test_it_answers_as_the_stored_reference(network):
    got = logits(network, photos_of_sklearn())
    for row, expected in zip(got, REFERENCE.values(), strict=True):
        assert row.argsort()[::-1][:5].tolist() == list(expected)
        np.testing.assert_allclose(row[list(expected)], list(expected.values()), rtol=1e-4)


def test_it_answers_as_the_onnx_form_on_photos(network, shared_data):
    import openvino

    files = sorted((shared_data / "images").glob("*.jpg"))[:12]
    pictures = np.stack([resize_image(read_image(file), (224, 224), channels=3) for file in files])
    onnx = openvino.Core().compile_model(
        shared_data / "models" / "efficientnet_lite0_imagenet.onnx", "CPU",
        {"INFERENCE_PRECISION_HINT": "f32"},
    )  # fmt: skip
    prepared = (pictures.astype(np.float32) - 127) / 128
    expected = np.concatenate(
        [onnx(picture[None].transpose(0, 3, 1, 2))[0] for picture in prepared]
    )
    off = np.abs(logits(network, pictures) - expected).max(axis=1)
    assert (off <= 1e-4 * np.abs(expected).max(axis=1)).all()


def test_without_a_top_the_same_file_serves(network, weights):
    lower = build_backbone("efficientnet-lite0", size_hw=(224, 224), weights=weights, seed=0)
    pictures = photos_of_sklearn()
    whole, _ = cut(network, "top_activation")
    np.testing.assert_array_equal(lower(pictures, training=False), whole(pictures, training=False))


def pytorch_state(rng):
    """A state with the names and shapes of the package's file, of other numbers."""
    network = network_of(top=True)
    shapes = {layer.name: [tuple(w.shape) for w in layer.weights] for layer in network.layers}
    state = {}

    def convolution(layer, source):
        height, width, before, after = shapes[layer][0]
        order = (before, after) if layer.endswith("dwconv") else (after, before)
        state[f"{source}.weight"] = rng.random((*order, height, width), np.float32)

    def norm(layer, source):
        for part in ("weight", "bias", "running_mean", "running_var"):
            state[f"{source}.{part}"] = rng.random(shapes[layer][0], np.float32)
        state[f"{source}.num_batches_tracked"] = np.array(7)

    convolution("stem_conv", "_conv_stem")
    norm("stem_bn", "_bn0")
    names = sorted({layer.name.split("_")[0] for layer in network.layers if "block" in layer.name})
    assert len(names) == 16
    for number, name in enumerate(names):
        source = f"_blocks.{number}."
        if number:
            convolution(f"{name}_expand_conv", f"{source}_expand_conv")
            norm(f"{name}_expand_bn", f"{source}_bn0")
        convolution(f"{name}_dwconv", f"{source}_depthwise_conv")
        norm(f"{name}_bn", f"{source}_bn1")
        convolution(f"{name}_project_conv", f"{source}_project_conv")
        norm(f"{name}_project_bn", f"{source}_bn2")
    convolution("top_conv", "_conv_head")
    norm("top_bn", "_bn1")
    state["_fc.weight"] = rng.random((1000, 1280), np.float32)
    state["_fc.bias"] = rng.random(1000, np.float32)
    return state


def network_of(*, top):
    keras = load_keras()
    pixels = keras.Input((32, 32, 3))
    return keras.Model(pixels, efficientnet_lite0(pixels, top=top))


def test_every_array_of_pytorch_finds_its_layer():
    state = pytorch_state(np.random.default_rng(0))
    arrays, network = lite_weights("efficientnet-lite0", state), network_of(top=True)
    for layer in network.layers:
        if layer.weights:
            layer.set_weights(arrays.pop(layer.name))
    assert arrays == {}
    assert network.count_params() == 4_694_024
    # (out, in, y, x) → (y, x, in, out); of a depthwise one (channel, 1, y, x) → (y, x, channel, 1)
    kernel = state["_blocks.4._project_conv.weight"]
    np.testing.assert_array_equal(
        network.get_layer("block3b_project_conv").get_weights()[0][0, 0, 5, 3], kernel[3, 5, 0, 0]
    )
    depthwise = state["_blocks.3._depthwise_conv.weight"]
    np.testing.assert_array_equal(
        network.get_layer("block3a_dwconv").get_weights()[0][4, 1, 7, 0], depthwise[7, 0, 4, 1]
    )


def test_a_state_of_something_else_is_one_line():
    state = pytorch_state(np.random.default_rng(0))
    with pytest.raises(WeightsError, match=r"'_fc\.weight' has shape \(1000,\), expected 2 dim"):
        lite_weights("efficientnet-lite0", state | {"_fc.weight": np.zeros(1000)})
    del state["_blocks.15._bn2.running_var"]
    with pytest.raises(WeightsError, match=r"there is no '_blocks\.15\._bn2\.running_var'"):
        lite_weights("efficientnet-lite0", state)


@pytest.mark.parametrize("size", [32, 33, 47, 64])
def test_any_size_gives_a_map_a_32th_as_large_rounded_up(size):
    keras = load_keras()
    output = efficientnet_lite0(keras.Input((size, 224, 3)), top=False)
    assert output.shape == (None, -(-size // 32), 7, 1280)


def test_blocks_are_those_of_the_paper():
    """Stem and head fixed, 16 blocks, no swish, no squeeze-and-excite."""
    network = network_of(top=False)
    kinds = {type(layer).__name__ for layer in network.layers}
    assert kinds == {"InputLayer", "Conv2D", "DepthwiseConv2D", "BatchNormalization", "ReLU",
                     "Dropout", "Add"}  # fmt: skip
    filters = [layer.filters for layer in network.layers if layer.name.endswith("project_conv")]
    assert filters == [16] + [24] * 2 + [40] * 2 + [80] * 3 + [112] * 3 + [192] * 4 + [320]
    assert network.count_params() == 3_413_024
    for layer in network.layers:
        if type(layer).__name__ == "BatchNormalization":
            assert (layer.momentum, layer.epsilon) == (0.99, 1e-3)
        if type(layer).__name__ == "ReLU":
            assert layer.max_value == 6


# What anybody could call the temple of china.jpg: bell cote, boathouse, castle, church,
# monastery, palace, stupa, as ImageNet numbers them
BUILDINGS = {442, 449, 483, 497, 663, 698, 832}


@pytest.mark.parametrize(
    ("name", "blocks", "parameters"),
    [
        ("efficientnet-lite0", 16, 4_694_024),
        ("efficientnet-lite1", 21, 5_470_344),
        ("efficientnet-lite2", 21, 6_150_168),
    ],
)
def test_the_larger_ones_have_more_blocks_and_filters(name, blocks, parameters):
    network = build_backbone(name, size_hw=(64, 64), weights=None, seed=0, top=True)
    depthwise = [layer for layer in network.layers if layer.name.endswith("_dwconv")]
    assert (len(depthwise), network.count_params()) == (blocks, parameters)
    assert network.get_layer("stem_conv").filters == 32
    assert network.get_layer("top_conv").filters == 1280


@pytest.mark.parametrize("name", ["efficientnet-lite1", "efficientnet-lite2"])
def test_the_larger_ones_know_photos(name):
    try:
        weights = find_weights(name, top=True)
    except WeightsError as error:
        pytest.skip(str(error))
    side = find_backbone(name).input_hw
    network = build_backbone(name, size_hw=side, weights=weights, seed=0, top=True)
    import sklearn

    folder = Path(sklearn.__file__).parent / "datasets" / "images"
    photo = resize_image(read_image(folder / "china.jpg"), side, channels=3)
    probabilities = load_keras().ops.convert_to_numpy(network(photo[None], training=False))[0]
    assert set(probabilities.argsort()[::-1][:4].tolist()) <= BUILDINGS
