"""The forms that Keras itself writes and opens: its layers as JSON, its weights, a whole `.h5`."""

import contextlib
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from kanjian.backend import load_keras
from kanjian.export.legacy_layers import in_legacy_layers
from kanjian.storage import files

JSON_FILE, WEIGHTS_FILE, WHOLE_FILE, BUILDER_FILE = (
    "model.json", "model.weights.h5", "model.h5", "network.py",
)  # fmt: skip
_BUILDER = '''"""The network of this export, in plain Keras."""

import keras

LAYERS = {layers!r}


def build(weights=None):
    """The network; with the weights of a .weights.h5 file where one is named."""
    network = keras.models.model_from_json(LAYERS)
    if weights is not None:
        network.load_weights(weights)
    return network
'''


def write_keras_form(network: Any, name: str, folder: Path) -> None:
    """Write a network as one of Keras' own forms.

    Args:
        network: The Keras model.
        name: "keras-json", "h5" or "weights".
        folder: Where to.

    Example:
        >>> import tempfile
        >>> folder, keras = Path(tempfile.mkdtemp()), load_keras()
        >>> write_keras_form(keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)]),
        ...                  "weights", folder)
        >>> sorted(path.name for path in folder.iterdir())
        ['model.weights.h5', 'network.py']
    """
    if name == "h5":
        with _no_advice():
            in_legacy_layers(network).save(folder / WHOLE_FILE)
        return
    network.save_weights(folder / WEIGHTS_FILE)
    layers = network.to_json()
    if name == "keras-json":
        files.write_text(folder / JSON_FILE, layers)
    else:
        files.write_text(folder / BUILDER_FILE, _BUILDER.format(layers=layers))


def open_keras_form(name: str, path: Path) -> Any:
    """The network that `write_keras_form` wrote, opened as its page says.

    Args:
        name: "keras-json", "h5" or "weights".
        path: The form's file.
    """
    keras = load_keras()
    if name == "h5":
        return keras.models.load_model(path, compile=False)
    if name == "keras-json":
        network = keras.models.model_from_json(path.read_text(encoding="utf-8"))
        network.load_weights(path.with_name(WEIGHTS_FILE))
        return network
    found: dict[str, Any] = {}
    # what was written a moment ago, run as whoever imports it will
    exec(path.with_name(BUILDER_FILE).read_text(encoding="utf-8"), found)  # noqa: S102
    return found["build"](path)


@contextlib.contextmanager
def _no_advice() -> Iterator[None]:
    """Without Keras' advice to take another format: this one was asked for."""
    logger = logging.getLogger("absl")
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        yield
    finally:
        logger.setLevel(level)
