"""What a file is, told by its content, and what to do about it where it is not what was wanted."""

import zipfile
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from kanjian.storage.failures import check_ordinary

_HEAD = 4096
_ONNX = "save the network as ONNX and import that"
_TORCH = (
    "In PyTorch: torch.onnx.export(model.eval(), torch.zeros(1, 3, HEIGHT, WIDTH), "
    "'network.onnx'); then import network.onnx"
)
_AGAIN = "Teachable Machine gives that with Export Model, Tensorflow, Keras"


@dataclass(frozen=True)
class Kind:
    """What a file was found to be.

    Args:
        name: A short word for it: "html", "torch".
        what: In a sentence: "a web page".
        cure: What to do where a network was wanted; empty where it is one.
    """

    name: str
    what: str
    cure: str = ""


_KINDS = {
    kind.name: kind
    for kind in (
        Kind("empty", "empty", "Fetch or copy it again"),
        Kind("html", "a web page and not the file itself", "Fetch the file itself, not its page"),
        Kind("lfs", "a pointer of Git LFS and not the file itself", "Run: git lfs pull"),
        Kind("keras", "a network in Keras 3's form"),
        Kind("hdf5", "an HDF5 file of Keras"),
        Kind("teachable", "Teachable Machine's export for Keras"),
        Kind("tfjs", "a network of TensorFlow.js"),
        Kind("npz", "arrays of NumPy", "Name the network's JSON, and these with --weights"),
        Kind("safetensors", "weights in safetensors without the network they belong to",
             "Name the network's JSON, and these with --weights; or " + _ONNX),
        Kind("torch", "weights of PyTorch without the network they belong to", _TORCH),
        Kind("torchscript", "a program of PyTorch (TorchScript)",
             "Load it where you trust it, with torch.jit.load(), and " + _ONNX),
        Kind("pickle", "a pickle, which is a program and not run",
             "Load it where you trust it, and " + _ONNX),
        Kind("tflite", "a network in TensorFlow Lite's form, which cannot be made into another",
             f"Export it again as .keras, .h5 or ONNX ({_AGAIN})"),
        Kind("savedmodel", "a SavedModel, which is a program and not imported",
             "Load it where you trust it, save its network with model.save('network.keras'), and "
             f"import that ({_AGAIN})"),
        Kind("frozen", "a graph of TensorFlow",
             "Convert it: python -m tf2onnx.convert --graphdef FILE --inputs … --outputs …; then "
             "import the ONNX file"),
        Kind("openvino", "a network in OpenVINO's form", f"Where it came from, {_ONNX}"),
        Kind("coreml", "a network of Core ML", f"Where it came from, {_ONNX}"),
        Kind("tensorrt", "an engine of TensorRT, made for one graphics card",
             f"Where it came from, {_ONNX}"),
        Kind("caffe", "a network or weights of Caffe", "Convert it to ONNX, and import that"),
        Kind("gguf", "a language model (GGUF)", "kanjian takes networks that look at pictures"),
        Kind("rar", "a RAR archive", "Unpack it, and import the network in it"),
        Kind("7z", "a 7z archive", "Unpack it, and import the network in it"),
        Kind("archive", "a packed archive", "Unpack it, and import the network in it"),
        Kind("zip", "a zip without a network that is known", "Unpack it, and import the network "
             "in it"),
        Kind("damaged", "a zip that is cut off or damaged", "Fetch or copy it again"),
        Kind("picture", "a picture", "Name a network; pictures go to 'kanjian predict'"),
        Kind("pdf", "a PDF", "Name a network"),
    )
}  # fmt: skip
_MAGIC = (
    (b"\x89HDF\r\n\x1a\n", "hdf5"), (b"version https://git-lfs", "lfs"), (b"Rar!\x1a\x07", "rar"),
    (b"7z\xbc\xaf\x27\x1c", "7z"), (b"\x1f\x8b", "archive"), (b"BZh", "archive"),
    (b"\xfd7zXZ\x00", "archive"), (b"(\xb5/\xfd", "archive"), (b"GGUF", "gguf"),
    (b"ftrt", "tensorrt"), (b"ptrt", "tensorrt"), (b"\x89PNG", "picture"),
    (b"\xff\xd8\xff", "picture"), (b"%PDF", "pdf"), (b"\x80\x02", "pickle"),
    (b"\x80\x03", "pickle"), (b"\x80\x04", "pickle"), (b"\x80\x05", "pickle"),
)  # fmt: skip
_SUFFIXES = {
    ".pb": "frozen", ".mlmodel": "coreml", ".mlpackage": "coreml", ".caffemodel": "caffe",
    ".prototxt": "caffe", ".engine": "tensorrt", ".plan": "tensorrt", ".trt": "tensorrt",
}  # fmt: skip
# PyTorch before 1.6 wrote pickles one behind the other, the first of a known number
_OLD_TORCH = b"\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19."
# What a zip holds, by the end of a name in it; the first that is met counts
_INSIDE = (
    ("keras_model.h5", "teachable"), ("model.weights.h5", "keras"), ("constants.pkl",
    "torchscript"), ("data.pkl", "torch"), ("saved_model.pb", "savedmodel"), (".tflite", "tflite"),
    (".mlmodel", "coreml"), ("model.json", "tfjs"), (".npy", "npz"),
)  # fmt: skip


def kind_of(path: Path) -> Kind | None:
    """What a file is; None where its content does not tell.

    Args:
        path: The file, or a folder.

    Raises:
        OSError: If it cannot be read.

    Example:
        >>> import tempfile
        >>> path = Path(tempfile.mkdtemp()) / "weights.h5"
        >>> _ = path.write_text("<!DOCTYPE html><html>Sign in</html>")
        >>> kind_of(path).what
        'a web page and not the file itself'
    """
    if path.is_dir():
        return _KINDS["savedmodel"] if (path / "saved_model.pb").is_file() else None
    check_ordinary(path)
    with path.open("rb") as stream:
        head = stream.read(_HEAD)
    name = _by_head(head, path)
    return _KINDS[name] if name else None


def _by_head(head: bytes, path: Path) -> str | None:
    if head.startswith(b"PK"):
        return _in_zip(path)
    text = head.lstrip(b"\xef\xbb\xbf \t\r\n")
    tests = (
        ("empty", not head),
        ("tflite", head[4:8] == b"TFL3"),
        ("archive", head[257:262] == b"ustar"),
        ("html", text[:5].lower() in {b"<html", b"<!doc"}),
        ("openvino", text.startswith((b"<?xml", b"<net")) and b"<net" in head),
        ("safetensors", head[8:9] == b"{" and 0 < int.from_bytes(head[:8], "little") < 1 << 27),
    )
    found = next((name for magic, name in _MAGIC if head.startswith(magic)), None)
    if found == "pickle" and _OLD_TORCH in head[:32]:
        return "torch"
    found = found or next((name for name, holds in tests if holds), None)
    return found or _SUFFIXES.get(path.suffix.casefold())


def _in_zip(path: Path) -> str:
    try:
        with zipfile.ZipFile(path) as archive:
            names = [PurePosixPath(name).name for name in archive.namelist()]
    except (zipfile.BadZipFile, ValueError, NotImplementedError, RuntimeError, EOFError):
        return "damaged"
    for end, kind in _INSIDE:
        if any(name.endswith(end) for name in names):
            return kind
    return "zip"
