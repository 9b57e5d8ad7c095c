"""An ONNX file that computes, follows or calls what it should not is refused before it runs."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("onnx")
pytest.importorskip("onnxruntime")

from onnx import TensorProto, external_data_helper, numpy_helper

from hostile_onnx import NAMES, WHOLE, F, classifier, node, numbers, save
from kanjian.errors import KanjianError, NetworkError
from kanjian.guard.onnx_file import check_onnx
from kanjian.importing.import_network import import_network
from kanjian.inference import Recognizer

# Asks for nothing in the end: what is larger than the picture is no pixel of it
HARMLESS = {"PoolOfAll"}
_CHILD = """
import resource, sys
from pathlib import Path
from hostile_onnx import NAMES, hostile
from kanjian.errors import NetworkError
from kanjian.importing.import_network import import_network
import kanjian.inference.runtime as runtime
import onnx
runtime.shared_core()
place = Path(sys.argv[1])
resource.setrlimit(resource.RLIMIT_AS, (4 << 30, 4 << 30))
resource.setrlimit(resource.RLIMIT_CPU, (60, 60))
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
for name in sys.argv[2:]:
    (place / f"{name}.onnx").write_bytes(hostile(name))
    try:
        import_network(place / f"{name}.onnx", place / name, pixels="0..1")
        print(name, "came in")
    except NetworkError as error:
        assert "\\n" not in str(error)
        print(name, "refused")
print("MB", (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024)
"""


def test_what_a_file_computes_is_refused_before_memory_is_taken(tmp_path, monkeypatch):
    wanted = [name for name in NAMES if name not in HARMLESS]
    monkeypatch.setenv("PYTHONPATH", ":".join(path for path in sys.path if path))
    monkeypatch.setenv("KANJIAN_HOME", str(tmp_path / "home"))
    child = subprocess.run(
        [sys.executable, "-c", _CHILD, str(tmp_path), *wanted],
        capture_output=True, text=True, timeout=200, check=False,
    )  # fmt: skip
    assert child.returncode == 0, child.stderr[-2000:]
    *told, memory = child.stdout.split("\n")[:-1]
    assert told == [f"{name} refused" for name in wanted]
    assert int(memory.split()[1]) < 200


def test_numbers_in_other_files_are_not_followed(tmp_path):
    model = classifier()
    external_data_helper.set_external_data(model.graph.initializer[0], location="../secret.bin")
    model.graph.initializer[0].ClearField("raw_data")
    path = tmp_path / "a.onnx"
    path.write_bytes(model.SerializeToString())
    with pytest.raises(KanjianError, match="keeps numbers in other files"):
        check_onnx(path, error=KanjianError)


@pytest.mark.parametrize("kind", ["FLOAT", "DOUBLE", "INT4", "BFLOAT16", "STRING"])
def test_numbers_of_every_kind_are_counted(kind):
    number = getattr(TensorProto, kind)
    model = classifier()
    tensor = model.graph.initializer.add()
    tensor.name, tensor.data_type = "more", number
    tensor.dims.extend([1 << 20, 1 << 20])
    with pytest.raises(KanjianError, match=r"tells of 1,099,511,627,776 numbers in 'more'"):
        check_onnx(model.SerializeToString(), error=KanjianError, name="a.onnx")


@pytest.mark.parametrize("word", [b"rows", b"MatMul", b"secret", b"pixels"])
def test_names_that_are_no_text_are_told(word):
    content = classifier(metadata={"secret": "1"}).SerializeToString()
    assert word in content
    broken = content.replace(word, b"\xff" * len(word))
    with pytest.raises(KanjianError, match=r"a\.onnx is damaged"):
        check_onnx(broken, error=KanjianError, name="a.onnx")


def ask(folder, pixels):
    return Recognizer.load(folder).probabilities(pixels)


def reference(path, fed):
    import onnxruntime

    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    return session.run(None, {"pixels": fed.transpose(0, 3, 1, 2)})[0].astype(np.float32)


PIXELS = np.random.default_rng(3).integers(0, 256, (5, 8, 8, 3), np.uint8)


def scaled(factor):
    """A classifier whose weights suit pixels up to 255."""
    return [numbers("factor", factor, np.float32)]


@pytest.mark.parametrize(
    ("kind", "pixels", "fed"),
    [
        (F, "0..1", (PIXELS / np.float32(255)).astype(np.float32)),
        (TensorProto.FLOAT16, "0..1", (PIXELS / np.float32(255)).astype(np.float16)),
        (TensorProto.DOUBLE, "-1..1", PIXELS / 127.5 - 1),
        (TensorProto.UINT8, None, PIXELS),
        (TensorProto.INT32, None, PIXELS.astype(np.int32)),
        (WHOLE, "0..255", PIXELS.astype(np.int64)),
        (TensorProto.INT8, None, (PIXELS.astype(np.int16) - 128).astype(np.int8)),
    ],
    ids=lambda value: str(value)[:8] if not isinstance(value, np.ndarray) else value.dtype,
)
def test_every_kind_of_input_gets_the_pixels_its_program_would(tmp_path, kind, pixels, fed):
    large = 0.01 if kind not in {F, TensorProto.FLOAT16, TensorProto.DOUBLE} else 1.0
    model = classifier([node("Mul", ["scores", "factor"], ["small"])], scaled(large), kind=kind)
    model.graph.node[-1].input[0] = "small"
    path = save(tmp_path / "net.onnx", model)
    made = import_network(path, tmp_path / "r", pixels=pixels)
    expected = reference(path, fed)
    assert np.ptp(expected) > 0.2
    allowed = 5e-3 if kind == TensorProto.FLOAT16 else 1e-4
    np.testing.assert_allclose(ask(made.folder, PIXELS), expected, atol=allowed)


@pytest.mark.parametrize(
    ("kind", "pixels", "match"),
    [
        (TensorProto.UINT8, "0..1", r"takes uint8 numbers, which hold pixels as 0\.\.255 and noth"),
        (TensorProto.UINT8, "imagenet-torch", "and nothing else, got --pixels imagenet-torch"),
        (TensorProto.INT8, "0..255", r"hold pixels as -128\.\.127"),
        (TensorProto.INT64, "-1..1", r"hold pixels as 0\.\.255"),
        (TensorProto.BFLOAT16, "0..1", "takes bfloat16 numbers, expected float"),
        (TensorProto.BOOL, "0..1", "takes bool numbers, expected float"),
    ],
)
def test_what_an_input_cannot_hold_is_refused(tmp_path, kind, pixels, match):
    path = save(tmp_path / "net.onnx", classifier(kind=kind))
    with pytest.raises(NetworkError, match=match):
        import_network(path, tmp_path / "r", pixels=pixels)


ULTRALYTICS = {"author": "Ultralytics", "task": "classify", "imgsz": "[8, 8]", "stride": "1",
               "names": "{0: 'cat', 1: \"dog's\", 2: '狐'}"}  # fmt: skip


def test_the_record_of_ultralytics_is_read(tmp_path):
    path = save(tmp_path / "net.onnx", classifier(metadata=ULTRALYTICS))
    made = import_network(path, tmp_path / "r")
    assert (made.classes, made.size_hw, made.fit) == (("cat", "dog's", "狐"), (8, 8), "crop")
    assert made.pixels == "0..1 rgb"
    assert any("the file's own record" in note for note in made.notes)


def test_another_task_is_refused_by_its_name(tmp_path):
    path = save(tmp_path / "net.onnx", classifier(metadata=ULTRALYTICS | {"task": "detect"}))
    with pytest.raises(NetworkError, match="its task is 'detect'"):
        import_network(path, tmp_path / "r")


@pytest.mark.parametrize(
    ("words", "pixels"),
    [
        ({"Image.NominalPixelRange": "Normalized_1_1", "Image.BitmapPixelFormat": "Bgr8"},
         "-1..1 bgr"),
        ({"Image.NominalPixelRange": "NominalRange_0_255"}, "0..255 rgb"),
    ],
)  # fmt: skip
def test_the_record_of_the_standard_is_read(tmp_path, words, pixels):
    path = save(tmp_path / "net.onnx", classifier(metadata=words))
    assert import_network(path, tmp_path / "r").pixels == pixels


@pytest.mark.parametrize("names", ["__import__('os').system('true')", "[" * 10_000, "{0: 1}", "("])
def test_names_that_are_none_are_left(tmp_path, names):
    path = save(tmp_path / "net.onnx", classifier(metadata={"names": names}))
    made = import_network(path, tmp_path / "r", pixels="0..1")
    assert made.classes == ("class 0", "class 1", "class 2")


def test_a_branch_that_only_turns_shapes_comes_in(tmp_path):
    from onnx import helper

    inner = helper.make_graph(
        [node("Identity", ["scores"], ["same"])], "then", [],
        [helper.make_tensor_value_info("same", F, None)],
    )  # fmt: skip
    nodes = [node("If", ["yes"], ["kept"], then_branch=inner, else_branch=inner)]
    model = classifier(nodes, [numpy_helper.from_array(np.array(True), "yes")])
    model.graph.node[-1].input[0] = "kept"
    made = import_network(save(tmp_path / "net.onnx", model), tmp_path / "r", pixels="0..1")
    assert Path(made.folder, "model.xml").is_file()
    assert Recognizer.load(made.folder).probabilities(PIXELS).shape == (5, 3)
