import tracemalloc

import h5py
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kanjian.errors import WeightsError
from kanjian.weights.layered import is_layered, read_layers
from weight_files import names, write_layers, write_numbered

KERNEL, BIAS = np.arange(36, dtype=np.float32).reshape(3, 3, 2, 2), np.array([1, 2], np.float32)
LAYERS = {
    "input_1": {},
    "conv": {"conv/kernel:0": KERNEL, "conv/bias:0": BIAS},
    "pool": {},
    "dense": {"dense/kernel:0": np.eye(2), "dense/bias:0": BIAS[::-1]},
}


@pytest.mark.parametrize("inside", ["", "model_weights"])
@pytest.mark.parametrize("split", [None, 1, 3])
def test_layers_with_weights_in_order(tmp_path, inside, split):
    layers = read_layers(write_layers(tmp_path / "权重.h5", LAYERS, inside=inside, split=split))
    assert [layer.name for layer in layers] == ["conv", "dense"]
    np.testing.assert_array_equal(layers[0].arrays[0], KERNEL, strict=True)
    np.testing.assert_array_equal(layers[1].arrays[1], [2, 1])


def test_big_endian_and_packed_arrays(tmp_path):
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file.attrs["layer_names"] = names(["a"])
        group = file.create_group("a")
        group.attrs["weight_names"] = names(["w:0"])
        group.create_dataset("w:0", data=np.arange(9.0, dtype=">f4"), compression="gzip")
    (layer,) = read_layers(tmp_path / "a.h5")
    np.testing.assert_array_equal(layer.arrays[0], np.arange(9, dtype=np.float32), strict=True)


def test_names_of_free_length_as_keras_3_writes_them(tmp_path):
    write_layers(tmp_path / "a.h5", {"猫": {"猫/w:0": BIAS}})
    with h5py.File(tmp_path / "a.h5", "a") as file:
        file.attrs["layer_names"] = ["猫"]
        file["猫"].attrs["weight_names"] = ["猫/w:0"]
    assert [layer.name for layer in read_layers(tmp_path / "a.h5")] == ["猫"]


@pytest.mark.parametrize("words", ["gamma beta moving_mean moving_variance",
                                   "gamma beta running_mean running_std"])  # fmt: skip
def test_batch_normalization_comes_in_todays_order(tmp_path, words):
    for order in ([0, 1, 2, 3], [2, 3, 1, 0], [3, 1]):
        weights = {f"bn/bn_{words.split()[at]}:0": np.full(2, at) for at in order}
        (layer,) = read_layers(write_layers(tmp_path / "a.h5", {"bn": weights}))
        assert [array[0] for array in layer.arrays] == sorted(order)


def test_kernels_of_theano_are_turned(tmp_path):
    path = write_layers(tmp_path / "a.h5", LAYERS, backend="theano")
    np.testing.assert_array_equal(read_layers(path)[0].arrays[0], KERNEL[::-1, ::-1])
    path = write_layers(tmp_path / "a.h5", LAYERS, backend="tensorflow", keras_version="2.1")
    np.testing.assert_array_equal(read_layers(path)[0].arrays[0], KERNEL)


def theano_layers():
    """Padding, two kernels 2×2 of one channel, pooling, Dense on their 2 × (1×3) places, Dense."""
    kernels = np.array([[[[1, 2], [3, 4]]], [[[5, 6], [7, 8]]]], np.float32)
    # row (channel, place) says its own name
    after_flatten = np.array([[0], [1], [2], [10], [11], [12]], np.float32)
    return [
        [],
        [kernels, np.zeros(2, np.float32)],
        [],
        [after_flatten, np.zeros(1, np.float32)],
        [np.array([[1, 2]], np.float32), np.zeros(2, np.float32)],
    ]


def test_the_numbered_form_comes_in_todays_order(tmp_path):
    layers = read_layers(write_numbered(tmp_path / "a.h5", theano_layers()))
    assert [layer.name for layer in layers] == ["layer_1", "layer_3", "layer_4"]
    kernels = layers[0].arrays[0]
    assert kernels.shape == (2, 2, 1, 2)
    # (height, width) of the first and second kernel, turned by 180 degrees
    assert kernels[..., 0, 0].tolist() == [[4, 3], [2, 1]]
    assert kernels[..., 0, 1].tolist() == [[8, 7], [6, 5]]
    # places first, then channels
    assert layers[1].arrays[0].ravel().tolist() == [0, 10, 1, 11, 2, 12]
    assert layers[2].arrays[0].tolist() == [[1, 2]]


def convolved(image, kernels):
    """As Theano does it: (channel, height, width), the kernel turned, no border."""
    _, height, width = image.shape
    size = kernels.shape[-1]
    out = np.zeros((len(kernels), height - size + 1, width - size + 1))
    for y in range(out.shape[1]):
        for x in range(out.shape[2]):
            window = image[:, y : y + size, x : x + size]
            out[:, y, x] = (kernels[..., ::-1, ::-1] * window).sum((1, 2, 3))
    return out


@pytest.mark.slow
def test_the_numbered_form_answers_as_it_did_in_theano(tmp_path):
    from kanjian.backend import load_keras

    keras = load_keras()
    draw = np.random.default_rng(7).normal
    image, kernels = draw(size=(3, 6, 5)), draw(size=(4, 3, 3, 3))
    matrix = draw(size=(4 * 4 * 3, 5))
    answer = np.maximum(convolved(image, kernels), 0).reshape(-1) @ matrix
    path = write_numbered(tmp_path / "a.h5", [[kernels, np.zeros(4)], [], [matrix, np.zeros(5)]])
    network = keras.Sequential([
        keras.Input((6, 5, 3)), keras.layers.Conv2D(4, 3, activation="relu"),
        keras.layers.Flatten(), keras.layers.Dense(5),
    ])  # fmt: skip
    for layer, read in zip((network.layers[0], network.layers[2]), read_layers(path), strict=True):
        layer.set_weights(read.arrays)
    mine = network(image.transpose(1, 2, 0)[None].astype(np.float32))
    np.testing.assert_allclose(np.asarray(mine)[0], answer, rtol=1e-4, atol=1e-4)


def test_a_dense_that_sees_no_picture_is_left(tmp_path):
    kernel, matrix = np.ones((2, 1, 1, 1)), np.arange(6.0).reshape(3, 2)
    path = write_numbered(tmp_path / "a.h5", [[kernel], [matrix]])
    np.testing.assert_array_equal(read_layers(path)[1].arrays[0], matrix)
    path = write_numbered(tmp_path / "a.h5", [[matrix]])
    np.testing.assert_array_equal(read_layers(path)[0].arrays[0], matrix)


# hostile files


def refused(path, match):
    with pytest.raises(WeightsError, match=match) as caught:
        read_layers(path)
    assert str(caught.value).startswith(f"{path} is not a file of layers: ")
    assert "\n" not in str(caught.value)


def one_array(path, make):
    """A file whose only array is made by `make(group)` under the name w."""
    with h5py.File(path, "w") as file:
        file.attrs["layer_names"] = names(["a"])
        file.create_group("a").attrs["weight_names"] = names(["w"])
        make(file["a"])
    return path


def _outside(tmp_path):
    (tmp_path / "secret.bin").write_bytes(bytes(64))
    with h5py.File(tmp_path / "other.h5", "w") as other:
        other["w"] = np.ones(3)
    source = h5py.VirtualSource(str(tmp_path / "other.h5"), "w", shape=(3,))
    layout = h5py.VirtualLayout(shape=(3,), dtype="f8")
    layout[:] = source
    return {
        "external link": lambda g: g.__setitem__("w", h5py.ExternalLink("other.h5", "w")),
        "soft link": lambda g: g.__setitem__("w", h5py.SoftLink("/a/x")),
        "external numbers": lambda g: g.create_dataset(
            "w", (8,), "f8", external=[(str(tmp_path / "secret.bin"), 0, 64)]
        ),
        "virtual": lambda g: g.create_virtual_dataset("w", layout),
    }


@pytest.mark.parametrize(
    ("kind", "match"),
    [("external link", "has a link at 'w'"), ("soft link", "has a link at 'w'"),
     ("external numbers", "outside the file"), ("virtual", "outside the file")],
)  # fmt: skip
def test_nothing_outside_the_file_is_read(tmp_path, kind, match):
    refused(one_array(tmp_path / "a.h5", _outside(tmp_path)[kind]), match)


def test_a_link_in_place_of_a_layer_or_the_whole_is_refused(tmp_path):
    inner = write_layers(tmp_path / "inner.h5", LAYERS)
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file["model_weights"] = h5py.ExternalLink(str(inner), "/")
    refused(tmp_path / "a.h5", "has a link at 'model_weights'")
    with h5py.File(tmp_path / "b.h5", "w") as file:
        file.attrs["layer_names"] = names(["conv"])
        file["conv"] = h5py.ExternalLink(str(inner), "/conv")
    refused(tmp_path / "b.h5", "has a link at 'conv'")


@pytest.mark.parametrize(
    ("make", "match"),
    [
        (lambda g: g.create_dataset("w", (1 << 40,), "f4"), "more numbers than it can hold"),
        (lambda g: g.create_dataset("w", (1 << 40,), "f4", chunks=(1024,)), "more numbers"),
        (lambda g: g.create_dataset("w", (4,), "f8", chunks=(1 << 24,), maxshape=(None,)), "more"),
        (lambda g: g.create_dataset("w", data=np.zeros(8 << 20), compression=9), "more numbers"),
        (lambda g: g.create_dataset("w", data=["text"]), "is not a number"),
        (lambda g: g.create_dataset("w", data=np.zeros(2, complex)), "is not a number"),
        (lambda g: g.create_dataset("w", data=h5py.Empty("f4")), "no array at 'w'"),
        (lambda g: g.create_group("w"), "no array at 'w'"),
        (lambda g: None, "it has no 'w'"),
        (lambda g: g.attrs.__setitem__("weight_names", [1, 2]), "weight_names are not texts"),
        (lambda g: g.attrs.__setitem__("weight_names", h5py.Empty("f4")), "weight_names"),
        (lambda g: g.attrs.__setitem__("weight_names", np.zeros(2, complex)), "unknown form"),
        (
            lambda g: g.attrs.__setitem__("weight_names", ["w"] * 3000 + ["w" * 30000]),
            "longer than any",
        ),
        (lambda g: g.attrs.__setitem__("weight_names", names(["\xff"])), "has no"),
        (lambda g: g.attrs.__setitem__("weight_names", np.array([b"\xff"])), "decode"),
    ],
)
def test_lies_are_refused_in_little_memory(tmp_path, make, match):
    path = one_array(tmp_path / "a.h5", make)
    tracemalloc.start()
    try:
        refused(path, match)
        assert tracemalloc.get_traced_memory()[1] < 4 << 20
    finally:
        tracemalloc.stop()


def test_one_array_told_a_thousand_times_is_refused(tmp_path):
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file.attrs["layer_names"] = names(["a"] * 1000)
        file.create_group("a").attrs["weight_names"] = names(["w"])
        file["a/w"] = np.zeros(1 << 17)
    refused(tmp_path / "a.h5", "more numbers than it can hold")


@pytest.mark.parametrize("count", [-1, 1 << 40, 1.5, "two"])
def test_a_number_of_layers_that_is_none(tmp_path, count):
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file.attrs["nb_layers"] = count
    refused(tmp_path / "a.h5", "nb_layers")


def test_other_files_are_refused(tmp_path):
    (tmp_path / "a.h5").write_bytes(b"hello")
    refused(tmp_path / "a.h5", "no whole HDF5 file")
    with h5py.File(tmp_path / "b.h5", "w") as file:
        file["layers/conv2d/vars/0"] = np.ones(2)
    refused(tmp_path / "b.h5", "neither layer_names nor nb_layers")
    assert not is_layered(tmp_path / "b.h5")
    assert is_layered(write_numbered(tmp_path / "c.h5", []))
    with pytest.raises(WeightsError, match=r"cannot read .*: Is a directory"):
        read_layers(tmp_path)


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    folder = tmp_path_factory.mktemp("whole")
    return [
        write_layers(folder / "a.h5", LAYERS).read_bytes(),
        write_numbered(folder / "b.h5", theano_layers()).read_bytes(),
    ]


def layers_or_error(path, content):
    path.write_bytes(content)
    try:
        for layer in read_layers(path):
            assert all(isinstance(array.sum(), np.generic) for array in layer.arrays)
    except WeightsError as error:
        assert "\n" not in str(error)


def test_cut_anywhere(tmp_path, whole):
    for content in whole:
        for end in range(0, len(content), 97):
            layers_or_error(tmp_path / "a.h5", content[:end])


@given(data=st.data())
def test_mutated_files_never_escape(tmp_path_factory, whole, data):
    content = bytearray(data.draw(st.sampled_from(whole)))
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(content) - 1))
        content[at : at + 1] = data.draw(st.binary(min_size=1, max_size=1))
    layers_or_error(tmp_path_factory.getbasetemp() / "mutated.h5", bytes(content))
