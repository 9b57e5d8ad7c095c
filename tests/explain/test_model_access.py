import numpy as np
import pytest

from kanjian.backend import load_keras
from kanjian.errors import RecognizerError
from kanjian.explain.class_names import class_names
from kanjian.explain.model_access import open_model
from see_networks import functional, nested, pictures, seen, sequential
from small_recognizer import CLASSES, save

KINDS = {
    "gray": sequential,
    "color": lambda: sequential(channels=3),
    "one sigmoid": lambda: sequential(ending="one"),
    "many sigmoids": lambda: sequential(ending="many"),
    "softmax apart": lambda: sequential(ending="apart"),
    "functional": functional,
    "nested": nested,
}


def opened(network, tmp_path, suffix="keras", **options):
    path = tmp_path / f"network.{suffix}"
    if suffix == "h5":
        load_keras().saving.save_model(network, path)
    else:
        network.save(path)
    return open_model(path, **options)


def answer_of(network, images):
    own = images if network.inputs[0].dtype == "uint8" else images / 255
    return seen(network(own.astype(network.inputs[0].dtype), training=False))


@pytest.mark.backends
@pytest.mark.parametrize("kind", KINDS)
def test_the_subject_answers_as_the_network_does(kind, tmp_path):
    network = KINDS[kind]()
    inspected = opened(network, tmp_path)
    images = pictures(inspected.shape_hwc)
    wanted = answer_of(network, images)
    assert seen(inspected.network(images)) == pytest.approx(wanted, abs=1e-5)
    scores = seen(inspected.scores(images))
    probabilities = inspected.probabilities(scores)
    if wanted.shape[1] == 1:
        wanted = np.hstack([1 - wanted, wanted])
    assert probabilities == pytest.approx(wanted, abs=1e-5)


@pytest.mark.filterwarnings("ignore:You are saving your model as an HDF5")
def test_h5_files_of_old_open(tmp_path):
    inspected = opened(sequential(), tmp_path, "h5")
    assert inspected.shape_hwc == (12, 12, 1)
    assert inspected.ending == "softmax"


def test_a_recognizer_brings_its_classes_and_raw_pixels(tmp_path):
    inspected = open_model(save(tmp_path / "run" / "recognizer").parent)
    assert inspected.classes == CLASSES
    assert inspected.shape_hwc == (12, 20, 3)
    assert inspected.fit(np.zeros((5, 9), np.uint8)).shape == (12, 20, 3)


def test_nested_layers_are_reached_and_told_apart(tmp_path):
    inspected = opened(nested(), tmp_path)
    names = [name for name in inspected.flat if "conv" in name]
    assert names == ["backbone_conv", "conv"]
    assert inspected.up_to("backbone_conv").output_shape == (None, 10, 10, 4)


def test_several_layers_and_another_size(tmp_path):
    inspected = opened(functional(), tmp_path)
    images = pictures((32, 24, 3))
    first, second = inspected.up_to("conv", "sum", size_hw=(32, 24))(images)
    assert first.shape == second.shape == (2, 32, 24, 4)


def test_a_size_the_layer_cannot_take_is_refused(tmp_path):
    inspected = opened(sequential(), tmp_path)
    with pytest.raises(RecognizerError, match=r"cannot take \(30, 30\).*Leave the size"):
        inspected.up_to("answer", size_hw=(30, 30))


def test_a_misspelled_layer_names_the_nearest(tmp_path):
    inspected = opened(sequential(), tmp_path)
    with pytest.raises(RecognizerError, match=r"has no layer 'secnd'. Did you mean 'second'"):
        inspected.layer("secnd")


def test_classes_are_found_by_name_part_and_number(tmp_path):
    inspected = opened(sequential(), tmp_path, classes=("sea snake", "tench, Tinca tinca", "dog"))
    assert [inspected.class_index(x) for x in ("sea_snake", "Tinca tinca", "2")] == [0, 1, 2]
    assert inspected.class_name(1) == "tench"
    with pytest.raises(RecognizerError, match="Did you mean 'dog'"):
        inspected.class_index("dgo")


@pytest.mark.parametrize("range_", ["0..1", "-1..1", "0..255", "caffe", "torch"])
def test_each_range_gives_the_network_what_it_was_trained_on(range_, tmp_path):
    keras = load_keras()
    network = keras.Sequential([keras.Input((1, 1, 3)), keras.layers.Activation("linear")])
    inspected = opened(network, tmp_path, pixel_range=range_)
    red = np.array([[[[255, 0, 0]]]], np.float32)
    wanted = {
        "0..1": [1, 0, 0],
        "-1..1": [1, -1, -1],
        "0..255": [255, 0, 0],
        "caffe": [-103.939, -116.779, 255 - 123.68],
        "torch": [(1 - 0.485) / 0.229, -0.456 / 0.224, -0.406 / 0.225],
    }[range_]
    assert seen(inspected.network(red))[0, 0, 0] == pytest.approx(wanted, abs=1e-4)


def test_half_precision_is_widened(tmp_path):
    from kanjian.backend.mixed_precision import precision

    with precision("mixed_bfloat16"):
        network = sequential()
    inspected = opened(network, tmp_path)
    images = pictures(inspected.shape_hwc)
    assert inspected.network.outputs[0].dtype == "float32"
    plain = sequential()
    plain.set_weights(network.get_weights())
    assert seen(inspected.network(images)) == pytest.approx(answer_of(plain, images), abs=1e-6)


@pytest.mark.parametrize(
    ("shape", "said"),
    [((784,), "expected pictures"), ((8, 8, 4), "expected pictures")],
)
def test_what_takes_no_picture_is_refused(shape, said, tmp_path):
    keras = load_keras()
    network = keras.Sequential([keras.Input(shape), keras.layers.Flatten()])
    with pytest.raises(RecognizerError, match=said):
        opened(network, tmp_path)


def test_places_without_a_network_are_told(tmp_path):
    with pytest.raises(RecognizerError, match="Did you mean the network 'vgg16'"):
        open_model("vgg166")
    with pytest.raises(RecognizerError, match="no recognizer in"):
        open_model(tmp_path)
    other = tmp_path / "model.onnx"
    other.touch()
    with pytest.raises(RecognizerError, match=r"is no Keras file: expected .keras"):
        open_model(other)
    broken = tmp_path / "broken.keras"
    broken.write_bytes(b"nothing")
    with pytest.raises(RecognizerError, match="is no network that Keras saved"):
        open_model(broken)


def test_names_come_from_a_file(tmp_path):
    path = tmp_path / "names.txt"
    path.write_text("猫\n犬\n", encoding="utf-8")
    assert class_names(path) == ("猫", "犬")
