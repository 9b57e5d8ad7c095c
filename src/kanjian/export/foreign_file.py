"""What a file of others is, told by its content, and looked into before anything is built."""

import contextlib
import json
import tempfile
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from kanjian.errors import NetworkError, WeightsError
from kanjian.unpack import unpack
from kanjian.weights.layered import read_description

Kind = Literal["keras", "h5", "json", "onnx"]
LIMIT_BYTES = 4 << 30
LIMIT_DESCRIPTION = 64 << 20
# A zip of weights shrinks little; what tells of more is no network
_LIMIT_RATIO = 50
_SMALL = 64 << 20
HDF5_MAGIC, ZIP_MAGIC = b"\x89HDF\r\n\x1a\n", b"PK\x03\x04"
_TEACHABLE, _LABELS = "keras_model.h5", "labels.txt"


@dataclass(frozen=True)
class ForeignFile:
    """A network of others, not opened yet.

    Args:
        path: The file that describes it.
        kind: "keras" for `.keras`, "h5" for a whole legacy model, "json" for a description
            with weights beside it, or "onnx".
        description: The network's description, as JSON reads it; None for ONNX.
        weights: Where the weights lie, if in another file.
        labels: A file of class names that came with it.
        teachable: Whether Teachable Machine wrote it.
    """

    path: Path
    kind: Kind
    description: Any = None
    weights: Path | None = None
    labels: Path | None = None
    teachable: bool = False


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
        if path.is_file() and _head(path).startswith(ZIP_MAGIC) and _holds(path, _TEACHABLE):
            place = stack.enter_context(tempfile.TemporaryDirectory())
            unpack(path, Path(place) / "unpacked", limit_bytes=LIMIT_BYTES)
            path = next((Path(place) / "unpacked").rglob(_TEACHABLE)).parent
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


def _holds(path: Path, name: str) -> bool:
    try:
        with zipfile.ZipFile(path) as archive:
            return any(Path(each).name == name for each in archive.namelist())
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError):
        return False


def _in_folder(folder: Path) -> Path:
    if (folder / _TEACHABLE).is_file():
        return folder / _TEACHABLE
    if (folder / "saved_model.pb").is_file():
        raise NetworkError(
            f"{folder} is a SavedModel, which is a program and not imported. Load it where you "
            "trust it, save its network with model.save('network.keras'), and import that."
        )
    raise NetworkError(
        f"{folder} is a folder without {_TEACHABLE}. Name a file: .h5, .keras, .json or .onnx."
    )


def _told(path: Path, weights: Path | None) -> ForeignFile:
    head = _head(path)
    if weights is not None and not head.lstrip().startswith(b"{"):
        raise NetworkError(
            f"--weights goes with a description in JSON; {path} holds its weights itself."
        )
    if head.startswith(ZIP_MAGIC):
        return ForeignFile(path, "keras", _description_in_zip(path))
    if head.startswith(HDF5_MAGIC):
        return _legacy(path)
    if head.lstrip().startswith(b"{"):
        return _pair(path, weights)
    if path.suffix.casefold() == ".onnx":
        return ForeignFile(path, "onnx", labels=_labels_beside(path))
    raise NetworkError(
        f"{path} is no network that can be imported. Understood are legacy .h5, .keras, .json with "
        "weights, Teachable Machine's folder or zip (Keras), and .onnx."
    )


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
    if path.stat().st_size > LIMIT_DESCRIPTION:
        raise NetworkError(f"{path} is larger than any description of a network.")
    description = _json(path.read_text(encoding="utf-8", errors="replace"), path)
    if weights is None:
        stem = path.with_suffix("")
        near = [Path(f"{stem}{end}") for end in (".weights.h5", "_weights.h5", ".h5", ".hdf5")]
        near += [path.parent / "weights.h5", path.parent / "model.h5"]
        weights = next((each for each in near if each.is_file()), None)
    if weights is None:
        raise NetworkError(f"{path} describes a network. Name its weights with --weights.")
    _head(weights)
    return ForeignFile(path, "json", description, weights, _labels_beside(path))


def _description_in_zip(path: Path) -> Any:
    try:
        with zipfile.ZipFile(path) as archive:
            entries = archive.infolist()
            names = [entry.filename for entry in entries]
            if "config.json" not in names or len(set(names)) != len(names):
                raise NetworkError(f"{path} is a zip, but no .keras file: it has no config.json.")
            told = sum(entry.file_size for entry in entries)
            if told > max(_SMALL, _LIMIT_RATIO * path.stat().st_size) or told > LIMIT_BYTES:
                raise NetworkError(f"{path} unpacks to {told >> 20} MB, more than it can hold.")
            if archive.getinfo("config.json").file_size > LIMIT_DESCRIPTION:
                raise NetworkError(f"{path} has a description larger than any network's.")
            text = archive.read("config.json").decode("utf-8")
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError, RuntimeError) as error:
        raise NetworkError(f"{path} is damaged: {' '.join(str(error).split())}.") from error
    return _json(text, path)


def _json(text: str, path: Path) -> Any:
    try:
        told = json.loads(text)
        # Keras 2's to_json of a model inside another program is sometimes wrapped once more
        return json.loads(told) if isinstance(told, str) else told
    except (ValueError, RecursionError) as error:
        raise NetworkError(f"{path} is no JSON that describes a network: {error}.") from error
