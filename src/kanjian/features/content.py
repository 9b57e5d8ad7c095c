"""A name for exactly these pictures: what they show, not what they are called."""

import hashlib

from kanjian.datasets.content import content_hashes, kind_of_content
from kanjian.datasets.dataset import Dataset


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
        >>> import numpy as np
        >>> from kanjian.datasets.dataset import ArrayImages
        >>> pictures = ArrayImages.of(np.zeros((2, 8, 8), np.uint8))
        >>> one = Dataset(pictures, np.array([0, 1]), ("cat", "dog"))
        >>> other = Dataset(pictures, np.array([0, 0]), ("ant", "bee"))
        >>> content_key(one) == content_key(other)
        True
        >>> content_key(one) == content_key(one.subset(np.array([0])))
        False
    """
    kind = "files" if kind_of_content(dataset) == "bytes" else "pixels"
    digest = hashlib.sha256(f"{kind} {len(dataset)}".encode())
    for each in content_hashes(dataset):
        digest.update(each)
    return digest.hexdigest()[:32]
