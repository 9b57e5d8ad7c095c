"""Laws of networks that are joined: each part gives what it gives alone."""

import numpy as np
import pytest

from kanjian.backend import load_keras
from kanjian.errors import RecipeError
from kanjian.explain.last_map import last_map
from kanjian.models.backbones import build_backbone
from kanjian.models.joined_backbone import joined_record, parts_of
from kanjian.models.transfer_model import FEATURES, build_joined
from kanjian.recipes.recipe import Model
from kanjian.recipes.transfer import Backbone

BOTH = "efficientnet-lite0+mobilenet-v2"
SIZE = (64, 48)


@pytest.fixture(scope="module")
def joined():
    return build_backbone(BOTH, size_hw=SIZE, weights=None, seed=3)


def pictures(n=2):
    return np.random.default_rng(0).integers(0, 256, (n, *SIZE, 3), np.uint8)


def test_the_maps_are_those_of_each_side_by_side(joined):
    expected = []
    for name in parts_of(BOTH):
        network = build_backbone(name, size_hw=SIZE, weights=None, seed=3)
        expected.append(network.predict_on_batch(pictures()))
    found = joined.predict_on_batch(pictures())
    np.testing.assert_allclose(found, np.concatenate(expected, axis=-1), rtol=1e-4, atol=1e-5)


def test_it_is_one_flat_network_of_keras_layers_with_names_of_their_own(joined, tmp_path):
    names = [layer.name for layer in joined.layers]
    assert len(set(names)) == len(names)
    assert not any(hasattr(layer, "layers") for layer in joined.layers)
    assert {"efficientnet_lite0_stem_conv", "mobilenet_v2_Conv1"} <= set(names)
    joined.save(tmp_path / "joined.keras")
    again = load_keras().saving.load_model(tmp_path / "joined.keras")
    np.testing.assert_array_equal(
        again.predict_on_batch(pictures()), joined.predict_on_batch(pictures())
    )


def test_a_head_learns_on_all_features():
    network = build_joined(
        Backbone(name=BOTH), Model(), size_hw=SIZE, n_classes=3, weights=None, seed=0
    )
    assert network.get_layer(FEATURES).output.shape == (None, 2560)
    assert network.output_shape == (None, 3)


@pytest.mark.parametrize("name", ["vgg16+vgg16", "vgg16+", "+"])
def test_names_that_join_nothing_are_refused(name):
    with pytest.raises(RecipeError, match="joined as"):
        joined_record(name)


def test_an_unknown_part_says_which():
    with pytest.raises(RecipeError, match="Did you mean 'vgg16'"):
        joined_record("vgg19+vgg-16")


def test_the_last_map_of_all_can_be_explained(joined):
    assert last_map(joined) == "joined"


def test_networks_whose_maps_differ_in_size_are_refused_with_both():
    with pytest.raises(RecipeError, match="efficientnet-lite0 4×4, inception-v3 1×1"):
        build_backbone("efficientnet-lite0+inception-v3", size_hw=(100, 100), weights=None, seed=0)


def test_joined_networks_have_no_classes_of_their_own():
    with pytest.raises(RecipeError, match="no classes"):
        build_backbone(BOTH, size_hw=SIZE, weights=None, seed=0, top=True)
