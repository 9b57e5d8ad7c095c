"""The OpenVINO form of a network, made once and kept like features are."""

import importlib.metadata
from pathlib import Path
from typing import Any

from kanjian.errors import StorageError
from kanjian.features.identity import built, network_key
from kanjian.inference.convert import write_openvino
from kanjian.inference.runtime import load_openvino, shared_core
from kanjian.inference.saved_network import KERAS_FILE, OPENVINO_FILES
from kanjian.storage.cache import Cache
from kanjian.storage.files import scratch

NETWORKS = "networks"


class InexpressibleError(Exception):
    """OpenVINO has no form for a network; says why in one sentence."""


def converted(network: Any, cache: Cache) -> Any:
    """The network as an `openvino.Model`, from the cache or converted now.

    Converting takes half a second for VGG16 and ten for DenseNet121; reading takes none. Where
    the cache has no room the form is not kept.

    Args:
        network: A functional Keras model, or one that is known.
        cache: Where forms are kept.

    Raises:
        InexpressibleError: If OpenVINO cannot express the network.
    """
    # not Keras' own __version__: a form that is kept is read without importing it
    keras = importlib.metadata.version("keras")
    key = f"{network_key(network)}-{load_openvino().__version__}-{keras}"
    key = "".join(letter if letter.isalnum() else "-" for letter in key)
    folder = cache.find(NETWORKS, key)
    if folder is not None:
        return _read(folder)
    network = built(network)
    weights = 4 * network.count_params()
    about = {"network": network.name, "layers": len(network.layers)}
    try:
        with cache.adding(NETWORKS, key, needed_bytes=weights + (1 << 20), about=about) as folder:
            return _written(network, folder)
    except StorageError:
        with scratch() as folder:
            return _written(network, folder)


def _written(network: Any, folder: Path) -> Any:
    reason = write_openvino(network, folder)
    (folder / KERAS_FILE).unlink(missing_ok=True)
    if reason is not None:
        raise InexpressibleError(reason)
    return _read(folder)


def _read(folder: Path) -> Any:
    # as bytes: a form that is read by its path stays mapped, and the folder may go
    model, weights = ((folder / name).read_bytes() for name in OPENVINO_FILES)
    return shared_core().read_model(model, weights)
