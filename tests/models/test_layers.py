import numpy as np
import pytest

from harness import (
    assert_answers,
    assert_every_weight_learns,
    assert_policies_agree,
    assert_saves,
    built,
)
from kanjian.backend import load_keras
from kanjian.errors import RecipeError
from kanjian.models.input_normalization import fit_preparation
from kanjian.models.layers import apply_layers, layer_names
from kanjian.recipes.codec import read_recipe
from kanjian.recipes.recipe import Input, Model

ANSWER = {"type": "Dense", "units": "classes", "activation": "softmax"}
SHAPE = (12, 12, 1)


def spelled(*layers, shape=SHAPE, n_classes=3, **more):
    return built(Model(layers=[*layers]), shape, n_classes, **more)


# Every layer and setting the issue names, in one TOML text
EVERYTHING = """
[[model.layers]]
type = "Conv2D"
filters = 4
kernel_size = 3
padding = "same"
kernel_initializer = "he_normal"
kernel_constraint = { type = "MaxNorm", max_value = 3 }
[[model.layers]]
type = "BatchNormalization"
[[model.layers]]
type = "LeakyReLU"
negative_slope = 0.1
[[model.layers]]
type = "AveragePooling2D"
pool_size = [2, 2]
[[model.layers]]
type = "UpSampling2D"
[[model.layers]]
type = "MaxPooling2D"
pool_size = 4
[[model.layers]]
type = "Permute"
dims = [2, 1, 3]
[[model.layers]]
type = "Reshape"
target_shape = [9, 4]
[[model.layers]]
type = "Conv1D"
filters = 5
kernel_size = 3
activation = "leaky_relu"
kernel_regularizer = { type = "L1L2", l1 = 1e-5, l2 = 1e-4 }
bias_regularizer = "l2"
[[model.layers]]
type = "MaxPooling1D"
[[model.layers]]
type = "AveragePooling1D"
pool_size = 3
[[model.layers]]
type = "Flatten"
[[model.layers]]
type = "RepeatVector"
n = 2
[[model.layers]]
type = "Flatten"
[[model.layers]]
type = "Dense"
units = 7
kernel_initializer = { type = "TruncatedNormal", stddev = 2.0 }
bias_initializer = { type = "Constant", value = 0.1 }
[[model.layers]]
type = "PReLU"
alpha_initializer = { type = "Constant", value = 0.25 }
[[model.layers]]
type = "Dropout"
rate = 0.1
[[model.layers]]
type = "Dense"
units = "classes"
[[model.layers]]
type = "Activation"
activation = "softmax"
"""


@pytest.mark.backends
def test_every_layer_the_issue_names_builds_learns_and_saves(tmp_path):
    model = read_recipe(EVERYTHING).model
    network = built(model, SHAPE, 3)
    # by hand: conv 4·9+4, norm 16, conv1d 5·12+5, dense 7·10+7, PReLU 7, dense 24
    assert network.count_params() == 40 + 16 + 65 + 77 + 7 + 24
    assert_answers(network, SHAPE, 3)
    assert_saves(network, SHAPE, tmp_path / "a.keras")
    assert_every_weight_learns(network, SHAPE, 3)
    assert_policies_agree(model, SHAPE, 3)


def test_settings_reach_the_keras_layers():
    network = built(read_recipe(EVERYTHING).model, SHAPE, 3)
    conv, leaky = network.layers[2], network.layers[4]
    assert (conv.padding, conv.kernel_constraint.max_value) == ("same", 3)
    assert type(conv.kernel_initializer).__name__ == "HeNormal"
    assert leaky.negative_slope == pytest.approx(0.1)
    dense = network.layers[-5]
    assert dense.kernel_initializer.stddev == pytest.approx(2)
    np.testing.assert_allclose(np.array(dense.bias), 0.1)


def test_the_end_of_the_network_is_computed_in_float32():
    network = built(read_recipe(EVERYTHING).model, SHAPE, 3, policy="mixed_bfloat16")
    assert [layer.compute_dtype for layer in network.layers[-3:]] == [
        "bfloat16", "float32", "float32",
    ]  # fmt: skip


@pytest.mark.backends
def test_whitening_travels_inside_the_saved_network(tmp_path):
    pictures = np.random.default_rng(0).integers(0, 256, (200, *SHAPE), np.uint8)
    settings = Input(scale=(-1, 1), center="pixel", standardize="channel", zca=0.1)
    preparation = fit_preparation(settings, [pictures], shape_hwc=SHAPE)
    more = {"preparation": preparation}
    network = spelled({"type": "Flatten"}, {"type": "Dense", "units": 4}, ANSWER, **more)
    assert_saves(network, SHAPE, tmp_path / "a.keras")
    assert network.count_params() - preparation.count_params() == 144 * 4 + 4 + 4 * 3 + 3
    assert_every_weight_learns(network, SHAPE, 3)


INNER = {"type": "SimpleRNN", "units": 2}
# What each layer needs beside its name
NEEDS = {
    "Activation": {"activation": "relu"},
    "AdaptiveAveragePooling1D": {"output_size": 2}, "AdaptiveAveragePooling2D": {"output_size": 2},
    "AdaptiveMaxPooling1D": {"output_size": 2}, "AdaptiveMaxPooling2D": {"output_size": 2},
    "Bidirectional": {"layer": INNER}, "CenterCrop": {"height": 2, "width": 2},
    "Dense": {"units": 2}, "EinsumDense": {"equation": "abc,cd->abd", "output_shape": [6, 2]},
    "GRU": {"units": 2}, "GroupNormalization": {"groups": 1}, "LSTM": {"units": 2},
    "Permute": {"dims": [2, 1]}, "RepeatVector": {"n": 2}, "Rescaling": {"scale": 0.5},
    "Reshape": {"target_shape": [-1]}, "Resizing": {"height": 2, "width": 2},
    "SimpleRNN": {"units": 2}, "SpectralNormalization": {"layer": {"type": "Dense", "units": 2}},
    "TimeDistributed": {"layer": {"type": "Dense", "units": 2}},
}  # fmt: skip
INPUTS = {0: (6, 4), 1: (6, 4), 2: (6, 6, 4), 3: (4, 4, 4, 2)}


def needs(name):
    if "Conv" in name:
        filters = {} if "Depthwise" in name else {"filters": 2}
        return {**filters, "kernel_size": 1}
    if name.startswith("AveragePooling"):
        return {"pool_size": 2}
    return {"rate": 0.1} if "Dropout" in name else {"stddev": 0.1} if "Noise" in name else {}


@pytest.mark.parametrize("name", layer_names())
def test_every_allowed_layer_can_be_spelled(name):
    rank = next((n for n in (1, 2, 3) if f"{n}D" in name), 0)
    shape = (5, *INPUTS[rank]) if "ConvLSTM" in name else INPUTS[rank]
    shape = {"RepeatVector": (4,), "CenterCrop": (6, 6, 4), "Resizing": (6, 6, 4)}.get(name, shape)
    pixels = load_keras().Input(shape)
    out = apply_layers(pixels, [{"type": name, **(NEEDS.get(name) or needs(name))}], n_classes=3)
    assert out.shape[0] is None


@pytest.mark.parametrize("name", ["TFSMLayer", "JaxLayer", "StringLookup", "Dot", "Layer"])
def test_layers_that_run_code_or_need_more_are_not_known(name):
    with pytest.raises(RecipeError, match=rf"unknown layer '{name}' in \[model\] layers\[0\]"):
        spelled({"type": name})


@pytest.mark.parametrize(
    ("layers", "message"),
    [
        ([{"type": "Flatten"}, {"type": "Dens"}],
         "unknown layer 'Dens' in [model] layers[1]. Did you mean 'Dense'?"),
        ([{"filters": 3}],
         "[model] layers[0] needs a type, as in { type = \"Flatten\" }, got {'filters': 3}."),
        ([{"type": "Conv2D", "filtres": 3}],
         "unknown argument of Conv2D 'filtres' in [model] layers[0] Conv2D. "
         "Did you mean 'filters'?"),
        ([{"type": "Conv2D", "filters": 3}], "[model] layers[0] Conv2D: Conv2D needs kernel_size."),
        ([{"type": "Dense", "units": -3}], "[model] layers[0] Dense: Dense refuses: "),
        ([{"type": "Flatten", "name": "pixels"}, ANSWER],
         "[model] is no network: The name \"pixels\" is used 2 times"),
        ([{"type": "MaxPooling2D", "pool_size": 99}],
         "fit what comes, (n, 12, 12, 1): Computed output size would be zero or negative."),
        ([{"type": "Dense", "units": 10**13}],
         "[model] layers[0] Dense would hold 1e+13 numbers at once, more than 2.5e+08."),
        ([{"type": "Flatten"}, {"type": "RepeatVector", "n": 10**9}],
         "[model] layers[1] RepeatVector would give 1.4e+11 numbers at once"),
        ([{"type": "Reshape", "target_shape": [5, 5]}],
         "[model] layers[0] Reshape does not fit what comes, (n, 12, 12, 1): "),
        ([{"type": "Conv2D", "filters": 3, "kernel_size": 99}],
         "[model] layers[0] Conv2D does not fit what comes, (n, 12, 12, 1): "),
        ([{"type": "Flatten"}, {"type": "Conv2D", "filters": 3, "kernel_size": 1}],
         "[model] layers[1] Conv2D does not fit what comes, (n, 144): "),
        ([{"type": "Dense", "units": 3, "activation": "rellu"}],
         "unknown activation 'rellu' in [model] layers[0] Dense activation. Did you mean 'relu'?"),
        ([{"type": "Dense", "units": 3, "kernel_initializer": "he_norm"}],
         "unknown initializer 'he_norm' in [model] layers[0] Dense kernel_initializer. "
         "Did you mean 'he_normal'?"),
        ([{"type": "Dense", "units": 3, "kernel_regularizer": {"type": "L2", "l": 3}}],
         "unknown argument of L2 'l' in [model] layers[0] Dense kernel_regularizer."),
        ([{"type": "Flatten"}, {**ANSWER, "units": 4}],
         "the network ends in (4,), but there are 3 classes."),
        ([{"type": "Flatten"}, {"type": "Dense", "units": 3}],
         "the network's last layer must give probabilities, got Dense "),
        ([], "the network ends in (12, 12, 1), but there are 3 classes."),
    ],
)  # fmt: skip
def test_a_mistake_is_one_line_that_says_which_layer(layers, message):
    with pytest.raises(RecipeError) as caught:
        spelled(*layers)
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_wrapped_layers_are_tables_too():
    network = spelled(
        {"type": "Reshape", "target_shape": [12, 12]},
        {"type": "Bidirectional", "layer": {"type": "GRU", "units": 2}},
        ANSWER,
    )
    assert_answers(network, SHAPE, 3)


def test_one_sigmoid_answers_for_two_classes():
    sigmoid = {"type": "Dense", "units": 1, "activation": "sigmoid"}
    network = spelled({"type": "Flatten"}, sigmoid, n_classes=2)
    assert network.output_shape == (None, 1)
    with pytest.raises(RecipeError, match="there are 3 classes"):
        spelled({"type": "Flatten"}, sigmoid, n_classes=3)
    with pytest.raises(RecipeError, match=r"activation tanh. Use sigmoid\."):
        spelled({"type": "Flatten"}, {**sigmoid, "activation": "tanh"}, n_classes=2)


CODE = """
import keras

def network(shape_hwc, n_classes, width=4):
    return keras.Sequential([
        keras.Input(shape_hwc),
        keras.layers.Flatten(),
        keras.layers.Dense(width),
        keras.layers.Dense(n_classes, activation="softmax"),
    ])

def number(shape_hwc, n_classes):
    return 3
"""


@pytest.fixture
def code_here(tmp_path, monkeypatch):
    (tmp_path / "their_network.py").write_text(CODE)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.backends
def test_a_function_runs_only_when_allowed(code_here):
    model = Model(function="their_network:network", options={"width": 5})
    with pytest.raises(RecipeError, match=r"is code that would run .* Read it, then say --allow"):
        built(model, SHAPE, 3)
    network = built(model, SHAPE, 3, allow_code=True)
    assert network.count_params() == 144 * 5 + 5 + 5 * 3 + 3
    assert_answers(network, SHAPE, 3)
    assert_saves(network, SHAPE, code_here / "a.keras")
    assert_policies_agree(model, SHAPE, 3, allow_code=True)


@pytest.mark.parametrize(
    ("function", "options", "message"),
    [
        ("no_such_module:f", {}, "cannot be found (No module named 'no_such_module')"),
        ("their_network:nothing", {}, "cannot be found (module 'their_network' has no attribute"),
        ("their_network", {}, "Write module:function"),
        ("their_network:number", {}, "must return a Keras model, got int."),
        ("their_network:network", {"widht": 3}, "Did you mean 'width'?"),
    ],
)
def test_a_wrong_function_is_one_line(code_here, function, options, message):
    with pytest.raises(RecipeError) as caught:
        built(Model(function=function, options=options), SHAPE, 3, allow_code=True)
    assert message in str(caught.value)


@pytest.mark.parametrize(
    ("name", "advice"),
    [
        ("Lambda", "it is code"),
        ("LocallyConnected2D", "Use Conv2D"),
        ("Embedding", "Use Dense or Conv2D"),
        ("Masking", "Leave it out"),
        ("InputLayer", r"\[input\] size"),
        ("RandomRotation", r"see \[augmentation\]"),
        ("random_flip", r"see \[augmentation\]"),
    ],
)
def test_a_layer_that_is_none_of_a_recipe_says_what_to_write_instead(name, advice):
    with pytest.raises(RecipeError, match=rf"^\[model\] layers\[0\] {name} is .*{advice}"):
        spelled({"type": name}, ANSWER)


def test_former_spellings_build_the_same_network():
    former = spelled(
        {"type": "Convolution2D", "nb_filter": 4, "nb_row": 3, "nb_col": 3, "subsample": [2, 2],
         "border_mode": "same", "init": "uniform", "W_regularizer": "l2", "bias": False},
        {"type": "Deconvolution2D", "nb_filter": 4, "kernel_size": 3},
        {"type": "LeakyReLU", "alpha": 0.2},
        {"type": "AveragePooling2D"},
        {"type": "ThresholdedReLU", "theta": 0.5},
        {"type": "Dropout", "p": 0.3},
        {"type": "GaussianNoise", "sigma": 0.1},
        {"type": "Flatten"},
        {"type": "Dense", "output_dim": "classes", "activation": "softmax"},
    )  # fmt: skip
    now = spelled(
        {"type": "Conv2D", "filters": 4, "kernel_size": [3, 3], "strides": [2, 2],
         "padding": "same", "kernel_initializer": "random_uniform", "kernel_regularizer": "l2",
         "use_bias": False},
        {"type": "Conv2DTranspose", "filters": 4, "kernel_size": 3},
        {"type": "LeakyReLU", "negative_slope": 0.2},
        {"type": "AveragePooling2D", "pool_size": 2},
        {"type": "ReLU", "threshold": 0.5},
        {"type": "Dropout", "rate": 0.3},
        {"type": "GaussianNoise", "stddev": 0.1},
        {"type": "Flatten"},
        ANSWER,
    )  # fmt: skip
    for one, other in zip(former.layers, now.layers, strict=True):
        named, told = ({k: v for k, v in each.get_config().items() if k != "name"}
                       for each in (one, other))  # fmt: skip
        assert named == told


@pytest.mark.parametrize("key", ["input_shape", "input_dim", "batch_input_shape"])
def test_what_the_input_is_stands_in_its_own_section(key):
    with pytest.raises(RecipeError, match=rf"{key}: leave it out; \[input\] size and channels"):
        spelled({"type": "Flatten", key: [12, 12, 1]}, ANSWER)


def test_colors_come_last():
    spelled({"type": "Flatten", "dim_ordering": "tf"}, ANSWER)
    with pytest.raises(RecipeError, match=r"colors come last here, got 'th'"):
        spelled({"type": "Conv2D", "filters": 2, "kernel_size": 3, "dim_ordering": "th"}, ANSWER)


@pytest.mark.backends
def test_branches_join_and_learn(tmp_path):
    network = spelled(
        {"type": "Conv2D", "filters": 4, "kernel_size": 3, "padding": "same", "name": "first"},
        {"type": "ReLU"},
        {"type": "Conv2D", "filters": 4, "kernel_size": 3, "padding": "same", "name": "second"},
        {"type": "Add", "inputs": ["first", "second"], "name": "sum"},
        {"type": "Concatenate", "inputs": ["sum", "input"]},
        {"type": "GlobalAveragePooling2D"},
        ANSWER,
    )
    assert network.count_params() == (9 * 4 + 4) + (9 * 16 + 4) + (5 * 3 + 3)
    assert_answers(network, SHAPE, 3)
    assert_every_weight_learns(network, SHAPE, 3)
    assert_saves(network, SHAPE, tmp_path / "a.keras")


@pytest.mark.parametrize(
    ("layer", "message"),
    [
        ({"type": "Add"}, "[model] layers[1] Add joins two layers or more. Name them: inputs ="),
        ({"type": "Add", "inputs": ["flat", "flatt"]},
         "unknown input 'flatt' in [model] layers[1]. Did you mean 'flat'? Inputs are layers"),
        ({"type": "Dropout", "rate": 0.1, "inputs": ["flat", "input"]},
         "[model] layers[1] Dropout takes one input, got 2. Join them first: Add"),
        ({"type": "Concatenate", "inputs": ["flat", "input"]},
         "[model] layers[1] Concatenate does not fit what comes, (n, 144) and (n, 12, 12, 1): "),
    ],
)  # fmt: skip
def test_a_wrong_join_is_one_line(layer, message):
    with pytest.raises(RecipeError) as caught:
        spelled({"type": "Flatten", "name": "flat"}, layer, ANSWER)
    assert message in str(caught.value)
