"""Save a trained network: a folder anyone can be handed, written whole or not at all."""

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

import numpy as np

from kanjian.backend.package_versions import versions
from kanjian.errors import RecognizerError
from kanjian.inference.card import SELFTEST_FILE, Card, write_card
from kanjian.inference.convert import check_network, write_openvino
from kanjian.inference.engines import OpenVinoEngine, as_probabilities
from kanjian.inference.runtime import serialize
from kanjian.inference.saved_network import KERAS_FILE, OPENVINO_FILES, Saved
from kanjian.inference.whole_folder import Own, replacing_folder
from kanjian.paths import AnyPath

logger = logging.getLogger(__name__)
# float32 sums in another order differ in the seventh digit; softmax brings it to about 1e-6
PARITY = 1e-4


def save_recognizer(
    folder: AnyPath,
    keras_model: Any,
    *,
    classes: Sequence[str],
    size_hw: tuple[int, int],
    channels: Literal[1, 3],
    fit: Literal["letterbox", "crop", "stretch"],
    selftest_images: np.ndarray,
    name: str,
    facts: Mapping[str, Any],
    abstain_threshold: float | None = None,
    abstain_target: float | None = None,
    views: int = 1,
    mirror: bool = False,
    own: Callable[[Path], Own] | None = None,
) -> None:
    """Save a trained Keras network as a recognizer.

    The folder holds `model.keras`, its OpenVINO form, `recognizer.toml` and the self-test.
    It is made beside the old one and takes its place at the end: after a full disk or a
    kill the old recognizer is whole. OpenVINO must give the predictions of Keras to 1e-4 for
    one picture and for many, else nothing is saved.

    Args:
        folder: The folder to make, usually `RUN/recognizer`.
        keras_model: float32 network; takes (n, height, width, channels) uint8 pixels and
            gives (n, k) probabilities, or (n, 1), that of the second of two classes.
        classes: Class names in the order of the outputs.
        size_hw: Height and width the network takes.
        channels: 3 for RGB, 1 for gray.
        fit: How a picture is brought to that size, as in training.
        selftest_images: A few fitted pictures, (n, height, width, channels) uint8; stored
            with their predictions and asked again on every machine the recognizer comes to.
        name: What the recognizer is called.
        facts: Whatever should be remembered: numbers, texts, lists, tables of them.
        abstain_threshold: Below this probability the prediction is "unknown"; None: never.
        abstain_target: The share of right predictions it was calibrated for, for the record.
        views: Of how many views of a picture predictions are averaged, 1 to 8.
        mirror: Whether mirror images are among them; False where left and right matter.
        own: Which files of the folder go, where one is there; by default all. See
            `replacing_folder`.

    Raises:
        RecognizerError: If the network does not fit what is said of it, gives no
            probabilities, or OpenVINO disagrees with Keras.
        StorageError: If the folder cannot be written, or another writes it.
    """
    check_network(keras_model, classes=tuple(classes), size_hw=size_hw, channels=channels)
    _check_selftest(selftest_images, (*size_hw, channels))
    card = Card(
        name=name,
        classes=tuple(classes),
        size_hw=(int(size_hw[0]), int(size_hw[1])),
        channels=channels,
        fit=fit,
        abstain_threshold=None if abstain_threshold is None else float(abstain_threshold),
        abstain_target=None if abstain_target is None else float(abstain_target),
        views=views,
        mirror=mirror,
        versions=versions(),
        facts=dict(facts),
    )
    expected = _probabilities(keras_model, selftest_images)

    def finish(new: Path, found: Card) -> None:
        np.savez(new / SELFTEST_FILE, images=selftest_images, probabilities=expected)
        write_card(new, found)

    def differ(engine: OpenVinoEngine) -> float:
        # One alone as well: it takes another way through OpenVINO, and shows a fixed batch size
        answers = np.concatenate(
            [engine.predict(selftest_images[:1]), engine.predict(selftest_images)]
        )
        return _furthest(as_probabilities(answers), np.concatenate([expected[:1], expected]))

    save_network(folder, keras_model, card, differ=differ, allowed=PARITY, finish=finish, own=own)


def save_openvino(
    folder: AnyPath,
    model: Any,
    images: np.ndarray,
    expected: np.ndarray,
    found: np.ndarray,
    *,
    own: Callable[[Path], Own] | None = None,
    **about: Any,
) -> None:
    """Save a recognizer that OpenVINO alone runs: there is no Keras network to keep.

    Args:
        folder: The folder to make; an old one is replaced at the end.
        model: The `openvino.Model`, from raw pixels to classes.
        images: A few fitted pictures for the self-test.
        expected: Their probabilities by another program.
        found: Their probabilities by OpenVINO.
        own: See `replacing_folder`.
        **about: What else its card says.

    Raises:
        StorageError: If the folder cannot be written, or another writes it.
    """
    card = Card(versions=versions(), openvino_parity=_furthest(expected, found), **about)
    with replacing_folder(Path(folder), own=own) as new:
        serialize(model, new / OPENVINO_FILES[0])
        np.savez(new / SELFTEST_FILE, images=images, probabilities=expected)
        write_card(new, card)


def save_network(
    folder: AnyPath,
    keras_model: Any,
    card: Saved,
    *,
    differ: Callable[[OpenVinoEngine], float],
    allowed: float,
    finish: Callable[[Path, Saved], None],
    own: Callable[[Path], Own] | None = None,
) -> None:
    """Save a Keras network with its OpenVINO form and its card, whole or not at all.

    Args:
        folder: The folder to make; an old one is replaced at the end.
        keras_model: float32 network.
        card: What is said of it; what OpenVINO makes of it is added.
        differ: The largest difference between the predictions of an engine and those of Keras.
        allowed: More than that and nothing is saved.
        finish: Writes what else lies in the folder, and the card.
        own: See `replacing_folder`.

    Raises:
        KanjianError: Of the card's kind, if OpenVINO disagrees with Keras.
        StorageError: If the folder cannot be written, or another writes it.
    """
    with replacing_folder(Path(folder), own=own) as new:
        keras_model.save(new / KERAS_FILE)
        note = write_openvino(keras_model, new)
        worst = None if note else differ(OpenVinoEngine(new / OPENVINO_FILES[0]))
        if note:
            logger.warning("%s: saved without its OpenVINO form. %s.", card.name, note)
        # written so that NaN fails too
        elif worst is not None and not worst <= allowed:
            raise card.kind.error(
                f"OpenVINO's predictions differ from Keras' by {worst:.2g}, allowed is {allowed:g}."
                " Nothing was saved. Save the network with keras_model.save() and report its "
                "layers to kanjian."
            )
        finish(new, replace(card, openvino_note=note, openvino_parity=worst))


def _check_selftest(images: np.ndarray, shape_hwc: tuple[int, int, int]) -> None:
    if images.dtype != np.uint8 or images.shape[1:] != shape_hwc or len(images) == 0:
        raise RecognizerError(
            f"selftest_images must be (n, {', '.join(map(str, shape_hwc))}) uint8 with n >= 1, "
            f"got {images.shape} {images.dtype}. Use resize_image()."
        )


def _probabilities(network: Any, images: np.ndarray) -> np.ndarray:
    outputs = np.asarray(network.predict_on_batch(images), np.float32)
    # written so that NaN fails too
    if not ((outputs > -1e-3) & (outputs < 1 + 1e-3)).all():
        raise RecognizerError(
            f"the network gives {outputs.min():.4g} to {outputs.max():.4g}, expected "
            "probabilities from 0 to 1. End it with softmax or sigmoid; if it gives nan, train "
            "it again with a lower learning rate."
        )
    return as_probabilities(outputs)


def _furthest(one: np.ndarray, other: np.ndarray) -> float:
    return float(np.abs(one - other).max())
