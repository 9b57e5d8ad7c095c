"""An ONNX or OpenVINO file as a frozen backbone: where its features end, and what they are."""

import re

import numpy as np
import pytest

from kanjian.errors import NetworkError
from kanjian.features.file_backbone import FileEngine, joined, open_file_backbone
from kanjian.inference.runtime import load_openvino, serialize, shared_core
from onnx_backbones import SIDE, through_onnxruntime, write_onnx

pytest.importorskip("onnxruntime")
PICTURES = np.random.default_rng(1).integers(0, 256, (3, SIDE, SIDE, 3), np.uint8)


def features(backbone, precision="f32"):
    engine = FileEngine(backbone.known, precision=precision)
    (found,) = engine.run([PICTURES])
    return found


@pytest.mark.parametrize(
    ("kind", "layer", "tensor", "row", "told"),
    [
        ("classes", None, "pooled", lambda x: x, "what its last fully connected layer takes"),
        ("vector", None, "pooled", lambda x: x, "its output"),
        ("map", None, "map", lambda x: x.mean((2, 3)), "its output, average over its places"),
        ("tokens", None, "tokens", lambda x: x[:, 0], "its output, class token"),
        ("classes", "logits", "logits", lambda x: x, "as asked"),
        ("classes", "conv1", "c1", lambda x: x.mean((2, 3)), "as asked, average"),
    ],
)
def test_features_end_at_a_told_place_and_are_those_of_onnx_runtime(
    tmp_path, kind, layer, tensor, row, told
):
    path = write_onnx(tmp_path / "网络.onnx", kind=kind)
    backbone = open_file_backbone(path, layer=layer, pixels="0..1")
    wanted = row(through_onnxruntime(path, tensor, PICTURES))
    found = features(backbone)
    assert np.linalg.norm(found - wanted) <= 1e-5 * np.linalg.norm(wanted)
    assert told in backbone.about
    assert backbone.width == wanted.shape[1]


def test_pooling_is_the_recipes(tmp_path):
    path = write_onnx(tmp_path / "net.onnx", kind="map")
    wanted = through_onnxruntime(path, "map", PICTURES)
    most = features(open_file_backbone(path, pool="max", pixels="0..1"))
    np.testing.assert_allclose(most, wanted.max((2, 3)), rtol=1e-4, atol=1e-5)
    whole = features(open_file_backbone(path, pool="none", pixels="0..1"))
    np.testing.assert_allclose(whole, wanted.reshape(3, -1), rtol=1e-4, atol=1e-5)


def test_colors_may_come_last_and_pixels_may_be_said_by_the_file(tmp_path):
    path = write_onnx(
        tmp_path / "net.onnx", first=False, metadata=[("Image.NominalPixelRange", "Normalized_1_1")]
    )
    backbone = open_file_backbone(path)
    wanted = through_onnxruntime(path, "pooled", PICTURES, pixels="-1..1", first=False)
    np.testing.assert_allclose(features(backbone), wanted, rtol=1e-4, atol=1e-5)
    assert backbone.about.endswith("pixels -1..1 rgb")


def test_the_key_tells_layer_pixels_and_content(tmp_path):
    path = write_onnx(tmp_path / "net.onnx")
    keys = {
        open_file_backbone(path, layer=layer, pixels=pixels, colors=colors).key
        for layer in (None, "conv2")
        for pixels in ("0..1", "-1..1")
        for colors in ("rgb", "bgr")
    }
    assert len(keys) == 8
    other = write_onnx(tmp_path / "other.onnx", kind="vector")
    assert open_file_backbone(other, pixels="0..1").key not in keys
    assert open_file_backbone(path, pixels="0..1").key in keys


def test_openvinos_own_form_is_a_backbone_too(tmp_path):
    onnx = open_file_backbone(write_onnx(tmp_path / "net.onnx"), pixels="0..1")
    serialize(onnx.network, tmp_path / "net.xml")
    again = open_file_backbone(tmp_path / "net.xml")  # takes whole numbers: pixels as they are
    np.testing.assert_allclose(features(again), features(onnx), rtol=1e-5)


def test_a_head_is_joined_to_it(tmp_path):
    backbone = open_file_backbone(write_onnx(tmp_path / "net.onnx"), pixels="0..1")
    ops = load_openvino().opset13
    entry = ops.parameter([-1, 8], np.float32)
    head = load_openvino().Model(
        [ops.multiply(entry, ops.constant(np.array(2, np.float32)))], [entry]
    )
    whole = shared_core().compile_model(joined(backbone, head), "CPU",
                                        {"INFERENCE_PRECISION_HINT": "f32"})  # fmt: skip
    np.testing.assert_allclose(whole(PICTURES)[0], 2 * features(backbone), rtol=1e-4)


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({}, "does not say what pixels 0 to 255 were scaled to"),
        ({"pixels": "1..0"}, "--pixels must be LOW..HIGH"),
        ({"pixels": "0..1", "layer": "conv3"}, "no layer 'conv3'. Did you mean 'conv"),
        ({"pixels": "0..1", "size_hw": (20, 20)}, "takes 16×16 only"),
    ],
)
def test_what_is_missing_is_told_in_one_line(tmp_path, given, told):
    with pytest.raises(NetworkError, match=re.escape(told)):
        open_file_backbone(write_onnx(tmp_path / "net.onnx"), **given)


def test_a_damaged_file_is_refused(tmp_path):
    (tmp_path / "net.onnx").write_bytes(b"\x08\x09" + bytes(100))
    with pytest.raises(NetworkError, match=r"damaged, or no ONNX file"):
        open_file_backbone(tmp_path / "net.onnx")
    (tmp_path / "net.xml").write_text("<net/>")
    with pytest.raises(NetworkError, match=r"cannot read .*net.xml"):
        open_file_backbone(tmp_path / "net.xml")
