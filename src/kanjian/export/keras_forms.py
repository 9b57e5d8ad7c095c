"""The forms that Keras itself writes and opens: its layers as JSON, its weights, a whole `.h5`."""

import contextlib
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from kanjian.storage import files

WEIGHTS_FILE, BUILDER_FILE = "model.weights.h5", "network.py"
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


def write_json(network: Any, path: Path, _batch: int | None) -> None:
    """Write the layers as JSON, and the weights beside it; takes any batch, as all forms here."""
    files.write_text(path, network.to_json())
    network.save_weights(path.with_name(WEIGHTS_FILE))


def open_json(path: Path) -> Any:
    """The network that `write_json` wrote, opened as its page says."""
    from kanjian.backend import load_keras

    network = load_keras().models.model_from_json(path.read_text(encoding="utf-8"))
    network.load_weights(path.with_name(WEIGHTS_FILE))
    return network


def write_whole(network: Any, path: Path, _batch: int | None) -> None:
    """Write one HDF5 file, which Keras calls legacy."""
    from kanjian.export.legacy_layers import in_legacy_layers

    with _no_advice():
        in_legacy_layers(network).save(path)


def open_whole(path: Path) -> Any:
    """The network that `write_whole` wrote."""
    from kanjian.backend import load_keras

    return load_keras().models.load_model(path, compile=False)


def write_weights(network: Any, path: Path, _batch: int | None) -> None:
    """Write the weights, and a program beside them that builds the network.

    Example:
        >>> import tempfile
        >>> from kanjian.backend import load_keras
        >>> folder, keras = Path(tempfile.mkdtemp()), load_keras()
        >>> network = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
        >>> write_weights(network, folder / "model.weights.h5", None)
        >>> sorted(path.name for path in folder.iterdir())
        ['model.weights.h5', 'network.py']
    """
    network.save_weights(path)
    files.write_text(path.with_name(BUILDER_FILE), _BUILDER.format(layers=network.to_json()))


def open_weights(path: Path) -> Any:
    """The network that `write_weights` wrote, with these weights."""
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
