"""Make a recognizer of a network that others trained."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, cast

from kanjian.errors import NetworkError, RecognizerError
from kanjian.importing.file_kinds import ForeignFile, opened
from kanjian.importing.guess import (
    TRIED,
    accuracy_of,
    class_names_of,
    labeled_of,
    pixels_for,
    selftest_images,
    squash_for,
)
from kanjian.importing.open_model import FitName, Opened, Wishes, open_keras, open_onnx
from kanjian.inference.card import CARD, read_card
from kanjian.json_types import JsonObject
from kanjian.paths import AnyPath, as_path
from kanjian.pipeline.input_shape import InputShape
from kanjian.storage.locks import alone


@dataclass(frozen=True)
class Imported:
    """What a network of others became.

    Args:
        folder: The recognizer's folder.
        classes: Its class names.
        size_hw: Height and width it takes.
        channels: 1 or 3.
        fit: How pictures are brought to that size.
        pixels: What it wants pixels to be.
        accuracy: The share of labeled pictures it is right on, where there were any.
        tried: Accuracy by what pixels could be, where that was found by trying.
        notes: What was assumed, as sentences.
    """

    folder: Path
    classes: tuple[str, ...]
    size_hw: tuple[int, int]
    channels: int
    fit: str
    pixels: str
    accuracy: float | None = None
    tried: dict[str, float] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    def to_dict(self) -> JsonObject:
        """The import as plain values."""
        return vars(self) | {"folder": str(self.folder)}


def import_network(
    path: str | Path,
    out: AnyPath | None = None,
    *,
    weights: AnyPath | None = None,
    classes: Sequence[str] | None = None,
    pixels: str | None = None,
    colors: Literal["rgb", "bgr"] | None = None,
    size_hw: tuple[int, int] | None = None,
    fit: FitName | None = None,
    name: str | None = None,
    pictures: str | Path | None = None,
    data_folder: AnyPath | None = None,
    overwrite: bool = False,
) -> Imported:
    """Make a recognizer of a network that others trained.

    Understood are legacy `.h5` of Keras 1 and 2, `.keras`, JSON with weights, TensorFlow.js,
    what Teachable Machine exports for either, and ONNX. The file is looked through first: code,
    links to other files and sizes that do not add up, stored or computed, are refused. What
    comes out takes raw pixels.

    Args:
        path: The file, or Teachable Machine's folder or zip.
        out: The recognizer folder to make; `NAME` in the current folder by default.
        weights: The weights of a JSON; by default those beside it.
        classes: Class names in the order of the outputs. By default those of a `labels.txt`
            that came along, else "class 0" and so on.
        pixels: What pixels 0 to 255 were scaled to in training: "0..1", "-1..1", "0..255",
            any LOW..HIGH, "imagenet-torch" or "imagenet-caffe". Not needed where the network
            scales itself, the file tells, or `pictures` can.
        colors: "rgb", or "bgr" for networks trained on pictures that OpenCV read.
        size_hw: Height and width, where the network takes any.
        fit: How pictures are brought to that size; "stretch", as most programs do, by default.
        name: What to call the recognizer.
        pictures: Labeled pictures of these classes, in any form `open_dataset` understands:
            they tell what pixels must be, and how good the network is.
        data_folder: Where built-in data sets are looked for first.
        overwrite: Replace a recognizer that lies in `out`; files that are not its own stay.

    Raises:
        NetworkError: If the file cannot be read or is refused, or what it takes is not known.
        StorageError: If the disk is full, `out` cannot be written, or another writes it.
        MissingExtraError: If a package is missing.

    Example:
        >>> import tempfile
        >>> from kanjian.backend import load_keras
        >>> keras, place = load_keras(), Path(tempfile.mkdtemp())
        >>> theirs = keras.Sequential([keras.layers.Input((4, 6, 1)), keras.layers.Flatten(),
        ...                            keras.layers.Dense(2, activation="softmax")])
        >>> theirs.save(place / "theirs.keras")
        >>> made = import_network(place / "theirs.keras", place / "ours", pixels="0..1",
        ...                       classes=["cat", "dog"])
        >>> made.size_hw, made.classes
        ((4, 6), ('cat', 'dog'))
    """
    out, weights, data_folder = as_path(out), as_path(weights), as_path(data_folder)
    path = Path(path)
    title = name or re.sub(r"\.(weights|keras|json|h5|hdf5|onnx|zip)$", "", path.name) or "network"
    target = Path(title) if out is None else out
    _check_free(target, overwrite=overwrite)
    wishes = Wishes(
        None if classes is None else tuple(classes), pixels, colors, size_hw, fit, title,
        pictures, data_folder,
    )  # fmt: skip
    with alone(target), opened(path, weights=weights) as file:
        _check_free(target, overwrite=overwrite)  # another may have been first
        network = open_onnx(file, wishes) if file.kind == "onnx" else open_keras(file, wishes)
        return _made(file, path.name, network, wishes, target)


def _check_free(target: Path, *, overwrite: bool) -> None:
    if target.name in {"", ".."} or target.resolve() == Path.cwd():
        raise NetworkError(f"-o must name a folder to make, got {str(target)!r}.")
    if not target.exists() or (target.is_dir() and not any(target.iterdir())):
        return
    if not (target / CARD).is_file():
        raise NetworkError(f"{target} is there and no recognizer. Choose another with -o.")
    if not overwrite:
        raise NetworkError(f"{target} is there. Replace it with --overwrite, or choose another.")


def _own(target: Path) -> dict[str, str | None]:
    """The files of the recognizer in a folder; its card tells of the others."""
    try:
        listed = read_card(target).sha256
    except RecognizerError as error:
        raise NetworkError(
            f"{error} So nobody can know whose files lie there: choose another folder with -o."
        ) from error
    return {**listed, CARD: None}


def _made(
    file: ForeignFile, source: str, network: Opened, wishes: Wishes, target: Path
) -> Imported:
    metadata = network.metadata
    notes = [] if metadata is None else list(metadata.notes)
    theirs: FitName | None = "crop" if file.teachable else metadata.fit if metadata else None
    fit: FitName = wishes.fit or theirs or "stretch"
    names = class_names_of(file, network.k, wishes, notes, metadata)
    channels = cast("Literal[1, 3]", network.shape_hwc[2])
    shape = InputShape(network.shape_hwc[:2], channels, fit)
    labeled = labeled_of(wishes, names)
    tried, pixels = pixels_for(file, network, wishes, labeled, shape)
    images = selftest_images(labeled, shape, notes)
    squash = squash_for(network.ask(images, pixels), notes)
    accuracy = None if labeled is None else accuracy_of(network, labeled, shape, pixels)
    if accuracy is not None:
        assert labeled is not None
        notes.append(f"right on {accuracy:.1%} of {min(len(labeled), TRIED)} labeled pictures")
    facts = {
        "imported_from": source, "pixels": pixels.name, "colors": pixels.colors, "notes": notes,
        **({} if accuracy is None else {"accuracy": accuracy}),
    }  # fmt: skip
    network.save(
        target, pixels, squash, images, classes=names, size_hw=shape.size_hw, channels=channels,
        fit=fit, name=wishes.name, facts=facts, own=_own,
    )  # fmt: skip
    return Imported(
        folder=target,
        classes=names,
        size_hw=shape.size_hw,
        channels=channels,
        fit=fit,
        pixels=f"{pixels.name} {pixels.colors}",
        accuracy=accuracy,
        tried=tried,
        notes=tuple(notes),
    )
