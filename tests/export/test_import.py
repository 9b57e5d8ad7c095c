"""Networks of others come in with their answers, and nothing else of theirs does."""

import json
import zipfile

import h5py
import numpy as np
import pytest

from kanjian.backend import load_keras
from kanjian.errors import NetworkError
from kanjian.images import write_image
from kanjian.importing.import_network import import_network
from kanjian.inference import Recognizer
from small_recognizer import pictures
from weight_files import names, write_layers

HW = (12, 20)


def stack(*, channels=3, classes=3, seed=0):
    """A small stack of layers over floats, with far from uniform answers."""
    keras = load_keras()
    keras.utils.set_random_seed(seed)
    wide = keras.initializers.RandomNormal(stddev=0.4, seed=seed)
    return keras.Sequential(
        [
            keras.layers.Input((*HW, channels)),
            keras.layers.Conv2D(4, 3, activation="relu", name="block1_conv"),
            keras.layers.MaxPooling2D(),
            keras.layers.Flatten(),
            keras.layers.Dense(classes, activation="softmax", kernel_initializer=wide, name="out"),
        ]
    )


def expected_of(model, *, scale=1 / 255, offset=0.0, n=6):
    floats = pictures(n).astype(np.float32) * np.float32(scale) + np.float32(offset)
    return np.asarray(model.predict_on_batch(floats))


def check(folder, expected):
    recognizer = Recognizer.load(folder)
    np.testing.assert_allclose(
        recognizer.probabilities(pictures(len(expected))), expected, atol=1e-4
    )
    return recognizer


# What Keras 1 wrote for the stack above, colors last
KERAS1 = {
    "class_name": "Sequential",
    "keras_version": "1.2.2",
    "config": [
        {"class_name": "Convolution2D", "config": {
            "name": "block1_conv", "nb_filter": 4, "nb_row": 3, "nb_col": 3,
            "init": "glorot_uniform", "activation": "relu", "border_mode": "valid",
            "subsample": [1, 1], "bias": True,
            "dim_ordering": "tf", "W_regularizer": None, "b_regularizer": None,
            "activity_regularizer": None, "W_constraint": None, "b_constraint": None,
            "batch_input_shape": [None, 12, 20, 3], "input_dtype": "float32", "trainable": True}},
        {"class_name": "MaxPooling2D", "config": {
            "name": "pool", "pool_size": [2, 2], "strides": [2, 2], "border_mode": "valid",
            "dim_ordering": "tf", "trainable": True}},
        {"class_name": "Dropout", "config": {"name": "drop", "p": 0.5, "trainable": True}},
        {"class_name": "Flatten", "config": {"name": "flat", "trainable": True}},
        {"class_name": "Dense", "config": {
            "name": "out", "output_dim": 3, "init": "uniform", "activation": "softmax",
            "input_dim": 240, "bias": True, "W_regularizer": None, "trainable": True}},
    ],
}  # fmt: skip


def keras1_weights(model, path, **more):
    conv, out = model.layers[0].get_weights(), model.layers[-1].get_weights()
    return write_layers(
        path,
        {
            "block1_conv": {"block1_conv_W:0": conv[0], "block1_conv_b:0": conv[1]},
            "pool": {}, "drop": {}, "flat": {},
            "out": {"out_W:0": out[0], "out_b:0": out[1]},
        },
        **more,
    )  # fmt: skip


def test_json_and_weights_of_keras_1(tmp_path):
    model = stack()
    (tmp_path / "cnn.json").write_text(json.dumps(KERAS1))
    keras1_weights(model, tmp_path / "cnn.h5")
    made = import_network(
        tmp_path / "cnn.json", tmp_path / "r", pixels="-0.5..0.5", classes=["a", "b", "c"]
    )
    recognizer = check(made.folder, expected_of(model, offset=-0.5))
    assert recognizer.classes == ("a", "b", "c")
    assert recognizer.card.fit == "stretch"
    assert any("made-up" in note for note in made.notes)


def test_colors_first_are_turned_around(tmp_path):
    model = stack()
    config = json.loads(json.dumps(KERAS1).replace('"tf"', '"th"'))
    config["config"][0]["config"]["batch_input_shape"] = [None, 3, 12, 20]
    (tmp_path / "cnn.json").write_text(json.dumps(config))
    rows = model.layers[-1].get_weights()[0]
    height, width, channels = model.layers[1].output.shape[1:]
    first = rows.reshape(height, width, channels, -1).transpose(2, 0, 1, 3).reshape(rows.shape)
    kernel = model.layers[0].get_weights()[0].transpose(3, 2, 0, 1)  # (out, in, h, w)
    write_layers(
        tmp_path / "cnn.h5",
        {
            "block1_conv": {"w": kernel, "b": model.layers[0].get_weights()[1]},
            "out": {"w": first, "b": model.layers[-1].get_weights()[1]},
        },
    )
    made = import_network(tmp_path / "cnn.json", tmp_path / "r", pixels="0..1")
    check(made.folder, expected_of(model))


@pytest.mark.filterwarnings("ignore::UserWarning")
def test_a_whole_legacy_model(tmp_path):
    model = stack()
    model.save(tmp_path / "model.h5")
    made = import_network(tmp_path / "model.h5", tmp_path / "r", pixels="0..1")
    recognizer = check(made.folder, expected_of(model))
    assert recognizer.classes == ("class 0", "class 1", "class 2")
    assert recognizer.name == "model"


def test_a_keras_file_with_branches(tmp_path):
    keras = load_keras()
    pixels = keras.Input((*HW, 3))
    left = keras.layers.Conv2D(3, 3, padding="same", activation="relu")(pixels)
    right = keras.layers.BatchNormalization()(keras.layers.Conv2D(3, 1)(pixels))
    x = keras.layers.GlobalAveragePooling2D()(keras.layers.Add()([left, right]))
    model = keras.Model(pixels, keras.layers.Dense(3, activation="softmax")(x))
    model.save(tmp_path / "net.keras")
    made = import_network(tmp_path / "net.keras", tmp_path / "r", pixels="0..1")
    check(made.folder, expected_of(model))


def teachable(folder, seed=0):
    """What Teachable Machine writes: stacks within a stack, Keras 2 names, a network within."""
    keras = load_keras()
    keras.utils.set_random_seed(seed)
    pixels = keras.Input((*HW, 3), name="input_1")
    x = keras.layers.Conv2D(4, 3, strides=2, use_bias=False, name="Conv1")(pixels)
    x = keras.layers.BatchNormalization(name="bn_Conv1")(x)
    x = keras.layers.ReLU(6.0, name="Conv1_relu")(x)
    x = keras.layers.DepthwiseConv2D(3, use_bias=False, name="expanded_depthwise")(x)
    body = keras.Model(pixels, x, name="model1")
    features = keras.Sequential([body, keras.layers.GlobalAveragePooling2D()], name="sequential_1")
    wide = keras.initializers.RandomNormal(stddev=2)
    top = keras.Sequential(
        [
            keras.layers.Input((4,)),
            keras.layers.Dense(8, activation="relu", name="dense_Dense1"),
            keras.layers.Dense(
                2, "softmax", use_bias=False, name="dense_Dense2", kernel_initializer=wide
            ),
        ],
        name="sequential_3",
    )  # fmt: skip
    model = keras.Sequential([keras.Input((*HW, 3)), features, top], name="sequential_4")
    body.get_layer("bn_Conv1").set_weights(
        [
            np.float32([1, 2, 1, 3]),
            np.float32([0, 1, 0, 0]),
            np.zeros(4, np.float32),
            np.ones(4, np.float32),
        ]
    )
    config = _as_keras_2(model)
    (folder / "labels.txt").write_text("0 cat\n1 big dog\n", encoding="utf-8")
    groups = {}
    for part in (features, top):
        arrays = {}
        for each in [*part.trainable_weights, *part.non_trainable_weights]:
            leaf, kind = each.path.split("/")[-2:]
            kind = "depthwise_kernel" if "depthwise" in leaf else kind
            arrays[f"{leaf}/{kind}:0"] = np.asarray(each)
        groups[part.name] = arrays
    write_layers(
        folder / "keras_model.h5", groups, inside="model_weights", backend="tensorflow",
        keras_version="2.6.0",
    )  # fmt: skip
    with h5py.File(folder / "keras_model.h5", "a") as file:
        file.attrs["model_config"] = json.dumps(config)
    return model


def _as_keras_2(model):
    def layer(each):
        if hasattr(each, "layers"):
            return network(each)
        config = {"name": each.name, "trainable": True, "dtype": "float32"}
        keep = ("filters", "kernel_size", "strides", "padding", "use_bias", "units", "max_value",
                "epsilon", "momentum")  # fmt: skip
        told = each.get_config()
        config |= {key: told[key] for key in keep if key in told}
        kind = type(each).__name__
        if kind == "InputLayer":
            config = {"name": each.name, "batch_input_shape": list(each.batch_shape),
                      "dtype": "float32", "sparse": False, "ragged": False}  # fmt: skip
        if kind == "BatchNormalization":
            config["axis"] = [3]
        if kind in {"Conv2D", "DepthwiseConv2D"}:
            # what Keras 3 stumbles over in each file of Teachable Machine
            config |= {"groups": 1, "data_format": "channels_last", "kernel_initializer": {
                "class_name": "VarianceScaling", "config": {"scale": 1, "seed": None}}}  # fmt: skip
        if "activation" in told and isinstance(told["activation"], str):
            config["activation"] = told["activation"]
        return {"class_name": kind, "config": config}

    def network(each):
        if type(each).__name__ == "Sequential":
            layers = [layer(inner) for inner in each.layers]
            return {"class_name": "Sequential", "config": {"name": each.name, "layers": layers}}
        layers = [layer(inner) | {"name": inner.name} for inner in each.layers]
        for before, after in zip([None, *each.layers[:-1]], layers, strict=True):
            after["inbound_nodes"] = [] if before is None else [[[before.name, 0, 0, {}]]]
        return {"class_name": "Functional", "config": {
            "name": each.name, "layers": layers,
            "input_layers": [[each.layers[0].name, 0, 0]],
            "output_layers": [[each.layers[-1].name, 0, 0]]}}  # fmt: skip

    return network(model)


@pytest.mark.parametrize("packed", [False, True])
def test_teachable_machine(tmp_path, packed):
    folder = tmp_path / "converted_keras"
    folder.mkdir()
    model = teachable(folder)
    source = folder
    if packed:
        source = tmp_path / "converted_keras.zip"
        with zipfile.ZipFile(source, "w") as archive:
            for path in folder.iterdir():
                archive.write(path, path.name)
    made = import_network(source, tmp_path / "r")
    recognizer = check(made.folder, expected_of(model, scale=1 / 127.5, offset=-1))
    assert recognizer.classes == ("cat", "big dog")
    assert recognizer.card.fit == "crop"


def test_a_network_that_scales_itself_needs_no_telling(tmp_path):
    keras = load_keras()
    model = keras.Sequential(
        [keras.layers.Input((*HW, 3)), keras.layers.Rescaling(1 / 255), *stack().layers]
    )
    model.save(tmp_path / "net.keras")
    made = import_network(tmp_path / "net.keras", tmp_path / "r")
    check(made.folder, np.asarray(model.predict_on_batch(pictures(6).astype(np.float32))))


def test_logits_become_probabilities(tmp_path):
    keras = load_keras()
    model = stack()
    model.layers[-1].activation = keras.activations.linear
    model.save(tmp_path / "net.keras")
    made = import_network(tmp_path / "net.keras", tmp_path / "r", pixels="0..1")
    model.layers[-1].activation = keras.activations.softmax
    model.compile()  # else the old function stays traced
    model.predict_function = None
    check(made.folder, np.asarray(model(pictures(6).astype(np.float32) / 255)))
    assert any("softmax was added" in note for note in made.notes)


def folder_of_pictures(place, model, scale, offset, *, bgr=False):
    """Pictures filed by what a network answers: with its own scaling it is always right."""
    images = pictures(60, seed=9)
    floats = images.astype(np.float32)[..., ::-1] if bgr else images.astype(np.float32)
    answers = np.asarray(model.predict_on_batch(floats * scale + offset)).argmax(1)
    assert len(set(answers)) > 1
    for number, (image, answer) in enumerate(zip(images, answers, strict=True)):
        write_image(place / f"class {answer}" / f"{number}.png", image)
    return place


def test_labeled_pictures_tell_what_pixels_must_be(tmp_path):
    model = stack(seed=3)
    model.save(tmp_path / "net.keras")
    folder = folder_of_pictures(tmp_path / "pictures", model, 1 / 127.5, -1, bgr=True)
    made = import_network(tmp_path / "net.keras", tmp_path / "r", pictures=folder)
    assert made.pixels == "-1..1 bgr"
    assert made.accuracy == 1
    assert Recognizer.load(made.folder).selftest.passed


def test_pixels_must_be_told_where_nothing_tells(tmp_path):
    stack().save(tmp_path / "net.keras")
    with pytest.raises(NetworkError, match="--pixels"):
        import_network(tmp_path / "net.keras", tmp_path / "r")


def onnx_file(path, model, *, first=True, external=False, domain=""):
    """The stack as ONNX, written node by node."""
    from onnx import TensorProto, helper, numpy_helper

    kernel, bias = model.layers[0].get_weights()
    dense, out = model.layers[-1].get_weights()
    constants = {"k": kernel.transpose(3, 2, 0, 1), "b": bias, "d": dense, "o": out}
    nodes = [] if first else [helper.make_node("Transpose", ["x"], ["t"], perm=[0, 3, 1, 2])]
    nodes += [
        helper.make_node("Conv", ["x" if first else "t", "k", "b"], ["c"], domain=domain),
        helper.make_node("Relu", ["c"], ["r"]),
        helper.make_node("MaxPool", ["r"], ["p"], kernel_shape=[2, 2], strides=[2, 2]),
        helper.make_node("Transpose", ["p"], ["q"], perm=[0, 2, 3, 1]),
        helper.make_node("Flatten", ["q"], ["f"]),
        helper.make_node("Gemm", ["f", "d", "o"], ["g"]),
    ]
    sides = [3, *HW] if first else [*HW, 3]
    graph = helper.make_graph(
        nodes, "net",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["n", *sides])],
        [helper.make_tensor_value_info("g", TensorProto.FLOAT, ["n", 3])],
        [numpy_helper.from_array(np.ascontiguousarray(a), n) for n, a in constants.items()],
    )  # fmt: skip
    made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    if external:
        tensor = made.graph.initializer[0]
        tensor.ClearField("raw_data")
        tensor.data_location = TensorProto.EXTERNAL
        tensor.external_data.add(key="location", value="../../etc/passwd")
    path.write_bytes(made.SerializeToString())
    return path


@pytest.mark.parametrize("first", [True, False])
@pytest.mark.parametrize("pixels", ["0..1", "imagenet-torch", "imagenet-caffe"])
def test_onnx(tmp_path, first, pixels):
    pytest.importorskip("onnx")
    pytest.importorskip("onnxruntime")
    from kanjian.inference.pixel_ranges import pixels_of

    model = stack()
    path = onnx_file(tmp_path / "net.onnx", model, first=first)
    made = import_network(path, tmp_path / "r", pixels=pixels)
    expected = np.asarray(model.predict_on_batch(pixels_of(pixels).applied(pictures(6))))
    recognizer = check(made.folder, expected)
    assert recognizer.selftest.passed
    assert recognizer.engine == "openvino"


@pytest.mark.parametrize(
    ("wrong", "words"),
    [({"external": True}, "in other files"), ({"domain": "evil.ops"}, "without its own code")],
)
def test_onnx_that_reaches_out_is_refused(tmp_path, wrong, words):
    pytest.importorskip("onnx")
    path = onnx_file(tmp_path / "net.onnx", stack(), **wrong)
    with pytest.raises(NetworkError, match=words):
        import_network(path, tmp_path / "r", pixels="0..1")


def described(**layer):
    return {"class_name": "Sequential", "config": {"name": "n", "layers": [
        {"class_name": "InputLayer", "config": {"batch_input_shape": [None, 12, 20, 3]}},
        {"class_name": "Flatten", "config": {}}, layer]}}  # fmt: skip


@pytest.mark.parametrize(
    ("layer", "words"),
    [
        ({"class_name": "Lambda", "config": {"function": ["code", None, None]}}, "holds code"),
        ({"class_name": "TFOpLambda", "config": {"function": "os.system"}}, "holds code"),
        ({"class_name": "MyLayer", "module": "evil", "config": {}}, "not one that kanjian"),
        ({"class_name": "Dense", "config": {"units": 10**9}}, "more than"),
        ({"class_name": "Dense", "config": {"units": 3, "activation": "exec"}}, "none of Keras'"),
        ({"class_name": "Dense", "config": {"units": 3, "run": "os.system"}}, "no word for"),
        ({"class_name": "Dense", "config": {"units": {"class_name": "__lambda__"}}}, "expected"),
        ({"class_name": "RepeatVector", "config": {"n": 10**9}}, "more than any|rebuild"),
        ({"class_name": "Dense", "config": {}}, "rebuild"),
        ({"class_name": "Dense", "config": [1]}, "damaged"),
        ({"class_name": "Add", "module": "keras.src.ops.numpy", "config": {}}, "operation 'Add'"),
    ],
)
def test_what_is_not_known_is_refused(tmp_path, layer, words):
    (tmp_path / "net.json").write_text(json.dumps(described(**layer)))
    write_layers(tmp_path / "net.h5", {"dense": {"w": np.zeros((720, 3)), "b": np.zeros(3)}})
    with pytest.raises(NetworkError, match=words):
        import_network(tmp_path / "net.json", tmp_path / "r", pixels="0..1")
    assert not (tmp_path / "r").exists()


def test_weights_elsewhere_are_not_followed(tmp_path):
    (tmp_path / "net.json").write_text(json.dumps(KERAS1))
    keras1_weights(stack(), tmp_path / "there.h5")
    with h5py.File(tmp_path / "net.h5", "w") as file:
        file.attrs["layer_names"] = names(["block1_conv", "out"])
        for name in ("block1_conv", "out"):
            file[name] = h5py.ExternalLink("there.h5", name)
    with pytest.raises(NetworkError, match="link"):
        import_network(tmp_path / "net.json", tmp_path / "r", pixels="0..1")


def test_a_zip_bomb_is_not_unpacked(tmp_path):
    with zipfile.ZipFile(tmp_path / "net.keras", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("config.json", json.dumps(KERAS1))
        archive.writestr("model.weights.h5", b"\0" * (80 << 20))
    with pytest.raises(NetworkError, match="more than it can hold"):
        import_network(tmp_path / "net.keras", tmp_path / "r", pixels="0..1")


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("a.h5", b"", "is empty"),
        ("a.h5", b"\x89HDF\r\n\x1a\nrest", "whole HDF5"),
        ("a.keras", b"PK\x03\x04rest", "damaged"),
        ("a.json", b'{"class_name": ', "not JSON"),
        ("a.json", b"[" * 200_000, "no network"),
        ("a.json", b'{"a":' * 100_000, "nested too deeply"),
        ("a.onnx", b"no protobuf at all", "no ONNX|damaged"),
        ("a.txt", b"hello", "no network"),
    ],
)
def test_what_is_no_network_is_named(tmp_path, name, content, words):
    if name.endswith("onnx"):
        pytest.importorskip("onnx")
    (tmp_path / name).write_bytes(content)
    with pytest.raises(NetworkError, match=words):
        import_network(tmp_path / name, tmp_path / "r", pixels="0..1")


def test_weights_alone_say_what_is_missing(tmp_path):
    keras1_weights(stack(), tmp_path / "only.h5")
    with pytest.raises(NetworkError, match="without the network"):
        import_network(tmp_path / "only.h5", tmp_path / "r")


def test_too_few_names_are_refused(tmp_path):
    stack().save(tmp_path / "net.keras")
    with pytest.raises(NetworkError, match="3 classes, got 2"):
        import_network(tmp_path / "net.keras", tmp_path / "r", pixels="0..1", classes=["a", "b"])


def test_a_description_that_was_dumped_twice(tmp_path):
    model = stack()
    (tmp_path / "cnn.json").write_text(json.dumps(json.dumps(KERAS1)))
    keras1_weights(model, tmp_path / "cnn.h5")
    made = import_network(tmp_path / "cnn.json", tmp_path / "r", pixels="0..1")
    check(made.folder, expected_of(model))


@pytest.mark.parametrize("form", ["names", "numbers", "safetensors"])
def test_weights_as_plain_arrays_beside_a_description(tmp_path, form):
    model = stack()
    (tmp_path / "cnn.json").write_text(model.to_json())
    weights = model.get_weights()
    named = dict(zip(("block1_conv/kernel", "block1_conv/bias", "out/kernel", "out/bias"),
                     weights, strict=True))  # fmt: skip
    if form == "names":
        np.savez(tmp_path / "cnn.npz", **named)
    elif form == "numbers":
        np.savez(tmp_path / "cnn.npz", *weights)
    else:
        save_safetensors(tmp_path / "cnn.safetensors", named)
    made = import_network(tmp_path / "cnn.json", tmp_path / "r", pixels="0..1")
    check(made.folder, expected_of(model))


def save_safetensors(path, arrays):
    head, body = {}, b""
    for name, array in arrays.items():
        entry = {"dtype": "F32", "shape": list(array.shape)}
        head[name] = entry | {"data_offsets": [len(body), len(body) + array.nbytes]}
        body += array.tobytes()
    text = json.dumps(head).encode()
    path.write_bytes(len(text).to_bytes(8, "little") + text + body)


def tfjs(folder, model, *, packed=False):
    """What Teachable Machine gives for TensorFlow.js; the layers are those of `teachable`."""
    body = b""
    entries = []
    for name, array in model.items():
        entry = {"name": name, "shape": list(array.shape), "dtype": "float32"}
        if packed:
            low, scale = float(array.min()), float(np.ptp(array)) / 65535 or 1.0
            body += np.round((array - low) / scale).astype("<u2").tobytes()
            entry["quantization"] = {"dtype": "uint16", "min": low, "scale": scale}
        else:
            body += array.tobytes()
        entries.append(entry)
    (folder / "weights.bin").write_bytes(body)
    return [{"paths": ["weights.bin"], "weights": entries}]


@pytest.mark.parametrize("packed", [False, True])
def test_teachable_machine_for_tensorflow_js(tmp_path, packed):
    place = tmp_path / "tm"
    place.mkdir()
    model = teachable(place)
    with h5py.File(place / "keras_model.h5", "r") as file:
        config = json.loads(file.attrs["model_config"])
    arrays = {}
    for each in model.weights:
        layer, kind = each.path.split("/")[-2:]
        kind = "depthwise_kernel" if "depthwise" in layer else kind
        arrays[f"{layer}/{kind}"] = np.asarray(each)
    manifest = tfjs(place, arrays, packed=packed)
    (place / "keras_model.h5").unlink()
    (place / "labels.txt").unlink()
    (place / "model.json").write_text(
        json.dumps({"modelTopology": config, "weightsManifest": manifest})
    )
    (place / "metadata.json").write_text(
        json.dumps({"tmVersion": "2.4", "labels": ["cat", "big dog"], "imageSize": 224})
    )
    with zipfile.ZipFile(tmp_path / "tm-my-image-model.zip", "w") as archive:
        for path in place.iterdir():
            archive.write(path, path.name)
    made = import_network(tmp_path / "tm-my-image-model.zip", tmp_path / "r")
    assert (made.classes, made.fit, made.pixels) == (("cat", "big dog"), "crop", "-1..1 rgb")
    recognizer = Recognizer.load(made.folder)
    expected = expected_of(model, scale=1 / 127.5, offset=-1)
    found = recognizer.probabilities(pictures(len(expected)))
    np.testing.assert_allclose(found, expected, atol=0.01 if packed else 1e-4)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda told: told | {"format": "graph-model"}, "a graph of TensorFlow.js"),
        (lambda told: told | {"weightsManifest": [{"paths": ["../w.bin"], "weights": []}]},
         "another folder"),
        (lambda told: told | {"weightsManifest": [{"paths": ["gone.bin"], "weights": []}]},
         "cannot read"),
        (lambda told: told | {"weightsManifest": [{"paths": [], "weights": [
            {"name": "out/kernel", "shape": [1 << 40], "dtype": "float32"}]}]}, "past the end"),
        (lambda told: told | {"weightsManifest": 3}, "does not say where its weights lie"),
    ],
)  # fmt: skip
def test_tensorflow_js_that_does_not_add_up_is_refused(tmp_path, change, words):
    told = {"modelTopology": json.loads(stack().to_json()), "weightsManifest": []}
    (tmp_path / "model.json").write_text(json.dumps(change(told)))
    with pytest.raises(NetworkError, match=words):
        import_network(tmp_path / "model.json", tmp_path / "r", pixels="0..1")
