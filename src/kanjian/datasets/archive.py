"""A set in a zip or tar: unpacked once into the cache, found there ever after."""

from pathlib import Path

from kanjian.errors import DatasetError, KanjianError, StorageError
from kanjian.paths import AnyPath
from kanjian.storage.files import home_folder, sha256, sweep
from kanjian.storage.unpack import unpack


def unpacked(archive: AnyPath) -> Path:
    """The folder with an archive's content, unpacked now if it is not in the cache.

    The cache knows an archive by its content, wherever it lies and whatever it is called.
    What a killed unpacking left behind is removed.

    Args:
        archive: A zip or tar, packed with gzip, bzip2, xz or not.

    Raises:
        DatasetError: If it is damaged, hostile or cannot be unpacked; see `unpack.unpack`.
        StorageError: If the disk is full or the cache cannot be written.

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
    sweep(folder.parent)
    try:
        unpack(archive, folder)
    except StorageError:
        raise
    except KanjianError as error:
        raise DatasetError(str(error)) from error
    return folder
