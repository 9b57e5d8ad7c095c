"""What a file is, its content says; what is no network is told with what to do about it."""

import contextlib
import json
import pickle
import sqlite3
import zipfile

import numpy as np
import pytest

from kanjian.errors import KanjianError, NetworkError, WeightsError
from kanjian.guard.kinds import kind_of
from kanjian.guard.npz import read_npz
from kanjian.guard.sqlite import opened_sqlite
from kanjian.guard.text import parse_toml, read_text
from kanjian.importing.import_network import import_network
from kanjian.weights.inside import look_inside
from kanjian.weights.named import as_layers, read_arrays
from kanjian.weights.safetensors_file import read_safetensors
from kanjian.weights.store import import_weights
from weight_files import little


def zipped(path, **parts):
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in parts.items():
            archive.writestr(name.replace("__", "/").replace("_dot_", "."), content)
    return path


def safetensors(path, arrays, *, dtype="F32", **changes):
    head, body = {"__metadata__": {"format": "np"}}, b""
    for name, array in arrays.items():
        content = array.astype("<f4").tobytes()
        entry = {"dtype": dtype, "shape": list(array.shape),
                 "data_offsets": [len(body), len(body) + len(content)]}  # fmt: skip
        head[name], body = {**entry, **changes}, body + content
    text = json.dumps(head).encode()
    path.write_bytes(len(text).to_bytes(8, "little") + text + body)
    return path


# file, its content, what import says, what weights import says
FILES = {
    "page.h5": (b"<!DOCTYPE html><html>Sign in</html>", "a web page", "Fetch the file itself"),
    "page.keras": (b"\n<html><body>404</body></html>", "a web page", "a web page"),
    "lfs.onnx": (b"version https://git-lfs.github.com/spec/v1\noid sha256:0", "git lfs pull",
                 "git lfs pull"),
    "empty.h5": (b"", "is empty", "is empty"),
    "cut.keras": (b"PK\x03\x04" + bytes(40), "cut off or damaged", "cut off or damaged"),
    "cut.h5": (little()[:300], "HDF5", "no sound file"),
    "run.pkl": (pickle.dumps({"a": print}), "a pickle, which is a program",
                "a pickle, which is a program"),
    "run.h5": (pickle.dumps([1]), "a pickle", "a pickle"),
    "net.tflite": (b"\x1c\0\0\0TFL3" + bytes(20), "TensorFlow Lite", "TensorFlow Lite"),
    "net.gguf": (b"GGUF\x03\0\0\0", "language model", "language model"),
    "net.rar": (b"Rar!\x1a\x07\x01\0", "RAR archive. Unpack it", "RAR archive"),
    "net.7z": (b"7z\xbc\xaf\x27\x1c", "7z archive", "7z archive"),
    "net.tar.gz": (b"\x1f\x8b\x08\0", "a packed archive", "a packed archive"),
    "net.pb": (b"\x0a\x05abc", "tf2onnx", "a graph of TensorFlow"),
    "net.mlmodel": (b"\x08\x01", "Core ML", "Core ML"),
    "net.engine": (b"ftrt\0\0", "TensorRT", "TensorRT"),
    "net.caffemodel": (b"\x0a\x05abc", "Caffe", "Caffe"),
    "photo.onnx": (b"\x89PNG\r\n\x1a\n", "a picture", "a picture"),
}  # fmt: skip
ZIPS = {
    "m.pth": ({"archive__data.pkl": b"x", "archive__version": b"3"}, "torch.onnx.export"),
    "m.pt": ({"m__code__a.py": b"", "m__constants.pkl": b"", "m__data.pkl": b""}, "TorchScript"),
    "tflite.zip": ({"model_unquant.tflite": b"x", "labels.txt": b"0 a"}, "Tensorflow, Keras"),
    "saved.zip": ({"model.savedmodel__saved_model.pb": b"x"}, "SavedModel"),
    "photos.zip": ({"cat__1.png": b"x"}, "a zip without a network"),
}  # fmt: skip


@pytest.mark.parametrize("name", FILES)
def test_import_says_what_it_is_and_what_to_do(tmp_path, name):
    content, words, _ = FILES[name]
    (tmp_path / name).write_bytes(content)
    with pytest.raises(NetworkError, match=words) as caught:
        import_network(tmp_path / name, tmp_path / "r", pixels="0..1")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("name", FILES)
def test_weights_import_looks_inside(tmp_path, monkeypatch, name):
    monkeypatch.setenv("KANJIAN_MODELS", str(tmp_path / "models"))
    content, _, words = FILES[name]
    (tmp_path / name).write_bytes(content)
    with pytest.raises(WeightsError, match=words) as caught:
        import_weights(tmp_path / name, name="mine")
    assert "\n" not in str(caught.value)
    assert not (tmp_path / "models").exists()


@pytest.mark.parametrize("name", ZIPS)
def test_a_zip_is_known_by_what_is_in_it(tmp_path, name):
    parts, words = ZIPS[name]
    with pytest.raises(NetworkError, match=words):
        import_network(zipped(tmp_path / name, **parts), tmp_path / "r")


def test_weights_with_code_are_not_taken_in(tmp_path, monkeypatch):
    monkeypatch.setenv("KANJIAN_MODELS", str(tmp_path / "models"))

    class Code:
        def __reduce__(self):
            return print, ("run",)

    path = zipped(tmp_path / "a.pth", **{"a__data.pkl": pickle.dumps(Code(), 2)})
    with pytest.raises(WeightsError, match=r"it asks for .*print"):
        import_weights(path, name="mine")


@pytest.mark.parametrize("name", ["a.weights.h5", "a.npz", "a.safetensors"])
def test_sound_weights_are_taken_in(tmp_path, monkeypatch, name):
    monkeypatch.setenv("KANJIAN_MODELS", str(tmp_path / "models"))
    path = tmp_path / name
    if name.endswith("npz"):
        np.savez(path, arr_0=np.eye(2))
    elif name.endswith("safetensors"):
        safetensors(path, {"dense/kernel": np.eye(2)})
    else:
        path.write_bytes(little())
    assert import_weights(path, name="mine").is_file()


# safetensors


def test_safetensors_give_their_arrays(tmp_path):
    kernel = np.arange(6, dtype=np.float32).reshape(2, 3)
    path = safetensors(tmp_path / "a.safetensors", {"d/kernel": kernel, "d/bias": kernel[0]})
    arrays = read_safetensors(path)
    np.testing.assert_array_equal(arrays["d/kernel"], kernel)
    np.testing.assert_array_equal(arrays["d/bias"], kernel[0])


@pytest.mark.parametrize(
    "changes",
    [{"shape": [1 << 30, 1 << 20]}, {"data_offsets": [0, 1 << 40]}, {"data_offsets": [8, 0]},
     {"shape": [-1]}, {"dtype": "object"}, {"shape": "2"}, {"shape": [True, 4]}],
)  # fmt: skip
def test_safetensors_that_lie_are_refused(tmp_path, changes):
    path = safetensors(tmp_path / "a.safetensors", {"d/kernel": np.eye(2)}, **changes)
    with pytest.raises(WeightsError, match="damaged, or cut off, at 'd/kernel'"):
        read_safetensors(path)


def test_pytorchs_names_are_told(tmp_path):
    path = safetensors(tmp_path / "a.safetensors", {"layer1.0.weight": np.eye(2)})
    with pytest.raises(WeightsError, match="PyTorch's names"):
        as_layers(read_arrays(path), "a")


# arrays, text, tables


def test_an_npz_that_tells_more_than_it_holds_is_refused(tmp_path):
    np.savez_compressed(tmp_path / "a.npz", images=np.zeros((300, 1000, 1000), np.uint8))
    with pytest.raises(KanjianError, match=r"unpacks to 286 MB, more than it can hold \(256 MB\)"):
        read_npz(tmp_path / "a.npz", error=KanjianError)


@pytest.mark.parametrize(
    ("old", "new"),
    [(b"{'descr'", b"{'desc'("), (b"'<f8'", b"'|O8'"), (b"(2, 2)", b"(-2,2)"), (b"}", b"("),
     (b"(2, 2)", b"(9, 9)"), (b"\x93NUMPY\x01", b"\x93NUMPY\x09")],
)  # fmt: skip
def test_an_array_with_a_damaged_head_is_told(tmp_path, old, new):
    np.savez(tmp_path / "a.npz", a=np.eye(2))
    with zipfile.ZipFile(tmp_path / "a.npz") as archive:
        content = archive.read("a.npy")
    assert old in content
    path = zipped(tmp_path / "b.npz", **{"a.npy": content.replace(old, new, 1)})
    with pytest.raises(KanjianError, match=r"b\.npz is damaged"):
        read_npz(path, error=KanjianError)


@pytest.mark.parametrize("text", ["a" + ".a" * 100, "[" + "a." * 50 + "a]", "x = {" + "a." * 40])
def test_keys_of_many_parts_are_refused(text):
    with pytest.raises(KanjianError, match="dotted key"):
        parse_toml(text, "a", error=KanjianError)


def test_dots_in_texts_and_numbers_are_no_keys():
    text = f'note = "{"." * 500}"\nnumbers = [{"0.5, " * 500}]'
    assert len(parse_toml(text, "a", error=KanjianError)["numbers"]) == 500


def test_a_text_has_an_end(tmp_path):
    (tmp_path / "a").write_bytes(b"x" * 2000)
    with pytest.raises(KanjianError, match="longer than 1 kB"):
        read_text(tmp_path / "a", error=KanjianError, limit=1500)


@pytest.mark.parametrize(
    "schema",
    [
        "CREATE VIEW about AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) "
        "SELECT i FROM n",
        "CREATE TABLE about (key TEXT, value TEXT GENERATED ALWAYS AS (hex(zeroblob(100000000))))",
        "CREATE TABLE about (key TEXT CHECK (length(hex(randomblob(100000000))) > 0))",
        "CREATE VIRTUAL TABLE about USING fts5(key)",
    ],
)
def test_a_gallery_that_computes_is_refused(tmp_path, schema):
    with contextlib.closing(sqlite3.connect(tmp_path / "g.sqlite")) as store:
        try:
            store.execute(schema)
        except sqlite3.OperationalError as error:
            pytest.skip(f"SQLite here was built without it: {error}")
        store.commit()
    told = r"expected plain tables|computes something"
    with (
        pytest.raises(sqlite3.DatabaseError, match=told),
        opened_sqlite(tmp_path / "g.sqlite"),
    ):
        pytest.fail("it was opened")


def test_what_does_not_tell_is_left_open(tmp_path):
    (tmp_path / "a.bin").write_bytes(b"\x01\x02\x03")
    assert kind_of(tmp_path / "a.bin") is None
    with pytest.raises(WeightsError, match="no file of weights that is known"):
        look_inside(tmp_path / "a.bin")


def test_weights_that_are_texts_are_no_weights(tmp_path):
    np.savez(tmp_path / "a.npz", **{"dense/kernel": np.full((2, 2), b"4")})
    with pytest.raises(WeightsError, match=r"a\.npz holds \|S1 at 'dense/kernel', expected numb"):
        read_arrays(tmp_path / "a.npz")
