"""A recognizer without training: pictures compared with words, by a preset of CLIP or SigLIP."""

import hashlib
import json
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from kanjian import extras
from kanjian.backend import load_keras
from kanjian.errors import RecipeError
from kanjian.inference.bundle import save_recognizer
from kanjian.inference.recognizer import Recognizer
from kanjian.models.backbones import build_backbone, find_backbone
from kanjian.models.text_tower import TextFeatures, text_features
from kanjian.storage.cache import Cache
from kanjian.storage.files import scratch
from kanjian.weights.hub_preset import is_hub, preset_digest

KIND = "zero-shot"
# 1: the first
_EDITION = 1


def zero_shot(
    backbone: str, labels: Sequence[str], *, fit: str = "crop", cache: Cache | None = None
) -> Recognizer:
    """A recognizer of these labels that nobody trained, from a CLIP or SigLIP preset.

    A picture's probabilities are the softmax over the labels of the preset's own logits: its
    scale times the cosine between picture and words. It is kept, so that the same question
    asked again needs neither Keras nor KerasHub.

    Args:
        backbone: A preset of KerasHub; see `find_preset`.
        labels: At least two, each once, as texts the tower can read: "a photo of a cat".
        fit: How pictures are brought to the preset's size.
        cache: Where it is kept; kanjian's own by default.

    Raises:
        RecipeError: If the preset has no text tower, or labels are too few.
        WeightsError: If there is no such preset.
    """
    labels = tuple(" ".join(label.split()) for label in labels)
    if len(set(labels)) < 2 or len(set(labels)) < len(labels) or not all(labels):
        raise RecipeError(
            f"labels must be two or more different texts, got {list(labels)}. As in: --labels "
            '"a photo of a cat" "a photo of a dog"'
        )
    if not is_hub(backbone):
        raise RecipeError(
            f"labels need a preset of CLIP or SigLIP as the backbone, got {backbone!r}. As in: "
            "--backbone hub:siglip_base_patch16_224"
        )
    folder = Path(find_backbone(backbone).reference)
    key = _key(folder, labels, fit)
    cache = cache or Cache()
    kept = cache.find(KIND, key)
    if kept is None:
        extras.need("keras", "keras_hub")
        network = network_of(backbone, labels)
        about = {"backbone": backbone, "labels": list(labels)}
        needed = 3 * 4 * network.count_params()
        with cache.adding(KIND, key, needed_bytes=needed, about=about) as place, scratch() as made:
            _save(network, made / "recognizer", backbone, labels, fit)
            for path in (made / "recognizer").iterdir():  # what is kept is a folder of files
                shutil.copyfile(path, place / path.name)
        kept = cache.find(KIND, key)
    assert kept is not None
    return Recognizer.load(kept)


def network_of(backbone: str, labels: Sequence[str]) -> Any:
    """The same as a Keras network: raw pixels in, a probability for each label out.

    Args:
        backbone: A preset of KerasHub.
        labels: At least two.
    """
    record = find_backbone(backbone)
    folder = Path(record.reference)
    words = text_features(folder, backbone, labels)
    tower = build_backbone(backbone, size_hw=record.input_hw, weights=folder, seed=0)
    keras = load_keras()
    x = keras.layers.UnitNormalization(dtype="float32", name="direction")(tower.outputs[0])
    head = keras.layers.Dense(len(labels), activation="softmax", dtype="float32", name="labels")
    network = keras.Model(tower.inputs[0], head(x), name="zero_shot")
    head.set_weights(list(head_weights(words)))
    return network


def head_weights(words: TextFeatures) -> tuple[np.ndarray, np.ndarray]:
    """Kernel and bias of a dense layer on unit features that gives the preset's own logits."""
    k = len(words.directions)
    return (words.scale * words.directions.T).astype(np.float32), np.full(k, words.bias, np.float32)


def _key(folder: Path, labels: Sequence[str], fit: str) -> str:
    parts = [_EDITION, preset_digest(folder), list(labels), fit]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:32]


def _save(network: Any, folder: Path, backbone: str, labels: Sequence[str], fit: Any) -> None:
    height, width, _ = network.inputs[0].shape[1:]
    # there are no pictures of these labels to keep: any pattern shows whether it still computes
    images = np.random.default_rng(0).integers(0, 256, (2, height, width, 3), np.uint8)
    save_recognizer(
        folder, network, classes=labels, size_hw=(height, width), channels=3, fit=fit,
        selftest_images=images, name="zero-shot", facts={"backbone": backbone, "trained_on": 0},
    )  # fmt: skip
