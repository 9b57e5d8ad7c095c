"""OpenVINO, imported lean and silent."""

import errno
import importlib
import sys
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

from kanjian import extras
from kanjian.errors import RecognizerError
from kanjian.guard.graph import check_graph
from kanjian.guard.openvino_file import check_openvino_file
from kanjian.storage.failures import unwritable, writing


def load_openvino() -> ModuleType:
    """OpenVINO without its model converter and without its usage statistics.

    A plain `import openvino` also imports the converter, and that reports every import
    to a web analytics service unless the user has opted out. Here the statistics package
    is not found, for which the converter has a silent stand-in, and the converter itself
    comes when first asked for. That halves the time of the import (`bench/predict_start.py`).
    An OpenVINO that was imported before is given back as it is.

    Raises:
        MissingExtraError: If OpenVINO is not installed.

    Example:
        >>> load_openvino().__name__
        'openvino'
    """
    if "openvino" in sys.modules:
        return sys.modules["openvino"]
    # None in sys.modules is Python's own way to say "not to be found"
    sys.modules.setdefault("openvino_telemetry", None)  # type: ignore[arg-type]
    sys.modules["openvino.tools.ovc"] = None  # type: ignore[assignment]
    try:
        openvino = extras.load("openvino")
    finally:
        del sys.modules["openvino.tools.ovc"]
    vars(openvino).setdefault("__getattr__", _converter_when_asked)
    return openvino


@cache
def shared_core() -> Any:
    """The one `openvino.Core` of this process, which lives as long as the process.

    Each Core gives its thread another stack for signals and takes it back when it goes.
    Where two go in the order they came, or one in another thread, that stack is freed but
    still in use, and the next Ctrl-C ends the process with a segmentation fault (OpenVINO
    2026.4 on Linux). Networks are freed without it.

    Example:
        >>> shared_core() is shared_core()
        True
    """
    return load_openvino().Core()


def read_guarded(path: Path) -> Any:
    """The `openvino.Model` of a recognizer or denoiser, looked through before it is read and run.

    Args:
        path: The .xml file; its .bin file lies beside it.

    Raises:
        RecognizerError: If it is none, damaged, or would take more than pictures need.
    """
    try:
        check_openvino_file(path, error=RecognizerError)
        stored = path.with_suffix(".bin").stat().st_size
        model = shared_core().read_model(str(path))
    except (OSError, RuntimeError, UnicodeDecodeError) as error:
        why = f" ({error.strerror})" if isinstance(error, OSError) else ""
        raise RecognizerError(f"OpenVINO cannot read {path}{why}. {_AGAIN}") from error
    except RecognizerError as error:
        raise RecognizerError(f"{error} {_AGAIN}") from error
    check_graph(model, str(path), stored=stored, error=RecognizerError)
    return model


_AGAIN = "Save it again, or use engine='keras'."


def serialize(model: Any, path: Path) -> None:
    """Write an OpenVINO network to PATH and its weights to the .bin beside it.

    Both appear together once they are whole, so that a network may take the place of the file
    it still reads its weights from.

    Raises:
        StorageError: If they cannot be written; OpenVINO says no more than "iostream error".

    Example:
        >>> import tempfile
        >>> ops = load_openvino().opset13
        >>> pixels = ops.parameter([1, 3])
        >>> path = Path(tempfile.mkdtemp()) / "model.xml"
        >>> serialize(load_openvino().Model([ops.relu(pixels)], [pixels]), path)
        >>> sorted(file.name for file in path.parent.iterdir())
        ['model.bin', 'model.xml']
    """
    part = path.with_name(f"part-{path.name}")
    try:
        with writing(path):
            load_openvino().serialize(model, part)
            for suffix in (".bin", ".xml"):
                part.with_suffix(suffix).replace(path.with_suffix(suffix))
    except RuntimeError as error:
        # a network that was built or read can be written: only the disk can be in the way
        raise unwritable(path, OSError(errno.EIO, str(error).strip().splitlines()[-1])) from error
    finally:
        for suffix in (".bin", ".xml"):
            part.with_suffix(suffix).unlink(missing_ok=True)


def _converter_when_asked(name: str) -> Any:
    if name != "convert_model":
        raise AttributeError(f"module 'openvino' has no attribute {name!r}")
    return importlib.import_module("openvino.tools.ovc").convert_model
