"""CIFAR-10 and CIFAR-100 as their authors ship them: the Python and the binary version."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np

from kanjian.datasets.arrays import Pair, from_arrays
from kanjian.datasets.dataset import Splits
from kanjian.datasets.pickled import loads_arrays
from kanjian.errors import DatasetError
from kanjian.paths import AnyPath

Labels = Literal["fine", "coarse"]
PIXELS = 3 * 32 * 32
LARGEST_FILE = 1 << 30


@dataclass(frozen=True)
class Version:
    """One of the four forms: which files make which part, and how one is read."""

    name: str
    train: tuple[str, ...]
    test: tuple[str, ...]
    names: dict[Labels, str]
    read: Callable[[Path, Labels], Pair]
    read_names: Callable[[Path, Labels], tuple[str, ...]]


def _content(path: Path) -> bytes:
    try:
        if path.stat().st_size > LARGEST_FILE:
            raise DatasetError(f"{path} is larger than any CIFAR file. Is it one?")
        return path.read_bytes()
    except OSError as error:
        raise DatasetError(f"cannot read {path}: {error.strerror}.") from error


def _pictures(rows: np.ndarray) -> np.ndarray:
    """Rows of red, green and blue planes to (n, 32, 32, 3)."""
    return np.ascontiguousarray(rows.reshape(-1, 3, 32, 32).transpose(0, 2, 3, 1))


def _pickled(path: Path) -> dict[Any, Any]:
    value = loads_arrays(_content(path), name=str(path))
    if not isinstance(value, dict):
        raise DatasetError(f"{path} must hold a dict, got {type(value).__name__}.")
    return {key.decode() if isinstance(key, bytes) else key: inner for key, inner in value.items()}


def _read_pickled(path: Path, labels: Labels) -> Pair:
    batch = _pickled(path)
    rows = batch.get("data")
    numbers = batch.get("labels", batch.get(f"{labels}_labels"))
    if (
        not isinstance(rows, np.ndarray)
        or rows.ndim != 2
        or rows.shape[1] != PIXELS
        or not isinstance(numbers, list)
        or not all(isinstance(number, int) for number in numbers)
    ):
        raise DatasetError(f"{path} must hold 'data' of (n, {PIXELS}) and a list of labels.")
    return _pictures(rows), np.array(numbers, np.int64)


def _read_pickled_names(path: Path, labels: Labels) -> tuple[str, ...]:
    meta = _pickled(path)
    names = meta.get("label_names", meta.get(f"{labels}_label_names"))
    if not isinstance(names, list):
        raise DatasetError(f"{path} must hold the list of class names.")
    return tuple(name.decode() if isinstance(name, bytes) else str(name) for name in names)


def _read_binary(path: Path, labels: Labels, *, label_bytes: int) -> Pair:
    raw = np.frombuffer(_content(path), np.uint8)
    if not len(raw) or len(raw) % (label_bytes + PIXELS):
        raise DatasetError(
            f"{path} must hold records of {label_bytes + PIXELS} bytes, got {len(raw)} bytes. "
            "The file is cut off; fetch it anew."
        )
    records = raw.reshape(-1, label_bytes + PIXELS)
    # CIFAR-100 has two label bytes: coarse, fine
    column = 0 if labels == "coarse" else label_bytes - 1
    return _pictures(records[:, label_bytes:]), records[:, column].astype(np.int64)


def _read_names_text(path: Path, labels: Labels) -> tuple[str, ...]:  # noqa: ARG001
    lines = _content(path).decode("utf-8", "replace").splitlines()
    return tuple(line.strip() for line in lines if line.strip())


BATCHES = tuple(f"data_batch_{number}" for number in range(1, 6))
VERSIONS = (
    Version(
        "CIFAR-10, Python version", BATCHES, ("test_batch",),
        {"fine": "batches.meta"}, _read_pickled, _read_pickled_names,
    ),
    Version(
        "CIFAR-10, binary version", tuple(f"{name}.bin" for name in BATCHES), ("test_batch.bin",),
        {"fine": "batches.meta.txt"},
        lambda path, labels: _read_binary(path, labels, label_bytes=1), _read_names_text,
    ),
    Version(
        "CIFAR-100, Python version", ("train",), ("test",),
        {"fine": "meta", "coarse": "meta"}, _read_pickled, _read_pickled_names,
    ),
    Version(
        "CIFAR-100, binary version", ("train.bin",), ("test.bin",),
        {"fine": "fine_label_names.txt", "coarse": "coarse_label_names.txt"},
        lambda path, labels: _read_binary(path, labels, label_bytes=2), _read_names_text,
    ),
)  # fmt: skip


def find_cifar(folder: AnyPath) -> Version | None:
    """Which version of CIFAR a folder holds, or None.

    Example:
        >>> import tempfile
        >>> folder = Path(tempfile.mkdtemp())
        >>> find_cifar(folder) is None
        True
        >>> (folder / "data_batch_1").touch(), (folder / "batches.meta").touch()
        (None, None)
        >>> find_cifar(folder).name
        'CIFAR-10, Python version'
    """
    folder = Path(folder)
    for version in VERSIONS:
        if all((folder / name).is_file() for name in (version.train[0], version.names["fine"])):
            return version
    return None


def open_cifar(folder: AnyPath, *, labels: Labels = "fine", name: str = "") -> Splits:
    """The training and test part of CIFAR-10 or CIFAR-100.

    Args:
        folder: Holds the files as they come out of the authors' archives.
        labels: CIFAR-100 has 100 "fine" classes in 20 "coarse" ones; CIFAR-10 has only "fine".
        name: What to call the set; the folder's name by default.

    Raises:
        DatasetError: If files are missing, damaged or hostile.

    Example:
        >>> open_cifar(Path("nowhere"))
        Traceback (most recent call last):
        kanjian.errors.DatasetError: nowhere has no CIFAR files, such as
            data_batch_1 and batches.meta.
    """
    folder = Path(folder)
    version = find_cifar(folder)
    if version is None:
        raise DatasetError(f"{folder} has no CIFAR files, such as data_batch_1 and batches.meta.")
    if labels not in version.names:
        raise DatasetError(f"{version.name} has no {labels} labels, only fine ones.")
    missing = [file for file in (*version.train, *version.test) if not (folder / file).is_file()]
    if missing:
        raise DatasetError(f"{folder} lacks {', '.join(missing)} of the {version.name}.")
    return from_arrays(
        *_joined([version.read(folder / file, labels) for file in version.train]),
        test=_joined([version.read(folder / file, labels) for file in version.test]),
        classes=version.read_names(folder / version.names[labels], labels),
        name=name or folder.name,
    )


def _joined(pairs: list[Pair]) -> Pair:
    return np.concatenate([images for images, _ in pairs]), np.concatenate([y for _, y in pairs])
