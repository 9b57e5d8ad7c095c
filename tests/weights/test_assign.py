import warnings

import h5py
import numpy as np
import pytest

from kanjian.errors import WeightsError
from kanjian.weights.assign import Loaded, load_weights
from weight_files import write_layers, write_numbered

pytestmark = pytest.mark.backends


@pytest.fixture(scope="module")
def keras():
    from kanjian.backend import load_keras

    return load_keras()


def network_of(keras, *, top=True, classes=3, prefix="", seed=1):
    layers = keras.layers
    inputs = keras.Input((6, 6, 3))
    x = layers.Conv2D(2, 3, name=f"{prefix}conv")(inputs)
    x = layers.BatchNormalization(name=f"{prefix}bn")(x)
    if top:
        x = layers.Dense(classes, name=f"{prefix}dense")(layers.Flatten()(x))
    network = keras.Model(inputs, x)
    draw = np.random.default_rng(seed).random
    network.set_weights([draw(array.shape) for array in network.get_weights()])
    return network


def legacy(path, network, **options):
    layers = {
        layer.name: {
            f"{layer.name}/{variable.name}:0": np.asarray(variable) for variable in layer.weights
        }
        for layer in network.layers
    }
    return write_layers(path, layers, **options)


def saved(network, path):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Keras says that .h5 is legacy
        (network.save_weights if path.name.endswith(".weights.h5") else network.save)(path)
    return path


def same(one, other, layers=("conv", "bn", "dense")):
    for name in layers:
        pairs = zip(one.get_layer(name).weights, other.get_layer(name).weights, strict=True)
        if not all(np.array_equal(np.asarray(a), np.asarray(b)) for a, b in pairs):
            return False
    return True


@pytest.mark.parametrize("name", ["a.keras", "a.h5", "a.weights.h5"])
def test_what_keras_writes_comes_back(keras, tmp_path, name):
    source, target = network_of(keras), network_of(keras, seed=2)
    path = saved(source, tmp_path / name)
    loaded = load_weights(target, path)
    assert (loaded.filled, loaded.left, loaded.unused) == (("conv", "bn", "dense"), (), ())
    assert same(source, target)
    without = network_of(keras, top=False, seed=2)
    assert load_weights(without, path).filled == ("conv", "bn")
    assert same(source, without, ("conv", "bn"))


@pytest.mark.parametrize("name", ["a.keras", "a.h5", "a.weights.h5"])
def test_nothing_is_set_unless_all_fits(keras, tmp_path, name):
    path = saved(network_of(keras), tmp_path / name)
    for target in (network_of(keras, classes=4, seed=2), network_of(keras, seed=2)):
        if target.count_params() == network_of(keras).count_params():
            path = saved(network_of(keras, top=False), tmp_path / name)
        before = target.get_weights()
        with pytest.raises(WeightsError, match=r"dense|expected|there is nothing for"):
            load_weights(target, path)
        assert all(map(np.array_equal, before, target.get_weights()))


def test_by_topology_and_by_name(keras, tmp_path):
    source, target = network_of(keras), network_of(keras, seed=2)
    other = legacy(tmp_path / "a.h5", network_of(keras, prefix="old_"))
    assert load_weights(target, other) == Loaded(("conv", "bn", "dense"), (), (), "topology")
    assert same(source, target)
    with pytest.raises(WeightsError, match=r"no layer of a name in the network: it has 'old_conv'"):
        load_weights(target, other, by="name")
    own = legacy(tmp_path / "b.h5", network_of(keras, seed=3))
    assert load_weights(target, own).by == "name"
    assert same(target, network_of(keras, seed=3))


def test_a_top_too_much_is_left_and_one_too_few_is_named(keras, tmp_path):
    target = network_of(keras, top=False, seed=2)
    for prefix, by in (("", "name"), ("x", "topology")):
        path = legacy(tmp_path / "a.h5", network_of(keras, prefix=prefix))
        assert load_weights(target, path) == Loaded(("conv", "bn"), (), (f"{prefix}dense",), by)
        assert same(target, network_of(keras), ("conv", "bn"))
    path = legacy(tmp_path / "b.h5", network_of(keras, top=False))
    target = network_of(keras, seed=2)
    with pytest.raises(WeightsError) as caught:
        load_weights(target, path)
    assert str(caught.value) == (
        f"{path} has 2 layers with weights, the network 3: there is nothing for 'dense'. Leave "
        "them out of the network, or ask for the others with by='name'."
    )
    assert same(target, network_of(keras, seed=2))
    assert load_weights(target, path, by="name") == Loaded(("conv", "bn"), ("dense",), (), "name")


def test_a_shape_that_differs_is_named(keras, tmp_path):
    path = legacy(tmp_path / "a.h5", network_of(keras, classes=4, prefix="old_"))
    target = network_of(keras, seed=2)
    with pytest.raises(WeightsError) as caught:
        load_weights(target, path)
    assert str(caught.value) == (
        f"{path} does not fit at layer 'dense' (in the file 'old_dense'): expected 32×3 and 3, got "
        "32×4 and 4. Nothing was set. Is it of another network?"
    )
    assert same(target, network_of(keras, seed=2))


def test_layers_within_a_network_within(keras, tmp_path):
    inner = network_of(keras, top=False, seed=2)
    target = keras.Sequential([keras.Input((6, 6, 3)), inner])
    path = legacy(tmp_path / "a.h5", network_of(keras))
    assert load_weights(target, path).filled == ("conv", "bn")
    assert same(inner, network_of(keras), ("conv", "bn"))


def block_of(keras, seed):
    """A network with a network within, as ConvNeXt has them."""
    layers = keras.layers
    block = keras.Sequential(
        [layers.Conv2D(2, 1, name="one"), layers.BatchNormalization(name="two"),
         layers.Conv2D(2, 1, name="three")],
        name="block",
    )  # fmt: skip
    inputs = keras.Input((4, 4, 2))
    network = keras.Model(inputs, layers.Conv2D(1, 1, name="last")(block(inputs)))
    draw = np.random.default_rng(seed).random
    network.set_weights([draw(array.shape) for array in network.get_weights()])
    return network


@pytest.mark.parametrize("rename", [False, True])
@pytest.mark.parametrize("name", ["a.keras", "a.h5", "a.weights.h5"])
def test_a_network_within_is_one_layer_of_a_legacy_file(keras, tmp_path, name, rename):
    source, target = block_of(keras, 1), block_of(keras, 2)
    path = saved(source, tmp_path / name)
    if rename:
        target.get_layer("last").name = "head"
    load_weights(target, path)
    for one, other in zip(source.get_weights(), target.get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)


def test_a_frozen_network_within_is_refused_and_not_mixed_up(keras, tmp_path):
    # its arrays would be in another order than the file's, and of the same shapes
    path = saved(block_of(keras, 1), tmp_path / "a.h5")
    target = block_of(keras, 2)
    target.get_layer("block").trainable = False
    before = target.get_weights()
    with pytest.raises(WeightsError, match=r"has 2 layers with weights, the network 4"):
        load_weights(target, path)
    assert all(map(np.array_equal, before, target.get_weights()))


def test_the_numbered_form(keras, tmp_path):
    kernel = np.arange(54.0).reshape(2, 3, 3, 3)
    path = write_numbered(tmp_path / "a.h5", [[], [kernel, np.zeros(2)], [np.ones(2)] * 4])
    target = network_of(keras, top=False)
    assert load_weights(target, path).unused == ()
    found = np.asarray(target.get_layer("conv").weights[0])
    np.testing.assert_array_equal(found, kernel.transpose(2, 3, 1, 0)[::-1, ::-1])


def test_a_file_of_keras_3_that_lacks_a_layer_in_silence(keras, tmp_path):
    path = saved(network_of(keras), tmp_path / "a.weights.h5")
    with h5py.File(path, "a") as file:
        file["layers/dense/vars/0"][...] = np.nan
    target = network_of(keras, seed=2)
    with pytest.raises(WeightsError, match="has nothing, or no numbers, for layer 'dense'"):
        load_weights(target, path)
    assert same(target, network_of(keras, seed=2))


def test_files_that_are_none(keras, tmp_path):
    target = network_of(keras)
    (tmp_path / "a.pth").write_bytes(b"PK\x03\x04 and no more")
    with pytest.raises(WeightsError, match=r"is a zip that is cut off or damaged\. Understood"):
        load_weights(target, tmp_path / "a.pth")
    path = saved(target, tmp_path / "a.keras")
    path.write_bytes(path.read_bytes().replace(b"Conv2D", b"Conv9D"))
    with pytest.raises(WeightsError, match=r"Keras cannot load .*a\.keras: |a\.keras is damaged"):
        load_weights(target, path)
    with pytest.raises(WeightsError, match="unknown way to match layers 'order' in by"):
        load_weights(target, path, by="order")
    unbuilt = keras.Sequential([keras.layers.Dense(2)])
    with pytest.raises(WeightsError, match="has no weights yet"):
        load_weights(unbuilt, legacy(tmp_path / "c.h5", target))


def test_a_keras_file_is_known_by_its_content(keras, tmp_path):
    source, target = network_of(keras, seed=3), network_of(keras)
    load_weights(target, saved(source, tmp_path / "b.keras").rename(tmp_path / "b.zip"))
    assert same(target, source)


def test_a_lambda_is_not_run(keras, tmp_path):
    layers = [keras.Input((2,)), keras.layers.Lambda(lambda x: x * 2), keras.layers.Dense(1)]
    path = saved(keras.Sequential(layers), tmp_path / "a.keras")
    with pytest.raises(WeightsError, match=r"a\.keras has a layer .Lambda., which runs code"):
        load_weights(network_of(keras), path)
