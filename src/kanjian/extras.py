"""Optional packages: which extra brings each, and one sentence that says how to get it."""

import importlib
from types import ModuleType

from kanjian.errors import MissingExtraError

EXTRA_OF = {
    "av": "video",
    "fastapi": "serve",
    "jax": "train",
    "h5py": "train",
    "keras": "train",
    "matplotlib": "train",
    "mlxtend": "train",
    "mtcnn": "faces",
    "nncf": "int8",
    "onnx": "onnx",
    "onnxruntime": "onnx",
    "pooch": "train",
    "prometheus_client": "serve",
    "scipy": "imaging",
    "skimage": "imaging",
    "sklearn": "train",
    "tensorboard": "train",
    "tensorflow": "train",
    "tf2onnx": "onnx",
    "uvicorn": "serve",
}


def load(module: str) -> ModuleType:
    """Import an optional module, or say which extra brings it.

    Args:
        module: Dotted module name; its first part is looked up in `EXTRA_OF`.

    Raises:
        MissingExtraError: If the package is not installed.

    Example:
        >>> load("keras_of_tomorrow")
        Traceback (most recent call last):
        kanjian.errors.MissingExtraError: package 'keras_of_tomorrow' is needed for this and is not
            installed. Run: pip install keras_of_tomorrow
    """
    try:
        return importlib.import_module(module)
    except ModuleNotFoundError as error:
        top = module.partition(".")[0]
        if error.name is None or error.name.partition(".")[0] != top:
            raise  # the package is there, something inside it is broken: not ours to hide
        extra = EXTRA_OF.get(top)
        wanted = f"'kanjian[{extra}]'" if extra else top
        raise MissingExtraError(
            f"package '{top}' is needed for this and is not installed. Run: pip install {wanted}"
        ) from error
