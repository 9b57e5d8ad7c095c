import subprocess
import sys

import numpy as np
import pytest

from harness import (
    assert_answers,
    assert_every_weight_learns,
    assert_policies_agree,
    assert_saves,
    built,
)
from kanjian.errors import RecipeError
from kanjian.models.registry import CATALOG, find_model
from kanjian.recipes.recipe import Model

# every backend compiles a training step for each: one network speaks for them there
each_network = pytest.mark.parametrize(
    "record",
    [
        pytest.param(record, marks=pytest.mark.backends if record.name == "lenet-norm" else ())
        for record in CATALOG
    ],
    ids=lambda record: record.name,
)
every_network = pytest.mark.parametrize("record", CATALOG, ids=lambda record: record.name)


@every_network
def test_network_has_the_parameters_its_record_says(record):
    network = built(Model(name=record.name), record.input_hwc, record.classes)
    assert network.count_params() == record.parameters


@each_network
def test_network_answers_learns_and_saves(record, tmp_path):
    network = built(Model(name=record.name), record.input_hwc, record.classes)
    assert_answers(network, record.input_hwc, record.classes)
    assert_saves(network, record.input_hwc, tmp_path / "网络.keras")
    assert_every_weight_learns(network, record.input_hwc, record.classes)


@every_network
def test_what_was_learned_in_bfloat16_serves_in_float32(record):
    assert_policies_agree(Model(name=record.name), record.input_hwc, record.classes)


def test_names_are_unique_and_listing_them_imports_no_keras():
    assert len({record.name for record in CATALOG}) == len(CATALOG)
    code = (
        "import sys, kanjian.models.registry as c; assert c.CATALOG; print('keras' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


def test_face_network_has_the_sources_size_and_layers():
    network = built(Model(name="four-conv"), (64, 64, 3), 2)
    assert network.count_params() == 6_489_634
    own = [layer for layer in network.layers if layer.name not in {"pixels", "scale_pixels"}]
    assert len(own) == 18


def test_four_convolutions_are_padded_as_asked():
    padded = Model(name="four-conv", options={"second_padding": ["same", "valid"]})
    assert built(padded, (32, 32, 3), 10).count_params() == 1_676_842
    for wrong in (["same"], ["same", "some"]):
        with pytest.raises(RecipeError, match=r"'four-conv' does not fit"):
            built(Model(name="four-conv", options={"second_padding": wrong}), (32, 32, 3), 10)


def test_weights_depend_on_the_seed_alone():
    model = Model(name="lenet")
    first = built(model, (28, 28, 1), 10).get_weights()
    built(model, (28, 28, 1), 3)  # draws random numbers in between
    for one, two in zip(first, built(model, (28, 28, 1), 10).get_weights(), strict=True):
        np.testing.assert_array_equal(one, two)
    other = built(model, (28, 28, 1), 10, seed=2).get_weights()
    assert (first[0] != other[0]).any()


def test_building_leaves_pythons_random_numbers_alone():
    import random

    random.seed(5)
    expected = random.random()
    random.seed(5)
    built(Model(name="lenet"), (28, 28, 1), 10)
    assert random.random() == expected


def test_unknown_network_and_option_are_one_line():
    with pytest.raises(RecipeError, match=r"unknown model 'lent' .* Did you mean 'lenet'\?"):
        find_model("lent")
    with pytest.raises(RecipeError, match=r"'lenet' takes no \[model\] options, got width\."):
        built(Model(name="lenet", options={"width": 3}), (28, 28, 1), 10)


def test_pictures_too_small_for_a_network_are_one_line():
    with pytest.raises(RecipeError) as caught:
        built(Model(name="four-conv"), (4, 4, 1), 10)
    message = str(caught.value)
    assert message.startswith("[model] name 'four-conv' does not fit pictures of 4×4×1: ")
    assert "\n" not in message


def test_a_recipe_without_network_is_refused():
    with pytest.raises(RecipeError, match=r"the recipe has no network. Give \[model\] a name"):
        built(Model(), (28, 28, 1), 10)


def test_a_single_class_is_refused():
    with pytest.raises(RecipeError, match=r"two or more classes apart, got 1\."):
        built(Model(name="lenet"), (28, 28, 1), 1)


def test_airbench_begins_by_handing_on_what_comes_in():
    network = built(Model(name="airbench", options={"widths": [32, 40, 40]}), (32, 32, 3), 10)
    kernels = [w.numpy() for w in network.weights if w.path.endswith("kernel") and w.ndim == 4]
    for kernel in kernels[1:]:
        channels = range(min(kernel.shape[2:]))
        wanted = np.zeros_like(kernel[..., channels])
        wanted[1, 1, channels, channels] = 1
        np.testing.assert_array_equal(kernel[..., channels], wanted)
    assert kernels[1][..., 24:].std() > 0


def test_options_reach_the_network():
    model = Model(name="lenet-norm", options={"widths": [4], "units": 8})
    # by hand: conv 25·4, norms 4·4 and 4·8, dense 14·14·4·8, answer 8·10 + 10
    assert built(model, (28, 28, 1), 10).count_params() == 100 + 16 + 32 + 6272 + 90
    with pytest.raises(RecipeError, match=r"unknown option of 'lenet-norm' 'width'.*'widths'"):
        built(Model(name="lenet-norm", options={"width": 3}), (28, 28, 1), 10)
