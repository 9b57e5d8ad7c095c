"""8-bit numbers cost little, and what they cost is told."""

import importlib.util

import numpy as np
import pytest

from kanjian.backend import load_keras
from kanjian.errors import ExportError
from kanjian.export import quantize as quantizing
from kanjian.export.export import export_recognizer
from kanjian.images import write_image
from kanjian.inference import Recognizer
from small_recognizer import SIZE_HW, network, save

# not imported here: it would bring OpenVINO's usage statistics into every test's process
if importlib.util.find_spec("nncf") is None:
    pytest.skip("nncf is not installed", allow_module_level=True)
pytestmark = pytest.mark.slow


def sides(n, seed):
    """Pictures that are bright on the left, in the middle or on the right, among noise."""
    numbers = np.random.default_rng(seed)
    labels = np.arange(n) % 3
    images = numbers.integers(0, 150, (n, *SIZE_HW, 3)).astype(np.uint8)
    third = SIZE_HW[1] // 3
    for image, label in zip(images, labels, strict=True):
        image[:, label * third : (label + 1) * third] += np.uint8(90)
    return images, labels


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """A recognizer that tells them apart, and a folder of labeled pictures."""
    run = tmp_path_factory.mktemp("run")
    model = network()
    model.compile(load_keras().optimizers.Adam(0.01), "sparse_categorical_crossentropy")
    model.fit(*sides(300, 0), epochs=6, verbose=0)
    save(run / "recognizer", model, classes=("left", "middle", "right"))
    images, labels = sides(120, 1)
    for number, (image, label) in enumerate(zip(images, labels, strict=True)):
        name = ("left", "middle", "right")[label]
        write_image(run / "pictures" / name / f"{number}.png", image)
    return run


def test_int8_answers_almost_alike_and_is_a_recognizer(trained, tmp_path):
    made = export_recognizer(
        trained, "openvino", tmp_path / "int8", int8=True, pictures=trained / "pictures"
    )
    told = made.int8
    assert told.before > 0.9
    assert told.drop_points <= 0.5
    assert told.pictures + told.calibrated_on == 120
    assert told.megabytes["int8"] < told.megabytes["f32"]
    assert set(told.images_per_second) == {"f32", "bf16", "int8"}
    again = Recognizer.load(made.folder)
    assert again.selftest.passed
    images, labels = sides(60, 2)
    assert (again.probabilities(images).argmax(1) == labels).mean() > 0.9
    assert "8 bits" in (made.folder / "card.md").read_text("utf-8")
    assert (
        "u8" in (made.folder / "model.xml").read_text()
        or "i8" in (made.folder / "model.xml").read_text()
    )


def test_too_great_a_loss_is_refused_after_a_careful_try(trained, tmp_path, monkeypatch):
    tried = []

    def broken(nncf, source, calibration, way, max_drop):
        tried.append(way)
        model = quantizing.read_guarded(source)
        import openvino.opset13 as ops

        result = model.output().get_node()
        answer = result.input_value(0)
        turned = ops.gather(answer, np.array([1, 2, 0]), np.int64(1))
        result.input(0).replace_source_output(turned.output(0))
        model.validate_nodes_and_infer_types()
        return model

    monkeypatch.setattr(quantizing, "_quantized", broken)
    with pytest.raises(ExportError, match="--max-drop"):
        export_recognizer(
            trained, "openvino", tmp_path / "int8", int8=True, pictures=trained / "pictures"
        )
    assert tried == ["plain", "careful"]
    assert not (tmp_path / "int8").exists()


def test_the_careful_way_runs_and_keeps_to_the_loss_allowed(trained, tmp_path, monkeypatch):
    real = quantizing._quantized
    monkeypatch.setattr(
        quantizing, "_quantized",
        lambda nncf, source, data, way, max_drop: real(nncf, source, data, "careful", max_drop),
    )  # fmt: skip
    made = export_recognizer(
        trained, "openvino", tmp_path / "int8", int8=True, pictures=trained / "pictures"
    )
    assert made.int8.drop_points <= 0.5


def test_without_pictures_nothing_can_tell_the_loss(trained, tmp_path):
    with pytest.raises(ExportError, match="--pictures"):
        export_recognizer(trained, "openvino", tmp_path / "int8", int8=True)
