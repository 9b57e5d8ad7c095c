"""Pictures read by all cores ahead of the network that is asked about them."""

import os
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import islice

import numpy as np

from kanjian.errors import ImageError
from kanjian.images.pictures import Picture, is_pil

# What a picture is called, and its pixels or why it cannot be read
Read = tuple[str, np.ndarray | ImageError]


def batches_read(
    pictures: Iterator[Picture], batch_size: int, preprocess: Callable[[Picture], np.ndarray]
) -> Iterator[list[Read]]:
    """The pictures as the network takes them, in batches, in the order they came.

    Never more than three batches are held, however long the stream. An array is prepared when it
    is taken from `pictures`, so one buffer may be filled again and again.

    Args:
        pictures: Anything a recognizer takes.
        batch_size: How many make one batch; the last one may be smaller.
        preprocess: Makes of a picture what the network takes.

    Example:
        >>> pixels = np.zeros((2, 2), np.uint8)
        >>> [len(batch) for batch in batches_read(iter([pixels] * 5), 2, np.asarray)]
        [2, 2, 1]
    """
    pool = ThreadPoolExecutor(os.cpu_count(), thread_name_prefix="kanjian-read")
    numbered = enumerate(pictures)
    ahead: deque[Future[Read]] = deque()

    def begin(number: int, picture: Picture) -> Future[Read]:
        if not isinstance(picture, np.ndarray):
            return pool.submit(_read, number, picture, preprocess)
        done: Future[Read] = Future()
        done.set_result(_read(number, picture, preprocess))
        return done

    try:
        while True:
            taken = islice(numbered, 3 * batch_size - len(ahead))
            ahead.extend(begin(*item) for item in taken)
            if not ahead:
                return
            yield [ahead.popleft().result() for _ in range(min(batch_size, len(ahead)))]
    finally:
        pool.shutdown(cancel_futures=True)


def _read(number: int, picture: Picture, preprocess: Callable[[Picture], np.ndarray]) -> Read:
    name = name_of(picture, number)
    try:
        image = preprocess(picture)
    except ImageError as error:
        return name, error
    if isinstance(picture, np.ndarray) and np.may_share_memory(image, picture):
        image = image.copy()  # the caller may fill its buffer again
    return name, image


def is_one(pictures: object) -> bool:
    """Whether this is a picture and not several: the letters of a path are no pictures.

    Example:
        >>> is_one("a.png"), is_one(["a.png"])
        (True, False)
    """
    alone = isinstance(pictures, (str, os.PathLike, bytes, bytearray)) or is_pil(pictures)
    return alone or (isinstance(pictures, np.ndarray) and pictures.ndim == 2)


def name_of(picture: Picture, number: int) -> str:
    """What a picture is called: its file, or its number from 1.

    Example:
        >>> name_of("a.png", 0), name_of(b"...", 0)
        ('a.png', 'picture 1')
    """
    if isinstance(picture, (str, os.PathLike)):
        return os.fspath(picture)
    # an open file has one, and so has a PIL image that was opened
    name = getattr(picture, "name", None) or getattr(picture, "filename", None)
    return name if name and isinstance(name, str) else f"picture {number + 1}"
