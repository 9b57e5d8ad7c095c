"""A set in a zip or tar: unpacked once into the cache, found there ever after."""

import shutil
import time
from pathlib import Path

from kanjian.errors import DatasetError, KanjianError
from kanjian.files import home_folder, sha256
from kanjian.paths import AnyPath
from kanjian.unpack import unpack

DAY_S = 24 * 3600


def unpacked(archive: AnyPath) -> Path:
    """The folder with an archive's content, unpacked now if it is not in the cache.

    The cache knows an archive by its content, wherever it lies and whatever it is called.
    What an unpacking killed more than a day ago left behind is removed.

    Args:
        archive: A zip or tar, packed with gzip, bzip2, xz or not.

    Raises:
        DatasetError: If it is damaged, hostile or cannot be unpacked; see `unpack.unpack`.

    Example:
        >>> unpacked(Path("nowhere.zip"))
        Traceback (most recent call last):
        kanjian.errors.DatasetError: cannot read nowhere.zip: No such file or directory.
    """
    archive = Path(archive)
    try:
        folder = home_folder() / "cache" / "archives" / sha256(archive)[:32]
    except OSError as error:
        raise DatasetError(f"cannot read {archive}: {error.strerror}.") from error
    if folder.is_dir():
        return folder
    _sweep(folder.parent)
    try:
        unpack(archive, folder)
    except KanjianError as error:
        raise DatasetError(str(error)) from error
    return folder


def _sweep(cache: Path) -> None:
    for part in cache.glob(".*.part"):
        if time.time() - part.stat().st_mtime > DAY_S:
            shutil.rmtree(part, ignore_errors=True)
