"""What a file of others is, told by its content, and looked into before anything is built."""

import contextlib
import tempfile
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any, Literal

from kanjian.errors import KanjianError, NetworkError, WeightsError
from kanjian.guard.keras_file import HDF5_MAGIC, ZIP_MAGIC, check_keras_file
from kanjian.guard.kinds import kind_of
from kanjian.guard.text import LIMIT_JSON, parse_json
from kanjian.importing.tfjs_models import check_layers, is_tfjs, names_beside
from kanjian.storage.unpack import unpack
from kanjian.weights.layered import read_description

FileKind = Literal["keras", "h5", "json", "onnx", "tfjs"]
LIMIT_BYTES = 4 << 30
_TEACHABLE, _TFJS, _LABELS = "keras_model.h5", "model.json", "labels.txt"


@dataclass(frozen=True)
class ForeignFile:
    """A network of others, not opened yet.

    Args:
        path: The file that describes it.
        kind: "keras" for `.keras`, "h5" for a whole legacy model, "json" for a description
            with weights beside it, "tfjs" for that of TensorFlow.js, or "onnx".
        description: The network's description, as JSON reads it; None for ONNX.
        weights: Where the weights lie, if in another file.
        labels: A file of class names that came with it.
        teachable: Whether Teachable Machine wrote it.
        names: Class names that came with it otherwise.
    """

    path: Path
    kind: FileKind
    description: Any = None
    weights: Path | None = None
    labels: Path | None = None
    teachable: bool = False
    names: tuple[str, ...] | None = None


@contextlib.contextmanager
def opened(path: Path, *, weights: Path | None = None) -> Iterator[ForeignFile]:
    """Find out what a file is, and take its description out of it.

    Args:
        path: A file, or the folder or zip that Teachable Machine gives.
        weights: The weights of a JSON description; by default those beside it.

    Raises:
        NetworkError: If it is no network that can be imported, or too large.

    Example:
        >>> with opened(Path("missing.h5")):
        ...     pass
        Traceback (most recent call last):
        kanjian.errors.NetworkError: cannot read missing.h5: No such file or directory.
    """
    with contextlib.ExitStack() as stack:
        inside = _packed(path)
        if inside:
            place = Path(stack.enter_context(tempfile.TemporaryDirectory())) / "unpacked"
            try:
                unpack(path, place, limit_bytes=LIMIT_BYTES)
            except KanjianError as error:
                raise NetworkError(str(error)) from error
            path = min(place.rglob(inside), key=lambda found: len(found.parts))
        if path.is_dir():
            path = _in_folder(path)
        yield _told(path, weights)


def _head(path: Path) -> bytes:
    try:
        if path.stat().st_size > LIMIT_BYTES:
            raise NetworkError(f"{path} is larger than {LIMIT_BYTES >> 30} GB.")
        with path.open("rb") as stream:
            return stream.read(16)
    except OSError as error:
        raise NetworkError(f"cannot read {path}: {error.strerror or error}.") from error


def _packed(path: Path) -> str | None:
    """What a zip is to be unpacked for: the network in it; None if it is one itself, or none."""
    if not path.is_file() or not _head(path).startswith(ZIP_MAGIC):
        return None
    try:
        with zipfile.ZipFile(path) as archive:
            names = [PurePosixPath(name).name for name in archive.namelist()]
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError):
        return None
    for wanted in (_TEACHABLE, _TFJS):
        if wanted in names:
            return wanted
    networks = [name for name in names if name.endswith((".onnx", ".keras", ".h5"))]
    return networks[0] if len(networks) == 1 and "config.json" not in names else None


def _in_folder(folder: Path) -> Path:
    for name in (_TEACHABLE, _TFJS):
        if (folder / name).is_file():
            return folder / name
    _refuse(folder)
    raise NetworkError(
        f"{folder} is a folder without {_TEACHABLE}. Name a file: .h5, .keras, .json or .onnx."
    )


def _told(path: Path, weights: Path | None) -> ForeignFile:
    head = _head(path)
    text = head.lstrip(b"\xef\xbb\xbf \t\r\n").startswith((b"{", b'"'))
    if weights is not None and not text:
        raise NetworkError(
            f"--weights goes with a description in JSON; {path} holds its weights itself."
        )
    if text:
        return _pair(path, weights)
    _refuse(path)
    if head.startswith(ZIP_MAGIC):
        return ForeignFile(path, "keras", _description_in_zip(path))
    if head.startswith(HDF5_MAGIC):
        return _legacy(path)
    if path.suffix.casefold() == ".onnx":
        return ForeignFile(path, "onnx", labels=_labels_beside(path))
    raise NetworkError(
        f"{path} is no network that can be imported. Understood are legacy .h5, .keras, .json with "
        "weights, Teachable Machine's folder or zip (Keras, TensorFlow.js), and .onnx."
    )


def _refuse(path: Path) -> None:
    """Say what a file is that is known and no network that can be imported, and what to do."""
    try:
        kind = kind_of(path)
    except OSError as error:
        raise NetworkError(f"cannot read {path}: {error.strerror or error}.") from error
    if kind is not None and kind.cure:
        raise NetworkError(f"{path} is {kind.what}. {kind.cure}.")


def _legacy(path: Path) -> ForeignFile:
    try:
        text = read_description(path)
    except WeightsError as error:
        raise NetworkError(str(error)) from error
    if not text:
        raise NetworkError(
            f"{path} holds weights without the network they belong to. Name the network's JSON, "
            "and these with --weights; or load them into a network of a recipe with 'kanjian "
            "weights import'."
        )
    teachable = path.name == _TEACHABLE
    return ForeignFile(
        path, "h5", _json(text, path), labels=_labels_beside(path), teachable=teachable
    )


def _labels_beside(path: Path) -> Path | None:
    beside = path.parent / _LABELS
    return beside if beside.is_file() else None


def _pair(path: Path, weights: Path | None) -> ForeignFile:
    if path.stat().st_size > LIMIT_JSON:
        raise NetworkError(f"{path} is larger than any description of a network.")
    text = path.read_text(encoding="utf-8-sig", errors="replace")
    description = _json(text, path)
    if is_tfjs(description):
        check_layers(description, path)
        names, teachable = names_beside(path)
        return ForeignFile(path, "tfjs", description, path, _labels_beside(path), teachable, names)
    if weights is None:
        stem = path.with_suffix("")
        near = [Path(f"{stem}{end}") for end in (".weights.h5", "_weights.h5", ".h5", ".hdf5",
                                           ".safetensors", ".npz")]  # fmt: skip
        near += [path.parent / "weights.h5", path.parent / "model.h5"]
        weights = next((each for each in near if each.is_file()), None)
    if weights is None:
        raise NetworkError(f"{path} describes a network. Name its weights with --weights.")
    _head(weights)
    return ForeignFile(path, "json", description, weights, _labels_beside(path))


def _description_in_zip(path: Path) -> Any:
    try:
        check_keras_file(path, error=NetworkError)
        with zipfile.ZipFile(path) as archive:
            return _json(archive.read("config.json").decode("utf-8"), path)
    except OSError as error:
        raise NetworkError(f"cannot read {path}: {error.strerror or error}.") from error


def _json(text: str, path: Path) -> Any:
    content = parse_json(text, str(path), error=NetworkError)
    # json.dump(model.to_json()) makes a text of what is JSON already
    return (
        parse_json(content, str(path), error=NetworkError) if isinstance(content, str) else content
    )
