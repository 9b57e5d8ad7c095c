"""Presets of KerasHub as backbones: KerasHub's own features, from a flat network on raw pixels."""

import numpy as np
import pytest

from hub_presets import FAMILIES, SIDE, keras_hub, own_answer, write_preset
from kanjian.backend import load_keras
from kanjian.errors import RecipeError
from kanjian.features.engine import FeatureEngine
from kanjian.features.extract import frozen_network
from kanjian.features.identity import network_key
from kanjian.guard.keras_file import load_network
from kanjian.models.backbones import build_backbone, find_backbone, network_name
from kanjian.models.split_model import cuttable
from kanjian.storage.cache import Cache

keras_hub()
PICTURES = np.random.default_rng(1).integers(0, 256, (3, SIDE, SIDE, 3), np.uint8)


@pytest.fixture(scope="module")
def presets(tmp_path_factory):
    place = tmp_path_factory.mktemp("presets")
    return {family: write_preset(place / family, family) for family in FAMILIES}


@pytest.mark.parametrize("family", FAMILIES)
def test_raw_pixels_give_what_keras_hub_gives_and_so_does_what_is_saved(family, presets, tmp_path):
    name = f"hub:{presets[family]}"
    network = build_backbone(name, size_hw=(SIDE, SIDE), weights=presets[family], seed=0)
    wanted = own_answer(presets[family], PICTURES)
    engine = FeatureEngine(network, precision="f32", cache=Cache(tmp_path / "cache"))
    (found,) = engine.run([PICTURES])
    assert engine.name == "openvino"
    assert np.linalg.norm(found - wanted) <= 1e-5 * np.linalg.norm(wanted)
    network.save(tmp_path / "network.keras")
    again = load_network(tmp_path / "network.keras", error=RecipeError)
    np.testing.assert_allclose(again.predict_on_batch(PICTURES), wanted, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize(
    ("family", "block"),
    [
        ("vit", "transformer_block_2"),
        ("dinov2", "layers_1"),
        ("clip", "encoder_block_1"),
        ("siglip", "encoder_block_1"),
        ("vgg", "block2_conv1"),
    ],
)
def test_the_last_block_can_learn_alone(family, block, presets):
    network = build_backbone(
        f"hub:{presets[family]}", size_hw=(SIDE, SIDE), weights=presets[family], seed=0
    )
    assert [name for name in cuttable(network) if name.endswith(block)]


def test_names_and_key_do_not_depend_on_what_was_built_before(presets):
    def built(**more):
        return build_backbone(f"hub:{presets['vit']}", size_hw=(SIDE, SIDE), seed=0, **more)

    one, other = built(weights=presets["vit"]), built(weights=presets["vit"])
    assert [layer.name for layer in one.layers] == [layer.name for layer in other.layers]
    assert network_key(one) == network_key(other)
    assert network_key(built(weights=None)) == network_key(built(weights=None)) != network_key(one)


def test_the_size_is_the_presets_and_another_is_refused_where_it_cannot_be(presets):
    assert find_backbone(f"hub:{presets['clip']}").input_hw == (SIDE, SIDE)
    for family in ("clip", "vit"):
        with pytest.raises(RecipeError, match=f"(?s){presets[family]}.*(only|cannot be built)"):
            build_backbone(
                f"hub:{presets[family]}", size_hw=(32, 32), weights=presets[family], seed=0
            )
    larger = build_backbone(
        f"hub:{presets['vgg']}", size_hw=(32, 24), weights=presets["vgg"], seed=0
    )
    assert larger.output_shape == (None, 8, 6, 8)


def test_pixels_are_asked_for_where_the_preset_does_not_say(tmp_path):
    folder = write_preset(tmp_path / "vgg", "vgg", converter=False)
    with pytest.raises(RecipeError, match='set \\[backbone\\] pixels = "unit"'):
        build_backbone(f"hub:{folder}", size_hw=(SIDE, SIDE), weights=folder, seed=0)
    network = build_backbone(
        f"hub:{folder}", size_hw=(SIDE, SIDE), weights=folder, seed=0, pixels="unit"
    )
    assert network.get_layer("scale_pixels").scale == 1 / 255


def test_features_end_at_a_layer_and_pool_over_tokens(presets):
    name = f"hub:{presets['vit']}"
    assert frozen_network(name).output_shape == (None, 8)
    tokens = frozen_network(name, layer="vit_encoder_transformer_block_1")
    assert tokens.output_shape == (None, 17, 8)


def test_a_text_network_is_no_backbone(tmp_path):
    hub = keras_hub()
    load_keras().utils.set_random_seed(0)
    text = hub.models.BertBackbone(
        vocabulary_size=20, num_layers=1, num_heads=1, hidden_dim=4, intermediate_dim=4,
        max_sequence_length=8,
    )  # fmt: skip
    text.save_to_preset(str(tmp_path / "text"))
    with pytest.raises(RecipeError, match="BertBackbone, which does not take just a picture"):
        build_backbone(
            f"hub:{tmp_path / 'text'}", size_hw=(8, 8), weights=tmp_path, seed=0, pixels="unit"
        )


def test_a_network_is_called_by_the_last_part_of_its_name():
    assert network_name("hub:hf://keras/vit-base/") == "vit_base"
    assert network_name("hub:/a/看见") == "__"
