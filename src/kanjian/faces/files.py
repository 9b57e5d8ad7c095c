"""The files of face networks: which there are, where they lie, and that they are the right ones."""

import hashlib
import importlib.util
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from kanjian.checks import unknown_name
from kanjian.errors import FaceError
from kanjian.guard.graph import check_graph, gist
from kanjian.guard.onnx_file import check_onnx
from kanjian.storage.download import Download, Progress, downloads, fetch
from kanjian.storage.files import expanded
from kanjian.weights.record import model_folders, models_home

Role = Literal["detector", "embedder"]


@dataclass(frozen=True, eq=False)
class NetworkFile:
    """A file of a network, read and hashed in one go: what is checked is what runs.

    Args:
        name: That of the published file with this content, else the file's own stem.
        path: Where it lies.
        content: Its bytes.
        sha256: Of them.
        known: The published file it is, if it is one.
    """

    name: str
    path: Path
    content: bytes
    sha256: str
    known: Download | None


def names(role: Role) -> tuple[str, ...]:
    """The networks of a role, in the order they are tried.

    Example:
        >>> names("embedder")
        ('mobilefacenet', 'sface')
    """
    return tuple(dict.fromkeys(each.of for each in downloads(role)))


def at_hand(name: str) -> bool:
    """Whether a file of this network lies in our folder.

    Example:
        >>> at_hand("no-such-network")
        False
    """
    folders = model_folders()
    return any((folder / each.file).is_file() for each in _editions(name) for folder in folders)


def read_network(which: str, role: Role) -> NetworkFile:
    """The network of a name, out of our folder, or of a path; never fetched.

    Args:
        which: A name as in "yunet", or the path of an ONNX file.
        role: What it must do.

    Raises:
        FaceError: If it is not at hand, not what its name says, or does something else.

    Example:
        >>> read_network("yunett", "detector")
        Traceback (most recent call last):
        kanjian.errors.FaceError: unknown detector 'yunett'. Did you mean 'yunet'?
    """
    if which not in names(role):
        path = expanded(which)
        if path.suffix.lower() == ".onnx" or path.is_file():
            return _from_path(path, role)
        raise FaceError(unknown_name(role, which, names(role)))
    places = [(known, folder) for known in _editions(which) for folder in model_folders()]
    for known, folder in places:
        path = folder / known.file
        if path.is_file():
            found = _read(path)
            if f"sha256:{found.sha256}" != known.digest:
                raise FaceError(
                    f"{path} is not the published file: its SHA-256 is {found.sha256[:12]}…, not "
                    f"{str(known.digest)[7:19]}…. Delete it, then run: kanjian faces get {which}"
                )
            return found
    raise FaceError(_missing(which))


def get_network(which: str, *, progress: Progress | None = None) -> Path:
    """The file of a network, fetched if it is not at hand.

    Args:
        which: A name as in "yunet".
        progress: Called with (file name, bytes so far, bytes in all) as bytes come in.

    Raises:
        FaceError: If there is no such network, or it has no public address.
        DownloadError: If it cannot be fetched; says which file to put where.

    Example:
        >>> get_network("sfase")
        Traceback (most recent call last):
        kanjian.errors.FaceError: unknown face network 'sfase'. Did you mean 'sface'?
    """
    editions = _editions(which)
    if not editions:
        raise FaceError(
            unknown_name("face network", which, (*names("detector"), *names("embedder")))
        )
    if not at_hand(which):
        published = next((each for each in editions if each.urls), None)
        if published is None:
            raise FaceError(_missing(which))
        fetch((published,), models_home(), progress=progress)
    return read_network(which, "detector" if which in names("detector") else "embedder").path


def _editions(which: str) -> list[Download]:
    """Of these the first that is at hand is taken, the first with an address fetched."""
    return [each for each in downloads("detector", "embedder") if each.of == which]


def _missing(which: str) -> str:
    editions = _editions(which)
    files = " or ".join(each.file for each in editions)
    fetchable = any(each.urls for each in editions)
    how = f"Run: kanjian faces get {which}; or put" if fetchable else "Put"
    return f"the face network {which} is not at hand. {how} {files} into {models_home()}."


def _from_path(path: Path, role: Role) -> NetworkFile:
    found = _read(path)
    if found.known and found.known.use != role:
        raise FaceError(f"{path} is {found.name}, which is no {role}. Give another file.")
    if found.known is None:
        _look_through(found)
    return found


def _look_through(file: NetworkFile) -> None:
    """Refuse a network of strangers that asks for more than a face needs."""
    from kanjian.inference.runtime import load_openvino, shared_core

    # installed with an extra that faces do not need; OpenVINO's look comes in any case
    if importlib.util.find_spec("onnx"):
        check_onnx(file.content, error=FaceError, name=str(file.path))
    load_openvino()
    try:
        network = shared_core().read_model(file.content, b"")
    except (RuntimeError, UnicodeDecodeError) as error:
        raise FaceError(f"OpenVINO cannot read {file.path}: {gist(error)}.") from error
    check_graph(network, str(file.path), stored=len(file.content), error=FaceError)


def _read(path: Path) -> NetworkFile:
    try:
        content = path.read_bytes()
    except OSError as error:
        raise FaceError(f"cannot read {path}: {error.strerror or error}.") from error
    digest = hashlib.sha256(content).hexdigest()
    published = downloads("detector", "embedder")
    known = next((each for each in published if each.digest == f"sha256:{digest}"), None)
    return NetworkFile(known.of if known else path.stem, path, content, digest, known)
