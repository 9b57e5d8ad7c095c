"""Make a recognizer of a network that others trained."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, cast

import numpy as np

from kanjian.datasets.dataset import Dataset
from kanjian.datasets.splits import prepare_splits
from kanjian.errors import NetworkError
from kanjian.export import foreign_onnx
from kanjian.export.foreign_file import ForeignFile, opened
from kanjian.export.pictures import spread
from kanjian.export.pixels import NAMED, Pixels, check_channels, pixels_of
from kanjian.pipeline.fitted import fitted_batch
from kanjian.pipeline.shape import InputShape
from kanjian.recipes.recipe import Data
from kanjian.recognizer.card import (
    CARD,
    OPENVINO_FILES,
    SELFTEST_FILE,
    Card,
    write_card,
)
from kanjian.recognizer.engines import as_probabilities
from kanjian.recognizer.folder import replacing_folder

FitName = Literal["letterbox", "crop", "stretch"]
_TRIED = 400
_SELFTEST = 8
_PARITY = 1e-3
_TEACHABLE_PIXELS = "-1..1"


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

    def to_dict(self) -> dict[str, Any]:
        """The import as plain values."""
        return vars(self) | {"folder": str(self.folder)}


@dataclass(frozen=True)
class _Wishes:
    classes: tuple[str, ...] | None
    pixels: str | None
    colors: Literal["rgb", "bgr"] | None
    size_hw: tuple[int, int] | None
    fit: FitName | None
    name: str
    pictures: str | Path | None
    data_folder: Path | None


@dataclass
class _Network:
    """A network of others, of whatever kind: what it takes, and how to ask and save it."""

    shape_hwc: tuple[int, int, int]
    k: int
    own_scaling: bool
    # (pictures, pixels) -> outputs as they come
    ask: Callable[[np.ndarray, Pixels], np.ndarray]
    save: Callable[..., None]


def import_network(
    path: str | Path,
    out: Path | None = None,
    *,
    weights: Path | None = None,
    classes: Sequence[str] | None = None,
    pixels: str | None = None,
    colors: Literal["rgb", "bgr"] | None = None,
    size_hw: tuple[int, int] | None = None,
    fit: FitName | None = None,
    name: str | None = None,
    pictures: str | Path | None = None,
    data_folder: Path | None = None,
    overwrite: bool = False,
) -> Imported:
    """Make a recognizer of a network that others trained.

    Understood are legacy `.h5` of Keras 1 and 2, `.keras`, JSON with weights, what Teachable
    Machine exports for Keras, and ONNX. The file is looked through first: code, links to
    other files and sizes that do not add up are refused. What comes out takes raw pixels.

    Args:
        path: The file, or Teachable Machine's folder or zip.
        out: The recognizer folder to make; `NAME` in the current folder by default.
        weights: The weights of a JSON; by default those beside it.
        classes: Class names in the order of the outputs. By default those of a `labels.txt`
            that came along, else "class 0" and so on.
        pixels: What pixels 0 to 255 were made into in training: "0..1", "-1..1", "0..255",
            any LOW..HIGH, "imagenet-torch" or "imagenet-caffe". Not needed where the network
            scales itself, or `pictures` can tell.
        colors: "rgb", or "bgr" for networks trained on pictures that OpenCV read.
        size_hw: Height and width, where the network takes any.
        fit: How pictures are brought to that size; "stretch", as most programs do, by default.
        name: What to call the recognizer.
        pictures: Labeled pictures of these classes, in any form `open_dataset` understands:
            they tell what pixels must be, and how good the network is.
        data_folder: Where built-in data sets are looked for first.
        overwrite: Replace a recognizer that lies in `out`.

    Raises:
        NetworkError: If the file cannot be read or is refused, or what it takes is not known.
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
    path = Path(path)
    title = name or re.sub(r"\.(weights|keras|json|h5|hdf5|onnx|zip)$", "", path.name) or "network"
    target = Path(title) if out is None else out
    _check_free(target, overwrite=overwrite)
    wishes = _Wishes(
        None if classes is None else tuple(classes), pixels, colors, size_hw, fit, title,
        pictures, data_folder,
    )  # fmt: skip
    with opened(path, weights=weights) as file:
        network = _open_onnx(file, wishes) if file.kind == "onnx" else _open_keras(file, wishes)
        return _made(file, path.name, network, wishes, target)


def _check_free(target: Path, *, overwrite: bool) -> None:
    if not target.exists() or (target.is_dir() and not any(target.iterdir())):
        return
    if not (target / CARD).is_file():
        raise NetworkError(f"{target} is there and no recognizer. Choose another with -o.")
    if not overwrite:
        raise NetworkError(f"{target} is there. Replace it with --overwrite, or choose another.")


def _made(
    file: ForeignFile, source: str, network: _Network, wishes: _Wishes, target: Path
) -> Imported:
    notes: list[str] = []
    fit: FitName = wishes.fit or ("crop" if file.teachable else "stretch")
    names = _class_names(file, network.k, wishes, notes)
    channels = cast("Literal[1, 3]", network.shape_hwc[2])
    shape = InputShape(network.shape_hwc[:2], channels, fit)
    labeled = _labeled(wishes, names)
    tried, pixels = _pixels(file, network, wishes, labeled, shape)
    images = _selftest_images(labeled, shape, notes)
    squash = _squash(network.ask(images, pixels), notes)
    accuracy = None if labeled is None else _accuracy(network, labeled, shape, pixels)
    if accuracy is not None:
        assert labeled is not None
        notes.append(f"right on {accuracy:.1%} of {min(len(labeled), _TRIED)} labeled pictures")
    facts = {
        "imported_from": source, "pixels": pixels.name, "colors": pixels.colors, "notes": notes,
        **({} if accuracy is None else {"accuracy": accuracy}),
    }  # fmt: skip
    network.save(
        target, pixels, squash, images, classes=names, size_hw=shape.size_hw, channels=channels,
        fit=fit, name=wishes.name, facts=facts,
    )  # fmt: skip
    return Imported(
        target, names, shape.size_hw, channels, fit, f"{pixels.name} {pixels.colors}", accuracy,
        tried, tuple(notes),
    )  # fmt: skip


def _class_names(file: ForeignFile, k: int, wishes: _Wishes, notes: list[str]) -> tuple[str, ...]:
    n = max(k, 2)
    names = wishes.classes
    if names is None and file.labels is not None:
        names = read_labels(file.labels)
        notes.append(f"class names from {file.labels.name}")
    if names is None:
        notes.append("class names are not told; name them with --classes")
        return tuple(f"class {number}" for number in range(n))
    if len(names) != n:
        raise NetworkError(
            f"the network answers {n} classes, got {len(names)} names. "
            "Name them all with --classes."
        )
    if len(set(names)) < n:
        notes.append("class names that came twice were numbered")
    return distinct(names)


def distinct(names: Sequence[str]) -> tuple[str, ...]:
    """The names, each of them once: one that came before is numbered.

    Example:
        >>> distinct(["crane", "cat", "crane"])
        ('crane', 'cat', 'crane (2)')
    """
    found: list[str] = []
    for name in names:
        number, one = 1, name
        while one in found:
            number += 1
            one = f"{name} ({number})"
        found.append(one)
    return tuple(found)


def read_labels(path: Path) -> tuple[str, ...]:
    r"""Class names of a text file, one a line; a leading number as Teachable Machine has is cut.

    Raises:
        NetworkError: If it cannot be read.

    Example:
        >>> import tempfile
        >>> path = Path(tempfile.mkdtemp()) / "labels.txt"
        >>> _ = path.write_text("0 cat\n1 big dog\n", encoding="utf-8")
        >>> read_labels(path)
        ('cat', 'big dog')
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise NetworkError(f"cannot read class names from {path}: {error}.") from error
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    # only where every line has its own number in front: "7 up" alone is a name
    if all(re.match(rf"{number}\s+\S", line) for number, line in enumerate(lines)):
        lines = [line.partition(" ")[2].strip() for line in lines]
    return tuple(lines)


def _labeled(wishes: _Wishes, names: tuple[str, ...]) -> Dataset | None:
    if wishes.pictures is None:
        return None
    from kanjian.studies.evaluate import by_name

    section = Data(source=str(wishes.pictures), validation=0.0, test=0.0)
    splits = prepare_splits(section, seed=0, data_folder=wishes.data_folder)
    dataset, _ = by_name(splits.test or splits.train, names)
    return dataset


def _pixels(
    file: ForeignFile,
    network: _Network,
    wishes: _Wishes,
    labeled: Dataset | None,
    shape: InputShape,
) -> tuple[dict[str, float], Pixels]:
    """What pixels must be: told, known of the program, the network's own, or found by trying."""
    if wishes.pixels is not None:
        chosen = pixels_of(wishes.pixels, colors=wishes.colors)
        check_channels(chosen, shape.channels)
        return {}, chosen
    if file.teachable:
        return {}, pixels_of(_TEACHABLE_PIXELS, colors=wishes.colors)
    if network.own_scaling:
        return {}, pixels_of("0..255", colors=wishes.colors)
    if labeled is None:
        raise NetworkError(
            "the file does not tell what pixels 0 to 255 were made into before the network saw "
            "them. Say it with --pixels (0..1, -1..1, 0..255, any LOW..HIGH, imagenet-torch, "
            "imagenet-caffe), or let labeled pictures tell: --pictures FOLDER."
        )
    return _tried(network, labeled, shape, wishes)


def _tried(
    network: _Network, labeled: Dataset, shape: InputShape, wishes: _Wishes
) -> tuple[dict[str, float], Pixels]:
    """The scaling with which the network is right most often."""
    known = NAMED if shape.channels == 3 else NAMED[:4]
    candidates = [
        pixels_of(name, colors=colors)
        for name in known
        for colors in ([wishes.colors] if wishes.colors or shape.channels == 1 else ["rgb", "bgr"])
    ]
    scores = [_accuracy(network, labeled, shape, each) for each in candidates]
    told = {f"{each.name} {each.colors}": s for each, s in zip(candidates, scores, strict=True)}
    best = int(np.argmax(scores))
    if scores[best] < 1.5 / len(labeled.classes):
        raise NetworkError(
            f"however pixels are scaled, the network is right on {scores[best]:.0%} of the labeled "
            "pictures at most, hardly more than chance. Check the order of --classes and the "
            "pictures, or say --pixels."
        )
    return told, candidates[best]


def _accuracy(network: _Network, labeled: Dataset, shape: InputShape, pixels: Pixels) -> float:
    chosen = spread(len(labeled), _TRIED)
    right = 0
    for start in range(0, len(chosen), 32):
        indices = chosen[start : start + 32]
        outputs = network.ask(fitted_batch(labeled, indices, shape), pixels)
        if outputs.shape[1] == 1:
            # one sigmoid, or its logit
            cut = 0.5 if outputs.min() >= 0 and outputs.max() <= 1 else 0.0
            answers = (outputs[:, 0] > cut).astype(np.int64)
        else:
            answers = outputs.argmax(axis=1)
        right += int((answers == labeled.labels[indices]).sum())
    return right / len(chosen)


def _selftest_images(labeled: Dataset | None, shape: InputShape, notes: list[str]) -> np.ndarray:
    if labeled is not None:
        return fitted_batch(labeled, spread(len(labeled), _SELFTEST), shape)
    notes.append("the self-test holds made-up pictures; give real ones with --pictures")
    height, width, channels = shape.shape_hwc
    numbers = np.random.default_rng(0)
    # patches and stripes: what a swapped axis, color or scale changes the answer of
    coarse = numbers.integers(0, 256, (_SELFTEST, 4, 5, channels)).astype(np.uint8)
    rows, columns = np.arange(height) * 4 // height, np.arange(width) * 5 // width
    grain = numbers.integers(0, 32, (_SELFTEST, height, width, channels)).astype(np.uint8)
    return np.asarray(coarse[:, rows][:, :, columns] // 2 + grain, np.uint8)


def _squash(outputs: np.ndarray, notes: list[str]) -> str | None:
    """What makes probabilities of the outputs; None if they are some already."""
    if not np.isfinite(outputs).all():
        raise NetworkError("the network answers with nan or infinity. Check --pixels.")
    between = outputs.min() >= -1e-3 and outputs.max() <= 1 + 1e-3
    if outputs.shape[1] == 1:
        if between:
            return None
        notes.append("its answer was no probability: a sigmoid was added")
        return "sigmoid"
    sums = outputs.sum(axis=1)
    if between and (np.abs(sums - 1).max() < 1e-2 or (outputs.max(axis=1) > 0.5).any()):
        return None
    notes.append("its answers were no probabilities: a softmax was added")
    return "softmax"


def _open_keras(file: ForeignFile, wishes: _Wishes) -> _Network:
    from kanjian.export import foreign_keras as keras_side

    network = keras_side.rebuilt(file)
    shape = keras_side.picture_shape(network, wishes.size_hw)
    plain_shape = tuple(network.inputs[0].shape[1:])

    def ask(pictures: np.ndarray, pixels: Pixels) -> np.ndarray:
        prepared = pixels.applied(pictures)
        if len(plain_shape) < 3:
            sides = (-1,) if len(plain_shape) == 1 else shape[:2]
            prepared = prepared.reshape(len(prepared), *sides)
        return np.asarray(network.predict_on_batch(prepared), np.float32)

    def save(
        folder: Path, pixels: Pixels, squash: str | None, images: np.ndarray, **about: Any
    ) -> None:
        from kanjian.recognizer.bundle import save_recognizer

        made = keras_side.from_raw_pixels(network, shape, pixels, squash=squash)
        _check_same(
            _squashed(ask(images, pixels), squash),
            np.asarray(made.predict_on_batch(images), np.float32),
        )
        save_recognizer(folder, made, selftest_images=images, **about)

    outputs = network.outputs[0].shape
    if len(outputs) != 2:
        raise NetworkError(
            f"the network answers with {tuple(outputs[1:])}, expected one row of classes."
        )
    return _Network(shape, int(outputs[-1]), keras_side.has_own_scaling(network), ask, save)


def _open_onnx(file: ForeignFile, wishes: _Wishes) -> _Network:
    foreign_onnx.check_onnx(file.path)
    _, first, (height, width, channels) = foreign_onnx.input_of(file.path)
    if None in (height, width) and wishes.size_hw is None:
        raise NetworkError("the network takes pictures of any size. Choose one with --size.")
    size = wishes.size_hw or (cast("int", height), cast("int", width))
    if size != (height or size[0], width or size[1]):
        raise NetworkError(f"the network takes {height}×{width}, got --size {size[0]}×{size[1]}.")
    shape = (*size, channels)

    def built(pixels: Pixels, squash: str | None = None) -> Any:
        # read anew: what is built in is built into the network itself
        model, _, _ = foreign_onnx.input_of(file.path)
        return foreign_onnx.from_raw_pixels(
            model, shape, pixels, channels_first=first, squash=squash
        )

    compiled: dict[Pixels, Any] = {}

    def ask(pictures: np.ndarray, pixels: Pixels) -> np.ndarray:
        if pixels not in compiled:
            compiled[pixels] = foreign_onnx.compiled(built(pixels))
        return foreign_onnx.answers_of(compiled[pixels], pictures)

    def save(
        folder: Path, pixels: Pixels, squash: str | None, images: np.ndarray, **about: Any
    ) -> None:
        model = built(pixels, squash)
        prepared = pixels.applied(images)
        second = foreign_onnx.through_onnxruntime(file.path, prepared, channels_first=first)
        expected = as_probabilities(_squashed(second, squash))
        found = as_probabilities(foreign_onnx.answers_of(foreign_onnx.compiled(model), images))
        _check_same(expected, found)
        _save_openvino(folder, model, images, expected, found, **about)

    blank = np.zeros((2, *shape), np.uint8)
    k = ask(blank, pixels_of("0..1")).shape[1]
    return _Network(shape, k, False, ask, save)


def _squashed(outputs: np.ndarray, squash: str | None) -> np.ndarray:
    outputs = np.asarray(outputs, np.float32)
    if squash == "sigmoid":
        return np.asarray(1 / (1 + np.exp(-outputs)), np.float32)
    if squash == "softmax":
        powers = np.exp(outputs - outputs.max(axis=1, keepdims=True))
        return np.asarray(powers / powers.sum(axis=1, keepdims=True), np.float32)
    return outputs


def _check_same(expected: np.ndarray, found: np.ndarray) -> None:
    worst = float(np.abs(expected - found).max())
    if not worst <= _PARITY:
        raise NetworkError(
            f"with its scaling inside the network answers differently, by {worst:.2g}. Nothing was "
            "saved; report its layers to kanjian."
        )


def _save_openvino(
    folder: Path, model: Any, images: np.ndarray, expected: np.ndarray, found: np.ndarray,
    **about: Any,
) -> None:  # fmt: skip
    """A recognizer that OpenVINO alone runs: there is no Keras network to keep."""
    from kanjian.backend import versions
    from kanjian.recognizer.runtime import load_openvino

    card = Card(versions=versions(), openvino_parity=float(np.abs(expected - found).max()), **about)
    with replacing_folder(folder) as new:
        load_openvino().serialize(model, new / OPENVINO_FILES[0])
        np.savez(new / SELFTEST_FILE, images=images, probabilities=expected)
        write_card(new, card)
