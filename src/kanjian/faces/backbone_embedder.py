"""Faces told apart by a backbone that never learned faces: for want of anything better."""

import hashlib
import threading

import numpy as np

from kanjian.faces.align import SIZE
from kanjian.faces.unit import unit
from kanjian.features.engine import FeatureEngine
from kanjian.features.extract import frozen_network, weights_path
from kanjian.models.backbone_registry import find_backbone
from kanjian.storage.files import sha256


class BackboneEmbedder:
    """A backbone's pooled features of the aligned crop, as an `Embedder`.

    What it sees is hair, glasses and light more than the person: photos of one day are told
    apart, years are not (`bench/face_identify.py`). It needs the training extra.

    Args:
        backbone: As in `kanjian models`, as in "efficientnet-lite0".

    Raises:
        KanjianError: If there is no such backbone or its weights are not at hand.
    """

    def __init__(self, backbone: str) -> None:
        self.name = find_backbone(backbone).name
        path = weights_path(self.name, "imagenet")
        assert path is not None
        # at another size the same weights give other features
        self.sha256 = hashlib.sha256(f"{sha256(path)} {SIZE}".encode()).hexdigest()
        network = frozen_network(self.name, pool="avg", size_hw=(SIZE, SIZE))
        self._engine, self._lock = FeatureEngine(network, precision="f32"), threading.Lock()
        self.length = int(self._engine.shape[0])

    def embed(self, crops: np.ndarray) -> np.ndarray:
        """See `Embedder.embed`."""
        if not len(crops):
            return np.empty((0, self.length), np.float32)
        with self._lock:
            (rows,) = self._engine.run([crops])
        return unit(rows)
