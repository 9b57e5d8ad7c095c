"""OpenVINO gives what Keras gives, in order, or says so."""

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kanjian.backend import backend_name, load_keras
from kanjian.backend.processor import cpu_features
from kanjian.errors import ImageError, TrainingError
from kanjian.features import converted, engine
from kanjian.features.engine import FeatureEngine, relative_error
from small_backbone import SIZE_HW, backbone


def pictures(n, seed=0):
    return np.random.default_rng(seed).integers(0, 256, (n, *SIZE_HW, 3), np.uint8)


def through_keras(network, batch):
    return load_keras().ops.convert_to_numpy(network(batch, training=False))


@pytest.fixture(scope="module")
def network():
    return backbone()


@pytest.fixture(scope="module")
def shared(network, tmp_path_factory):
    cache = converted.Cache(tmp_path_factory.mktemp("cache"))
    return FeatureEngine(network, precision="f32", cache=cache)


@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.integers(0, 7), max_size=8))
def test_batches_of_any_size_come_back_in_order(shared, network, sizes):
    batches = [pictures(n, seed) for seed, n in enumerate(sizes)]
    found = list(shared.run(iter(batches)))
    assert [len(features) for features in found] == sizes
    for features, batch in zip(found, batches, strict=True):
        assert features.shape[1:] == shared.shape
        assert features.dtype == np.float32
        if len(batch):
            np.testing.assert_allclose(features, through_keras(network, batch), atol=1e-5)


@pytest.mark.backends
def test_every_backend_has_its_network_converted(network):
    made = FeatureEngine(network, precision="f32", check=pictures(5))
    assert (made.name, made.precision, made.notes) == ("openvino", "f32", ())
    assert made.relative_error < 1e-5
    assert backend_name() in {"tensorflow", "jax", "torch"}


def test_one_vector_for_each_picture_and_the_middle_of_a_network():
    pooled = backbone(pool=True)
    (features,) = FeatureEngine(pooled, precision="f32").run([pictures(3)])
    assert features.shape == (3, 8)
    keras = load_keras()
    maps = keras.Input((4, 5, 2))
    upper = keras.Model(maps, keras.layers.Conv2D(3, 3)(maps))
    halves = np.random.default_rng(0).normal(size=(3, 4, 5, 2)).astype(np.float16)
    (features,) = FeatureEngine(upper, precision="f32").run([halves])
    np.testing.assert_allclose(
        features, through_keras(upper, halves.astype(np.float32)), rtol=1e-4, atol=1e-5
    )


def test_bfloat16_is_close_and_is_what_auto_means_where_it_is_fast(network):
    narrow = FeatureEngine(network, precision="bf16", check=pictures(4))
    assert narrow.relative_error < 0.02
    fast = cpu_features() & {"avx512_bf16", "amx_bf16"}
    assert FeatureEngine(network).precision == ("bf16" if fast else "f32")


def test_bfloat16_that_is_too_far_off_becomes_float32(network, monkeypatch):
    monkeypatch.setitem(engine.BOUNDS, "bf16", -1.0)
    made = FeatureEngine(network, precision="bf16")
    (features,) = made.run([pictures(3)])
    np.testing.assert_allclose(features, through_keras(network, pictures(3)), atol=1e-5)
    assert (made.asked, made.precision) == ("bf16", "f32")
    assert made.relative_error < 1e-5
    (note,) = made.notes
    assert note.startswith("features from OpenVINO in bf16 differ from those of Keras by 0.0")
    assert note.endswith("f32 is used.")


def test_float32_that_is_too_far_off_is_refused(network, monkeypatch):
    monkeypatch.setitem(engine.BOUNDS, "f32", -1.0)
    with pytest.raises(TrainingError, match=r"in f32 differ from those of Keras.*more than -1"):
        FeatureEngine(network, precision="f32", check=pictures(2))


def test_keras_serves_where_openvino_has_no_form(network, monkeypatch):
    monkeypatch.setattr(converted, "write_openvino", lambda *_: "OpenVINO cannot express this")
    made = FeatureEngine(network, precision="bf16")
    batches = [pictures(n, n) for n in (3, 1)]
    found = list(made.run(batches))
    assert (made.name, made.precision, made.relative_error) == ("keras", "f32", 0.0)
    assert made.notes == (
        "OpenVINO cannot express this; Keras computes the features, which takes longer.",
    )
    for features, batch in zip(found, batches, strict=True):
        np.testing.assert_allclose(features, through_keras(network, batch), atol=1e-5)


def test_the_converted_network_is_kept(network, monkeypatch):
    (first,) = FeatureEngine(network, precision="f32").run([pictures(2)])
    monkeypatch.setattr(converted, "write_openvino", None)  # whoever calls it fails
    (second,) = FeatureEngine(network, precision="f32").run([pictures(2)])
    np.testing.assert_array_equal(first, second)


def test_a_cache_without_room_converts_all_the_same(network, monkeypatch):
    monkeypatch.setenv("KANJIAN_CACHE_GB", "0")
    (features,) = FeatureEngine(network, precision="f32").run([pictures(2)])
    assert features.shape == (2, 5, 9, 8)


def test_an_error_in_making_batches_passes_and_the_engine_works_on(shared):
    def batches():
        for seed in range(9):
            yield pictures(4, seed)
        raise ImageError("cannot read it")

    with pytest.raises(ImageError, match="cannot read it"):
        list(shared.run(batches()))
    running = shared.run(pictures(4, seed) for seed in range(20))
    first = next(running)
    running.close()
    (again,) = shared.run([pictures(4, 0)])
    np.testing.assert_array_equal(first, again)


def test_an_unknown_precision_is_refused(network):
    with pytest.raises(TrainingError, match="unknown precision 'f16'"):
        FeatureEngine(network, precision="f16")


def test_relative_error_of_what_is_not_a_number_is_infinite():
    assert relative_error(np.array([np.nan]), np.array([1.0])) == np.inf
    assert relative_error(np.array([1.0]), np.array([0.0])) == np.inf
    assert relative_error(np.zeros(2), np.zeros(2)) == 0
