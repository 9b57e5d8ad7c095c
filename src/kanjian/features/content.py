"""A name for exactly these pictures: what they show, not what they are called."""

import hashlib
from pathlib import Path

import numpy as np

from kanjian.datasets.dataset import Dataset, FileImages, Images
from kanjian.errors import ImageError
from kanjian.threads import in_threads

# Pictures hashed by one thread at a time: one by one, handing over costs more than hashing
_TOGETHER = 64


def content_key(dataset: Dataset) -> str:
    """A hash that changes when a picture's bytes or the order of the pictures change.

    Of pictures in files every byte of the file counts, of arrays every pixel. Names, folders,
    times of change, labels and classes do not: a set that was copied, renamed or labeled anew
    keeps its key. `fingerprint` is the sister that goes by names and labels and reads no file.

    Args:
        dataset: Any set.

    Returns:
        32 hexadecimal digits.

    Raises:
        ImageError: If a file cannot be read.

    Example:
        >>> from kanjian.datasets.dataset import ArrayImages
        >>> pictures = ArrayImages.of(np.zeros((2, 8, 8), np.uint8))
        >>> one = Dataset(pictures, np.array([0, 1]), ("cat", "dog"))
        >>> other = Dataset(pictures, np.array([0, 0]), ("ant", "bee"))
        >>> content_key(one) == content_key(other)
        True
        >>> content_key(one) == content_key(one.subset(np.array([0])))
        False
    """
    images, n = dataset.images, len(dataset)

    def hashes(start: int) -> bytes:
        return b"".join(_hash(images, k) for k in range(start, min(start + _TOGETHER, n)))

    kind = "files" if isinstance(images, FileImages) else "pixels"
    digest = hashlib.sha256(f"{kind} {n}".encode())
    for part in in_threads(hashes, range(0, n, _TOGETHER)):
        digest.update(part)
    return digest.hexdigest()[:32]


def _hash(images: Images, index: int) -> bytes:
    if isinstance(images, FileImages):
        return hashlib.sha256(_content(images.paths[index])).digest()
    image = images.read(index)
    digest = hashlib.sha256(str(image.shape).encode())
    digest.update(np.ascontiguousarray(image).data)
    return digest.digest()


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise ImageError(f"cannot read {path}: {error.strerror or error}.") from error
