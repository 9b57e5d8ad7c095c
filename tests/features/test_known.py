"""A network that was built once is found by its description, and built only to compute."""

import numpy as np
import pytest

from kanjian.features import known
from kanjian.features.engine import FeatureEngine
from kanjian.features.identity import network_key
from kanjian.storage.cache import Cache
from small_backbone import SIZE_HW, backbone


class Builder:
    built = 0

    def __call__(self):
        self.built += 1
        return backbone(pool=True)


def test_it_is_built_once_and_named_as_it_is():
    build, store = Builder(), Cache(limit_gb=1)
    first = known.known_network({"name": "small"}, build, store)
    again = known.known_network({"name": "small"}, build, store)
    assert build.built == 1
    assert again.key == first.key == network_key(backbone(pool=True)) == network_key(again)
    assert again.inputs == first.inputs == (((None, *SIZE_HW, 3), "uint8"),)
    assert again.outputs[0].shape == (None, 8)


@pytest.mark.parametrize("change", ["description", "code", "cleared"])
def test_it_is_built_anew_where_it_may_be_another(monkeypatch, change):
    build, store = Builder(), Cache(limit_gb=1)
    known.known_network({"name": "small"}, build, store)
    if change == "code":
        monkeypatch.setattr(known, "_code", lambda: "another")
    if change == "cleared":
        store.clear()
    known.known_network({"name": "other" if change == "description" else "small"}, build, store)
    assert build.built == 2


def test_without_room_it_still_serves():
    network = known.known_network({"name": "small"}, Builder(), Cache(limit_gb=0))
    assert network.network.output_shape == (None, 8)


def test_an_engine_that_goes_on_computes_the_same_without_building():
    build, store = Builder(), Cache(limit_gb=1)
    batch = np.random.default_rng(0).integers(0, 256, (3, *SIZE_HW, 3), np.uint8)
    engine = FeatureEngine(known.known_network({}, build, store), precision="f32", cache=store)
    (wanted,) = engine.run([batch])
    network = known.known_network({}, build, store)
    again = FeatureEngine(network, cache=store).again(engine.precision, engine.relative_error)
    (found,) = again.run([batch])
    np.testing.assert_array_equal(found, wanted)
    assert build.built == 1
    assert again.relative_error == engine.relative_error
