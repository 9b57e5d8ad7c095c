"""OpenVINO, imported lean and silent."""

import importlib
import sys
from functools import cache
from types import ModuleType
from typing import Any

from kanjian import extras


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
def openvino_core() -> Any:
    """The one OpenVINO core of this process, never let go.

    Its CPU plugin puts the main thread's signals on a stack of its own, and puts back
    the one before when it goes. Two plugins that go in another order than they came leave
    a stack that is no longer there, and the next Ctrl-C ends the process (OpenVINO 2026.4).

    Raises:
        MissingExtraError: If OpenVINO is not installed.

    Example:
        >>> openvino_core() is openvino_core()
        True
    """
    return load_openvino().Core()


def _converter_when_asked(name: str) -> Any:
    if name != "convert_model":
        raise AttributeError(f"module 'openvino' has no attribute {name!r}")
    return importlib.import_module("openvino.tools.ovc").convert_model
