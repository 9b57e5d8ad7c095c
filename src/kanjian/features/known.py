"""Networks that were built once and are known ever after by what they were built from."""

import contextlib
import hashlib
import importlib.metadata
import json
import os
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from kanjian import extras
from kanjian.errors import KanjianError
from kanjian.features import extract
from kanjian.features.converted import NETWORKS
from kanjian.features.identity import KnownNetwork, TensorForm
from kanjian.models import backbone_registry
from kanjian.models.backbone_registry import find_backbone
from kanjian.storage.cache import Cache
from kanjian.storage.files import sha256
from kanjian.weights.hub_preset import preset_digest


def known_backbone(
    backbone: str,
    *,
    layer: str | None = None,
    pool: str = "auto",
    weights: str = "imagenet",
    size_hw: tuple[int, int] | None = None,
    store: Cache,
) -> KnownNetwork:
    """What `frozen_network` gives for the same arguments, built only where it must be.

    Args:
        backbone: As in `kanjian models`.
        layer: Where it ends; the last feature map by default.
        pool: See `frozen_network`.
        weights: See `frozen_network`; random ones are those of seed 0.
        size_hw: Of the pictures; by default what it was trained at.
        store: Where it is known from.

    Raises:
        KanjianError: See `frozen_network`.
    """
    name = find_backbone(backbone).name
    path = extract.weights_path(name, weights)
    described = {
        "backbone": name,
        "layer": layer or "last",
        "pool": pool,
        "weights": "none"
        if path is None
        else preset_digest(path)
        if path.is_dir()
        else sha256(path),
        "size": size_hw and list(size_hw),
    }

    def build() -> Any:
        return extract.frozen_network(
            name, layer=layer, pool=pool, weights=weights, size_hw=size_hw
        )

    return known_network(described, build, store)


def known_network(
    described: Mapping[str, Any], build: Callable[[], Any], store: Cache
) -> KnownNetwork:
    """The network of this description; built now only if that was never done before.

    Importing Keras and building a backbone takes seconds, finding kept features does not.

    Args:
        described: All that decides about layers and weights, as JSON can hold it; weights by
            their content. Keras and the code that builds networks are added.
        build: Makes it: a functional Keras model with one input and one output.
        store: Where its key is kept.

    Example:
        >>> import tempfile
        >>> from kanjian.backend import load_keras
        >>> keras = load_keras()
        >>> def twice():
        ...     print("built")
        ...     pixels = keras.Input((4, 4, 1), dtype="uint8")
        ...     return keras.Model(pixels, keras.layers.Rescaling(2)(pixels))
        >>> store = Cache(Path(tempfile.mkdtemp()), limit_gb=1)
        >>> first = known_network({"factor": 2}, twice, store)
        built
        >>> known_network({"factor": 2}, twice, store).key == first.key
        True
    """
    extras.need("keras", os.environ.get("KERAS_BACKEND", "tensorflow"))
    parts = [dict(described), importlib.metadata.version("keras"), _code()]
    digest = hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()
    key = f"known-{digest[:32]}"
    if store.find(NETWORKS, key) is not None and (record := store.about(NETWORKS, key)):
        return KnownNetwork(record["key"], _form(record["takes"]), _form(record["gives"]), build)
    known = KnownNetwork.of(build())
    about = {"key": known.key, "takes": known.inputs[0], "gives": known.outputs[0]}
    # where the cache has no room it is built again the next time
    with (
        contextlib.suppress(KanjianError),
        store.adding(NETWORKS, key, needed_bytes=0, about=dict(described) | about),
    ):
        pass
    return known


@cache
def _code() -> str:
    """A hash of the code that networks are built by: with other code the same words mean others."""
    digest = hashlib.sha256()
    networks = sorted(Path(backbone_registry.__file__).parent.glob("*.py"))
    for path in (*networks, Path(extract.__file__), Path(__file__)):
        digest.update(path.read_bytes())
    return digest.hexdigest()


def _form(form: Any) -> TensorForm:
    shape, dtype = form
    return TensorForm(tuple(shape), dtype)
