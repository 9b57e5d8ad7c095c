import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from kanjian.backend import load_keras
from kanjian.errors import RecipeError
from kanjian.models.backbones import build_backbone
from kanjian.models.split_model import boundary, cut, cuttable, flat, frozen_layers, layer_names

SIZE = {"inception-v3": 75}


@pytest.fixture(scope="module")
def networks():
    made = {}

    def network(name):
        if name not in made:
            size = SIZE.get(name, 32)
            made[name] = build_backbone(name, size_hw=(size, size), weights=None, seed=3)
        return made[name]

    return network


@pytest.fixture(scope="module")
def keras():
    return load_keras()


def pictures(network, n=2):
    return np.random.default_rng(1).integers(0, 256, (n, *network.input_shape[1:]), np.uint8)


def answers(network, x):
    return np.asarray(load_keras().ops.convert_to_numpy(network(x, training=False)))


def assert_parts(network, places):
    """Every intermediate map in one run; then each upper half from its own."""
    x, keras = pictures(network), load_keras()
    whole = answers(network, x)
    assert np.abs(whole).max() > 0
    halves = [cut(network, place) for place in places]
    between = keras.Model(network.inputs[0], [lower.outputs[0] for lower, _ in halves])(
        x, training=False
    )
    for (_, upper), features in zip(halves, between, strict=True):
        np.testing.assert_allclose(
            answers(upper, features), whole, rtol=1e-4, atol=1e-5 * np.abs(whole).max()
        )


@pytest.mark.parametrize(
    "name",
    [
        "vgg16",
        pytest.param("efficientnet-lite0", marks=pytest.mark.slow),
        pytest.param("mobilenet-v2", marks=pytest.mark.slow),
        pytest.param("resnet50", marks=pytest.mark.slow),
        pytest.param("inception-v3", marks=pytest.mark.slow),
    ],
)
def test_the_parts_in_sequence_are_the_network_wherever_it_is_cut(networks, name):
    network = networks(name)
    places = cuttable(network)
    assert places[0] == "pixels"
    assert places[-1] == network.layers[-1].name
    assert_parts(network, places)


def test_the_parts_share_the_weights_of_the_network(networks):
    network = networks("efficientnet-lite0")
    lower, upper = cut(network, "block5c_add")
    own = {id(weight) for weight in network.weights}
    parts = [{id(weight) for weight in part.weights} for part in (lower, upper)]
    assert parts[0] | parts[1] == own
    assert not parts[0] & parts[1]


def test_cutting_again_and_again_leaves_the_network_as_it_was(networks):
    network = networks("vgg16")
    x = pictures(network)
    before, places = answers(network, x), cuttable(network)
    lower, upper = cut(network, "block3_pool")
    first, second = cut(upper, "block4_pool")
    np.testing.assert_array_equal(answers(second, answers(first, answers(lower, x))), before)
    np.testing.assert_array_equal(answers(network, x), before)
    assert cuttable(network) == places


@st.composite
def graphs(draw):
    """For each node after the input, the nodes before it that it takes."""
    count = draw(st.integers(2, 9))
    return [
        sorted(draw(st.sets(st.integers(0, node), min_size=1, max_size=3))) for node in range(count)
    ]


def reaches_without(parents, removed):
    """Whether a path from input to output goes around a node; walked, not computed."""
    seen, stack = set(), [len(parents)]
    while stack:
        node = stack.pop()
        if node == removed or node in seen:
            continue
        seen.add(node)
        stack += parents[node - 1] if node else []
    return 0 in seen


@given(graphs())
@hypothesis_settings(max_examples=40)
def test_cuttable_are_exactly_the_nodes_no_path_goes_around(parents):
    keras = load_keras()
    tensors = [keras.Input((2,), name="node0")]
    for number, taken in enumerate(parents, start=1):
        layer = keras.layers.Add if len(taken) > 1 else keras.layers.ReLU
        given = [tensors[node] for node in taken]
        tensors.append(layer(name=f"node{number}")(given if len(given) > 1 else given[0]))
    found = cuttable(keras.Model(tensors[0], tensors[-1]))
    last = len(parents)
    alive = {last}
    for node in range(last, 0, -1):
        alive |= set(parents[node - 1]) if node in alive else set()
    expected = {f"node{node}" for node in alive if node in {0, last}} | {
        f"node{node}" for node in alive - {0, last} if not reaches_without(parents, node)
    }
    assert set(found) == expected


def test_a_layer_that_does_not_part_the_network_names_its_neighbors(networks):
    network = networks("mobilenet-v2")
    with pytest.raises(RecipeError) as caught:
        cut(network, "block_2_depthwise")
    assert str(caught.value) == (
        "mobilenet_v2 cannot be split at 'block_2_depthwise': other tensors pass beside it. "
        "The nearest places are 'block_1_project_BN' or 'block_2_add'."
    )
    for place in ("block_1_project_BN", "block_2_add"):
        cut(network, place)


def test_an_unknown_layer_names_the_nearest_or_the_list(networks):
    with pytest.raises(RecipeError, match=r"vgg16 has no layer 'block4_pol'\. Did you mean"):
        cut(networks("vgg16"), "block4_pol")
    for name in ("zebra", ""):
        with pytest.raises(RecipeError, match=r"'kanjian models NAME --layers' lists them\."):
            boundary(networks("vgg16"), name)


def test_boundary_of_a_block_a_layer_and_a_count(networks):
    vgg16 = networks("vgg16")
    assert boundary(vgg16, "block5") == "block4_pool"
    assert boundary(vgg16, "block5_conv2") == "block5_conv1"
    # Keras: input, block1 (3), block2 (3), block3 (4), block4 (4): 15 layers
    assert boundary(vgg16, 15) == "block4_pool"
    assert boundary(vgg16, 19) == "block5_pool"
    assert frozen_layers(vgg16, 19) >= {layer.name for layer in vgg16.layers}
    for nothing in (0, 1, "block1"):
        assert boundary(vgg16, nothing) == "scale_pixels"
        assert frozen_layers(vgg16, nothing) == {"pixels", "reverse_pixels", "scale_pixels"}
    for wrong in (20, -1):
        with pytest.raises(RecipeError, match=rf"has 19 layers, preparation not .* so {wrong} of"):
            frozen_layers(vgg16, wrong)


def test_everything_frozen_or_nothing_still_cuts(networks):
    network = networks("vgg16")
    assert_parts(network, [boundary(network, 0), boundary(network, 19)])


def test_the_first_172_layers_of_inception_are_those_of_keras(networks, keras):
    network = networks("inception-v3")
    source = keras.applications.InceptionV3(
        weights=None, include_top=False, input_shape=(75, 75, 3)
    )
    frozen = frozen_layers(network, 172) - {"scale_pixels"}
    own = [layer for layer in network.layers if layer.name in frozen]
    assert len(own) == 172
    shapes = {line.name: line.shape for line in layer_names(network)}
    assert [(type(layer).__name__, shapes[layer.name]) for layer in own] == [
        (type(layer).__name__, tuple(layer.output.shape[1:])) for layer in source.layers[:172]
    ]
    assert boundary(network, 172) == "mixed5"
    learned = [layer.name for layer in network.layers if layer.name not in frozen]
    after = {layer.name for layer in cut(network, "mixed5")[1].layers}
    assert set(learned) - {"scale_pixels"} <= after


@pytest.mark.parametrize("unfreeze", ["block_16", "block_14_add", "Conv_1", 100, 60])
def test_all_that_learns_comes_after_the_boundary(networks, unfreeze):
    network = networks("mobilenet-v2")
    lower, _ = cut(network, boundary(network, unfreeze))
    frozen = frozen_layers(network, unfreeze)
    assert {layer.name for layer in lower.layers} <= frozen
    if isinstance(unfreeze, int):
        assert len(frozen) == unfreeze + 1  # scale_pixels


def test_a_sequential_and_networks_within_it_are_opened(keras):
    layers = keras.layers
    inner = keras.Sequential(
        [keras.Input((4, 4, 3)), layers.Conv2D(2, 3, name="conv"), layers.Flatten(name="flat")],
        name="inner",
    )
    x = keras.Input((4, 4, 3), name="pictures")
    middle = keras.Model(
        inner.inputs[0], layers.Dropout(0.5, name="drop")(inner(inner.inputs[0])), name="middle"
    )
    outer = keras.Model(x, layers.Dense(3, name="dense")(middle(x)))
    opened = flat(outer)
    assert [line.name for line in layer_names(outer)] == [
        "pictures", "conv", "flat", "drop", "dense"
    ]  # fmt: skip
    assert {id(weight) for weight in opened.weights} == {id(weight) for weight in outer.weights}
    data = np.random.default_rng(0).random((5, 4, 4, 3), np.float32)
    np.testing.assert_array_equal(answers(opened, data), answers(outer, data))
    lower, upper = cut(outer, "flat")
    np.testing.assert_allclose(
        answers(upper, answers(lower, data)), answers(outer, data), rtol=1e-6
    )


def test_a_network_within_that_was_called_for_training_stays_so(keras):
    inner = keras.Sequential([keras.Input((50,)), keras.layers.Dropout(0.5)])
    x = keras.Input((50,))
    opened = flat(keras.Model(x, inner(x, training=True)))
    dropped = answers_as_called(opened, np.ones((4, 50), np.float32)) == 0
    assert 0.3 < dropped.mean() < 0.7


def answers_as_called(network, x):
    return np.asarray(load_keras().ops.convert_to_numpy(network(x)))


def test_a_layer_used_twice_is_no_place_to_cut(keras):
    x = keras.Input((3,), name="in")
    shared = keras.layers.Dense(3, name="shared")
    y = keras.layers.ReLU(name="between")(shared(x))
    network = keras.Model(x, keras.layers.ReLU(name="out")(shared(y)))
    assert cuttable(network) == ("in", "between", "out")
    with pytest.raises(RecipeError, match=r"cannot be split at 'shared'"):
        cut(network, "shared")


def test_several_inputs_or_one_name_twice_are_one_line(keras):
    one, two = keras.Input((3,)), keras.Input((3,))
    with pytest.raises(RecipeError, match=r"one input and one output, got 2 and 1\."):
        cuttable(keras.Model([one, two], keras.layers.Add()([one, two])))
    inner = keras.Sequential([keras.Input((3,)), keras.layers.Dense(3, name="same")])
    outer = keras.Sequential([keras.Input((3,)), inner, keras.layers.Dense(3, name="same")])
    with pytest.raises(RecipeError, match=r"cannot be flattened: .*same.* 2 times"):
        flat(outer)
