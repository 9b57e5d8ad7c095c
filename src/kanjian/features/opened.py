"""A backbone of any kind, ready to compute features: of `kanjian models`, a preset, or a file."""

from typing import Literal

from kanjian.errors import NetworkError
from kanjian.features.engine import FeatureEngine
from kanjian.features.extract import frozen_network
from kanjian.features.file_backbone import FileEngine, open_file_backbone
from kanjian.features.identity import KnownNetwork
from kanjian.features.known import known_backbone
from kanjian.models.backbone_registry import find_backbone, is_file
from kanjian.storage.cache import Cache
from kanjian.storage.files import expanded

_POOLS = {"avg": "average", "auto": "average", "max": "max", "none": "none"}


def opened(
    backbone: str,
    *,
    layer: str | None = None,
    pool: Literal["avg", "auto", "max", "none"] = "auto",
    weights: str = "imagenet",
    size_hw: tuple[int, int] | None = None,
    pixels: str | None = None,
    precision: Literal["auto", "f32", "bf16"] = "auto",
    seed: int = 0,
    store: Cache,
) -> tuple[KnownNetwork, FeatureEngine]:
    """The network, and what computes its features.

    Args:
        backbone: As in `kanjian models`, a preset of KerasHub, or an ONNX or OpenVINO file.
        layer: See `known_backbone`, of a file `open_file_backbone`.
        pool: See `frozen_network`.
        weights: See `frozen_network`; a file has its own, which "imagenet" means.
        size_hw: Of the pictures; by default what it was trained at.
        pixels: Of a file: what pixels 0 to 255 become before it, where it does not say.
        precision: See `FeatureEngine`.
        seed: Of random weights.
        store: Where it is known from, and kept once converted.

    Raises:
        KanjianError: If there is no such network, layer or file, or it does not fit.
    """
    if is_file(backbone):
        if weights != "imagenet":
            raise NetworkError(f"{backbone} has its own weights, got {weights!r}. Leave them out.")
        path = expanded(find_backbone(backbone).reference)
        file = open_file_backbone(
            path, layer=layer, pool=_POOLS[pool], size_hw=size_hw, pixels=pixels
        )
        return file.known, FileEngine(file.known, precision=precision, cache=store)
    if pixels is not None:
        raise NetworkError(f"{backbone} prepares its pixels itself, got {pixels!r} for them.")
    if seed and weights == "none":
        random = frozen_network(
            backbone, layer=layer, pool=pool, weights=weights, size_hw=size_hw, seed=seed
        )
        known = KnownNetwork.of(random)
    else:
        known = known_backbone(
            backbone, layer=layer, pool=pool, weights=weights, size_hw=size_hw, store=store
        )
    return known, FeatureEngine(known, precision=precision, cache=store)
