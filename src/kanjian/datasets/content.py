"""What tells one picture from another whatever it is called: a hash of its content."""

import hashlib
from pathlib import Path
from typing import Literal

import numpy as np

from kanjian.datasets.dataset import Dataset, FileImages, Images
from kanjian.errors import ImageError
from kanjian.threads import in_threads

# "bytes" is every byte of a picture's file, "pixels" every pixel of it and its shape
Kind = Literal["bytes", "pixels"]
KINDS: tuple[Kind, ...] = ("bytes", "pixels")
# Pictures hashed by one thread at a time: one by one, handing over costs more than hashing
_TOGETHER = 64


def kind_of_content(dataset: Dataset) -> Kind:
    """What the pictures of a set are told apart by: the bytes of their files, or pixels.

    Example:
        >>> from kanjian.datasets.arrays import from_arrays
        >>> kind_of_content(from_arrays(np.zeros((2, 8, 8), np.uint8), np.array([0, 1])).train)
        'pixels'
    """
    return "bytes" if isinstance(dataset.images, FileImages) else "pixels"


def content_hashes(dataset: Dataset, kind: Kind | None = None) -> list[bytes]:
    """The SHA-256 of every picture, in order.

    Args:
        dataset: Any set.
        kind: What is hashed; `kind_of_content` by default. Files can be asked for "pixels",
            which decodes them; arrays have no bytes.

    Raises:
        ImageError: If a file cannot be read.

    Example:
        >>> from kanjian.datasets.arrays import from_arrays
        >>> data = from_arrays(np.zeros((2, 8, 8), np.uint8), np.array([0, 1])).train
        >>> one, other = content_hashes(data)
        >>> one == other, len(one)
        (True, 32)
    """
    kind = kind or kind_of_content(dataset)
    hashed = _file_hash if kind == "bytes" else _pixel_hash
    images, n = dataset.images, len(dataset)

    def some(start: int) -> list[bytes]:
        return [hashed(images, k) for k in range(start, min(start + _TOGETHER, n))]

    return [one for part in in_threads(some, range(0, n, _TOGETHER)) for one in part]


def file_hash(path: Path) -> bytes:
    """The SHA-256 of a file's bytes.

    Raises:
        ImageError: If it cannot be read.

    Example:
        >>> file_hash(Path("nowhere.png"))
        Traceback (most recent call last):
        kanjian.errors.ImageError: cannot read nowhere.png: No such file or directory.
    """
    try:
        return hashlib.sha256(path.read_bytes()).digest()
    except OSError as error:
        raise ImageError(f"cannot read {path}: {error.strerror or error}.") from error


def _file_hash(images: Images, index: int) -> bytes:
    assert isinstance(images, FileImages), "only files have bytes"
    return file_hash(images.paths[index])


def _pixel_hash(images: Images, index: int) -> bytes:
    image = images.read(index)
    digest = hashlib.sha256(str(image.shape).encode())
    digest.update(np.ascontiguousarray(image).data)
    return digest.digest()
