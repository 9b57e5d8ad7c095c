"""Descriptions by strangers: understood, or refused in one sentence; never anything else."""

import copy
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kanjian.errors import NetworkError
from kanjian.importing.keras1 import described

STACK = {
    "class_name": "Sequential",
    "config": {"name": "s", "layers": [
        {"class_name": "Conv2D", "config": {
            "name": "a/b", "filters": 4, "kernel_size": [3, 3], "activation": "relu",
            "data_format": "channels_last", "batch_input_shape": [None, 8, 8, 3]}},
        {"class_name": "LeakyReLU", "config": {"name": "l", "alpha": 0.25}},
        {"class_name": "Flatten", "config": {"name": "f"}},
        {"class_name": "Dense", "config": {"name": "d", "units": 2, "activation": "softmax"}}]},
}  # fmt: skip
BRANCHED = {
    "class_name": "Functional",
    "config": {"name": "m", "layers": [
        {"class_name": "InputLayer", "name": "i", "inbound_nodes": [],
         "config": {"name": "i", "batch_input_shape": [None, 8, 8, 3]}},
        {"class_name": "Conv2D", "name": "x/y", "inbound_nodes": [[["i", 0, 0, {}]]],
         "config": {"name": "x/y", "filters": 3, "kernel_size": 1}},
        {"class_name": "Add", "name": "j", "config": {"name": "j"},
         "inbound_nodes": [[["i", 0, 0, {}], ["x/y", 0, 0, {"training": False}]]]}],
        "input_layers": [["i", 0, 0]], "output_layers": [["j", 0, 0]]},
}  # fmt: skip


def layers_of(config):
    return described(config).config["config"]["layers"]


def test_an_input_is_put_before_and_slashes_go():
    first, conv, leaky, *_ = layers_of(STACK)
    assert first["config"]["batch_shape"] == [None, 8, 8, 3]
    assert conv["config"]["name"] == "a_b"
    assert leaky["config"]["negative_slope"] == 0.25


def test_names_change_alike_where_layers_are_and_where_they_are_called():
    layers = layers_of(BRANCHED)
    assert layers[1]["name"] == "x_y"
    assert layers[2]["inbound_nodes"] == [[["i", 0, 0, {}], ["x_y", 0, 0, {}]]]
    assert described(BRANCHED).config["config"]["output_layers"] == ["j", 0, 0]


def test_colors_first_in_a_network_with_branches_are_refused():
    config = json.loads(json.dumps(BRANCHED))
    config["config"]["layers"][1]["config"]["data_format"] = "channels_first"
    with pytest.raises(NetworkError, match="channels_first"):
        described(config)


WORDS = ["Sequential", "Functional", "Lambda", "Dense", "relu", "th", "x", "", "__lambda__",
         "InputLayer", "keras.src.ops.numpy", "channels_first"]  # fmt: skip
KEYS = ["class_name", "config", "layers", "name", "inbound_nodes", "units", "module", "layer",
        "input_layers", "batch_input_shape", "activation", "mode", "axis"]  # fmt: skip
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 10**12) | st.floats() | st.sampled_from(WORDS),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=4)
    ),
    max_leaves=12,
)


@settings(max_examples=150)
@given(JSON)
def test_nothing_but_a_refusal_comes_of_any_json(config):
    with pytest.raises(NetworkError):
        described(config if not isinstance(config, dict) else {"class_name": "Oops"} | config)


def places(value, path=()):
    yield path
    children = value.items() if isinstance(value, dict) else enumerate(value)
    if isinstance(value, dict | list):
        for key, inner in children:
            yield from (
                places(inner, (*path, key)) if isinstance(inner, dict | list) else [(*path, key)]
            )


@settings(max_examples=300)
@given(data=st.data(), config=st.sampled_from([STACK, BRANCHED]), new=JSON)
def test_a_description_changed_anywhere_is_understood_or_refused(data, config, new):
    path = data.draw(st.sampled_from(list(places(config))[1:]))
    changed = copy.deepcopy(config)
    inner = changed
    for key in path[:-1]:
        inner = inner[key]
    inner[path[-1]] = new
    try:
        made = described(changed)
    except NetworkError as error:
        assert "\n" not in str(error)
    else:
        assert "__lambda__" not in {
            each.get("class_name") for each in made.config["config"]["layers"]
        }
