"""A head that was trained on the features of a network in a file, saved with it as one network."""

from pathlib import Path
from typing import Any

import numpy as np

from kanjian.errors import RecognizerError
from kanjian.features.file_backbone import FileBackbone, joined
from kanjian.inference.bundle import PARITY, save_openvino
from kanjian.inference.convert import write_openvino
from kanjian.inference.engines import as_probabilities
from kanjian.inference.runtime import shared_core
from kanjian.inference.saved_network import OPENVINO_FILES
from kanjian.storage.files import scratch


def save_joined(
    folder: Path, backbone: FileBackbone, head: Any, images: np.ndarray, **about: Any
) -> None:
    """Save backbone and head as one recognizer, which OpenVINO alone runs.

    Args:
        folder: The folder to make.
        backbone: The network in a file.
        head: The Keras network that was trained on its features, in float32.
        images: A few fitted pictures for the self-test.
        **about: What the card says.

    Raises:
        RecognizerError: If OpenVINO has no form for the head, or the whole differs from the parts.
    """
    with scratch() as place:
        reason = write_openvino(head, place)
        if reason is not None:
            raise RecognizerError(f"{reason}. Take layers for the head that it can express.")
        # as bytes: a form that is read by its path stays mapped, and the folder goes
        model, numbers = ((place / name).read_bytes() for name in OPENVINO_FILES)
        whole = joined(backbone, shared_core().read_model(model, numbers))
    features = _answers(backbone.network, images)
    expected = as_probabilities(np.asarray(head.predict_on_batch(features), np.float32))
    found = as_probabilities(_answers(whole, images))
    worst = float(np.abs(expected - found).max())
    if not worst <= PARITY:
        raise RecognizerError(
            f"backbone and head joined predict otherwise than the two in turn, by {worst:.2g}. "
            "Nothing was saved; report the file to kanjian."
        )
    save_openvino(folder, whole, images, expected, found, **about)


def _answers(model: Any, images: np.ndarray) -> np.ndarray:
    options = {"INFERENCE_PRECISION_HINT": "f32"}
    return np.array(shared_core().compile_model(model, "CPU", options)(images)[0], np.float32)
